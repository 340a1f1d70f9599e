"""What the report calls each column and outcome: the configuration's label, else the data package's, else the name."""

from __future__ import annotations

from impact.evaluation.configuration import Configuration
from impact.evaluation.findings import Findings
from impact.report.words.names import Names
from impact.report.words.style import Style
from impact.survey.outcome import Outcome
from impact.survey.poverty.outcomes import Headcount, PovertyGap


def report_names(findings: Findings) -> Names:
    """Return the labels of an evaluation's columns, categories and outcomes in its language."""
    configuration, sample = findings.configuration, findings.sample
    schema = configuration.data.schema
    language = configuration.language
    labels: dict[str, str] = dict(sample.labels)
    levels: dict[str, dict[str, str]] = {}
    if schema is not None:
        for column in sample.frame.columns:
            field = schema.find(str(column))
            if field is not None:
                labels[str(column)] = field.label.to(language)
                levels[str(column)] = {
                    category.value: category.label.to(language) for category in field.categories
                }
    for outcome in sample.outcomes:
        default = _outcome_label(outcome, labels, configuration)
        if default:
            labels[outcome.name] = default
    names = Names(labels | dict(configuration.labels), levels)
    terms = {term.name: names.term(term.column, term.level) for term in sample.terms if term.level}
    return Names(terms | dict(names.labels), levels)


def _outcome_label(outcome: Outcome, labels: dict[str, str], configuration: Configuration) -> str:
    """Return the label of an outcome that the configuration does not label."""
    style = Style.of(configuration.language, Names(configuration.labels))
    if isinstance(outcome, (Headcount, PovertyGap)):
        name = str(getattr(outcome.line, "name", ""))
        if not name:
            return ""
        kind = (
            "headcount"
            if isinstance(outcome, Headcount)
            else {1.0: "gap", 2.0: "severity"}.get(outcome.alpha)
        )
        who = style.word("persons" if outcome.persons else "households")
        return style.word(f"{kind}_label", line=style.line(name), who=who) if kind else ""
    return (
        labels.get(outcome.columns[0], "")
        if len(outcome.columns) == 1 and outcome.name == outcome.columns[0]
        else ""
    )
