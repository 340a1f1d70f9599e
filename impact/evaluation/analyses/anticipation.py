"""``[anticipation]``: the effects had those who wait earned otherwise, expecting nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.evaluation.reading.analysis import Named
from impact.robustness.pipeline.anticipation import SHIFTS, AnticipationBounds, anticipation_bounds

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True)
class Anticipation:
    """Shifts of the controls' outcomes.

    Parameters
    ----------
    shifts : tuple of float
        Shares: -0.05 is 5 % less than observed.
    outcomes : tuple of str
        The first outcome by default.
    strategy : str
        The main strategy by default.
    """

    TABLE: ClassVar[str] = "anticipation"

    shifts: tuple[float, ...] = SHIFTS
    outcomes: tuple[str, ...] = ()
    strategy: str = ""

    def __post_init__(self) -> None:
        for shift in self.shifts:
            checks.between("shifts", shift, -1.0, float("inf"))

    def settled(self, named: Named) -> Self:
        """Return the table with outcomes and strategy filled in."""
        filled = replace(
            self, outcomes=self.outcomes or named.outcomes[:1], strategy=self.strategy or named.main_strategy
        )
        for outcome in filled.outcomes:
            checks.one_of("outcomes", outcome, named.outcomes)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def answer(self, findings: Findings) -> AnticipationBounds:
        """Return the effects by shift."""
        specification = findings.configuration.specification(self.strategy)
        return anticipation_bounds(
            findings.matched[self.strategy],
            self.outcomes,
            self.shifts,
            specification.bias_adjustment,
            specification.variance,
            findings.configuration.level,
        )
