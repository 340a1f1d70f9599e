"""What a sample must satisfy before it is one: roles, complete rows, values, covariates, groups and waves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import CollinearCovariatesError, DataError, DataQualityWarning, OptionError
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
from impact.survey.outcome import Outcome
from impact.survey.package.covariate_timing import refuse_bad_controls
from impact.warn import warn

if TYPE_CHECKING:
    from impact.survey.package.schema import SurveySchema

_SAYS_THE_SAME = Text(
    "Left out among these {number} units, as the other covariates say the same: {terms}.",
    "Fuera entre estas {number} unidades, porque las demás covariables dicen lo mismo: {terms}.",
    number=0,
    terms="",
)


def roles_of(
    treatment: str,
    covariates: Sequence[str],
    outcomes: Sequence[Outcome],
    cluster: str | None,
    sampling_weight: str | None,
    stratum: str | None,
    identifier: str | None,
) -> dict[str, list[str]]:
    """Return the columns of each role."""
    single = {
        "treatment": treatment,
        "cluster": cluster,
        "sampling_weight": sampling_weight,
        "stratum": stratum,
        "id": identifier,
    }
    roles = {role: [column] for role, column in single.items() if column is not None}
    roles["covariates"] = list(covariates)
    roles["outcomes"] = list(dict.fromkeys(column for outcome in outcomes for column in outcome.columns))
    roles["persons"] = list(
        dict.fromkeys(outcome.persons for outcome in outcomes if outcome.persons is not None)
    )
    return roles


def refuse_ex_post_covariates(
    covariates: Sequence[str], schema: SurveySchema | None, ex_post: Sequence[str]
) -> None:
    """Refuse covariates that the programme may have changed, by the schema or by ``ex_post``."""
    late = [name for name in covariates if name in ex_post]
    if late:
        raise OptionError(
            Text(
                (
                    "A covariate must be from before the programme; {late} also stands in ex_post. Leave it out of one "
                    "of them."
                ),
                (
                    "Una covariable debe ser de antes del programa; {late} también está en ex_post. Quítela de uno de "
                    "los dos."
                ),
                late=checks.listed(map(repr, late)),
            )
        )
    if schema is not None:
        refuse_bad_controls(covariates, schema)


def refuse_groups_without_cluster(group_assigned: bool, cluster: str | None) -> None:
    """Require the column of the groups where the programme was given to whole groups."""
    if group_assigned and cluster is None:
        raise OptionError(
            Text(
                "group_assigned=True needs cluster=, the column of the groups to which the programme was given.",
                "group_assigned = true necesita cluster, la columna de los grupos a los que se dio el programa.",
            )
        )


def refuse_waves(frame: pd.DataFrame, identifier: str | None, schema: SurveySchema | None) -> None:
    """Refuse several waves taken for one survey: an identifier that comes twice, or several values of the schema's wave."""
    for wave in () if schema is None else schema.with_role("wave"):
        values = sorted(frame[wave].dropna().unique()) if wave in frame else []
        if len(values) > 1:
            raise DataError(
                Text(
                    (
                        "The table holds several waves ('{wave!s}': {value}), and a sample is one survey. Keep one of them "
                        "(table[table['{wave!s}'] == {values:g}]; wave = {values:g} in a configuration), or use im.Panel for "
                        "all."
                    ),
                    (
                        "La tabla tiene varias rondas ('{wave!s}': {value}), y una muestra es una encuesta. Conserve una de "
                        "ellas ([data] wave = {values:g}), o use [panel] para todas."
                    ),
                    wave=wave,
                    value=checks.listed(f"{value:g}" for value in values),
                    values=values[-1],
                )
            )
    if identifier is None:
        return
    again = frame[identifier].duplicated(keep=False) & frame[identifier].notna()
    if again.any():
        first = frame.loc[again, identifier].drop_duplicates()
        raise DataError(
            Text(
                (
                    "Each unit must come once; {identifiers} of '{identifier}' {identifiers:comes|come} again (first: {first}): several "
                    "waves stacked, or records entered twice. Keep one wave (wave = 1 in a configuration), use im.Panel "
                    "for all, or drop the copies."
                ),
                (
                    "Cada unidad debe aparecer una vez; {identifiers} de '{identifier}' se "
                    "{identifiers:repite|repiten} (primero: {first}): "
                    "varias rondas apiladas, o registros ingresados dos veces. Conserve una ronda ([data] wave = 1), use "
                    "[panel] para todas, o quite las copias."
                ),
                identifiers=checks.counted(len(first), "identifier"),
                identifier=identifier,
                first=checks.listed(first),
            )
        )


def check_columns_have_one_role(frame: pd.DataFrame, roles: Mapping[str, Sequence[str]]) -> None:
    """Require that every role names a column and that each column stands once in the table and has one role."""
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()].unique()
        raise DataError(
            Text(
                "The table has {twice} more than once. Rename or drop the copies.",
                "La tabla tiene {twice} más de una vez. Cambie el nombre o quite las copias.",
                twice=checks.listed(map(repr, twice)),
            )
        )
    for role, columns in roles.items():
        checks.columns_present(role, columns, frame.columns)
    seen: dict[str, str] = {}
    for role, columns in roles.items():
        if role == "persons":  # a size before the programme may also be a covariate
            continue
        for column in columns:
            if column in seen:
                both = Text("{role} and {other}", "{role} y {other}", role=seen[column], other=role)
                repeated = Text("{role}, twice", "{role}, dos veces", role=role)
                raise OptionError(
                    Text(
                        "Column '{column}' has two roles ({where}); each column has exactly one. Name it once.",
                        "La columna '{column}' tiene dos roles ({where}); cada columna tiene exactamente uno. Nómbrela una vez.",
                        column=column,
                        where=both if seen[column] != role else repeated,
                    )
                )
            seen[column] = role


def check_roles(frame: pd.DataFrame, roles: dict[str, list[str]], outcomes: Sequence[Outcome]) -> None:
    """Require that every column is there and has one role, and that rows have names of their own."""
    check_columns_have_one_role(frame, roles)
    if outcomes:
        checks.distinct("outcomes", [outcome.name for outcome in outcomes])
    if not frame.index.is_unique:
        copies = frame.index[frame.index.duplicated()].unique()
        raise DataError(
            Text(
                (
                    "The index must be unique; {labels} {labels:repeats|repeat} (first: {copies}). Use a unit identifier as index, or "
                    "frame.reset_index(drop=True)."
                ),
                (
                    "El índice debe ser único; {labels} se {labels:repite|repiten} (primero: {copies}). Nombre en id una columna que "
                    "identifique cada unidad."
                ),
                labels=checks.counted(len(copies), "label"),
                copies=checks.listed(copies),
            )
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


def used_columns(roles: dict[str, list[str]]) -> list[str]:
    """Return every column that has a role, but the identifier."""
    return list(
        dict.fromkeys(column for role, columns in roles.items() if role != "id" for column in columns)
    )


def design_columns(roles: dict[str, list[str]]) -> list[str]:
    """Return the columns without which a unit cannot be compared at all: every role's but the outcomes' and their sizes'."""
    return used_columns(
        {role: columns for role, columns in roles.items() if role not in ("outcomes", "persons")}
    )


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
    if len(values) < 2:
        empty = "control" if len(values) and values[0] == 1.0 else "treated"
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
                name=treatment.name,
                empty=empty,
                number=len(treatment),
            )
        )


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


def refuse_bare_string(name: str, value: object) -> None:
    """Refuse a text where a list of columns belongs."""
    if isinstance(value, str):
        raise OptionError(
            Text(
                "{name} must be a list of columns; got the text {value!r}. Write {name}=[{value!r}].",
                "{name} debe ser una lista de columnas; se dio el texto {value!r}. Escriba {name} = [{value!r}].",
                name=name,
                value=value,
            )
        )
