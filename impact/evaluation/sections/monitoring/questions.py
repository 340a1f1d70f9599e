"""What respondents said: shares and means of the questionnaire."""

from __future__ import annotations

from impact.evaluation.analyses.monitoring.questions import Questions
from impact.evaluation.findings import Findings
from impact.evaluation.labels.records import with_record_names
from impact.language import Text
from impact.report.contents import Section
from impact.report.tables.questionnaire import questionnaire_table
from impact.report.words.style import Style

PLACE = 45
_TITLE = Text("What respondents said", "Qué dijeron los encuestados")
_WARNING = Text(
    "Descriptive: a difference between the arms here is not an effect of the programme.",
    "Descriptivo: una diferencia entre los grupos no es aquí un efecto del programa.",
)


def section(findings: Findings, style: Style) -> Section | None:
    """Return a table for each [questions] of the configuration."""
    asked = [one for one in findings.configuration.analyses if isinstance(one, Questions)]
    answers = findings.answers.get(Questions.TABLE, ())
    if not answers:
        return None
    style = with_record_names(findings, style)
    tables = [
        questionnaire_table(table, style, f"questions_{number}", plan.title)
        for number, (plan, table) in enumerate(zip(asked, answers, strict=True), start=1)
    ]
    return Section("questions", style.text(_TITLE), (style.text(_WARNING),), tuple(tables))
