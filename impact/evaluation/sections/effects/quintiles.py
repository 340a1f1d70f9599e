"""Who gained: the effect by fifth."""

from __future__ import annotations

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
    if effects is None or plan is None:
        return None
    truth = None if findings.known is None else findings.known.fifths
    paragraphs = [_ranking(plan, style), *([style.word("true_fifths")] if truth is not None else [])]
    items: list[Table | Figure] = [quintile_table(effects, truth, style)]
    if all(is_publishable(effect, style) for effect in effects):
        name = style.name(plan.outcome)
        caption = style.word("quintiles_caption", outcome=name)
        shown = in_published_units(effects, style)
        axes = figures.quintiles(shown, style.language.code, truth, label=name)
        marked = style.word("truth_diamond") if truth is not None else ""
        items.insert(0, picture("quintiles", f"{caption}.{marked}", axes, findings))
    if findings.comparison is not None:
        items.append(comparison_table(findings.comparison, style.text(next(iter(effects)).unit), style))
    return Section("quintiles", style.word("section_quintiles"), tuple(paragraphs), tuple(items))


def _ranking(plan: Quintiles, style: Style) -> str:
    baseline = getattr(plan.by, "column", None)
    if baseline is None:
        return style.word("quintile_ranking_predicted")
    return style.word("quintile_ranking_baseline", column=style.name(baseline))
