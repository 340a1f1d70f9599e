"""What may have reached those who wait: effects without the controls where the programme worked, or near it."""

from __future__ import annotations

from dataclasses import replace

from impact.evaluation.findings import Findings
from impact.evaluation.published_units import decimals_of, with_points, with_unit
from impact.language import Text
from impact.report.contents import Interval, Number, Row, Section, Table
from impact.report.tables.effects import count
from impact.report.words.style import Style
from impact.robustness.pipeline.spillover import Spillover

PLACE = 82
_TITLE = Text("If the programme reached the controls", "Si el programa llegó a los controles")
_TABLE = Text("Effects without the controls nearby", "Efectos sin los controles cercanos")
_HEADS = (
    Text("compared with", "comparados con"),
    Text("effect", "efecto"),
    Text("interval", "intervalo"),
    Text("moved, std. errors", "cambio, errores est."),
    Text("controls", "controles"),
    Text("control groups", "grupos de control"),
)
_REASON = Text("{variant}: {reason}", "{variant}: {reason}", variant="", reason="")


def section(findings: Findings, style: Style) -> Section | None:
    """Return the effects with fewer and fewer controls."""
    found: Spillover | None = findings.answer("spillover")
    if found is None:
        return None
    found = replace(found, frame=with_points(found.frame, ("estimate", "conf_low", "conf_high"), findings))
    outcomes = list(dict.fromkeys(found.frame["outcome"]))
    said = (found.sentence(name, style.language.code, with_unit(name, findings, style)) for name in outcomes)
    rows: list[Row] = []
    reasons: dict[str, Text] = {}
    for name in outcomes:
        rows.append(Row((with_unit(name, findings, style), *[""] * (len(_HEADS) - 1)), opens=True))
        for record in found.frame.loc[found.frame["outcome"] == name].to_dict("records"):
            decimals = decimals_of(name, record["estimate"], findings)
            rows.append(
                Row(
                    (
                        style.text(record["variant"]),
                        Number(record["estimate"], decimals),
                        Interval(record["conf_low"], record["conf_high"], decimals),
                        Number(record["moved"], 1),
                        count(int(record["n_control"]), style),
                        Number(record["control_groups"]),
                    )
                )
            )
            if record["reason"]:
                reasons[str(record["variant"])] = _REASON.with_values(
                    variant=record["variant"], reason=record["reason"]
                )
    notes = (*found.notes, *reasons.values())
    headings = tuple(style.text(head) for head in _HEADS)
    table = Table(
        "spillover", style.text(_TABLE), headings, tuple(rows), tuple(map(style.text, notes)), found.synthetic
    )
    return Section(
        "spillover", style.text(_TITLE), tuple(sentence for sentence in said if sentence), (table,)
    )
