"""``[gate]``: controls that wait in the pipeline, whom the programme could have taken, and what may have reached those who wait."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.errors import OptionError
from impact.evaluation.reading.analysis import Named
from impact.language import Text
from impact.survey.package.eligibility import Eligibility
from impact.survey.package.rules import AssignmentRule
from impact.survey.validation.programme_dates import GATE_RULES

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings

_NEEDED = ("group", "interview", "table", "date")


@dataclass(frozen=True, slots=True)
class Gate:
    """The pipeline rule of the controls.

    Parameters
    ----------
    group, interview : str, optional
        Columns of the units: the group, the interview date. With a schema that has a rule they may be left out, and so may the rest.
    table, date : str, optional
        The table of the groups (one of ``[tables]``), and its date of first disbursement.
    approval, call, score, operating : str, optional
        Further columns of that table: approval, call, appraisal score, whether the alliance still operates.
    leave_out : list of str
        "control_disbursed", "control_not_approved": leave these control groups out, and list them, instead of stopping.
    eligibility : list of tables
        ``[[gate.eligibility]]`` with column and minimum, maximum or among: applied to both arms before anyone is matched.
    """

    TABLE: ClassVar[str] = "gate"

    group: str | None = None
    interview: str | None = None
    table: str | None = None
    date: str | None = None
    approval: str | None = None
    call: str | None = None
    score: str | None = None
    operating: str | None = None
    leave_out: tuple[str, ...] = ()
    eligibility: tuple[Eligibility, ...] = ()

    def __post_init__(self) -> None:
        further = ("approval", "call", "score", "operating")
        named = [name for name in (*_NEEDED, *further) if getattr(self, name) is not None]
        lacking = [name for name in _NEEDED if getattr(self, name) is None]
        if named and lacking:
            raise OptionError(
                Text(
                    (
                        "{lacking} is missing: the gate needs group, interview, table and date, or none of them with a "
                        "schema that has them."
                    ),
                    (
                        "falta {lacking}: [gate] necesita group, interview, table y date, o ninguna de ellas con un esquema "
                        "que las tenga."
                    ),
                    lacking=lacking[0],
                )
            )
        for rule in self.leave_out:
            checks.one_of("leave_out", rule, GATE_RULES)

    def rule(self, treatment: str) -> AssignmentRule | None:
        """Return the columns of the gate, or None where they are the schema's."""
        if self.group is None:
            return None
        return AssignmentRule(
            treatment,
            self.group,
            str(self.interview),
            str(self.table),
            str(self.date),
            self.approval,
            self.call,
            self.score,
            self.operating,
        )

    def settled(self, named: Named) -> Self:
        """Return the table: it speaks of no outcome or strategy."""
        return self

    def answer(self, findings: Findings) -> None:
        """Return nothing: the gate is judged when the survey is read, and stands in ``findings.gate``."""
