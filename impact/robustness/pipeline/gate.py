"""The pipeline gate: every control group approved by its interview and not yet paid; cohorts, eligibility, intention to treat."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import SPOKEN, DataError
from impact.language import Text
from impact.robustness.pipeline.cohorts import cohort_balance, cohort_table, fate_of_treated
from impact.robustness.pipeline.gate_tables import (
    frames_of,
    last_wave,
    rule_of_schema,
    table_of_units,
    treatment_of,
    units_with_groups,
)
from impact.survey.files.read import SurveyTable
from impact.survey.intake.refusal import SurveyRefusedError
from impact.survey.package.eligibility import Eligibility
from impact.survey.package.rules import AssignmentRule
from impact.survey.validation.programme_dates import (
    GATE_RULES,
    NOT_APPROVED,
    PAID,
    ProgrammeDates,
    programme_dates,
)
from impact.views import Exported, html_view, text_view

_PASSES = Text(
    "All {groups} control groups wait: approved by their interview, and not paid before it.",
    "Los {groups} grupos de control esperan: aprobados a la fecha de su entrevista y no pagados antes de ella.",
    groups=0,
)
_FAILS = Text(
    "Of {groups} control groups, {paid} {paid:was|were} paid before an interview of theirs and "
    "{late} {late:was|were} not approved by it: they "
    "are no pipeline.",
    "De {groups} grupos de control, {paid} {paid:recibió|recibieron} dinero antes de una entrevista suya "
    "y {late} no {late:estaba aprobado|estaban aprobados} "
    "a su fecha: no están en espera.",
    groups=0,
    paid=0,
    late=0,
)  # fmt: skip
_UNKNOWN = Text(
    "The group table has no approval dates: whether the controls were approved is not known.",
    "La tabla de grupos no tiene fechas de aprobación: no se sabe si los controles estaban aprobados.",
)
_TREATED = Text(
    "Intention to treat: of {approved} approved alliances, {financed} had been financed by their interview and "
    "{surviving} still operated; "
    "those that were given up stay among the treated.",
    "Intención de tratar: de {approved} alianzas aprobadas, {financed} habían sido financiadas a la fecha de su "
    "entrevista y {surviving} seguían "
    "operando; las abandonadas quedan entre las beneficiarias.",
    **dict.fromkeys(("approved", "financed", "surviving"), ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PipelineGate(Exported):
    """Whether the controls wait for the programme, group by group.

    Attributes
    ----------
    frame : DataFrame
        One row per control group: group, status, call_date, approval_date, disbursement_date, interview_first, interview_last,
        days_since_approval (first interview less approval; negative: approved after it), days_to_disbursement (first disbursement less
        first interview; negative: paid before it), rows (interviews), rows_paid, rows_not_approved (those that break the rule).
    cohorts : DataFrame
        By arm and year of the call: groups, rows, the first and last date of call, approval and disbursement, the appraisal score.
    balance : DataFrame
        Appraisal score and dates of the two arms, by group: mean_treated, mean_control, difference, smd, p_value, groups.
    treated : DataFrame
        What became of the treated groups: approved, financed, surviving, given_up, unknown.
    ineligible : DataFrame
        condition, arm, rows, groups that an eligibility rule takes out of either arm.
    accepted : tuple of str
        Rules whose breaches are lived with.
    left_out : tuple of str
        Rules whose groups were left out of the comparison.
    approval_known : bool
        False: the group table has no approval dates, and that half of the rule is not judged.
    synthetic : bool

    Examples
    --------
    >>> import impact as im
    >>> gate = im.pipeline_gate(im.synthetic.rural_alliances(1, groups=20))
    >>> gate.passes, gate.accepted
    (True, ())
    >>> gate.frame.loc[0, ["rows", "rows_paid", "rows_not_approved"]].tolist()
    [17, 0, 0]
    """

    TITLE: ClassVar[Text] = Text("Dates of the control groups", "Fechas de los grupos de control")

    frame: pd.DataFrame
    cohorts: pd.DataFrame
    balance: pd.DataFrame
    treated: pd.DataFrame
    ineligible: pd.DataFrame
    accepted: tuple[str, ...]
    left_out: tuple[str, ...]
    approval_known: bool
    synthetic: bool
    dates: ProgrammeDates
    units: pd.DataFrame

    @property
    def contaminated(self) -> pd.DataFrame:
        """Control groups paid before an interview of theirs."""
        return self.frame.loc[self.frame["rows_paid"] > 0].reset_index(drop=True)

    @property
    def not_yet_approved(self) -> pd.DataFrame:
        """Control groups approved only after an interview of theirs, or never."""
        return self.frame.loc[self.frame["rows_not_approved"] > 0].reset_index(drop=True)

    @property
    def in_comparison(self) -> pd.DataFrame:
        """Control groups that were not left out."""
        out = {PAID: self.frame["rows_paid"] > 0, NOT_APPROVED: self.frame["rows_not_approved"] > 0}
        gone = pd.Series(False, index=self.frame.index)
        for rule in self.left_out:
            gone |= out[rule]
        return self.frame.loc[~gone].reset_index(drop=True)

    @property
    def passes(self) -> bool:
        """Whether every control group waits."""
        return not len(self.contaminated) and not len(self.not_yet_approved)

    @property
    def refused(self) -> tuple[str, ...]:
        """Rules that are broken and not accepted by name."""
        broken = {PAID: self.contaminated, NOT_APPROVED: self.not_yet_approved}
        return tuple(rule for rule, groups in broken.items() if len(groups) and rule not in self.accepted)

    def require(self, language: str = "en") -> None:
        """Refuse what is broken and not accepted by name.

        Raises
        ------
        SurveyRefusedError
            With every such group, its dates, days and rows.
        """
        found = [one for one in self.dates.concerns(self.units) if one.rule in self.refused]
        if found:
            raise SurveyRefusedError(found, language=language)

    def sentence(self, language: str = "en") -> str:
        """Return whether the controls wait, in one plain sentence."""
        said = [_PASSES.with_values(groups=len(self.frame))]
        if not self.passes:
            said = [
                _FAILS.with_values(
                    groups=len(self.frame),
                    paid=len(self.contaminated),
                    late=len(self.not_yet_approved),
                )
            ]
        if not self.approval_known:
            said.append(_UNKNOWN)
        return " ".join(text.to(language) for text in said)

    @property
    def notes(self) -> tuple[Text, ...]:
        """What became of the treated alliances."""
        known = self.treated.set_index("fate")["groups"]
        return (
            _TREATED.with_values(
                approved=int(known["approved"]),
                financed=int(known["financed"]),
                surviving=int(known["surviving"]),
            ),
        )

    def __repr__(self) -> str:
        return text_view(self._first(), (self.sentence(SPOKEN.get()), *self.notes), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self._first(), (self.sentence(SPOKEN.get()), *self.notes), self.synthetic)

    def _first(self) -> pd.DataFrame:
        """Return the groups that break the rule, or, where none does, the first that wait."""
        broken = self.frame.loc[(self.frame["rows_paid"] > 0) | (self.frame["rows_not_approved"] > 0)]
        return broken if len(broken) else self.frame.head()


def pipeline_gate(
    tables: Mapping[str, pd.DataFrame | SurveyTable] | pd.DataFrame | Any,
    rule: AssignmentRule | None = None,
    accept: Collection[str] = (),
) -> PipelineGate:
    """Hold every control group's dates against the pipeline rule: approved ≤ interview < first disbursement.

    Parameters
    ----------
    tables : mapping of str to DataFrame or SurveyTable
        The units and the groups, by name, as ``im.read_tables`` returns them; a synthetic survey; or one table of units that holds the
        dates itself.
    rule : AssignmentRule, optional
        Columns of treatment, group, interview, first disbursement and approval, and the eligibility of both arms; by default the
        schema's. ``treatment=""`` takes it from the dates.
    accept : collection of str
        Breaches to live with: "control_disbursed", "control_not_approved".

    Returns
    -------
    PipelineGate
        ``.frame`` lists every control group with dates, days and rows, ``.contaminated`` and ``.not_yet_approved`` those that do not
        wait; ``.require()`` refuses them. ``im.evaluate`` refuses them by itself.

    Raises
    ------
    OptionError
        A rule to accept is none; no rule is given and the tables are not the schema's.
    DataError
        A table or column is absent; a date is none; no control.

    Notes
    -----
    Of several waves (the schema's ``wave``) the last is judged: a baseline may lie before anybody was approved.

    Interviews, not groups, break the rule: a group paid between two of its interviews is listed with the rows of the second. A control
    without an approval date was not approved, as far as the register tells. Treated alliances that were given up stay treated.

    References
    ----------
    World Bank Independent Evaluation Group (2018), Project Performance Assessment Report 132905, paragraph 6.23: controls are groups
    whose plan is approved and whose money has not been released.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(1, groups=40)
    >>> gate = im.pipeline_gate(survey)
    >>> gate.passes, len(gate.contaminated)
    (True, 0)
    """
    for name in accept:
        checks.one_of("accept", name, GATE_RULES)
    frames = frames_of(tables)
    rule = rule_of_schema(frames) if rule is None else rule
    name = table_of_units(frames, rule)
    units = last_wave(frames[name]).reset_index(drop=True)
    groups = frames.get(rule.table, units)
    treatment = rule.treatment or "treated"
    units[treatment] = treatment_of(units, groups, rule)
    dates = programme_dates(units, groups, rule, treatment)
    if not len(dates.controls):
        raise DataError(
            Text(
                "The gate needs control groups; every group is treated.",
                "La revisión de fechas necesita grupos de control; todos los grupos son beneficiarios.",
            )
        )
    others = [frame for key, frame in frames.items() if key != name and rule.group in frame]
    synthetic = any(bool(frame.attrs.get("synthetic")) for frame in frames.values())
    return gate_of(dates, units_with_groups(units, others, rule), treatment, accept, synthetic)


def gate_of(
    dates: ProgrammeDates,
    units: pd.DataFrame,
    treatment: str,
    accept: Collection[str] = (),
    synthetic: bool = False,
    eligibility: Collection[Eligibility] = (),
    leave_out: Collection[str] = (),
) -> PipelineGate:
    """Return the gate of dates that have been read.

    Parameters
    ----------
    dates : ProgrammeDates
    units : DataFrame
        With treatment as 1 and 0, and the columns of the eligibility.
    treatment : str
    accept : collection of str
    synthetic : bool
    eligibility : collection of Eligibility
        Beside those of the rule.
    leave_out : collection of str
        Rules whose groups have been left out of the comparison.
    """
    asked = (*dates.rule.eligibility, *eligibility)
    return PipelineGate(
        frame=dates.controls.drop(columns=["treated", "score", "operating"]),
        cohorts=cohort_table(dates.frame),
        balance=cohort_balance(dates.frame),
        treated=fate_of_treated(dates.frame),
        ineligible=_ineligible(units, treatment, dates.rule.group, asked),
        accepted=tuple(rule for rule in GATE_RULES if rule in accept),
        left_out=tuple(rule for rule in GATE_RULES if rule in leave_out),
        approval_known=dates.approval_known,
        synthetic=synthetic,
        dates=dates,
        units=units,
    )


def _ineligible(
    units: pd.DataFrame, treatment: str, group: str, asked: Collection[Eligibility]
) -> pd.DataFrame:
    rows = []
    for one in asked:
        reasons = one.reasons(units[one.column])
        out = np.array([bool(reason) for reason in reasons], dtype=bool)
        for arm, value in (("treated", 1), ("control", 0)):
            who = out & (units[treatment] == value).to_numpy()
            rows.append((one.column, arm, int(who.sum()), int(units.loc[who, group].nunique())))
    return pd.DataFrame(rows, columns=["condition", "arm", "rows", "groups"])
