"""The table of several waves, understood as the table of one is: codes, labels, numbers as text, yes and no."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from impact import checks
from impact.survey.files.read import SurveyTable
from impact.survey.intake.intake import as_survey_tables, refuse_repeated_columns, speak, typed_by_schema
from impact.survey.intake.plan import IntakePlan
from impact.survey.intake.roles_read import frame_of, read_column, value_labels
from impact.survey.intake.schema_rules import OF_TREATMENT

if TYPE_CHECKING:
    import pandas as pd


def panel_table(table: SurveyTable, plan: IntakePlan, language: str = "en") -> pd.DataFrame:
    """Return a table with a row per unit and wave, its columns as their roles need them.

    Parameters
    ----------
    table : SurveyTable
    plan : IntakePlan
        As for one wave. Treatment and identifier stay as they are: who is treated follows from the wave of entry, and an identifier
        stands once in every wave.
    language : {"en", "es"}
        Of what is refused.

    Raises
    ------
    SurveyRefusedError
        Columns hold stray text, codes of missing answers, several spellings or what the schema forbids, in any wave, that the plan does not
        accept; all of them are listed.
    """
    given = as_survey_tables(table, plan)
    ((name, only),) = given.items()
    refuse_repeated_columns(only.frame, name)
    typed, broken = typed_by_schema(given, plan)
    frame, labels = frame_of(only, typed.get(name)), value_labels(given, typed)
    read = [column for column in plan.used if column not in (plan.treatment, plan.id)]
    checks.columns_present("[panel]", read, frame.columns)
    concerns = [concern for concern in broken if concern.rule not in OF_TREATMENT]
    for column in read:
        found = read_column(frame[column], column, labels.get(column, {}), plan)
        frame[column] = found.values
        concerns += [replace(concern, table=name) for concern in found.concerns]
    speak(concerns, plan, given, language)
    return frame
