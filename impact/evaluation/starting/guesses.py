"""What the columns of an unknown file may be: by the schema's names and labels, and by the field's words in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from impact.survey.files.read import SurveyTable
from impact.survey.intake.answers import CONTROL, TREATED
from impact.survey.package.covariate_timing import is_after_programme
from impact.survey.package.schema import SurveyField, SurveySchema
from impact.survey.quality.spellings import plain

MOST_COVARIATES, MOST_OUTCOMES, MOST_LEVELS = 8, 4, 30
_WORDS: Mapping[str, re.Pattern[str]] = {
    "treatment": re.compile(r"\b(treated|treatment|tratad[oa]|tratamiento|beneficiari[oa]|participa(nte)?|financiad[oa])\b"),
    "cluster": re.compile(r"\b(group|grupo|cluster|conglomerado|organi[sz]ation|organizacion|asociacion|association|alianza|alliance)\b"),
    "sampling_weight": re.compile(r"\b(weight|peso|ponderador|ponderacion|factor( de)?( expansion)?)\b"),
    "id": re.compile(r"\b(id|codigo|folio|hogar|household|encuesta|cuestionario|boleta)\b"),
    "outcome": re.compile(r"\b(income|ingresos?|ventas?|sales|ganancias?|profit|utilidad|gastos?|consumo|consumption|rendimiento|yield|"
        r"produccion)\b"),
    "before": re.compile(r"\b(pre|base|linea base|baseline|antes|before|inicial|recall)\b"),
    "covariate": re.compile(
        r"\b(age|edad|educ\w*|schooling|escolaridad|sexo?|genero|gender|region|zona|zone|department|departamento|altitud\w*|distanc\w*|"
        r"tiempo|travel|etnia|ethnic\w*|idioma|language|alfabet\w*|"
        r"nbi|nbs|necesidades basicas( insatisfechas)?|unmet needs|basic needs)\b"
    ),
    "now": re.compile(r"\b(hoy|ahora|actual(es|mente)?|despues|posterior|today|now|current(ly)?|after|post)\b"),
}  # fmt: skip

_INCOME = re.compile(r"(income|ingreso)")
"""How the outcomes begin that stand first: a file of many has more than are taken."""


@dataclass(slots=True)
class Guesses:
    """The roles that columns may have, each with the reason."""

    treatment: str = ""
    cluster: str = ""
    sampling_weight: str = ""
    id: str = ""
    response: str = ""
    covariates: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    reasons: dict[str, str] = field(default_factory=dict)
    units: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    by_schema: bool = False
    derived: bool = False


def guessed(tables: Mapping[str, SurveyTable], schema: SurveySchema) -> Guesses:
    """Return what the columns of a survey may be."""
    found = Guesses()
    found.units = max(tables, key=lambda name: len(tables[name].frame))
    own = tables[found.units].frame
    fields = schema.tables.get(found.units, next(iter(schema.tables.values()))).fields
    found.by_schema = len(set(own.columns) & set(fields)) >= max(5, 0.6 * len(own.columns))
    reached = [own]
    for name, table in sorted(tables.items(), key=lambda item: -len(item[1].frame)):
        key = next((key for near in reached if (key := _key(near, table.frame))), "")
        if name != found.units and key:
            found.keys[name] = key
            reached.append(table.frame)
    joined = {name: table for name, table in tables.items() if name == found.units or name in found.keys}
    for name, table in joined.items():
        for column in table.frame.columns:
            _guess(found, str(column), table, schema, alone=name == found.units)
    _settle(found, schema, tables)
    return found


def _guess(found: Guesses, column: str, table: SurveyTable, schema: SurveySchema, alone: bool) -> None:
    """Let a column take the first role that its field in the schema, or its words, say."""
    values = table.frame[column]
    if column in found.reasons or (column in found.keys.values() and not alone):
        return
    known, why = _field(column, table.labels.get(column, ""), schema)
    if known is not None and found.by_schema:
        _by_field(found, column, values, known, why)
        return
    words = plain(re.sub(r"[_\W]+", " ", f"{column} {table.labels.get(column, '')}"))
    unique = bool(values.is_unique and values.notna().all())
    if (
        _WORDS["treatment"].search(words)
        and not found.treatment
        and _two_arms(values, table.value_labels.get(column, {}))
    ):
        _take(found, "treatment", column, _word(words, "treatment"))
    elif alone and unique and _WORDS["id"].search(words) and not found.id:
        _take(found, "id", column, _word(words, "id"))
    elif (
        _WORDS["cluster"].search(words)
        and not found.cluster
        and not unique
        and 1 < values.nunique() < len(values)
    ):
        _take(found, "cluster", column, _word(words, "cluster"))
    elif _WORDS["sampling_weight"].search(words) and not found.sampling_weight and _is_number(values):
        _take(found, "sampling_weight", column, _word(words, "sampling_weight"))
    elif (
        alone
        and _WORDS["outcome"].search(words)
        and not _WORDS["before"].search(words)
        and _is_number(values)
    ):
        found.outcomes.append(column)
        found.reasons[column] = _word(words, "outcome")
    elif (
        (_WORDS["covariate"].search(words) or _WORDS["before"].search(words))
        and not _WORDS["now"].search(words)  # what is measured today the programme may have changed
        and _may_compare(values)
    ):
        found.covariates.append(column)
        found.reasons[column] = _word(words, "covariate") or _word(words, "before")


def _by_field(found: Guesses, column: str, values: pd.Series[Any], known: SurveyField, why: str) -> None:
    if known.role == "cluster" and not found.cluster:
        _take(found, "cluster", column, why)
    elif known.role == "weight" and not found.sampling_weight:
        _take(found, "sampling_weight", column, why)
    elif known.role == "id" and not found.id and values.is_unique:
        _take(found, "id", column, why)
    elif known.name == "response":
        _take(found, "response", column, why)
    elif (
        known.role == "covariate" and not is_after_programme(known) and known.timing and _may_compare(values)
    ):
        found.covariates.append(column)
        found.reasons[column] = why
    elif known.role == "outcome" and known.type in ("number", "integer") and _is_number(values):
        found.outcomes.append(column)
        found.reasons[column] = why


def _settle(found: Guesses, schema: SurveySchema, tables: Mapping[str, SurveyTable]) -> None:
    """Take treatment from the schema's rule, and keep what can be compared in one go."""
    rules = [table.rules.assignment for table in schema.tables.values() if table.rules.assignment is not None]
    columns = {str(column) for table in tables.values() for column in table.frame.columns}
    if found.by_schema and rules:
        if rules[0].treatment in columns:
            _take(found, "treatment", rules[0].treatment, "schema")
        elif rules[0].table in tables:
            found.derived = True
    found.covariates = [name for name in found.covariates if name != found.treatment][:MOST_COVARIATES]
    found.outcomes = sorted(found.outcomes, key=lambda name: _INCOME.match(plain(name)) is None)[
        :MOST_OUTCOMES
    ]


def _take(found: Guesses, role: str, column: str, why: str) -> None:
    setattr(found, role, column)
    found.reasons[column] = why


def _field(column: str, label: str, schema: SurveySchema) -> tuple[SurveyField | None, str]:
    """Return the schema's field of this name, or the one whose label in either language the column or its label bears."""
    known = schema.find(column)
    if known is not None:
        return known, "schema"
    texts = {plain(text) for text in (column.replace("_", " "), label) if text}
    for table in schema.tables.values():
        for one in table.fields.values():
            if texts & {plain(one.label.en), plain(one.label.es)}:
                return one, one.name
    return None, ""


def _key(units: pd.DataFrame, other: pd.DataFrame) -> str:
    """Return the column by which another table joins the units: in both, unique there, repeated among the units."""
    shared = [
        str(name) for name in other if name in units and other[name].is_unique and other[name].notna().all()
    ]
    meeting = [name for name in shared if units[name].isin(other[name]).mean() > 0.5]
    return meeting[0] if meeting else ""


def _two_arms(values: pd.Series[Any], labels: Mapping[object, str]) -> bool:
    known = values.dropna().unique()
    words = {plain(str(labels.get(value, value)).removesuffix(".0")) for value in known}
    return len(known) == 2 or (1 < len(known) < 6 and bool(words & TREATED) and bool(words & CONTROL))


def _is_number(values: pd.Series[Any]) -> bool:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.nunique() > 2
    texts = values.dropna().astype(str).str.strip()
    return len(texts) > 0 and texts.str.fullmatch(r"-?[\d.,]+").mean() > 0.5 and values.nunique() > 2


def _may_compare(values: pd.Series[Any]) -> bool:
    """Return whether a column varies, is nearly complete, and is a number or a category of few levels."""
    few = pd.api.types.is_numeric_dtype(values) or values.nunique() <= MOST_LEVELS or _is_number(values)
    dates = pd.api.types.is_datetime64_any_dtype(values)
    return len(values.dropna().unique()) > 1 and values.notna().mean() > 0.9 and bool(few) and not dates


def _word(words: str, role: str) -> str:
    found = _WORDS[role].search(words)
    return found[0] if found else ""
