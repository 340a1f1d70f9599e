"""Who is let in: controls that wait in the pipeline, units that the programme could have taken."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.errors import OptionError
from impact.language import Text
from impact.survey.intake.plan import IntakePlan
from impact.survey.package.rules import AssignmentRule
from impact.survey.validation.programme_dates import (
    GATE_RULES,
    NOT_APPROVED,
    PAID,
    ProgrammeDates,
    programme_dates,
)

NEITHER = Text("neither treated nor control", "ni beneficiaria ni control")
_LEFT_OUT = {
    PAID: Text("control group paid before an interview", "grupo de control pagado antes de una entrevista"),
    NOT_APPROVED: Text(
        "control group not approved by its interview",
        "grupo de control no aprobado a la fecha de su entrevista",
    ),
}


def gate_dates(
    units: pd.DataFrame, frames: Mapping[str, pd.DataFrame], name: str, plan: IntakePlan
) -> ProgrammeDates | None:
    """Return what the programme's dates say of every group, or None where no rule or no dates are known.

    Parameters
    ----------
    units : DataFrame
        With treatment as 1 and 0, every table joined.
    frames : mapping of str to DataFrame
        The tables.
    name : str
        Of the unit table.
    plan : IntakePlan

    Raises
    ------
    OptionError
        A rule of the gate to leave out is none, or the gate names a table or column that is not there.
    """
    for rule_name in plan.leave_out:
        checks.one_of("leave_out", rule_name, GATE_RULES)
    rule = plan.gate or plan.rule or _of_schema(plan, name)
    if rule is None:
        if plan.leave_out:
            raise OptionError(
                Text(
                    "leave_out needs the programme's dates: name them in [gate], or use a schema that does.",
                    "leave_out necesita las fechas del programa: nómbrelas en [gate], o use un esquema que las tenga.",
                )
            )
        return None
    groups = units if rule.table == name else frames.get(rule.table)
    if plan.gate is not None:
        checks.one_of(Text("gate: table", "[gate] table"), rule.table, tuple(frames))
    elif groups is None or not {rule.group, rule.interview} <= set(units.columns):
        return None
    if plan.gate is None and groups is not None and not {rule.group, rule.date} <= set(groups.columns):
        return None
    held = units if groups is None else groups
    if plan.gate is None:
        rule = rule.held_by(held.columns)
    return programme_dates(units, held, rule, plan.treatment)


def _of_schema(plan: IntakePlan, name: str) -> AssignmentRule | None:
    """Return the schema's rule, where the treatment evaluated is the schema's own."""
    if plan.schema is None or name not in plan.schema.tables:
        return None
    rule = plan.schema.tables[name].rules.assignment
    return rule if rule is not None and rule.treatment == plan.treatment else None


def reasons_left_out(
    units: pd.DataFrame, dates: ProgrammeDates | None, neither: Booleans, plan: IntakePlan
) -> list[Text | None]:
    """Return why each unit is left out before anyone is matched, None where it stays.

    Parameters
    ----------
    units : DataFrame
    dates : ProgrammeDates or None
    neither : bool array, shape (n,)
        Units of neither arm.
    plan : IntakePlan
    """
    reasons: list[Text | None] = [NEITHER if out else None for out in neither]
    if dates is not None:
        for rule in GATE_RULES:
            if rule in plan.leave_out:
                members = units[dates.rule.group].isin(dates.breaking(rule)["group"])
                control = (units[plan.treatment] == 0) & members
                _mark(reasons, control.to_numpy(dtype=np.bool_), _LEFT_OUT[rule])
    asked = (*plan.eligibility, *(dates.rule.eligibility if dates is not None else ()))
    checks.columns_present(
        Text("eligibility", "[[gate.eligibility]]"), [one.column for one in asked], units.columns
    )
    for one in asked:
        for place, reason in enumerate(one.reasons(units[one.column])):
            if reason and reasons[place] is None:
                reasons[place] = reason
    return reasons


def _mark(reasons: list[Text | None], who: Booleans, reason: Text) -> None:
    for place in np.flatnonzero(who):
        reasons[place] = reasons[place] or reason
