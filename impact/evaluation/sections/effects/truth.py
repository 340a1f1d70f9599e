"""Estimate and truth, where a generator knows it."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.report.contents import Section
from impact.report.tables.truth import truth_table
from impact.report.words.style import Style

PLACE = 90


def section(findings: Findings, style: Style) -> Section | None:
    """Return every estimate beside the true effect."""
    if findings.known is None:
        return None
    table = truth_table(findings.effects, findings.known.effects, style)
    return Section("truth", style.word("section_truth"), (), (table,))
