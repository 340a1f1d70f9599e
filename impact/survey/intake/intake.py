"""intake(): survey tables become the one table of a sample; what was translated is listed, what is wrong stops it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.errors import DataError, DataQualityWarning, OptionError
from impact.language import Text
from impact.survey.files.read import SurveyTable
from impact.survey.intake.admission import gate_dates, reasons_left_out
from impact.survey.intake.join import joined_tables
from impact.survey.intake.plan import IntakePlan
from impact.survey.intake.refusal import RULES, SurveyRefusedError
from impact.survey.intake.roles_read import frame_of, read_roles
from impact.survey.intake.schema_rules import schema_reading
from impact.survey.intake.translation import (
    Translation,
    answers,
    missing_code,
    number_text,
)
from impact.survey.intake.waves import rows_of_wave
from impact.survey.package.schema import SurveySchema
from impact.survey.quality.codes import CODES_TOLD
from impact.survey.quality.concern import Concern
from impact.survey.quality.totals import total_concerns
from impact.survey.validation.programme_dates import GATE_RULES, ProgrammeDates
from impact.survey.validation.typed_table import TypedTable
from impact.warn import warn

ONE_TABLE = "data"
"""Name of a table that stands alone and bears no name of the schema."""
OTHER_WAVE = Text("of another wave", "de otra ronda")
_ACCEPTED = Text(
    "Accepted by name ({rule}): {problem}", "Aceptado por su nombre ({rule}): {problem}", rule="", problem=""
)

Tables = SurveyTable | pd.DataFrame | Mapping[str, SurveyTable | pd.DataFrame]


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """A survey as it was understood.

    Attributes
    ----------
    frame : DataFrame
        One row per unit, with codes missing, labels as categories and treatment as 1 and 0.
    exclusions : DataFrame
        Rows left out, with their ``reason``.
    translations : tuple of Translation
    labels : mapping of str to str
        Variable labels of the files, by column.
    source, data_hash : str
        Of the unit table.
    rows : int
        Rows of the unit table as read.
    dates : ProgrammeDates or None
        What the programme's dates say of every group, where they are known.
    judged : DataFrame or None
        The units that the dates were held against, before any was left out.
    """

    frame: pd.DataFrame
    exclusions: pd.DataFrame
    translations: tuple[Translation, ...]
    labels: Mapping[str, str]
    source: str
    data_hash: str
    rows: int
    dates: ProgrammeDates | None = None
    judged: pd.DataFrame | None = None


def intake(tables: Tables, plan: IntakePlan, language: str = "en") -> Intake:
    """Read the tables of a survey as an evaluation needs them.

    Parameters
    ----------
    tables : SurveyTable, DataFrame, or mapping of names to them
    plan : IntakePlan
    language : {"en", "es"}
        Of what is refused.

    Returns
    -------
    Intake

    Raises
    ------
    SurveyRefusedError
        The data break rules that the plan does not accept; all of them are listed.
    OptionError
        A role names an absent column, or a rule to accept is none.

    Warns
    -----
    DataQualityWarning
        What is told and does not stop, and what was accepted by name.
    """
    _check_accepted(plan)
    given = as_survey_tables(tables, plan)
    for key, table in given.items():
        refuse_repeated_columns(table.frame, key)
    name = _unit_table(given, plan)
    whole = given[name]
    kept, concerns = rows_of_wave(whole.frame, plan.wave, plan.id, plan.schema)
    places = np.flatnonzero(kept)
    if concerns:  # nothing else can be judged while waves are stacked
        speak(concerns, plan, given, language)
    given[name] = replace(whole, _frame=whole.frame.iloc[places])
    typed, found = typed_by_schema(given, plan, None if kept.all() else given | {name: whole})
    concerns = [_placed(concern, name, places) for concern in found]
    totals = total_concerns(given[name].frame)
    concerns += [_placed(replace(one, table=name), name, places) for one in totals]
    frames = {key: frame_of(table, typed.get(key)) for key, table in given.items()}
    others = {key: frame for key, frame in frames.items() if key != name}
    units, unmet = joined_tables(frames[name], name, others, plan.keys, plan.schema)
    linked = _linked(plan.schema, name)
    concerns += [
        _placed(one, name, places)
        for one in unmet
        if not (one.stops and not one.table and one.column in linked)
    ]
    if any(one.stops and one.rule == "keys" for one in concerns):  # the columns of that table are not there
        speak(concerns, plan, given | {name: whole}, language)
    _require_columns(units, plan)
    units, neither, said, problems = read_roles(units, given, typed, name, plan)
    dates = gate_dates(units, frames, name, plan)
    if dates is not None:  # by group, in the place of the schema's rows
        concerns = [one for one in concerns if one.rule not in GATE_RULES]
        problems += dates.concerns(units, plan.leave_out)
    concerns += [_placed(replace(one, table=name), name, places) for one in problems]
    speak(concerns, plan, given | {name: whole}, language)
    left_out = reasons_left_out(units, dates, neither, plan)
    translations = (*_typed_translations(given, typed, plan), *said)
    read = _result(units, left_out, translations, whole, kept, given, plan)
    return replace(read, dates=dates, judged=units)


def _check_accepted(plan: IntakePlan) -> None:
    for rule in plan.accept:
        if rule not in RULES:
            raise OptionError(
                Text(
                    "accept must name rules: {rules}; got {rule!r}.",
                    "accept debe nombrar reglas: {rules}; se dio {rule!r}.",
                    rules=checks.listed(RULES, 40),
                    rule=rule,
                )
            )


def _require_columns(units: pd.DataFrame, plan: IntakePlan) -> None:
    """Name every role whose column no table has."""
    wanted = {
        "treatment": () if plan.rule is not None else (plan.treatment,),
        "covariates": plan.covariates,
        "outcomes": plan.numbers,
        Text("cluster or stratum", "cluster o stratum"): plan.labels,
        "id": () if plan.id is None else (plan.id,),
    }
    for role, columns in wanted.items():
        checks.columns_present(role, columns, units.columns)


def as_survey_tables(tables: Tables, plan: IntakePlan) -> dict[str, SurveyTable]:
    """Return the tables by their names: a single one under the schema's that it has most fields of."""
    named: dict[str, SurveyTable | pd.DataFrame]
    if isinstance(tables, (pd.DataFrame, SurveyTable)):
        frame = tables if isinstance(tables, pd.DataFrame) else tables.frame
        named = {_best_name(frame, plan.schema): tables}
    else:
        checks.instance(
            "tables",
            tables,
            Text(
                'a table, or tables by their names, such as {"household": frame}',
                'una tabla, o tablas por su nombre, como {"household": frame}',
            ),
            isinstance(tables, Mapping),
        )
        named = dict(tables)
        if set(named) == {ONE_TABLE} and plan.schema is not None:
            table = named.pop(ONE_TABLE)
            named[_best_name(table if isinstance(table, pd.DataFrame) else table.frame, plan.schema)] = table
    return {
        name: table if isinstance(table, SurveyTable) else SurveyTable(table, source=name)
        for name, table in named.items()
    }


def refuse_repeated_columns(frame: pd.DataFrame, name: str) -> None:
    """Refuse a table with two columns of one name."""
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()].unique()
        raise DataError(
            Text(
                "Table {name!r} has {twice} more than once. Rename or drop the copies.",
                "La tabla {name!r} tiene {twice} más de una vez. Cambie el nombre o quite las copias.",
                name=name,
                twice=checks.listed(map(repr, twice)),
            )
        )


def _best_name(frame: pd.DataFrame, schema: SurveySchema | None) -> str:
    """Return the schema's table whose fields a single table has most of."""
    if schema is None:
        return ONE_TABLE
    return max(schema.tables, key=lambda name: len(set(schema.tables[name].fields) & set(frame.columns)))


def _unit_table(tables: Mapping[str, SurveyTable], plan: IntakePlan) -> str:
    if plan.unit_table is not None:
        checks.one_of("unit_table", plan.unit_table, tuple(tables))
        return plan.unit_table
    wanted = {*plan.numbers, *([plan.id] if plan.id else [])} or set(plan.used)
    return max(tables, key=lambda name: len(wanted & set(tables[name].frame.columns)))


def typed_by_schema(
    tables: Mapping[str, SurveyTable], plan: IntakePlan, all_waves: Mapping[str, SurveyTable] | None = None
) -> tuple[Mapping[str, TypedTable], list[Concern]]:
    """Return the tables that the schema knows in its types, and what breaks its rules; groups are held against all their waves."""
    schema = plan.schema
    if schema is None:
        return {}, []
    known = {name: table for name, table in tables.items() if name in schema.tables}
    own = {table.rules.assignment.treatment for table in schema.tables.values() if table.rules.assignment}
    judge = plan.rule is None and plan.treatment in own and not len(plan.treated)
    if not known:
        return {}, []
    whole = None if all_waves is None else {name: all_waves[name] for name in known}
    return schema_reading(known, schema, plan.used, judge, whole)


def _linked(schema: SurveySchema | None, name: str) -> set[str]:
    """Return the columns whose links the schema's own rules have judged."""
    if schema is None or name not in schema.tables:
        return set()
    return {column for key in schema.tables[name].foreign_keys for column in key.columns}


def _typed_translations(
    tables: Mapping[str, SurveyTable], typed: Mapping[str, TypedTable], plan: IntakePlan
) -> list[Translation]:
    """Return what the files' own codes and the schema's types changed in the columns that are used."""
    said = []
    for name, table in tables.items():
        known = typed.get(name)
        codes = known.missing_codes if known is not None else {}
        for column in plan.used:
            counts = dict(codes.get(column, {}))
            if known is None and column in table.missing_codes:
                counts = {str(key): int(n) for key, n in table.missing_codes[column].value_counts().items()}
            said += [missing_code(column, code, cells) for code, cells in counts.items() if cells]
            if known is None or column not in known.frame or column == plan.treatment:
                continue
            original, values = known.original[column], known.frame[column]
            if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_numeric_dtype(original):
                cells = int(values.notna().sum())
                yes_no = known.schema.fields[column].type == "boolean"
                words = checks.listed(sorted(map(str, original.dropna().unique())))
                said.append(answers(column, words, cells) if yes_no else number_text(column, cells))
    return said


def _placed(concern: Concern, name: str, places: Any) -> Concern:
    """Return a concern about the unit table with its rows counted in the file."""
    if concern.table not in ("", name) or not len(concern.rows):
        return concern
    return replace(concern, table=name, rows=places[concern.rows])


def speak(
    concerns: list[Concern], plan: IntakePlan, tables: Mapping[str, SurveyTable], language: str
) -> None:
    """Raise what stops, and warn of the rest and of what was accepted."""
    stopping = [concern for concern in concerns if concern.stops and concern.rule not in plan.accept]
    if stopping:
        masked = (
            [
                column
                for table in plan.schema.tables.values()
                for column, one in table.fields.items()
                if one.sensitive
            ]
            if plan.schema is not None
            else []
        )
        raise SurveyRefusedError(stopping, tables, language, masked)
    for concern in concerns:
        text = concern.text.to(language)
        if concern.stops:
            text = _ACCEPTED.with_values(rule=concern.rule, problem=concern.problem).to(language)
        warn(text, DataQualityWarning)


def _result(
    units: pd.DataFrame,
    left_out: list[Text | None],
    translations: tuple[Translation, ...],
    whole: SurveyTable,
    kept: Booleans,
    tables: Mapping[str, SurveyTable],
    plan: IntakePlan,
) -> Intake:
    names = pd.Series(whole.frame.index, index=whole.frame.index)
    if plan.id is not None and units[plan.id].is_unique:
        names = whole.frame[plan.id]
        units = units.set_index(plan.id, drop=False).rename_axis(None)
    out = np.array([reason is not None for reason in left_out], dtype=bool)
    gone = [*names[~kept], *units.index[out]]
    reasons = [OTHER_WAVE] * int((~kept).sum()) + [reason for reason in left_out if reason is not None]
    exclusions = pd.DataFrame({"reason": pd.Series(reasons, index=gone, dtype="object")})
    labels = {
        column: text for table in reversed(list(tables.values())) for column, text in table.labels.items()
    }
    frame = units.loc[~out]
    frame.attrs[CODES_TOLD] = True
    if whole.frame.attrs.get("synthetic"):
        frame.attrs["synthetic"] = True
    return Intake(frame, exclusions, translations, labels, whole.source, whole.data_hash, len(whole.frame))
