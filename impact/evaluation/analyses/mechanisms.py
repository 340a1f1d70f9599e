"""``[mechanisms]``: how outcomes go with what the treated groups did; descriptive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.effects.mechanisms import PRACTICES, MechanismTable, mechanism_associations
from impact.evaluation.reading.analysis import Named, Reads

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True)
class Mechanisms:
    """What the treated groups did, and how their outcomes go with it. Not an effect.

    Parameters
    ----------
    practices : tuple of str
        Columns of 0 and 1: what a group took up after the programme, such as buying inputs together.
    outcomes : tuple of str
        The first outcome by default.
    adjust : bool
        Whether the difference holds the covariates constant.
    """

    TABLE: ClassVar[str] = "mechanisms"

    practices: tuple[str, ...] = PRACTICES
    outcomes: tuple[str, ...] = ()
    adjust: bool = True

    def settled(self, named: Named) -> Self:
        """Return the table with the outcomes filled in."""
        filled = replace(self, outcomes=self.outcomes or named.outcomes[:1])
        for outcome in filled.outcomes:
            checks.one_of("outcomes", outcome, named.outcomes)
        return filled

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        return (Reads("practices", self.practices),)

    def answer(self, findings: Findings) -> MechanismTable:
        """Return the associations among the treated."""
        configuration = findings.configuration
        return mechanism_associations(
            findings.sample, self.outcomes, self.practices, self.adjust, level=configuration.level
        )
