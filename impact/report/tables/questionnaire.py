"""Tables of a questionnaire: shares and means with interval, counts and the way the interval was made."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pandas as pd

from impact.language import Text
from impact.monitoring.questionnaire.subgroup_tests import SubgroupTests
from impact.monitoring.questionnaire.table import EstimateTable
from impact.report.cells import decimals_for
from impact.report.contents import Cell, Estimate, Number, PValue, Row, Suppressed, Table
from impact.report.words.style import Style

_CAPTION = Text("Answers to the questionnaire", "Respuestas al cuestionario")
_HEADINGS = (
    Text("Question", "Pregunta"),
    Text("Answer", "Respuesta"),
    Text("Subgroup", "Subgrupo"),
    Text("Estimate with interval", "Estimación con intervalo"),
    Text("Answered", "Respondieron"),
    Text("Groups", "Grupos"),
)
_NOTE = Text(
    "Shares in percent and means, with {level} % intervals of the survey's design (strata, groups, weights).",
    "Proporciones en porcentaje y medias, con intervalos del {level} % según el diseño de la encuesta (estratos, grupos, factores).",
)
_SHARE_NOTE = Text("Interval of a share: {interval}.", "Intervalo de una proporción: {interval}.")
_LOG_NOTE = Text(
    "Interval of a skewed amount: that of its logarithm.",
    "Intervalo de un monto asimétrico: el de su logaritmo.",
)
_TEST_HEADINGS = (
    Text("Question", "Pregunta"),
    Text("Test", "Prueba"),
    Text("F", "F"),
    Text("d.f.", "g. l."),
    Text("d.f. below", "g. l. denom."),
    Text("p", "p"),
    Text("p, Holm", "p, Holm"),
    Text("Answered", "Respondieron"),
)
_HOLM_NOTE = Text(
    "Under the survey's design. p of each question by itself; Holm's p bounds the chance that any of them is below its level although "
    "no subgroup differs.",
    "Según el diseño de la encuesta. p de cada pregunta por sí sola; la p de Holm acota la probabilidad de que alguna quede debajo de "
    "su nivel aunque ningún subgrupo difiera.",
)
_STATED = Text("Against what was stated", "Frente a lo afirmado")
_STATED_HEADINGS = (
    Text("Question", "Pregunta"),
    Text("Answer", "Respuesta"),
    Text("Subgroup", "Subgrupo"),
    Text("Estimate with interval", "Estimación con intervalo"),
    Text("stated", "lo afirmado"),
    Text("p: as stated", "p: como se afirma"),
    Text("Answered", "Respondieron"),
)
_FEW_BEHIND = Text(
    "Not published: fewer than {minimum} rows stand behind a cell that is compared.",
    "Sin publicar: hay menos de {minimum} filas detrás de una celda que se compara.",
    minimum=5,
)
_YES = Text("yes", "sí")
_AMOUNTS = {"mean": Text("mean", "media"), "total": Text("total", "total"), "ratio": Text("ratio", "razón")}


def questionnaire_table(
    table: EstimateTable,
    style: Style,
    name: str = "questions",
    caption: str = "",
    totals: Collection[str] = (),
) -> Table:
    """Return the estimates as a table of the report, small cells suppressed.

    Parameters
    ----------
    table : EstimateTable
    style : Style
    name, caption : str
    totals : collection of str
        Questions whose numbers over all subgroups stand elsewhere in the report.
    """
    shown = table.published(style.minimum, totals)
    records: list[dict[Any, Any]] = shown.frame.to_dict("records")
    rows = [Row(_cells(record, style)) for record in records]
    level = style.number(100 * float(table.frame["level"].iloc[0]))
    of_shares = table.frame[table.frame["statistic"] == "share"]
    intervals = sorted({style.text(kind) for kind in of_shares["interval"] if not kind.startswith("none")})
    notes = [style.text(_NOTE.with_values(level=level))]
    if intervals:
        notes[0] += " " + style.text(_SHARE_NOTE.with_values(interval=", ".join(intervals)))
    log = [style.text(_LOG_NOTE)] if (table.frame["interval"] == "log").any() else []
    notes += [*log, *(style.text(other) for other in shown.notes)]
    headings = tuple(style.text(heading) for heading in _HEADINGS)
    return Table(name, caption or style.text(_CAPTION), headings, tuple(rows), tuple(notes), table.synthetic)


def tests_table(
    tests: SubgroupTests, style: Style, name: str = "questions_tests", caption: str = ""
) -> Table:
    """Return the tests between subgroups as a table of the report, those that rest on small cells suppressed.

    Parameters
    ----------
    tests : SubgroupTests
    style : Style
    name, caption : str
        The caption of the estimates that are tested.
    """
    shown = tests.published(style.minimum)
    rows, reasons = [], []
    for record in shown.frame.to_dict("records"):
        question = style.name(str(record["question"]))
        rows.append(Row((question, style.text(record["method"]) or "–", *_test_cells(record, style))))
        if record["reason"]:
            reasons.append(f"{question}: {style.text(record['reason'])}")
    title = style.text(tests.TITLE)
    headings = tuple(style.text(heading) for heading in _TEST_HEADINGS)
    notes = (style.text(_HOLM_NOTE), *map(style.text, shown.notes), *reasons)
    return Table(
        name, f"{caption}: {title}" if caption else title, headings, tuple(rows), notes, tests.synthetic
    )


def _test_cells(record: dict[Any, Any], style: Style) -> tuple[Cell, ...]:
    """Return the numbers of a test; what was not tested has none, not a number of nought answers."""
    if math.isnan(record["n"]):
        return (Suppressed(style.minimum),) * 6
    return (
        Number(record["statistic"], 2),
        Number(record["freedom"], 1),
        Number(record["second_freedom"], 1),
        PValue(record["p_value"]),
        PValue(record["p_holm"]),
        "–" if record["reason"] else Number(record["n"]),
    )


def few_behind(table: Table, style: Style) -> Table:
    """Return the table of a test that rests on small cells: who is compared, and no number."""
    hidden = Suppressed(style.minimum, secondary=True)
    rows = tuple(
        replace(row, cells=tuple(cell if isinstance(cell, str) else hidden for cell in row.cells))
        for row in table.rows
    )
    return replace(table, rows=rows, notes=(style.text(_FEW_BEHIND.with_values(minimum=style.minimum)),))


def stated_table(
    held: pd.DataFrame, style: Style, name: str, caption: str = "", synthetic: bool = False
) -> Table:
    """Return estimates against stated numbers (``EstimateTable.against``) as a table of the report.

    Parameters
    ----------
    held : DataFrame
    style : Style
    name, caption : str
    synthetic : bool
    """
    rows = [Row(_stated_cells(record, style)) for record in held.to_dict("records")]
    title = style.text(_STATED)
    headings = tuple(style.text(heading) for heading in _STATED_HEADINGS)
    return Table(name, f"{caption}: {title}" if caption else title, headings, tuple(rows), (), synthetic)


def _stated_cells(record: dict[Any, Any], style: Style) -> tuple[Cell, ...]:
    label = _labels(record, style)
    if math.isnan(record["n"]):
        return (*label, *[Suppressed(style.minimum)] * 4)
    scale, suffix = (100.0, " %") if record["statistic"] == "share" else (1.0, "")
    value, low, high, stated = (
        scale * float(record[name]) for name in ("estimate", "conf_low", "conf_high", "stated")
    )
    decimals = 1 if suffix else decimals_for(value)
    estimate = Estimate(value, low, high, decimals, suffix)
    held = (Number(stated, decimals, suffix), PValue(record["p_value"]), Number(record["n"]))
    return (*label, estimate, *held)


def _labels(record: dict[Any, Any], style: Style) -> tuple[str, str, str]:
    """Return what the question, the answer and the subgroup are called."""
    category, question = str(record["category"]), str(record["question"])
    named = style.names.levels.get(question, {}).get(category) or style.names.labels.get(category, category)
    answer = style.text(_YES) if category == "yes" else named or style.text(_AMOUNTS[record["statistic"]])
    subgroup = str(record["subgroup"])
    asked = style.measured(question) if record["statistic"] in ("mean", "total") else style.name(question)
    return asked, answer, style.name(subgroup)


def _cells(record: dict[str, Any], style: Style) -> tuple[Cell, ...]:
    labels = _labels(record, style)
    if math.isnan(record["n"]):
        hidden = Suppressed(style.minimum)
        return (*labels, hidden, hidden, hidden)
    is_share = record["statistic"] == "share"
    scale, suffix = (100.0, " %") if is_share else (1.0, "")
    value, low, high = (scale * float(record[name]) for name in ("estimate", "conf_low", "conf_high"))
    decimals = 1 if is_share else decimals_for(value)
    estimate = Estimate(value, low, high, decimals, suffix)
    return (*labels, estimate, Number(float(record["n"])), Number(float(record["groups"])))
