"""One result as a table of its own: LaTeX, Word, Excel, HTML."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from functools import singledispatch
from pathlib import Path
from typing import Any

import pandas as pd

from impact.design.balance.by import BalanceByGroup
from impact.design.balance.columns import SCORE
from impact.design.balance.table import BalanceTable
from impact.effects.effect import Effect, EffectTable
from impact.effects.heterogeneity.subgroups import SubgroupEffects
from impact.errors import OptionError
from impact.language import Text
from impact.monitoring.audit.claims import ClaimAudit
from impact.monitoring.audit.table import Audit
from impact.monitoring.audit.words import RULE_NAMES
from impact.monitoring.questionnaire.rao_scott import AssociationTest
from impact.monitoring.questionnaire.subgroup_tests import SubgroupTests
from impact.monitoring.questionnaire.table import EstimateTable
from impact.monitoring.reach.transport import SHOWN, TransportedEffects
from impact.report.cells import decimals_for
from impact.report.contents import Cell, Contents, Estimate, Number, PValue, Row, Section, Table
from impact.report.formats.document import write_document
from impact.report.formats.latex import latex_table
from impact.report.formats.page import render_page
from impact.report.formats.spreadsheets import write_excel
from impact.report.output import write_file
from impact.report.tables.balance_by import balance_by_table
from impact.report.tables.design import balance_table
from impact.report.tables.effects import Scale, arm_word, count, effect_notes, published
from impact.report.tables.narrowed import WIDE, narrowed
from impact.report.tables.questionnaire import few_behind, questionnaire_table, tests_table
from impact.report.tables.strategies import strategy_details, strategy_table
from impact.report.words.called import heading
from impact.report.words.style import Style
from impact.views import holds_p, kept_texts

_EFFECTS = Text("Effects", "Efectos")


@singledispatch
def as_tables(result: Any, style: Style) -> tuple[Table, ...]:
    """Return a result as the tables that a document shows of it; here of anything with a ``frame``."""
    return (_frame_table(result, result.frame, style),)


def _frame_table(result: Any, frame: pd.DataFrame, style: Style, page: bool = False) -> Table:
    """Return a result's frame as a table; an index that names the rows is its first column.

    On a ``page`` a wide one has its intervals beside the estimates, what all rows say below it, and a single row stands upright.
    """
    notes = [*([result.note] if hasattr(result, "note") else []), *getattr(result, "notes", ())]
    named = frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()
    named, said, intervals = narrowed(named) if page else (named, {}, frozenset[str]())
    headings = [_with_interval(heading(name, style), name in intervals, style) for name in map(str, named)]
    rows = [
        Row(
            tuple(
                _cell_of(str(column), value, named[column], style)
                for column, value in zip(named, record, strict=True)
            )
        )
        for record in named.itertuples(index=False, name=None)
    ]
    if page and len(rows) == 1 and len(headings) > WIDE // 2:
        rows = [Row((what, value)) for what, value in zip(headings, rows[0].cells, strict=True)]
        headings = [style.word("fact"), style.word("value")]
    name = type(result).__name__
    told = " ".join(map(str, notes))
    below = [
        _said(column, value, style)
        for column, value in said.items()
        if column != "identification" or str(value) not in told
    ]
    return Table(
        name,
        style.text(getattr(result, "TITLE", name)),
        tuple(headings),
        tuple(rows),
        (*map(style.text, notes), *([f"{'; '.join(below)}."] if below else [])),
        bool(getattr(result, "synthetic", False)),
    )


def _with_interval(name: str, whether: bool, style: Style) -> str:
    return f"{name} [{heading('interval', style)}]" if whether else name


def _cell_of(column: str, value: Any, values: pd.Series, style: Style) -> Cell:
    """Return a cell: a p-value, an estimate with its interval, a count without decimals wherever the column has none."""
    if isinstance(value, Estimate):
        return value
    if holds_p(column) and isinstance(value, float):
        return PValue(value)
    if isinstance(value, float) and math.isfinite(value) and _whole(values):
        return Number(value, 0)
    return _cell(value, style)


def _whole(values: pd.Series) -> bool:
    """Return whether a column of numbers counts something: all whole, and more than shares of nothing or all."""
    known = values.dropna()
    return bool((known % 1 == 0).all() and (known.abs() > 1).any())


def _said(column: str, value: object, style: Style) -> str:
    """Return what every row says of a column, as words."""
    cell = _cell(value, style)
    return f"{heading(column, style)}: {style.number(cell.value, cell.decimals) if isinstance(cell, Number) else cell}"


@as_tables.register
def _(result: TransportedEffects, style: Style) -> tuple[Table, ...]:
    return (_frame_table(result, result.frame[list(SHOWN)], style),)


@as_tables.register(Audit)
@as_tables.register(ClaimAudit)
def _(result: Audit | ClaimAudit, style: Style) -> tuple[Table, ...]:
    """Return what the auditor found, its rules by name."""
    found = result.frame
    rules = [RULE_NAMES.get(rule, rule) for rule in found["rule"]]
    return (_frame_table(result, found.assign(rule=kept_texts(rules)), style),)


@as_tables.register
def _(result: EffectTable, style: Style) -> tuple[Table, ...]:
    """Return outcome by strategy where the table is complete, else a row for each effect."""
    listed = list(result)
    labels = {(effect.strategy, effect.outcome) for effect in listed}
    strategies = {effect.strategy for effect in listed}
    complete = len(labels) == len(listed) == len(strategies) * len({effect.outcome for effect in listed})
    if complete and len(strategies) > 1:
        return strategy_table(result, style), strategy_details(result, style)
    return (effect_list(result, style),)


@as_tables.register
def _(result: SubgroupEffects, style: Style) -> tuple[Table, ...]:
    """Return the effects of the subgroups that can be shown."""
    return as_tables(result.table, style)


@as_tables.register
def _(result: BalanceTable, style: Style) -> tuple[Table, ...]:
    return (balance_table(result, "", style),) if (result.frame["role"] != SCORE).any() else ()


@as_tables.register
def _(result: BalanceByGroup, style: Style) -> tuple[Table, ...]:
    return (balance_by_table(result, style),)


def effect_list(effects: EffectTable, style: Style) -> Table:
    """Return a row for each effect: who, the effect and its interval, its error, the control mean, percent, counts."""
    listed = list(effects)
    if not listed:
        raise OptionError(
            Text(
                "The table holds no effects; there is nothing to write.",
                "La tabla no tiene efectos; no hay nada que escribir.",
            )
        )
    scales = {
        name: Scale.of([e for e in listed if e.outcome == name], style)
        for name in {e.outcome for e in listed}
    }
    columns: list[tuple[str, Callable[[Effect], Cell]]] = [
        (style.word("strategy"), lambda e: style.name(e.strategy)),
        (style.word("outcome"), lambda e: style.name(e.outcome)),
        (style.text(Text("Subgroup", "Subgrupo")), lambda e: style.text(e.subgroup)),
        (style.word("effect"), lambda e: scales[e.outcome].estimate(e)),
        (style.text(Text("unit", "unidad")), lambda e: scales[e.outcome].unit),
        (style.word("std_error"), lambda e: scales[e.outcome].number(e.std_error, brackets=True)),
        (style.word("degrees_of_freedom"), lambda e: Number(e.degrees_of_freedom, 1)),
        (arm_word("control_mean", listed, style), lambda e: scales[e.outcome].level(e.control_mean)),
        (style.word("percent_effect"), lambda e: Number(e.percent_effect, 1, " %")),
        (arm_word("n_treated", listed, style), lambda e: count(e.n_treated, style)),
        (style.word("n_control"), lambda e: count(e.n_control, style)),
    ]
    rows = []
    for effect in listed:
        cells = [published(effect, style, cell) for _, cell in columns]
        labels = [columns[k][1](effect) for k in (0, 1, 2, 4)]
        cells[0], cells[1], cells[2], cells[4] = labels
        rows.append(Row(tuple(cells)))
    headings = tuple(heading for heading, _ in columns)
    return Table(
        "effects",
        style.text(_EFFECTS),
        headings,
        tuple(rows),
        effect_notes(effects, style),
        effects.synthetic,
    )


def _cell(value: object, style: Style) -> Cell:
    if isinstance(value, bool):
        return style.word("yes" if value else "no")
    if isinstance(value, int):
        return Number(value, 0)
    if isinstance(value, float):
        return Number(value, decimals_for(value)) if math.isfinite(value) else Number(math.nan)
    if isinstance(value, date) and not pd.isna(value):
        day = pd.Timestamp(value)
        return day.date() if day == day.normalize() else str(value)
    return (
        "" if value is None or value is pd.NA else style.text(value if isinstance(value, str) else str(value))
    )


def page_tables(result: Any, style: Style) -> tuple[Table, ...]:
    """Return a result as the tables of a page: a frame with more columns than a page has room for is narrowed."""
    as_it_is = as_tables.dispatch(type(result)) is as_tables.dispatch(object)
    if as_it_is and len(result.frame.columns) > WIDE:
        return (_frame_table(result, result.frame, style, page=True),)
    return as_tables(result, style)


def to_latex(result: object, language: str = "en") -> str:
    """Return a result's tables as LaTeX."""
    style = Style.of(language)
    return "\n".join(latex_table(table, style.language) for table in page_tables(result, style))


def to_html(result: object, language: str = "en") -> str:
    """Return a result's tables as one page that needs nothing else."""
    return render_page(contents_of(result, language, page_tables))


def to_word(result: object, path: str | Path, language: str = "en") -> Path:
    """Write a result's tables to a Word document."""
    return _to_file(result, path, language, ".docx", write_document, page_tables)


def to_excel(result: object, path: str | Path, language: str = "en") -> Path:
    """Write a result's tables to a workbook, numbers in full."""
    return _to_file(result, path, language, ".xlsx", write_excel, as_tables)


def _to_file(
    result: object,
    path: str | Path,
    language: str,
    suffix: str,
    writer: Callable[[Contents, Path], Path],
    tables: Callable[[Any, Style], tuple[Table, ...]],
) -> Path:
    file = Path(path)
    if file.suffix.lower() != suffix:
        raise OptionError(
            Text(
                "path must end in {suffix}; got {name!r}.",
                "path debe terminar en {suffix}; se dio {name!r}.",
                suffix=suffix,
                name=file.name,
            )
        )
    made = contents_of(result, language, tables)
    write_file(file, lambda beside: writer(made, beside))
    return file


def contents_of(
    result: object, language: str, tables_of: Callable[[Any, Style], tuple[Table, ...]] = as_tables
) -> Contents:
    """Return a document that holds one result."""
    style = Style.of(language)
    tables = tables_of(result, style)
    title = tables[0].caption
    return Contents(title, style.language, tables[0].synthetic, (Section("result", title, (), tables),))


@as_tables.register
def _(result: EstimateTable, style: Style) -> tuple[Table, ...]:
    return (questionnaire_table(result, style),)


@as_tables.register
def _(result: SubgroupTests, style: Style) -> tuple[Table, ...]:
    return (tests_table(result, style),)


@as_tables.register
def _(result: AssociationTest, style: Style) -> tuple[Table, ...]:
    """Return what is compared; of cells with few rows no number, as the test's follow from them."""
    table = _frame_table(result, result.frame, style)
    return (few_behind(table, style) if result.fewest < style.minimum else table,)
