"""The roles of a sample's columns: each column has one, each unit one row, each survey one wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text
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
