"""The effect under each strategy."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.report import figures
from impact.report.contents import Figure, Section, Table
from impact.report.tables.effects import in_published_units, is_publishable
from impact.report.tables.strategies import strategy_details, strategy_table
from impact.report.words.style import Style
from impact.survey.shares import is_share

PLACE = 50


def section(findings: Findings, style: Style) -> Section:
    """Return the table of strategies, and a figure for each main outcome."""
    configuration = findings.configuration
    shown = in_published_units(findings.effects, style)
    items: list[Table | Figure] = [strategy_table(findings.effects, style, configuration.stars)]
    for outcome in configuration.figures:
        if not all(is_publishable(effect, style) for effect in shown if effect.outcome == outcome):
            continue
        truth, name = _true_effect(findings, outcome), style.name(outcome)
        caption = style.word("strategies_caption", outcome=name)
        axes = figures.strategies(shown, outcome, style.language.code, truth, label=name)
        marked = style.word("truth_marked") if truth is not None else ""
        items.append(picture(f"strategies_{outcome}", f"{caption}.{marked}", axes, findings))
    items.append(strategy_details(findings.effects, style))
    return Section("effects", style.word("section_effects"), (), tuple(items))


def _true_effect(findings: Findings, outcome: str) -> float | None:
    """Return the true effect on all treated in the published unit, or None where nobody knows it."""
    if findings.known is None:
        return None
    known = findings.known.effects.get((findings.configuration.main_strategy, outcome))
    factor = 100 if is_share(findings.sample.outcome(outcome).unit) else 1
    return None if known is None else factor * known.all_treated
