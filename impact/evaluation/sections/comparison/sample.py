"""The sample: every unit's fate, who takes part, who answered."""

from __future__ import annotations

from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.language import Text
from impact.report import figures
from impact.report.cells import shown
from impact.report.contents import Figure, Section, Table
from impact.report.tables.survey import flow_table, participants_table, response_table
from impact.report.words.style import Style

PLACE = 20
_FLOW = Text(
    "From the file to the estimate of “{strategy}”: who stays and who leaves",
    "Del archivo a la estimación de «{strategy}»: quién queda y quién sale",
)


def section(findings: Findings, style: Style) -> Section:
    """Return sample flow, participants, and the response where it is known."""
    sample = findings.sample
    flows = {name: matched.steps for name, matched in findings.matched.items()}
    tables = [flow_table(flows, style, sample.synthetic), participants_table(sample, style)]
    if findings.response is not None:
        tables.append(response_table(findings.response, style, sample.synthetic))
    return Section(
        "sample", style.word("section_sample"), (), (_flow_figure(tables[0], findings, style), *tables)
    )


def _flow_figure(table: Table, findings: Findings, style: Style) -> Figure:
    """Return the flow of the main strategy as boxes, with the labels and the suppressed counts of the table."""
    main = findings.configuration.main_strategy
    matched = findings.matched[main]
    column = list(findings.matched).index(main) + 1
    steps = dict.fromkeys(step for one in findings.matched.values() for step, _ in one.steps)
    rows = dict(zip(steps, table.rows, strict=True))
    labels = {str(step): shown(row.cells[0], style.language) for step, row in rows.items()}
    counts = {str(step): shown(row.cells[column], style.language) for step, row in rows.items()}
    axes = figures.sample_flow(matched, style.language.code, labels, counts)
    return picture("sample_flow", style.text(_FLOW.with_values(strategy=style.name(main))), axes, findings)
