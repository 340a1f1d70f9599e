"""What households owe their group: none without the other, as many as were sampled, one region, one weight."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from impact.language import Text
from impact.survey.validation.violation import ComparedSides, Finding, Unchecked, found

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from impact.survey.package.rules import GroupRule
    from impact.survey.validation.typed_table import TypedTable

_NEAR = 0.005


def group_rules(tables: Mapping[str, TypedTable]) -> tuple[list[Finding], list[Unchecked]]:
    """Find groups without households, other numbers of them than were sampled, and what contradicts the group's record.

    Parameters
    ----------
    tables : mapping of str to TypedTable

    Returns
    -------
    findings : list of Finding
    unchecked : list of Unchecked
        Nothing where one of the two tables was not given: the missing table is named elsewhere.
    """
    findings: list[Finding] = []
    for units in tables.values():
        rule = units.schema.rules.groups
        if rule is None or rule.table not in tables:
            continue
        groups = tables[rule.table]
        if rule.key in units.frame.columns and rule.key in groups.frame.columns:
            findings += [*_phantoms(units, groups, rule), *_sampled(units, groups, rule)]
            findings += [*_same(units, groups, rule), *_weights(units, groups, rule)]
    return findings, []


def _phantoms(units: TypedTable, groups: TypedTable, rule: GroupRule) -> list[Finding]:
    present = groups.frame[rule.key].isin(units.frame[rule.key].unique()) | groups.frame[rule.key].isna()
    return found(
        groups,
        rule.key,
        "group_without_units",
        ~present.to_numpy(),
        problem=Text(
            en=f"A group must have records in table {units.schema.name}.",
            es=f"Un grupo debe tener registros en la tabla {units.schema.name}.",
        ),
        remedy=Text(
            en="Add its records, also those without an interview, or take the group out of the frame.",
            es="Agregue sus registros, también los que no tienen entrevista, o retire el grupo del marco.",
        ),
    )


def _sampled(units: TypedTable, groups: TypedTable, rule: GroupRule) -> list[Finding]:
    """Hold the number sampled against the rows of the table, wave by wave where there are waves."""
    if rule.sampled not in groups.frame.columns:
        return []
    by = [rule.key, *([rule.wave] if rule.wave in units.frame.columns else [])]
    rows = units.frame.groupby(by, observed=True).size().groupby(level=0).max()
    counted = groups.frame[rule.key].map(rows)
    stated = groups.frame[rule.sampled]
    wrong = (counted.notna() & stated.notna() & (counted != stated)).to_numpy()
    return found(
        groups,
        rule.sampled,
        "sampled_rows",
        wrong,
        problem=Text(
            en=f"{rule.sampled} must be the number of the group's records in table {units.schema.name}.",
            es=f"{rule.sampled} debe ser el número de registros del grupo en la tabla {units.schema.name}.",
        ),
        remedy=Text(
            en="Correct the number, or add the records that are missing, also those without an interview.",
            es="Corrija el número, o agregue los registros que faltan, también los que no tienen entrevista.",
        ),
        compared=ComparedSides(stated.to_numpy()[wrong], counted.to_numpy()[wrong], "≠"),
    )


def _same(units: TypedTable, groups: TypedTable, rule: GroupRule) -> list[Finding]:
    findings: list[Finding] = []
    for column in rule.same:
        if column in units.frame.columns and column in groups.frame.columns:
            own, of_group = units.frame[column].astype(object), _of_group(units, groups, rule, column)
            wrong = own.notna().to_numpy() & of_group.notna().to_numpy() & (own != of_group).to_numpy()
            findings += found(
                units,
                column,
                "same_as_group",
                wrong,
                problem=Text(
                    en=f"{column} must be that of the group in table {rule.table}.",
                    es=f"{column} debe ser el del grupo en la tabla {rule.table}.",
                ),
                remedy=Text(en="Correct one of the two.", es="Corrija uno de los dos."),
                compared=ComparedSides(own.to_numpy()[wrong], of_group.to_numpy()[wrong], "≠"),
            )
    return findings


def _weights(units: TypedTable, groups: TypedTable, rule: GroupRule) -> list[Finding]:
    needed = {rule.members, rule.sampled} <= set(groups.frame.columns) and rule.weight in units.frame.columns
    if not needed:
        return []
    members = _of_group(units, groups, rule, rule.members).to_numpy(dtype=np.float64, na_value=np.nan)
    sampled = _of_group(units, groups, rule, rule.sampled).to_numpy(dtype=np.float64, na_value=np.nan)
    expected = members / np.where(sampled > 0, sampled, np.nan)
    own = units.frame[rule.weight].to_numpy(dtype=np.float64, na_value=np.nan)
    wrong: NDArray[np.bool_] = np.abs(own - expected) > _NEAR * expected
    return found(
        units,
        rule.weight,
        "weight_of_group",
        wrong,
        problem=Text(
            en=f"{rule.weight} must be {rule.members} ÷ {rule.sampled} of the group.",
            es=f"{rule.weight} debe ser {rule.members} ÷ {rule.sampled} del grupo.",
        ),
        remedy=Text(
            en="Correct the weight, or the members and the number sampled.",
            es="Corrija el factor, o los socios y el número de la muestra.",
        ),
        compared=ComparedSides(own[wrong], expected[wrong], "≠"),
    )


def _of_group(units: TypedTable, groups: TypedTable, rule: GroupRule, column: str) -> pd.Series[Any]:
    """Return a column of each unit's group."""
    known = groups.frame[[rule.key, column]].dropna(subset=[rule.key]).drop_duplicates(rule.key)
    return units.frame[rule.key].map(known.set_index(rule.key)[column].astype(object))
