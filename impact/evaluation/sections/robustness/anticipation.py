"""What those who wait may have done in advance: effects under other outcomes of theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from impact.evaluation.findings import Findings
from impact.evaluation.published_units import decimals_of, with_points, with_unit
from impact.language import Text
from impact.report.contents import Cell, Interval, Number, Row, Section, Suppressed, Table
from impact.report.words.style import Style
from impact.robustness.pipeline.anticipation import AnticipationBounds

PLACE = 81
_TITLE = Text("If those who wait had acted in advance", "Si quienes esperan actuaron por adelantado")
_TABLE = Text("Effects under other outcomes of the controls", "Efectos con otros resultados de los controles")
_HEADS = (
    Text("shift of the controls", "cambio de los controles"),
    Text("effect", "efecto"),
    Text("interval", "intervalo"),
    Text("control mean", "media de los controles"),
)
_VALUES = ("estimate", "conf_low", "conf_high", "control_mean")
_OBSERVED = Text("as observed", "según lo observado")


def section(findings: Findings, style: Style) -> Section | None:
    """Return the effects by shift of the controls' outcomes."""
    found: AnticipationBounds | None = findings.answer("anticipation")
    if found is None:
        return None
    found = replace(found, frame=with_points(found.frame, _VALUES, findings))
    outcomes = list(dict.fromkeys(found.frame["outcome"]))
    said = tuple(
        found.sentence(name, style.language.code, with_unit(name, findings, style)) for name in outcomes
    )
    rows: list[Row] = []
    for name in outcomes:
        rows.append(Row((with_unit(name, findings, style), *[""] * (len(_HEADS) - 1)), opens=True))
        ordered = found.of(name).sort_values("shift").to_dict("records")
        rows.extend(_row(record, findings, style) for record in ordered)
    table = Table(
        "anticipation",
        style.text(_TABLE),
        tuple(style.text(head) for head in _HEADS),
        tuple(rows),
        tuple(map(style.text, found.notes)),
        found.synthetic,
    )
    return Section("anticipation", style.text(_TITLE), said, (table,))


def _row(record: dict[Any, Any], findings: Findings, style: Style) -> Row:
    shift, decimals = record["shift"], decimals_of(record["outcome"], record["estimate"], findings)
    label = style.text(_OBSERVED)
    if shift != 0:
        label = f"{'+' if shift > 0 else ''}{style.number(100 * shift)} %"
    interval = Interval(record["conf_low"], record["conf_high"], decimals)
    level: Cell = Number(record["control_mean"], decimals)
    if record["outcome"] in style.hidden_levels:
        level = Suppressed(style.minimum, secondary=True)
    return Row((label, Number(record["estimate"], decimals), interval, level))
