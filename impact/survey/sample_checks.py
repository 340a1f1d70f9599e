"""What a sample must satisfy before it is one: roles, complete rows, values, covariates, groups and waves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.covariates import as_float, collinear_columns, constant_columns, prepare_covariate
from impact.survey.outcome import Outcome
from impact.survey.package.covariate_timing import refuse_bad_controls

if TYPE_CHECKING:
    from impact.survey.package.schema import SurveySchema


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
            f"A covariate must be from before the programme; {checks.listed(map(repr, late))} also stands in ex_post. Leave it out "
            "of one of them."
        )
    if schema is not None:
        refuse_bad_controls(covariates, schema)


def refuse_waves(frame: pd.DataFrame, identifier: str | None, schema: SurveySchema | None) -> None:
    """Refuse several waves taken for one survey: an identifier that comes twice, or several values of the schema's wave."""
    for wave in () if schema is None else schema.with_role("wave"):
        values = sorted(frame[wave].dropna().unique()) if wave in frame else []
        if len(values) > 1:
            raise DataError(
                f"The table holds several waves ('{wave}': {checks.listed(f'{value:g}' for value in values)}), and a sample is one "
                f"survey. Keep one of them (table[table['{wave}'] == {values[-1]:g}]; wave = {values[-1]:g} in a configuration), or "
                "use im.Panel for all."
            )
    if identifier is None:
        return
    again = frame[identifier].duplicated(keep=False) & frame[identifier].notna()
    if again.any():
        first = frame.loc[again, identifier].drop_duplicates()
        raise DataError(
            f"Each unit must come once; {checks.counted(len(first), 'identifier')} of '{identifier}' come again (first: "
            f"{checks.listed(first)}): several waves stacked, or records entered twice. Keep one wave (wave = 1 in a "
            "configuration), use im.Panel for all, or drop the copies."
        )


def check_columns_have_one_role(frame: pd.DataFrame, roles: Mapping[str, Sequence[str]]) -> None:
    """Require that every role names a column and that each column stands once in the table and has one role."""
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()].unique()
        raise DataError(
            f"The table has {checks.listed(map(repr, twice))} more than once. Rename or drop the copies."
        )
    for role, columns in roles.items():
        checks.columns_present(role, columns, frame.columns)
    seen: dict[str, str] = {}
    for role, columns in roles.items():
        if role == "persons":  # a size before the programme may also be a covariate
            continue
        for column in columns:
            if column in seen:
                where = f"{seen[column]} and {role}" if seen[column] != role else f"{role}, twice"
                raise OptionError(
                    f"Column '{column}' has two roles ({where}); each column has exactly one. Name it once."
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
            f"The index must be unique; {checks.counted(len(copies), 'label')} repeat (first: {checks.listed(copies)}). "
            "Use a unit identifier as index, or frame.reset_index(drop=True)."
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
            f"{int(count):,} of {len(frame):,} rows lack '{name}' (first: {checks.listed(frame.index[lacking[name].to_numpy()], 3)})"
            for name, count in lacking.sum().items()
            if count
        ]
        raise DataError(
            f'{"; ".join(parts)}. Pass missing="drop" to exclude them; they are then listed in sample.exclusions.'
        )
    gaps = lacking.loc[incomplete]
    reasons = pd.Series([lacks(gaps.columns[row]) for row in gaps.to_numpy()], gaps.index, dtype="object")
    return frame.loc[~incomplete], pd.DataFrame({"reason": reasons})


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
                f"Column '{column}' must be finite; {checks.counted(len(rows), 'row')} hold an infinite value "
                f'(first: {checks.listed(rows)}). Correct them, or set them to missing and pass missing="drop".'
            )
    check_treatment(frame[roles["treatment"][0]])
    for role in ("sampling_weight", "persons"):
        for column in roles.get(role, []):
            low = frame.index[(frame[column] <= 0).to_numpy()]
            if len(low):
                raise DataError(
                    f"Column '{column}' ({role.replace('_', ' ')}) must be above 0; {checks.counted(len(low), 'row')} are not "
                    f"(first: {checks.listed(low)}). Correct them or exclude these units."
                )


def check_treatment(treatment: pd.Series[float]) -> None:
    """Require 0 and 1, and both of them."""
    values = np.unique(treatment.to_numpy())
    if not set(values) <= {0.0, 1.0}:
        raise DataError(
            f"treatment '{treatment.name}' must hold 0 and 1 (or False and True); got {checks.listed(f'{v:g}' for v in values)}. "
            "Recode it: 1 for beneficiaries, 0 for the comparison group."
        )
    if len(values) < 2:
        empty = "control" if len(values) and values[0] == 1.0 else "treated"
        raise DataError(
            f"treatment '{treatment.name}' leaves the {empty} arm empty: every one of {len(treatment):,} rows has the same value. "
            "A comparison needs both arms; check the filter or the exclusions."
        )


def check_covariates(frame: pd.DataFrame, matrix: pd.DataFrame, covariates: Iterable[str]) -> None:
    """Require covariates that vary and do not follow from each other."""
    single = [name for name in covariates if len(frame[name].unique()) < 2]
    single += [name for name in constant_columns(matrix) if name not in single]
    if single:
        raise DataError(
            f"{checks.counted(len(single), 'covariate')} constant over all {len(frame):,} rows: {checks.listed(map(repr, single))}. "
            "Leave out what does not vary."
        )
    for name, parents in collinear_columns(matrix).items():
        raise DataError(
            f"Covariate '{name}' is collinear: it follows exactly from {checks.listed((repr(p) for p in parents), 8)}. "
            "Leave one of them out."
        )


def check_group_assignment(frame: pd.DataFrame, treatment: str, cluster: str) -> None:
    """Require that every group was treated or not as a whole."""
    spread = frame.groupby(cluster, observed=True)[treatment].nunique()
    mixed = spread.index[(spread > 1).to_numpy()]
    if len(mixed):
        raise DataError(
            f"treatment '{treatment}' must be constant within '{cluster}' when the programme is given to groups; it varies in "
            f"{checks.counted(len(mixed), 'group')} (first: {checks.listed(mixed, 3)}). Correct these groups, or pass "
            "group_assigned=False if units of one group were treated one by one."
        )


def varying(frame: pd.DataFrame, covariates: Sequence[str]) -> list[str]:
    """Return the covariates that have more than one value."""
    return [name for name in covariates if len(frame[name].unique()) > 1]


def refuse_bare_string(name: str, value: object) -> None:
    """Refuse a text where a list of columns belongs."""
    if isinstance(value, str):
        raise OptionError(
            f"{name} must be a list of columns; got the text {value!r}. Write {name}=[{value!r}]."
        )
