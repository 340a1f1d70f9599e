"""Poverty of the matched treated and controls."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.report.contents import Section
from impact.report.tables.survey import poverty_table
from impact.report.words.style import Style

PLACE = 60


def section(findings: Findings, style: Style) -> Section | None:
    """Return the levels at each line that an outcome uses."""
    if not findings.poverty:
        return None
    main = findings.configuration.main_strategy
    levels = {style.line(name): table for name, table in findings.poverty.items()}
    table = poverty_table(levels, findings.matched[main], style.name(main), style)
    return Section("poverty", style.word("section_poverty"), (), (table,))
