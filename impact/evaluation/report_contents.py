"""The report of an evaluation: its sections in order, and the tidy tables behind them."""

from __future__ import annotations

from collections.abc import Iterator

from impact.design.matched_sample import CONTROL_NOT_USED
from impact.evaluation.findings import Findings
from impact.evaluation.labels.names import report_names
from impact.evaluation.poverty_levels import line_name
from impact.evaluation.sections import parts
from impact.language import Language
from impact.progress import track
from impact.report.contents import Contents, Table
from impact.report.tables.effects import tidy_table
from impact.report.tables.survey import hidden_poverty
from impact.report.words.style import Style
from impact.survey.poverty.outcomes import Headcount, PovertyGap


def report_contents(findings: Findings) -> Contents:
    """Return what the report of an evaluation holds, in its language.

    Parameters
    ----------
    findings : Findings

    Returns
    -------
    Contents
        The sections of ``impact/evaluation/sections`` that have something to say, in the order of their places.
    """
    configuration = findings.configuration
    style = report_style(findings)
    made = [(part.__module__, part(findings, style)) for part in track(parts(), "Report")]
    sections = {module: section for module, section in made if section is not None}
    return Contents(
        title=configuration.title,
        language=style.language,
        synthetic=findings.sample.synthetic,
        sections=tuple(sections.values()),
        lead=(_lead(findings, style),),
        data=tuple(_tidy_tables(findings, style)),
        made_by={section.name: module for module, section in sections.items()},
    )


def report_style(findings: Findings) -> Style:
    """Return the language, labels and smallest cell of an evaluation's report."""
    configuration = findings.configuration
    names, minimum = report_names(findings), configuration.minimum_cell
    levels, unused = _hidden_levels(findings, minimum), _few_unused(findings, minimum)
    return Style(Language(configuration.language), names, minimum, levels, unused)


def _few_unused(findings: Findings, minimum: int) -> frozenset[str]:
    """Return the strategies whose unused controls are too few for the flow: no other table may give their number away."""
    unused = {name: dict(one.steps).get(CONTROL_NOT_USED, 0) for name, one in findings.matched.items()}
    return frozenset(name for name, number in unused.items() if 0 < number < minimum)


def _hidden_levels(findings: Findings, minimum: int) -> frozenset[str]:
    """Return the outcomes of poverty whose levels the table of poverty hides: no other table may give them away."""
    if not findings.poverty:
        return frozenset()
    hidden = {
        (line, "person" in population) for line, population in hidden_poverty(findings.poverty, minimum)
    }
    poverty = (one for one in findings.sample.outcomes if isinstance(one, (Headcount, PovertyGap)))
    return frozenset(one.name for one in poverty if (line_name(one), bool(one.persons)) in hidden)


def _lead(findings: Findings, style: Style) -> str:
    sample = findings.sample
    groups = ""
    if sample.cluster:
        groups = style.word("lead_groups", groups=style.number(sample.frame[sample.cluster].nunique()))
    return style.word(
        "lead_sample",
        treated=style.number(int(sample.treated.sum())),
        control=style.number(int((~sample.treated).sum())),
        comparator=style.text(sample.comparator),
        groups=groups,
        estimand=findings.configuration.estimand,
    )


def _tidy_tables(findings: Findings, style: Style) -> Iterator[Table]:
    yield tidy_table("effects_tidy", findings.effects, style)
    if findings.quintiles is not None:
        yield tidy_table("quintiles_tidy", findings.quintiles, style)
