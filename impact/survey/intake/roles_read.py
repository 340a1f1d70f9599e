"""Every column of the units as its role needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.language import Text
from impact.survey.files.read import SurveyTable
from impact.survey.intake.answers import read_arms
from impact.survey.intake.columns import Read, as_covariate, as_label, as_number, without_codes
from impact.survey.intake.plan import IntakePlan
from impact.survey.intake.translation import (
    Translation,
    derived_treatment,
)
from impact.survey.quality.concern import Concern
from impact.survey.validation.cross_rules import treatment_from_dates
from impact.survey.validation.typed_table import TypedTable


def frame_of(table: SurveyTable, typed: TypedTable | None) -> pd.DataFrame:
    """Return a table with the columns that its schema knows in their declared types."""
    frame = table.frame
    if typed is None:
        return frame
    for column in typed.frame.columns:
        values = typed.frame[column]
        if isinstance(frame[column].dtype, pd.CategoricalDtype) and not pd.api.types.is_numeric_dtype(values):
            continue
        frame[column] = values.set_axis(frame.index)
    return frame


def read_roles(
    units: pd.DataFrame,
    tables: Mapping[str, SurveyTable],
    typed: Mapping[str, TypedTable],
    name: str,
    plan: IntakePlan,
) -> tuple[pd.DataFrame, Booleans, list[Translation], list[Concern]]:
    """Return the units with every column as its role needs it."""
    said: list[Translation] = []
    concerns: list[Concern] = []
    labels = value_labels(tables, typed)
    neither: Booleans = np.zeros(len(units), dtype=bool)
    for name_of_other in [c for c in units.columns if c not in plan.used]:
        units[name_of_other] = without_codes(units[name_of_other], plan.codes_of(str(name_of_other))).values
    for column in plan.used:
        if column == plan.treatment or column == plan.id:
            continue
        read = read_column(units[column], column, labels.get(column, {}), plan)
        units[column] = read.values
        said += read.translations
        concerns += read.concerns
    if plan.rule is not None:
        checks.columns_present("rule", [plan.rule.group, plan.rule.interview], units.columns)
        checks.one_of(
            Text("rule: the table of dates", "rule: la tabla de fechas"), plan.rule.table, tuple(tables)
        )
        derived = treatment_from_dates(
            units, frame_of(tables[plan.rule.table], typed.get(plan.rule.table)), plan.rule
        )
        units[plan.treatment] = derived
        said.append(
            derived_treatment(
                plan.treatment, f"{plan.rule.table}.{plan.rule.date}", int(derived.notna().sum())
            )
        )
    else:
        raw = units[plan.treatment]
        original = tables[name].frame
        if plan.treated or plan.control or not pd.api.types.is_numeric_dtype(raw):
            raw = original.get(plan.treatment, raw)
        raw = without_codes(raw, plan.codes_of(plan.treatment)).values
        arms = read_arms(raw, all_labels(tables).get(plan.treatment, {}), plan.treated, plan.control)
        units[plan.treatment] = arms.values
        neither = arms.neither
        said += arms.translations
        concerns += arms.concerns
    return units, neither, said, concerns


def read_column(column: pd.Series[Any], name: str, labels: Mapping[object, str], plan: IntakePlan) -> Read:
    """Return a column as its role needs it, with what was translated and what is wrong."""
    coded = without_codes(column, plan.codes_of(name))
    if name in plan.numbers:
        return coded.then(as_number(coded.values, labels))
    if name in plan.covariates:
        categorical, numeric = name in plan.categorical, name in plan.numeric
        return coded.then(as_covariate(coded.values, labels, categorical, numeric, plan.merge_spellings))
    return coded.then(as_label(coded.values, plan.merge_spellings))


def all_labels(tables: Mapping[str, SurveyTable]) -> dict[str, Mapping[object, str]]:
    """Return the value labels of every column, as the files give them."""
    return {column: labels for table in tables.values() for column, labels in table.value_labels.items()}


def value_labels(
    tables: Mapping[str, SurveyTable], typed: Mapping[str, TypedTable]
) -> dict[str, Mapping[object, str]]:
    """Return the value labels of columns that no schema has decoded already."""
    decoded = {
        column
        for table in typed.values()
        for column, field in table.schema.fields.items()
        if field.categories or field.type == "boolean"
    }
    return {column: labels for column, labels in all_labels(tables).items() if column not in decoded}
