"""The answer in brief."""

from __future__ import annotations

from impact.effects.effect import EffectTable
from impact.evaluation.findings import Findings
from impact.report.contents import Section
from impact.report.tables.answer import answer_lines
from impact.report.words.style import Style

PLACE = 10


def section(findings: Findings, style: Style) -> Section:
    """Return a sentence for each main outcome."""
    configuration = findings.configuration
    main = EffectTable(
        tuple(effect for effect in findings.effects if effect.strategy == configuration.main_strategy),
        synthetic=findings.sample.synthetic,
    )
    lines = answer_lines(main, configuration.figures, style)
    return Section("answer", style.word("section_answer"), tuple(lines))
