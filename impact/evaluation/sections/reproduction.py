"""What another person needs to make the same numbers again."""

from __future__ import annotations

from impact.described import described
from impact.evaluation.findings import Findings
from impact.evaluation.sections.warned import warned_lines
from impact.report.contents import Section
from impact.report.tables.truth import facts_table
from impact.report.versions import versions
from impact.report.words.style import Style

PLACE = 100


def section(findings: Findings, style: Style) -> Section:
    """Return data, settings and versions, and the warnings of the run."""
    lines = warned_lines(findings.warnings, findings.sample.terms, style)
    warned = (f"{style.word('warnings_raised')}:", *lines) if lines else ()
    table = facts_table(_facts(findings, style), style, findings.sample.synthetic)
    return Section("reproduction", style.word("section_reproduction"), warned, (table,))


def _facts(findings: Findings, style: Style) -> dict[str, str]:
    configuration = findings.configuration
    support = configuration.support
    facts = {
        style.word("data_file"): findings.data.name,
        style.word("data_hash"): findings.data.data_hash,
        style.word("configuration_hash"): configuration.source_hash,
        style.word("rows_read"): style.number(findings.data.rows),
        style.word("seed"): str(configuration.seed),
        style.word("estimand"): configuration.estimand,
        style.word("support"): style.word("none") if support is None else described(support),
        style.word("minimum"): str(configuration.minimum_cell),
        style.word("covariates"): ", ".join(style.name(name) for name in findings.sample.covariates),
    }
    for specification in configuration.specifications:
        facts[style.word("strategy_rule", name=style.name(specification.name))] = described(specification)
    for outcome in findings.sample.outcomes:
        facts[style.word("outcome_rule", name=style.name(outcome.name))] = described(outcome)
    return facts | {style.word("version_of", name=name): version for name, version in versions().items()}
