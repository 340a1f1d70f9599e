"""What non-response can do to the effects: as reported, weighted for those who did not answer, and bounded."""

from __future__ import annotations

from dataclasses import replace

from impact.evaluation.findings import Findings
from impact.evaluation.published_units import decimals_of, with_points, with_unit
from impact.language import Text
from impact.report.contents import Interval, Number, Row, Section, Table
from impact.report.words.style import Style
from impact.robustness.response.nonresponse import NonresponseEffects

PLACE = 52
_TITLE = Text("If those who did not answer differ", "Si quienes no respondieron son distintos")
_TABLE = Text("Effects and non-response", "Efectos y falta de respuesta")
_HEADS = (
    Text("outcome", "resultado"),
    Text("as reported", "publicado"),
    Text("response weights", "pesos por respuesta"),
    Text("interval", "intervalo"),
    Text("bounds from", "cotas desde"),
    Text("to", "hasta"),
    Text("interval", "intervalo"),
    Text("trimmed, %", "recortado, %"),
)
_VALUES = (
    "estimate",
    "weighted_estimate",
    "weighted_conf_low",
    "weighted_conf_high",
    "lee_lower",
    "lee_upper",
    "lee_conf_low",
    "lee_conf_high",
)
_WHY = Text(
    "The arms' response rates differ by {gap} points: those who answered may not be alike, and the effects are also "
    "given without that trust.",
    "Las tasas de respuesta difieren en {gap} puntos: quienes respondieron pueden no parecerse, y los efectos se dan "
    "también sin esa confianza.",
    gap="",
)
_NONE = Text("Not applicable: {reason}", "No se aplica: {reason}", reason="")
_REASON = Text("{outcome}: {reason}", "{outcome}: {reason}", outcome="", reason="")


def section(findings: Findings, style: Style) -> Section | None:
    """Return weights and bounds, where the arms answered differently."""
    found: NonresponseEffects | str | None = findings.answer("response")
    if found is None or findings.response is None:
        return None
    gap = style.number(100 * findings.response.difference, 1)
    said = [style.text(_WHY.with_values(gap=gap))]
    if isinstance(found, str):
        said.append(style.text(_NONE.with_values(reason=found)))
        return Section("response", style.text(_TITLE), tuple(said), ())
    first = findings.configuration.figures[0]
    found = replace(found, frame=with_points(found.frame, _VALUES, findings))
    names = found.frame["outcome"].tolist()
    shown = first if first in names else names[0]
    said.append(found.sentence(shown, style.language.code, with_unit(shown, findings, style)))
    return Section("response", style.text(_TITLE), tuple(said), (_table(found, findings, style),))


def _table(found: NonresponseEffects, findings: Findings, style: Style) -> Table:
    rows, reasons = [], []
    for record in found.frame.to_dict("records"):
        decimals = decimals_of(record["outcome"], record["estimate"], findings)
        rows.append(
            Row(
                (
                    with_unit(record["outcome"], findings, style),
                    Number(record["estimate"], decimals),
                    Number(record["weighted_estimate"], decimals),
                    Interval(record["weighted_conf_low"], record["weighted_conf_high"], decimals),
                    Number(record["lee_lower"], decimals),
                    Number(record["lee_upper"], decimals),
                    Interval(record["lee_conf_low"], record["lee_conf_high"], decimals),
                    Number(100 * record["trimmed_share"], 1),
                )
            )
        )
        if record["reason"]:
            name = style.name(record["outcome"])
            reasons.append(_REASON.with_values(outcome=name, reason=record["reason"]))
    notes = (found.notes[0], found.notes[1].with_values(covariates=style.quoted(*found.covariates)), *reasons)
    headings = tuple(style.text(head) for head in _HEADS)
    return Table(
        "nonresponse",
        style.text(_TABLE),
        headings,
        tuple(rows),
        tuple(map(style.text, notes)),
        found.synthetic,
    )
