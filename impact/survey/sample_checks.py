"""What a sample must satisfy before it is one: complete rows, values, covariates and groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import CollinearCovariatesError, DataError, DataQualityWarning
from impact.language import Text, joined
from impact.survey.covariates import (
    as_float,
    collinear_columns,
    constant_columns,
    covariate_terms,
    described_terms,
    encode,
    prepare_covariate,
)
from impact.survey.quality.codes import CODES_TOLD, missing_code_concerns
from impact.survey.quality.concern import Concern
from impact.survey.sample_roles import used_columns
from impact.warn import warn

_TREATED_ARM, _CONTROL_ARM = Text("treated", "de los beneficiarios"), Text("control", "de los controles")
_SAYS_THE_SAME = Text(
    "Left out among these {number} units, as the other covariates say the same: {terms}.",
    "Fuera entre estas {number} unidades, porque las demás covariables dicen lo mismo: {terms}.",
    number=0,
    terms="",
)


def prepare(frame: pd.DataFrame, roles: dict[str, list[str]]) -> pd.DataFrame:
    """Return the table with numbers as float64 and covariates as numbers or categories."""
    prepared = frame.copy(deep=False)
    for column in [
        *roles["treatment"],
        *roles.get("sampling_weight", []),
        *roles["outcomes"],
        *roles["persons"],
    ]:
        prepared[column] = as_float(frame[column])
    for column in roles["covariates"]:
        prepared[column] = prepare_covariate(frame[column])
    return prepared


def apply_missing_policy(
    frame: pd.DataFrame, columns: list[str], missing: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the complete rows, and the others with the columns that they lack; or refuse them."""
    lacking = frame[columns].isna()
    incomplete = lacking.any(axis=1).to_numpy()
    nobody = pd.DataFrame({"reason": pd.Series([], dtype="str")}, index=frame.index[:0])
    if not incomplete.any():
        return frame, nobody
    if missing == "raise":
        parts = [
            rows_lacking(name, frame.index[lacking[name].to_numpy()], len(frame))
            for name, count in lacking.sum().items()
            if count
        ]
        raise DataError(
            Text(
                '{parts}. Pass missing="drop" to exclude them; they are then listed in sample.exclusions.',
                '{parts}. Escriba missing = "drop" en [roles] para excluirlas; el informe las lista entonces.',
                parts=joined(parts, "; "),
            )
        )
    gaps = lacking.loc[incomplete]
    reasons = pd.Series([lacks(gaps.columns[row]) for row in gaps.to_numpy()], gaps.index, dtype="object")
    return frame.loc[~incomplete], pd.DataFrame({"reason": reasons})


def rows_lacking(column: object, rows: pd.Index, total: int) -> Text:
    """Return how many rows have no value of a column, and the first of them."""
    return Text(
        "{number} of {total} rows lack '{column}' (first: {first})",
        "a {number} de {total} filas les falta '{column}' (primero: {first})",
        number=len(rows),
        total=total,
        column=column,
        first=checks.listed(rows, 3),
    )


def lacks(columns: Iterable[str]) -> Text:
    """Return the reason of an exclusion."""
    names = tuple(map(str, columns))
    quoted = tuple(f"'{name}'" for name in names)
    return Text("lacks {columns}", "les falta {columns}", columns=quoted, names=names)


def check_values(frame: pd.DataFrame, roles: dict[str, list[str]]) -> None:
    """Require finite values, a treatment of 0 and 1, and weights above zero."""
    for column in used_columns(roles):
        if frame[column].dtype == np.float64 and np.isinf(frame[column].to_numpy()).any():
            rows = frame.index[np.isinf(frame[column].to_numpy())]
            raise DataError(
                Text(
                    (
                        "Column '{column}' must be finite; {rows} {rows:holds|hold} an infinite value (first: {rows_2}). Correct them, or "
                        'set them to missing and pass missing="drop".'
                    ),
                    (
                        "La columna '{column}' debe ser finita; {rows} {rows:tiene|tienen} un valor infinito (primero: {rows_2}). "
                        'Corríjalos, o déjelos en blanco con missing = "drop".'
                    ),
                    column=column,
                    rows=checks.counted(len(rows), "row"),
                    rows_2=checks.listed(rows),
                )
            )
    check_treatment(frame[roles["treatment"][0]])
    for role in ("sampling_weight", "persons"):
        for column in roles.get(role, []):
            low = frame.index[(frame[column] <= 0).to_numpy()]
            if len(low):
                raise DataError(
                    Text(
                        (
                            "Column '{column}' ({role}) must be above 0; {rows} {rows:is|are} not (first: {low}). Correct them or exclude "
                            "these units."
                        ),
                        (
                            "La columna '{column}' ({role}) debe ser mayor que 0; {rows} no lo {rows:es|son} (primero: {low}). Corríjalas "
                            "o excluya esas unidades."
                        ),
                        column=column,
                        role=role.replace("_", " "),
                        rows=checks.counted(len(low), "row"),
                        low=checks.listed(low),
                    )
                )


def check_treatment(treatment: pd.Series[float]) -> None:
    """Require 0 and 1, and both of them."""
    values = np.unique(treatment.to_numpy())
    if not set(values) <= {0.0, 1.0}:
        raise DataError(
            Text(
                (
                    "treatment '{name}' must hold 0 and 1 (or False and True); got {v}. Recode it: 1 for beneficiaries, "
                    "0 for the comparison group."
                ),
                (
                    "treatment '{name}' debe tener 0 y 1; tiene {v}. Diga qué valores son tratamiento: [treatment] "
                    'treated = ["Sí"], control = ["No"].'
                ),
                name=treatment.name,
                v=checks.listed(f"{v:g}" for v in values),
            )
        )
    check_both_arms(str(treatment.name), values.tolist(), len(treatment))


def check_both_arms(name: str, values: Sequence[float], rows: int) -> None:
    """Require both arms among the values that a treatment has in so many rows."""
    if len(values) < 2:
        raise DataError(
            Text(
                (
                    "treatment '{name}' leaves the {empty} arm empty: every one of {number:,} rows has the same value. A "
                    "comparison needs both arms; check the filter or the exclusions."
                ),
                (
                    "treatment '{name}' deja vacío el brazo {empty}: las {number:,} filas tienen el mismo valor. Una "
                    "comparación necesita ambos brazos; revise el filtro o las exclusiones."
                ),
                name=name,
                empty=_CONTROL_ARM if len(values) and values[0] == 1.0 else _TREATED_ARM,
                number=rows,
            )
        )


def missing_codes_among_numbers(frame: pd.DataFrame, roles: Mapping[str, Sequence[str]]) -> list[Concern]:
    """Return what looks like a code of a missing answer among the numbers, where their reader has not told already."""
    if frame.attrs.get(CODES_TOLD):
        return []
    numbers = dict.fromkeys(
        column for role in ("covariates", "outcomes", "persons") for column in roles[role]
    )
    return [
        concern
        for column in numbers
        if frame[column].dtype == np.float64
        for concern in missing_code_concerns(column, frame[column].to_numpy())
    ]


def check_covariates(frame: pd.DataFrame, matrix: pd.DataFrame, covariates: Iterable[str]) -> None:
    """Require covariates that vary and do not follow from each other."""
    single = [name for name in covariates if len(frame[name].unique()) < 2]
    single += [name for name in constant_columns(matrix) if name not in single]
    if single:
        raise DataError(
            Text(
                "{covariates} constant over all {number:,} rows: {single}. Leave out what does not vary.",
                "{covariates} sin variación en las {number:,} filas: {single}. Quite lo que no varía.",
                covariates=checks.counted(len(single), "covariate"),
                number=len(frame),
                single=checks.listed(map(repr, single)),
            )
        )
    found = collinear_columns(matrix)
    for name, parents in found.items():
        raise CollinearCovariatesError(
            Text(
                "Covariate '{name}' is collinear: it follows exactly from {p}. Leave one of them out.",
                "La covariable '{name}' es colineal: se sigue exactamente de {p}. Quite una de ellas.",
                name=name,
                p=checks.listed((repr(p) for p in parents), 8),
            ),
            found,
        )


def check_group_assignment(frame: pd.DataFrame, treatment: str, cluster: str) -> None:
    """Require that every group was treated or not as a whole."""
    spread = frame.groupby(cluster, observed=True)[treatment].nunique()
    mixed = spread.index[(spread > 1).to_numpy()]
    refuse_mixed_groups(mixed, treatment, cluster)


def refuse_mixed_groups(mixed: Collection[Any], treatment: str, cluster: str) -> None:
    """Refuse groups that hold treated and others, where the programme was given to groups."""
    if len(mixed):
        raise DataError(
            Text(
                (
                    "treatment '{treatment}' must be constant within '{cluster}' when the programme is given to groups; "
                    "it varies in {groups} (first: {mixed}). Correct these groups, or pass group_assigned=False if units "
                    "of one group were treated one by one."
                ),
                (
                    "treatment '{treatment}' debe ser constante dentro de '{cluster}' cuando el programa se da a grupos; "
                    "varía en {groups} (primero: {mixed}). Corrija esos grupos, o escriba group_assigned = false si las "
                    "unidades de un grupo se trataron una por una."
                ),
                treatment=treatment,
                cluster=cluster,
                groups=checks.counted(len(mixed), "group"),
                mixed=checks.listed(mixed, 3),
            )
        )


def varying(frame: pd.DataFrame, covariates: Sequence[str]) -> list[str]:
    """Return the covariates that have more than one value."""
    return [name for name in covariates if len(frame[name].unique()) > 1]


def without_collinear(
    frame: pd.DataFrame, covariates: Sequence[str], terms: Mapping[str, Sequence[str]]
) -> list[str]:
    """Return the covariates of which some term says more than the others; those left out are named in a warning."""
    said: dict[str, list[str]] = {name: [] for name in covariates}
    encoded = set(encode(frame, covariates).columns)
    for term in covariate_terms(frame, covariates):
        said[term.column] += [term.name] if term.name in encoded else []
    needless = [name for name in covariates if set(said[name]) <= set(terms)]
    if needless:
        named = {name: list(terms[said[name][0]]) for name in needless}
        warn(_SAYS_THE_SAME.with_values(number=len(frame), terms=described_terms(named)), DataQualityWarning)
    return [name for name in covariates if name not in needless]
