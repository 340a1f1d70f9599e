"""What respondents said: shares, means, totals and ratios of the questionnaire, and whether subgroups differ."""

from __future__ import annotations

import pandas as pd

from impact.evaluation.analyses.monitoring.questions import QuestionAnswers, Questions
from impact.evaluation.findings import Findings
from impact.evaluation.labels.records import with_record_names
from impact.language import Text
from impact.report.contents import Section, Table
from impact.report.tables.questionnaire import (
    questionnaire_table,
    stated_table,
    tests_table,
)
from impact.report.words.style import Style

PLACE = 45
_TITLE = Text("What respondents said", "Qué dijeron los encuestados")
_WARNING = Text(
    "Descriptive: a difference between the arms here is not an effect of the programme.",
    "Descriptivo: una diferencia entre los grupos no es aquí un efecto del programa.",
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return the tables of each [questions] of the configuration."""
    asked = [one for one in findings.configuration.analyses if isinstance(one, Questions)]
    answers = findings.answers.get(Questions.TABLE, ())
    if not answers:
        return None
    style = with_record_names(findings, style)
    tables = [
        table
        for number, (plan, answer) in enumerate(zip(asked, answers, strict=True), start=1)
        for table in _tables(plan, answer, style, number, _in_all(plan, asked))
    ]
    return Section("questions", style.text(_TITLE), (style.text(_WARNING),), tuple(tables))


def _in_all(plan: Questions, asked: list[Questions]) -> frozenset[str]:
    """Return the questions of subgroups that are also asked of everybody: everybody less the others would be a hidden subgroup."""
    of_everybody = [one for one in asked if not one.by and one.file == plan.file]
    return frozenset(name for one in of_everybody for name in one.named) if plan.by else frozenset()


def _tables(
    plan: Questions, answer: QuestionAnswers, style: Style, number: int, totals: frozenset[str]
) -> list[Table]:
    """Return the estimates, the tests between subgroups and those against stated numbers."""
    tables = [questionnaire_table(answer.table, style, f"questions_{number}", plan.title, totals)]
    if answer.tests is not None:
        tables.append(tests_table(answer.tests, style, f"questions_{number}_tests", plan.title))
    if plan.stated:
        shown = answer.table.published(style.minimum, totals)
        held = [shown.of(question).against(stated) for question, stated in plan.stated.items()]
        tables.append(
            stated_table(
                pd.concat(held), style, f"questions_{number}_stated", plan.title, answer.table.synthetic
            )
        )
    return tables
