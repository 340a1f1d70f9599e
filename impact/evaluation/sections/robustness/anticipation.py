"""What those who wait may have done in advance: effects under other outcomes of theirs."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.language import Text
from impact.report.cells import decimals_for
from impact.report.contents import Interval, Number, Row, Section, Table
from impact.report.words.style import Style
from impact.robustness.pipeline.anticipation import AnticipationBounds

PLACE = 81
_TITLE = Text("If those who wait had acted in advance", "Si quienes esperan actuaron por adelantado")
_TABLE = Text("Effects under other outcomes of the controls", "Efectos con otros resultados de los controles")
_HEADS = (
    Text("outcome and shift of the controls", "resultado y cambio de los controles"),
    Text("effect", "efecto"),
    Text("interval", "intervalo"),
    Text("control mean", "media de los controles"),
)
_OBSERVED = Text("as observed", "según lo observado")


def section(findings: Findings, style: Style) -> Section | None:
    """Return the effects by shift of the controls' outcomes."""
    found: AnticipationBounds | None = findings.answer("anticipation")
    if found is None:
        return None
    outcomes = list(dict.fromkeys(found.frame["outcome"]))
    said = tuple(found.sentence(name, style.language.code, style.name(name)) for name in outcomes)
    rows = []
    for record in found.frame.sort_values("shift", kind="stable").to_dict("records"):
        decimals = decimals_for(record["estimate"])
        shift = record["shift"]
        label = (
            style.text(_OBSERVED)
            if shift == 0
            else f"{'+' if shift > 0 else ''}{style.number(100 * shift)} %"
        )
        rows.append(
            (
                outcomes.index(record["outcome"]),
                Row(
                    (
                        f"{style.name(record['outcome'])}, {label}",
                        Number(record["estimate"], decimals),
                        Interval(record["conf_low"], record["conf_high"], decimals),
                        Number(record["control_mean"], decimals),
                    )
                ),
            )
        )
    rows.sort(key=lambda pair: pair[0])
    table = Table(
        "anticipation",
        style.text(_TABLE),
        tuple(style.text(head) for head in _HEADS),
        tuple(row for _, row in rows),
        tuple(map(style.text, found.notes)),
        found.synthetic,
    )
    return Section("anticipation", style.text(_TITLE), said, (table,))
