"""Who gained: the effect by region, product or any category."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from impact.design.balance.by import balance_by
from impact.effects.heterogeneity.comparison import EffectComparison
from impact.effects.heterogeneity.subgroups import SubgroupEffects
from impact.errors import EstimationError
from impact.evaluation.analyses.subgroups import Subgroups
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.language import Text
from impact.report import figures
from impact.report.contents import Cell, Figure, Number, PValue, Row, Section, Suppressed, Table
from impact.report.tables.balance_by import balance_by_table
from impact.report.tables.effects import (
    Scale,
    in_published_units,
    is_publishable,
    kept,
    outcome_label,
    published_level,
)
from impact.report.words.style import Style
from impact.views import p_compared

PLACE = 71
_TITLE = Text("Who gained, by group of households", "Quiénes ganaron, por grupo de hogares")
_AGAIN = Text(
    "Treated and controls were matched again within each group by “{strategy}”. p by Holm: all groups of an outcome are one family.",
    "Beneficiarios y controles se emparejaron de nuevo dentro de cada grupo con «{strategy}». p de Holm: los grupos de un resultado "
    "son una "
    "familia.",
)
_CAPTION = Text("{outcome}: the effect by {by}", "{outcome}: el efecto por {by}")
_ALL_OUTCOMES = Text(
    "The effects by {by}: every outcome with its {level} % intervals, each on its own scale; dashed, the effect on all",
    "Los efectos por {by}: cada resultado con sus intervalos del {level} %, cada uno en su propia escala; quebrada, el efecto en todos",
)
_HEADINGS = (
    Text("group", "grupo"),
    Text("effect", "efecto"),
    Text("control mean", "media de los controles"),
    Text("p (Holm)", "p (Holm)"),
    Text("treated", "beneficiarios"),
    Text("controls", "controles"),
)
_EQUAL = Text(
    "Test that all gain alike, {scale}: p {p}.",
    "Prueba de que todos ganan lo mismo, {scale}: p {p}.",
    p="", scale="",
)  # fmt: skip
_SCALES = {
    "percent": Text("in % of their control means", "en % de la media de sus controles"),
    "level": Text("in the outcome's unit", "en la unidad del resultado"),
}
_HIDDEN = Text("Not shown: {names}.", "No se muestran: {names}.", names="")


def section(findings: Findings, style: Style) -> Section | None:
    """Return a figure and a table for each outcome of each [[subgroups]]."""
    plans = [one for one in findings.configuration.analyses if isinstance(one, Subgroups)]
    answers = findings.answers.get(Subgroups.TABLE, ())
    if not answers:
        return None
    items: list[Table | Figure] = []
    for number, (plan, found) in enumerate(zip(plans, answers, strict=True), start=1):
        frame = found.frame  # made anew at each asking
        labels = {effect.subgroup: _label(effect.subgroup, plan, style) for effect in found.table}
        pictured = _pictured(number, plan, found, labels, findings, style)
        items += [] if pictured is None else [pictured]
        for outcome in found.comparisons:
            caption = style.text(_CAPTION.with_values(outcome=style.name(outcome), by=_by(plan, style)))
            name = f"subgroups_{number}_{outcome}"[:31]
            shown = _table(name, outcome, found, frame, labels, caption, style)
            items.append(replace(shown, folded=pictured is not None and len(found.comparisons) > 1))
        if len(plan.columns) == 1:
            by = plan.columns[0]
            alike = balance_by_table(
                balance_by(findings.matched[plan.strategy], by), style, findings.sample.terms, by
            )
            items.append(replace(alike, name=f"balance_by_{plan.columns[0]}"[:31]))
    strategies = ", ".join(dict.fromkeys(style.name(plan.strategy) for plan in plans))
    return Section(
        "subgroups", style.text(_TITLE), (style.text(_AGAIN.with_values(strategy=strategies)),), tuple(items)
    )


def _by(plan: Subgroups, style: Style) -> str:
    return style.quoted(*plan.columns)


def _pictured(
    number: int,
    plan: Subgroups,
    found: SubgroupEffects,
    labels: dict[str, str],
    findings: Findings,
    style: Style,
) -> Figure | None:
    """Return the effects as one figure: rows of intervals for one outcome, small multiples for several; none where a cell is too small."""
    shown = in_published_units(found.table, style)
    if not all(is_publishable(effect, style) for effect in shown):
        return None
    of_all = {
        effect.outcome: effect
        for effect in in_published_units(findings.effects, style)
        if effect.strategy == style.name(plan.strategy)
    }
    by, code, outcomes = _by(plan, style), style.language.code, list(found.comparisons)
    names = {outcome: style.name(outcome) for outcome in outcomes}
    if len(outcomes) > 1:
        axes = figures.small_multiples(shown, code, of_all, names, labels)
        level = f"{100 * shown.effects[0].level:g}"
        caption = style.text(_ALL_OUTCOMES.with_values(by=by, level=level))
        return picture(f"subgroups_{number}", caption, axes, findings)
    outcome = outcomes[0]
    axes = figures.subgroups(shown, outcome, by, code, of_all[outcome], False, names[outcome], labels)
    caption = style.text(_CAPTION.with_values(outcome=names[outcome], by=by))
    return picture(f"{outcome}_by_{'_'.join(plan.columns)}", caption, axes, findings)


def _label(subgroup: str, plan: Subgroups, style: Style) -> str:
    """Return a subgroup's name with the labels of its categories."""
    values = subgroup.split(" · ")
    if len(values) != len(plan.columns):
        return subgroup
    named = [
        style.names.levels.get(column, {}).get(value, value)
        for column, value in zip(plan.columns, values, strict=True)
    ]
    return " · ".join(named)


def _table(
    name: str,
    outcome: str,
    found: SubgroupEffects,
    frame: pd.DataFrame,
    labels: dict[str, str],
    caption: str,
    style: Style,
) -> Table:
    comparison = found.comparisons[outcome]
    effects = list(comparison.table)
    holm = frame[(frame["outcome"] == outcome) & frame["p_value"].notna()].set_index("subgroup")["p_holm"]
    scale = Scale.of(effects, style)
    rows = []
    for effect in effects:
        cells: list[Cell] = [Suppressed(style.minimum)] * 5
        if is_publishable(effect, style):
            p = float(holm.get(effect.subgroup, float("nan")))
            treated = kept(effect, Number(effect.n_treated), style)
            numbers = (PValue(p), treated, Number(effect.n_control))
            level = published_level(effect, style, lambda e: scale.level(e.control_mean))
            cells = [scale.estimate(effect), level, *numbers]
        rows.append(Row((labels[effect.subgroup], *cells)))
    headings = [style.text(heading) for heading in _HEADINGS]
    headings[1] = f"{outcome_label(effects[0], scale, style)}: {headings[1]}"
    notes = []
    notes += [
        style.text(_EQUAL.with_values(scale=_SCALES[scale], p=p_compared(p_value)))
        for scale, p_value in _equality(comparison)
    ]
    if found.reasons:
        notes.append(
            style.text(_HIDDEN.with_values(names=", ".join(labels.get(one, one) for one in found.reasons)))
        )
    return Table(name, caption, tuple(headings), tuple(rows), tuple(notes), comparison.table.synthetic)


def _equality(comparison: EffectComparison) -> list[tuple[str, float]]:
    """Return p of the test that all gain alike and its scale: percent, or the unit where a control mean is not clear of zero."""
    for scale in reversed(comparison.scales):
        try:
            return [(scale, comparison.equality(scale).p_value)]
        except EstimationError:  # more groups of households than producer groups can tell apart
            continue
    return []
