"""What the dates of call, approval, interview and disbursement say of every group: who waits in the pipeline, and who does not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.errors import DataError
from impact.language import Text
from impact.survey.package.rules import AssignmentRule
from impact.survey.quality.concern import Concern

PAID, NOT_APPROVED = "control_disbursed", "control_not_approved"
"""The names by which breaches of the gate are accepted."""
GATE_RULES = (PAID, NOT_APPROVED)

IN_PIPELINE = Text("in the pipeline", "en espera", "in the pipeline")
PAID_BEFORE = Text("paid before its interview", "pagado antes de su entrevista", PAID)
APPROVED_AFTER = Text(
    "not approved by its interview", "no aprobado a la fecha de su entrevista", NOT_APPROVED
)
NOT_REGISTERED = Text("not in the group table", "no está en la tabla de grupos", "not registered")
NOT_DATED = Text("no interview is dated", "ninguna entrevista tiene fecha", "not dated")

_PROBLEMS = {
    PAID: (
        Text(
            "{groups} control {groups:group was|groups were} paid before an interview of theirs: "
            "{count} {count:interview|interviews} of households that no longer wait.",
            "{groups} {groups:grupo de control recibió|grupos de control recibieron} dinero antes de una entrevista suya: "
            "{count} {count:entrevista|entrevistas} de hogares "
            "que ya no esperan.",
            groups=0,
            count=0,
        ),
        Text(
            "Correct the dates, or leave the groups out ([gate] leave_out = [\"control_disbursed\"]).",
            "Corrija las fechas, o deje fuera los grupos ([gate] leave_out = [\"control_disbursed\"]).",
        ),
    ),
    NOT_APPROVED: (
        Text(
            "{groups} control {groups:group was|groups were} not approved by {groups:its|their} interview: {count} "
            "{count:interview|interviews} of households that the "
            "programme had not chosen.",
            "{groups} {groups:grupo de control no estaba aprobado|grupos de control no estaban aprobados} "
            "a la fecha de su entrevista: {count} {count:entrevista|entrevistas} de hogares "
            "que el programa no había elegido.",
            groups=0,
            count=0,
        ),
        Text(
            "Correct the dates, or leave the groups out ([gate] leave_out = [\"control_not_approved\"]).",
            "Corrija las fechas, o deje fuera los grupos ([gate] leave_out = [\"control_not_approved\"]).",
        ),
    ),
}  # fmt: skip
_PAID_DETAIL = Text(
    "{group}: paid {date}, interviews {interview} to {last}, the first {days} days after the money, {rows} rows",
    "{group}: pagado el {date}, entrevistas del {interview} al {last}, la primera {days} días después del dinero, {rows} filas",
    **dict.fromkeys(("group", "date", "interview", "last", "days", "rows"), ""),
)
_APPROVED_DETAIL = Text(
    "{group}: first interview {interview}, approved {date}, {days} days later, {rows} rows",
    "{group}: primera entrevista el {interview}, aprobado el {date}, {days} días después, {rows} filas",
    **dict.fromkeys(("group", "date", "interview", "days", "rows"), ""),
)
_NEVER_DETAIL = Text(
    "{group}: first interview {interview}, no approval date, {rows} rows",
    "{group}: primera entrevista el {interview}, sin fecha de aprobación, {rows} filas",
    **dict.fromkeys(("group", "interview", "rows"), ""),
)


@dataclass(frozen=True, slots=True, eq=False)
class ProgrammeDates:
    """Every group with its dates, and the interviews that the gate does not let through.

    Attributes
    ----------
    frame : DataFrame
        One row per group of the units, sorted by group: group, treated (1, 0), status (of controls: a Text), call_date, approval_date,
        disbursement_date, interview_first, interview_last, days_since_approval (first interview less approval), days_to_disbursement
        (first disbursement less first interview; negative: paid before), score, operating, rows, rows_paid, rows_not_approved.
    broken : dict of str to bool array, shape (n,)
        By rule of the gate: the control's interviews that break it, in the order of the units.
    rule : AssignmentRule
    approval_known : bool
        Whether the group table has a column of approvals at all.
    """

    frame: pd.DataFrame
    broken: dict[str, Booleans]
    rule: AssignmentRule
    approval_known: bool

    @property
    def controls(self) -> pd.DataFrame:
        """The control groups."""
        return self.frame.loc[self.frame["treated"] == 0].reset_index(drop=True)

    def breaking(self, rule: str) -> pd.DataFrame:
        """Return the control groups that break a rule of the gate."""
        column = "rows_paid" if rule == PAID else "rows_not_approved"
        return self.controls.loc[self.controls[column] > 0].reset_index(drop=True)

    def concerns(self, units: pd.DataFrame, leave_out: Collection[str] = ()) -> list[Concern]:
        """Return what the gate refuses, by group with dates, days and rows; what is left out is told and does not stop."""
        return [
            self._concern(rule, units, rule not in leave_out)
            for rule in GATE_RULES
            if self.broken[rule].any()
        ]

    def _concern(self, rule: str, units: pd.DataFrame, stops: bool) -> Concern:
        groups, rows = self.breaking(rule), np.flatnonzero(self.broken[rule])
        problem, remedy = _PROBLEMS[rule]
        return Concern(
            rule,
            self.rule.interview,
            rows,
            problem.with_values(groups=len(groups), count=len(rows)),
            remedy,
            stops=stops,
            where=tuple(map(str, groups["group"])),
            details=tuple(_detail(rule, record) for record in groups.to_dict("records")),
            records=tuple(units[self.rule.group].iloc[rows].astype(str)),
        )


def programme_dates(
    units: pd.DataFrame, groups: pd.DataFrame, rule: AssignmentRule, treatment: str
) -> ProgrammeDates:
    """Hold every control group's dates against the pipeline rule: approved ≤ interview < first disbursement.

    Parameters
    ----------
    units : DataFrame, one row per unit
        With the rule's group and interview date, and treatment as 1 and 0.
    groups : DataFrame, one row per group
        With the rule's dates; where the units hold the dates, the units themselves.
    rule : AssignmentRule
    treatment : str
        Column of the units.

    Raises
    ------
    DataError
        A column of dates holds something that is no date.

    Notes
    -----
    A unit without an interview date is judged by nothing; a control without an approval date was not approved, as far as the
    register tells, unless the table has no such column at all.
    """
    rule = rule.completed(groups.columns)
    checks.columns_present("rule", [rule.group, rule.interview, treatment], units.columns)
    checks.columns_present(f"table {rule.table!r}", [rule.group, *rule.of_groups.values()], groups.columns)
    register = _register(groups, rule)
    code = units[rule.group]
    registered = code.isin(register.index).to_numpy()
    dated = register.reindex(code).set_axis(units.index)
    interview = as_dates(units[rule.interview])
    control = (units[treatment] == 0).to_numpy() & code.notna().to_numpy()
    paid = control & (dated["disbursement_date"] <= interview).to_numpy()
    unapproved = (
        control
        & registered
        & interview.notna().to_numpy()
        & ~(dated["approval_date"] <= interview).to_numpy()
    )
    if rule.approval is None:
        unapproved = np.zeros(len(units), dtype=np.bool_)
    by_row = pd.DataFrame(
        {
            "group": code,
            "treated": units[treatment],
            "interview": interview,
            "paid": paid,
            "not_approved": unapproved,
        }
    )
    frame = _by_group(by_row, register)
    return ProgrammeDates(frame, {PAID: paid, NOT_APPROVED: unapproved}, rule, rule.approval is not None)


def as_dates(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column of dates as dates; text is read as year-month-day.

    Raises
    ------
    DataError
        A cell is no date.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return column
    try:
        return pd.to_datetime(column, format="ISO8601")
    except (TypeError, ValueError):
        raise DataError(
            Text(
                (
                    "'{name}' must hold dates such as 2014-06-02; some cells are none. Say how it writes them: [data] "
                    'date_formats = {{{name} = "%d/%m/%Y"}}.'
                ),
                (
                    "'{name}' debe tener fechas como 2014-06-02; algunas celdas no lo son. Diga cómo las escribe: [data] "
                    'date_formats = {{{name} = "%d/%m/%Y"}}.'
                ),
                name=column.name,
            )
        ) from None


def _register(groups: pd.DataFrame, rule: AssignmentRule) -> pd.DataFrame:
    """Return the dates of the group table by group, with one name for each whatever the columns are called."""
    known = groups.dropna(subset=[rule.group]).drop_duplicates(rule.group).set_index(rule.group)
    columns: dict[str, Any] = {}
    for part, name in (("call", "call_date"), ("approval", "approval_date"), ("date", "disbursement_date")):
        column = rule.of_groups.get(part)
        blank = pd.Series(pd.NaT, index=known.index, dtype="datetime64[s]")
        columns[name] = blank if column is None else as_dates(known[column])
    for part in ("score", "operating"):
        column = rule.of_groups.get(part)
        columns[part] = np.nan if column is None else known[column]
    return pd.DataFrame(columns, index=known.index)


def _by_group(by_row: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    grouped = by_row.groupby("group", sort=True, observed=True)
    frame = grouped.agg(
        treated=("treated", "max"),
        interview_first=("interview", "min"),
        interview_last=("interview", "max"),
        rows=("interview", "size"),
        rows_paid=("paid", "sum"),
        rows_not_approved=("not_approved", "sum"),
    )
    frame = register.reindex(frame.index).join(frame)
    frame["days_since_approval"] = (frame["interview_first"] - frame["approval_date"]).dt.days
    frame["days_to_disbursement"] = (frame["disbursement_date"] - frame["interview_first"]).dt.days
    standing = _status(frame, frame.index.isin(register.index))
    frame["status"] = pd.Series(standing, index=frame.index, dtype="object")  # texts, not plain strings
    order = (
        "treated", "status", "call_date", "approval_date", "disbursement_date", "interview_first", "interview_last",
        "days_since_approval", "days_to_disbursement", "score", "operating", "rows", "rows_paid", "rows_not_approved",
    )  # fmt: skip
    return frame[list(order)].rename_axis("group").reset_index()


def _status(frame: pd.DataFrame, registered: Booleans) -> list[Text]:
    """Return the standing of each group; of the treated nothing is asked."""
    return [
        Text("treated", "beneficiario", "treated") if treated != 0
        else NOT_REGISTERED if not known
        else PAID_BEFORE if paid
        else APPROVED_AFTER if late
        else NOT_DATED if undated
        else IN_PIPELINE
        for treated, known, paid, late, undated in zip(
            frame["treated"], registered, frame["rows_paid"], frame["rows_not_approved"], frame["interview_last"].isna(), strict=True
        )
    ]  # fmt: skip


def _detail(rule: str, record: dict[Any, Any]) -> Text:
    if rule == PAID:
        return _PAID_DETAIL.with_values(
            group=str(record["group"]),
            date=_day(record["disbursement_date"]),
            interview=_day(record["interview_first"]),
            last=_day(record["interview_last"]),
            days=max(-int(record["days_to_disbursement"]), 0),
            rows=int(record["rows_paid"]),
        )
    said = {"group": str(record["group"]), "interview": _day(record["interview_first"])}
    if pd.isna(record["approval_date"]):
        return _NEVER_DETAIL.with_values(**said, rows=int(record["rows_not_approved"]))
    return _APPROVED_DETAIL.with_values(
        **said,
        date=_day(record["approval_date"]),
        days=-int(record["days_since_approval"]),
        rows=int(record["rows_not_approved"]),
    )


def _day(value: Any) -> date:
    return pd.Timestamp(value).date()
