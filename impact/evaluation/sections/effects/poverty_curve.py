"""The effect on poverty at every line."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from impact.design.matched_sample import MatchedSample
from impact.effects.distribution.dominance import PovertyCurve
from impact.evaluation.analyses.poverty_curve import PovertyCurveAnalysis
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.language import Text
from impact.report import figures
from impact.report.contents import Estimate, Interval, Number, Row, Section, Suppressed, Table
from impact.report.tables.plain import in_unit
from impact.report.words.style import Style
from impact.survey.poverty.line import PovertyLine
from impact.survey.poverty.outcomes import Headcount, PovertyGap

PLACE = 61
_TITLE = Text("Poverty at every line", "Pobreza en cada línea")
_FIGURE = Text(
    "Effect on poverty at every line, by “{strategy}”", "Efecto en la pobreza en cada línea, con «{strategy}»"
)
_BELOW = Text(
    "The whole band is below zero at lines: {ranges}.",
    "Toda la banda está bajo cero en las líneas: {ranges}.",
)
_NOWHERE = Text(
    "At no line is the whole band below zero: no line can be named at which poverty surely fell.",
    "En ninguna línea toda la banda está bajo cero: no se puede nombrar una línea en la que la pobreza bajó con seguridad.",
)
_HEADINGS = (
    Text("line", "línea"),
    Text("without the programme, %", "sin el programa, %"),
    Text("effect [interval], points", "efecto [intervalo], puntos"),
    Text("band over all lines", "banda de todas las líneas"),
)
_EVERY = 4
"""Every fourth line stands in the table; the figure has all."""


def section(findings: Findings, style: Style) -> Section | None:
    """Return what the band says, the curve, and some of its lines as a table."""
    curve: PovertyCurve | None = findings.answer(PovertyCurveAnalysis.TABLE)
    if curve is None:
        return None
    plan: PovertyCurveAnalysis = findings.configuration.analysis(PovertyCurveAnalysis.TABLE)
    caption = style.text(_FIGURE.with_values(strategy=style.name(plan.strategy)))
    marked = _marked(plan, findings)
    unit = style.text(marked[0].unit) if marked else ""
    axes = figures.poverty_curve(curve, style.language.code, marked)
    items = (
        picture("poverty_curve", caption, axes, findings),
        _table(curve, caption, findings.matched[plan.strategy], unit, style),
    )
    return Section("poverty_curve", style.text(_TITLE), (_said(curve, unit, style),), items)


def _said(curve: PovertyCurve, unit: str, style: Style) -> str:
    ranges = ", ".join(f"{style.number(low)}–{style.number(high)}" for low, high in curve.ranges_below_zero)
    return style.text(_BELOW.with_values(ranges=f"{ranges} {unit}".rstrip()) if ranges else _NOWHERE)


def _marked(plan: PovertyCurveAnalysis, findings: Findings) -> list[PovertyLine]:
    """Return the poverty lines of the outcomes that lie on the curve."""
    outcomes = [one for one in findings.sample.outcomes if isinstance(one, (Headcount, PovertyGap))]
    lines = {
        one.line.name: one.line
        for one in outcomes
        if isinstance(one.line, PovertyLine) and one.income == plan.income
    }
    return [line for line in lines.values() if plan.low <= line.value <= plan.high]


def _table(curve: PovertyCurve, caption: str, matched: MatchedSample, unit: str, style: Style) -> Table:
    records = curve.frame.iloc[::_EVERY].to_dict("records")
    hidden = _hidden(records, matched, style.minimum)
    rows = tuple(
        Row(
            (
                style.number(row["line"]),
                Suppressed(style.minimum, secondary=True) if few else Number(100 * row["control_level"], 1),
                Estimate(100 * row["effect"], 100 * row["conf_low"], 100 * row["conf_high"], 1),
                Interval(100 * row["band_low"], 100 * row["band_high"], 1),
            )
        )
        for row, few in zip(records, hidden, strict=True)
    )
    headings = tuple(style.text(one) for one in (in_unit(_HEADINGS[0], unit), *_HEADINGS[1:]))
    return Table("poverty_curve", caption, headings, rows, (), curve.synthetic, folded=True)


def _hidden(records: Sequence[dict[Hashable, Any]], matched: MatchedSample, minimum: int) -> list[bool]:
    """Return the lines without a level: few are below it or few above it in an arm, or few between it and the line before."""
    used = matched.analysis_weight > 0
    treated, control = (int((used & arm).sum()) for arm in (matched.sample.treated, ~matched.sample.treated))
    hidden: list[bool] = []
    last = {"treated": 0.0, "control": 0.0}
    for row in records:
        level, effect = float(row["control_level"]), float(row["effect"])
        poor = {"treated": (level + effect) * treated, "control": level * control}
        rest = (treated - poor["treated"], control - poor["control"])
        few = min(*poor.values(), *rest) < minimum
        few = few or any(0 < poor[arm] - last[arm] < minimum for arm in poor)
        hidden.append(few)
        last = last if few else poor
    return hidden
