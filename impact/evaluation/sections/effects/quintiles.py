"""Who gained: the effect by fifth."""

from __future__ import annotations

from collections.abc import Mapping

from impact.effects.effect import EffectTable
from impact.effects.heterogeneity.unestimated import NOT_ESTIMATED, NoStratumError
from impact.evaluation.analyses.quintiles import Quintiles
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.report import figures
from impact.report.contents import Figure, Section, Table
from impact.report.tables.effects import comparison_table, in_published_units, is_publishable, quintile_table
from impact.report.words.style import Style

PLACE = 70


def section(findings: Findings, style: Style) -> Section | None:
    """Return figure, table and joint tests of the fifths."""
    plan, effects = findings.configuration.analysis("quintiles"), findings.quintiles
    if plan is None:
        return None
    if effects is None or findings.comparison is None:
        return _nothing(findings, style)
    reasons = findings.comparison.reasons
    truth = _shown_truth(findings, effects)
    paragraphs = [_ranking(plan, style), *([style.word("true_fifths")] if truth is not None else [])]
    items: list[Table | Figure] = [quintile_table(effects, truth, style, reasons)]
    if all(is_publishable(effect, style) for effect in effects) and plan.outcome not in style.hidden_levels:
        name = style.name(plan.outcome)
        caption = style.word("quintiles_caption", outcome=name)
        shown = in_published_units(effects, style)
        axes = figures.quintiles(shown, style.language.code, truth, label=name)
        marked = style.word("truth_diamond") if truth is not None else ""
        missing = "".join(f" {text}" for text in _missing(reasons, style))
        items.insert(0, picture("quintiles", f"{caption}.{marked}{missing}", axes, findings))
    if len(effects.effects) > 1:
        items.append(comparison_table(findings.comparison, style.text(next(iter(effects)).unit), style))
    return Section("quintiles", style.word("section_quintiles"), tuple(paragraphs), tuple(items))


def _missing(reasons: Mapping[str, str], style: Style) -> list[str]:
    """Return which fifths have no estimate, and why."""
    return [
        style.text(NOT_ESTIMATED.with_values(name=name, reason=style.text(reason)))
        for name, reason in reasons.items()
    ]


def _nothing(findings: Findings, style: Style) -> Section | None:
    """Return why no fifth has an estimate, where that is so."""
    refusal = findings.answer("quintiles")
    if not isinstance(refusal, NoStratumError):
        return None
    return Section("quintiles", style.word("section_quintiles"), tuple(_missing(refusal.reasons, style)), ())


def _shown_truth(findings: Findings, effects: EffectTable) -> list[float] | None:
    """Return the known percent effects of the fifths that are estimated."""
    known = None if findings.known is None else findings.known.fifths
    return None if known is None else [known[int(effect.subgroup[1:]) - 1] for effect in effects]


def _ranking(plan: Quintiles, style: Style) -> str:
    baseline = getattr(plan.by, "column", None)
    if baseline is None:
        return style.word("quintile_ranking_predicted")
    return style.word("quintile_ranking_baseline", column=style.name(baseline))
