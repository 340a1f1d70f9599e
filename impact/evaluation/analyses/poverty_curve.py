"""``[poverty_curve]``: the effect on poverty at every line between two."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.effects.distribution.dominance import PovertyCurve
from impact.effects.distribution.poverty_curve import poverty_curve
from impact.errors import OptionError
from impact.evaluation.reading.analysis import Named, Reads
from impact.language import Text

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings

_POINTS = 41


@dataclass(frozen=True, slots=True)
class PovertyCurveAnalysis:
    """The effect on poverty over a range of lines.

    Parameters
    ----------
    income : str
        Column of income per person, in the lines' unit.
    low, high : float
        The lowest and the highest line.
    points : int
        Lines between them, ends included.
    alpha : float
        0 headcount, 1 gap, 2 severity.
    persons : str, optional
        Household size, to count persons.
    strategy : str, optional
        The main strategy by default.
    seed : int
        Of the band's draws.
    """

    TABLE: ClassVar[str] = "poverty_curve"

    income: str
    low: float
    high: float
    points: int = _POINTS
    alpha: float = 0.0
    persons: str | None = None
    strategy: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.low < self.high:
            raise OptionError(
                Text(
                    "low must be above 0 and below high; got {low:g} and {high:g}.",
                    "low debe ser mayor que 0 y menor que high; se dieron {low:g} y {high:g}.",
                    low=self.low,
                    high=self.high,
                )
            )
        checks.whole("points", self.points, minimum=2)

    def settled(self, named: Named) -> Self:
        """Return the table with the strategy filled in."""
        filled = replace(self, strategy=self.strategy or named.main_strategy)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        return Reads("income", self.income), Reads("persons", self.persons)

    def answer(self, findings: Findings) -> PovertyCurve:
        """Return the effect at every line."""
        configuration = findings.configuration
        return poverty_curve(
            findings.matched[self.strategy],
            self.income,
            (self.low, self.high, self.points),
            self.alpha,
            self.persons,
            configuration.level,
            seed=self.seed,
            bias_adjustment=configuration.specification(self.strategy).bias_adjustment,
        )
