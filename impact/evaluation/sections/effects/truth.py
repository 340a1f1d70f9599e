"""Estimate and truth, where a generator knows it."""

from __future__ import annotations

from dataclasses import replace

from impact.evaluation.findings import Findings
from impact.report.contents import Section
from impact.report.tables.truth import main_truth_table, truth_table
from impact.report.words.style import Style

PLACE = 90


def section(findings: Findings, style: Style) -> Section | None:
    """Return the main strategy's estimates beside the true effects; those of every strategy are folded."""
    if findings.known is None:
        return None
    main, known = findings.configuration.main_strategy, findings.known.effects
    items = (
        main_truth_table(findings.effects, known, main, style),
        replace(truth_table(findings.effects, known, style), folded=True),
    )
    return Section("truth", style.word("section_truth"), (), items)
