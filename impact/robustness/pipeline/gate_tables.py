"""Which of the tables hold units, groups and dates, and who is treated by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.files.read import SurveyTable
from impact.survey.intake.answers import read_arms
from impact.survey.package.rules import AssignmentRule
from impact.survey.package.schema import load_schema
from impact.survey.validation.cross_rules import treatment_from_dates


def frames_of(tables: Any) -> dict[str, pd.DataFrame]:
    """Return the tables by name, copies that may be written to."""
    given = getattr(tables, "tables", tables)
    if isinstance(given, (pd.DataFrame, SurveyTable)):
        given = {"data": given}
    required = Text(
        "a mapping of names to tables, such as {'household': …, 'group': …}", "una tabla de nombres y tablas"
    )
    checks.instance("tables", given, required, isinstance(given, Mapping))
    return {
        name: (table.frame if isinstance(table, SurveyTable) else table).copy(deep=False)
        for name, table in given.items()
    }


def last_wave(units: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last wave, where the units have the schema's column of waves."""
    waves = [name for name in load_schema().with_role("wave") if name in units]
    return units.loc[units[waves[0]] == units[waves[0]].max()] if waves else units


def rule_of_schema(frames: Mapping[str, pd.DataFrame]) -> AssignmentRule:
    """Return the rule of assignment of a table of the schema."""
    known = (table for name, table in load_schema().tables.items() if name in frames)
    found = next((table.rules.assignment for table in known if table.rules.assignment is not None), None)
    if found is None:
        raise OptionError(
            Text(
                (
                    "rule is missing, and no table bears a name of the schema that has one. Pass "
                    'rule=im.AssignmentRule(treatment, group, interview, table, date), or name the tables "household" '
                    'and "group".'
                ),
                (
                    "ninguna tabla lleva el nombre de una del esquema, y no se sabe qué columnas dicen grupo, entrevista y "
                    "desembolso. Llame household y group a las tablas (household=archivo.csv), o nombre las columnas en [gate] "
                    "de evaluation.toml."
                ),
            )
        )
    return found.held_by(frames[found.table].columns) if found.table in frames else found


def table_of_units(frames: Mapping[str, pd.DataFrame], rule: AssignmentRule) -> str:
    """Return the table with one row per unit: the one that holds group and interview, other than the groups' where there are two."""
    holding = [name for name, frame in frames.items() if {rule.group, rule.interview} <= set(frame.columns)]
    holding.sort(key=lambda name: name == rule.table)
    if not holding:
        raise DataError(
            Text(
                (
                    "No table holds both '{group}' and '{interview}', the group and the interview date of the units; "
                    "there are {frames}."
                ),
                (
                    "Ninguna tabla tiene a la vez '{group}' y '{interview}', el grupo y la fecha de entrevista de las "
                    "unidades; hay {frames}."
                ),
                group=rule.group,
                interview=rule.interview,
                frames=checks.listed(map(repr, frames), 10),
            )
        )
    if rule.table not in frames and rule.date not in frames[holding[0]]:
        raise DataError(
            Text(
                "Table {table!r} of the groups is missing; there are {frames}.",
                "Falta la tabla {table!r} de los grupos; hay {frames}.",
                table=rule.table,
                frames=checks.listed(map(repr, frames), 10),
            )
        )
    return holding[0]


def treatment_of(units: pd.DataFrame, groups: pd.DataFrame, rule: AssignmentRule) -> pd.Series[Any]:
    """Return treatment as 1 and 0: the units' own, their group's, or as the dates make it."""
    if not rule.treatment:
        return treatment_from_dates(units, groups, rule)
    if rule.treatment in units:
        column = units[rule.treatment]
    else:
        checks.columns_present("treatment", [rule.treatment], groups.columns)
        known = groups.dropna(subset=[rule.group]).drop_duplicates(rule.group).set_index(rule.group)
        column = units[rule.group].map(known[rule.treatment]).rename(rule.treatment)
    arms = read_arms(column, {}, (), ())
    if arms.concerns:
        raise DataError(arms.concerns[0].text)
    return arms.values


def units_with_groups(units: pd.DataFrame, others: list[pd.DataFrame], rule: AssignmentRule) -> pd.DataFrame:
    """Return the units with the columns of an eligibility rule that stand in the groups' table."""
    wanted = [one.column for one in rule.eligibility if one.column not in units]
    for frame in others:
        held = [column for column in wanted if column in frame and column not in units]
        if held:
            known = frame.drop_duplicates(rule.group).set_index(rule.group)[held]
            units = units.join(known, on=rule.group)
    checks.columns_present("eligibility", wanted, units.columns)
    return units
