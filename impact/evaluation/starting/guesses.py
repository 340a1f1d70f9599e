"""What the columns of an unknown file may be: by the schema's names and labels, and by the field's words in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from impact.survey.files.read import SurveyTable
from impact.survey.intake.answers import ARM_OF_CONTROLS, ARM_OF_TREATED, CONTROL, TREATED
from impact.survey.package.covariate_timing import is_after_programme
from impact.survey.package.schema import SurveyField, SurveySchema
from impact.survey.quality.spellings import plain

MOST_COVARIATES, MOST_OUTCOMES, MOST_LEVELS = 8, 4, 30
_WORDS: Mapping[str, re.Pattern[str]] = {
    "cluster": re.compile(r"\b(group|grupo|cluster|conglomerado|organi[sz]ation|organizacion|asociacion|association|alianza|alliance|"
        r"associacao|organizacao|cooperativa?)\b"),
    "sampling_weight": re.compile(r"\b(weight|peso|ponderador|ponderacion|factor( de)?( expansion)?|fexp|fator( de)?( expansao)?)\b"),
    "id": re.compile(r"\b(id|codigo|cod|folio|hogar|household|encuesta|cuestionario|boleta|domicilio|questionario)\b"),
    "outcome": re.compile(r"\b(income|ingresos?|ventas?|sales|ganancias?|profit|utilidad|gastos?|consumo|consumption|rendimiento|yield|"
        r"produccion|renda|receitas?|vendas?|lucro|producao)\b"),
    "before": re.compile(r"\b(pre|base|linea base|linha de base|baseline|antes|before|inicial|recall)\b"),
    "covariate": re.compile(
        r"\b(age|edad|idade|educ\w*|schooling|escolaridad|escolaridade|sexo?|genero|gender|region|regiao|zona|zone|department|"
        r"departamento|altitud\w*|distanc\w*|tiempo|tempo|travel|etnia|ethnic\w*|idioma|language|alfabet\w*|"
        r"nbi|nbs|necesidades basicas( insatisfechas)?|unmet needs|basic needs)\b"
    ),
    "now": re.compile(r"\b(hoy|hoje|ahora|agora|actual(es|mente)?|atual(mente)?|despues|depois|posterior|today|now|current(ly)?|after|"
        r"post)\b"),
}  # fmt: skip
_TREATMENT = (
    re.compile(r"\b(treated|treatment|treat|tratad[oa]s?|tratamiento|tratamento|beneficiar\w*|benef)\b"),
    re.compile(r"\b(participa\w*|participo|financiad[oa]s?|financiado|interven\w*|programa?|programme|proyecto|project|projeto|condicion|"
        r"condicao|asignacion|assignment|recibi\w*|received?|apoyad[oa]|apoyo|alianza|alliance|par|grupo de estudio|arm)\b"),
    re.compile(r"(t|d|w|trat|tto|treat)"),
)  # fmt: skip
"""How a column of treatment is called: what says so, what may be so, and letters that stand for it."""
_NEGATED = re.compile(r"(?:no|non|not|nao|sin|sem|without)[ -](.+)")
_AFFIRMED = re.compile(r"(?:con|com|with) (.+)")

_INCOME = re.compile(r"(income|ingreso)")
"""How the outcomes begin that stand first: a file of many has more than are taken."""


ARMS_SAID = "treated, control"
"""The reason of a treatment whose values, not its name, say that it is one."""


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
    arms: tuple[str, str] | None = None


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
    if not found.by_schema:
        _guess_treatment(found, joined)
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
    if alone and unique and _WORDS["id"].search(words) and not found.id:
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


def _guess_treatment(found: Guesses, tables: Mapping[str, SurveyTable]) -> None:
    """Let the column be the treatment whose name and values say so best."""
    best = 0
    for table in tables.values():
        for column in map(str, table.frame.columns):
            words = plain(re.sub(r"[_\W]+", " ", f"{column} {table.labels.get(column, '')}"))
            arms = _arms_of(table.frame[column], table.value_labels.get(column, {}))
            rank, why = _as_treatment(words, plain(column), arms)
            if rank > best:
                best = rank
                _take(found, "treatment", column, why)
                found.arms = (arms.treated, arms.control) if arms.to_name else None


@dataclass(frozen=True, slots=True)
class _Arms:
    """What the values of a column say of two arms."""

    words: bool = False
    answers: bool = False
    two: bool = False
    to_name: bool = False
    treated: str = ""
    control: str = ""


def _arms_of(values: pd.Series[Any], labels: Mapping[object, str]) -> _Arms:
    known = values.dropna().unique()
    if not 1 < len(known) < 6:
        return _Arms()
    shown = [str(labels.get(value, value)).removesuffix(".0").strip() for value in known]
    said = {plain(name): name for name in shown}
    two = len(known) == 2
    if said.keys() & ARM_OF_TREATED and said.keys() & ARM_OF_CONTROLS:
        return _Arms(words=True, two=two)
    if said.keys() & TREATED and said.keys() & CONTROL:
        return _Arms(answers=True, two=two)
    for name in said if two else ():
        negated = _NEGATED.fullmatch(name)
        other = next(one for one in said if one != name)
        affirmed = _AFFIRMED.fullmatch(other)
        if negated and negated[1] in (other, affirmed and affirmed[1]):
            return _Arms(answers=True, two=True, to_name=True, treated=said[other], control=said[name])
    return _Arms(two=two)


def _as_treatment(words: str, column: str, arms: _Arms) -> tuple[int, str]:
    """Return how well a column's name and values say that it is the treatment, 0 for not at all, and the word that says so."""
    surely, perhaps, letter = (pattern.search(words) for pattern in _TREATMENT)
    if surely and (arms.words or arms.answers):
        return 6, surely[0]
    if arms.words:
        return 5, perhaps[0] if perhaps else ARMS_SAID
    if surely and arms.two:
        return 4, surely[0]
    if perhaps and arms.answers:
        return 3, perhaps[0]
    if letter and _TREATMENT[2].fullmatch(column) and arms.answers:
        return 2, column
    return (1, perhaps[0]) if perhaps and arms.two else (0, "")


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
    found.covariates = [name for name in found.covariates if name != found.treatment]
    for table in tables.values():
        _leave_out_repeated(found, table.frame)
    found.covariates = found.covariates[:MOST_COVARIATES]
    found.outcomes = sorted(found.outcomes, key=lambda name: _INCOME.match(plain(name)) is None)[
        :MOST_OUTCOMES
    ]


def _leave_out_repeated(found: Guesses, frame: pd.DataFrame) -> None:
    """Leave out categories that an earlier covariate settles, or that settle it, as a department and its region do."""
    kept: list[str] = []
    for name in [name for name in found.covariates if name in frame and not _is_number(frame[name])]:
        values = frame[name].map(lambda value: plain(str(value)), na_action="ignore")
        if any(_settles(values, frame[earlier]) for earlier in kept):
            found.covariates.remove(name)
            found.repeated.append(name)
        else:
            kept.append(name)


def _settles(one: pd.Series[Any], other: pd.Series[Any]) -> bool:
    """Return whether the value of one column tells that of the other, in either direction."""
    pairs = pd.DataFrame(
        {"one": one, "other": other.map(lambda value: plain(str(value)), na_action="ignore")}
    ).dropna()
    together = len(pairs.drop_duplicates())
    return together <= max(pairs["one"].nunique(), pairs["other"].nunique())


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
