"""Tables of a questionnaire: shares and means with interval, counts and the way the interval was made."""

from __future__ import annotations

import math
from typing import Any

from impact.language import Text
from impact.monitoring.questionnaire.table import EstimateTable
from impact.report.cells import decimals_for
from impact.report.contents import Cell, Estimate, Number, Row, Suppressed, Table
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
    "Shares in percent and means, with {level} % intervals of the survey's design (strata, groups, weights). "
    "Interval of a share: {interval}.",
    "Proporciones en porcentaje y medias, con intervalos del {level} % según el diseño de la encuesta (estratos, grupos, factores). "
    "Intervalo de una proporción: {interval}.",
)
_YES = Text("yes", "sí")
_AMOUNTS = {"mean": Text("mean", "media"), "total": Text("total", "total"), "ratio": Text("ratio", "razón")}


def questionnaire_table(
    table: EstimateTable, style: Style, name: str = "questions", caption: str = ""
) -> Table:
    """Return the estimates as a table of the report, small cells suppressed.

    Parameters
    ----------
    table : EstimateTable
    style : Style
    name, caption : str
    """
    shown = table.published(style.minimum)
    records: list[dict[Any, Any]] = shown.frame.to_dict("records")
    rows = [Row(_cells(record, style)) for record in records]
    level = style.number(100 * float(table.frame["level"].iloc[0]))
    intervals = sorted(
        {style.text(kind) for kind in table.frame["interval"] if kind != "t" and not kind.startswith("none")}
    )
    note = style.text(_NOTE.with_values(level=level, interval=", ".join(map(style.text, intervals)) or "–"))
    notes = (note, *(style.text(other) for other in shown.notes))
    headings = tuple(style.text(heading) for heading in _HEADINGS)
    return Table(name, caption or style.text(_CAPTION), headings, tuple(rows), notes, table.synthetic)


def _cells(record: dict[str, Any], style: Style) -> tuple[Cell, ...]:
    category = str(record["category"])
    question = str(record["question"])
    named = style.names.levels.get(question, {}).get(category) or style.names.labels.get(category, category)
    answer = style.text(_YES) if category == "yes" else named or style.text(_AMOUNTS[record["statistic"]])
    labels = (style.name(question), answer, style.text(str(record["subgroup"])))
    if math.isnan(record["n"]):
        hidden = Suppressed(style.minimum)
        return (*labels, hidden, hidden, hidden)
    is_share = record["statistic"] == "share"
    scale, suffix = (100.0, " %") if is_share else (1.0, "")
    value, low, high = (scale * float(record[name]) for name in ("estimate", "conf_low", "conf_high"))
    decimals = 1 if is_share else decimals_for(value)
    estimate = Estimate(value, low, high, decimals, suffix)
    return (*labels, estimate, Number(float(record["n"])), Number(float(record["groups"])))
