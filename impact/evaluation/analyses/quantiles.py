"""``[quantiles]``: the effect at each tenth of the distribution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.effects.distribution.quantiles import DECILES, QuantileEffects, quantile_effects
from impact.evaluation.reading.analysis import Named

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Effects on the quantiles of an outcome.

    Parameters
    ----------
    outcome : str, optional
        The first outcome by default.
    strategy : str, optional
        The main strategy by default.
    quantiles : tuple of float
        In (0, 1), rising.
    seed : int
        Of the band's draws.
    """

    TABLE: ClassVar[str] = "quantiles"

    outcome: str = ""
    strategy: str = ""
    quantiles: tuple[float, ...] = tuple(DECILES)
    seed: int = 0

    def settled(self, named: Named) -> Self:
        """Return the table with outcome and strategy filled in."""
        filled = replace(
            self, outcome=self.outcome or named.outcomes[0], strategy=self.strategy or named.main_strategy
        )
        checks.one_of("outcome", filled.outcome, named.outcomes)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def answer(self, findings: Findings) -> QuantileEffects:
        """Return the effects on the quantiles."""
        configuration = findings.configuration
        matched = findings.matched[self.strategy]
        return quantile_effects(matched, self.outcome, self.quantiles, configuration.level, seed=self.seed)
