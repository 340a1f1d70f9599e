"""The sample: every unit's fate, who takes part, who answered."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.report.contents import Section
from impact.report.tables.survey import flow_table, participants_table, response_table
from impact.report.words.style import Style

PLACE = 20


def section(findings: Findings, style: Style) -> Section:
    """Return sample flow, participants, and the response where it is known."""
    sample = findings.sample
    flows = {name: matched.steps for name, matched in findings.matched.items()}
    tables = [flow_table(flows, style, sample.synthetic), participants_table(sample, style)]
    if findings.response is not None:
        tables.append(response_table(findings.response, style, sample.synthetic))
    return Section("sample", style.word("section_sample"), (), tuple(tables))
