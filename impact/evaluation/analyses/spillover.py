"""``[spillover]``: the effects without controls where the programme worked, or near it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.evaluation.reading.analysis import Named, Reads
from impact.language import Text
from impact.robustness.pipeline.spillover import DISTANCES, Spillover, spillover

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True)
class SpilloverTable:
    """By what controls are left out.

    Parameters
    ----------
    municipality : str
        Column; "" leaves this comparison out.
    latitude, longitude : str
        Columns in decimal degrees, of the household or its group (from a table of ``[tables]``); none by default.
    distances : tuple of float
        Kilometres.
    outcomes : tuple of str
        The first outcome by default.
    strategy : str
        The main strategy by default.
    """

    TABLE: ClassVar[str] = "spillover"

    municipality: str = "muni_code"
    latitude: str = ""
    longitude: str = ""
    distances: tuple[float, ...] = DISTANCES
    outcomes: tuple[str, ...] = ()
    strategy: str = ""

    def __post_init__(self) -> None:
        for distance in self.distances:
            checks.positive("distances", distance, Text("number of kilometres", "número de kilómetros"))

    def settled(self, named: Named) -> Self:
        """Return the table with outcomes and strategy filled in."""
        filled = replace(
            self, outcomes=self.outcomes or named.outcomes[:1], strategy=self.strategy or named.main_strategy
        )
        for outcome in filled.outcomes:
            checks.one_of("outcomes", outcome, named.outcomes)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        return tuple(Reads(key, getattr(self, key)) for key in ("municipality", "latitude", "longitude"))

    def answer(self, findings: Findings) -> Spillover:
        """Return the effects with all controls, and without those where or near where the programme worked."""
        configuration = findings.configuration
        return spillover(
            findings.sample,
            configuration.specification(self.strategy),
            self.outcomes,
            self.municipality or None,
            self.latitude or None,
            self.longitude or None,
            self.distances,
            configuration.estimand,
            configuration.support,
            configuration.level,
        )
