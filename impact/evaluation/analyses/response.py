"""``[response]``: what non-response can do to the effects, where the arms answered differently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.errors import ImpactError
from impact.evaluation.reading.analysis import Named, Reads
from impact.language import kept_reason
from impact.robustness.response.nonresponse import NonresponseEffects, nonresponse_effects

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True)
class Response:
    """Bounds and weights for non-response. Without this table they are made by themselves where the gap is large enough.

    Parameters
    ----------
    gap : float
        Difference of the response rates above which they are made, as a share in [0, 1); 0 makes them always.
    outcomes : tuple of str
        All by default.
    covariates : tuple of str
        Of the response model; the match's by default.
    strategy : str
        The main strategy by default.
    """

    TABLE: ClassVar[str] = "response"
    UNASKED: ClassVar[bool] = True

    gap: float = 0.05
    outcomes: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    strategy: str = ""

    def __post_init__(self) -> None:
        checks.within("gap", self.gap, 0.0, 1.0)

    def settled(self, named: Named) -> Self:
        """Return the table with outcomes, covariates and strategy filled in."""
        filled = replace(
            self,
            outcomes=self.outcomes or named.outcomes,
            covariates=self.covariates or named.covariates,
            strategy=self.strategy or named.main_strategy,
        )
        for outcome in filled.outcomes:
            checks.one_of("outcomes", outcome, named.outcomes)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def columns_named(self) -> tuple[Reads, ...]:
        """Return the columns that the table names."""
        return (Reads("covariates", self.covariates),)

    def answer(self, findings: Findings) -> NonresponseEffects | str | None:
        """Return the effects with weights and bounds, the reason why there are none, or None where the arms answered alike."""
        response, configuration = findings.response, findings.configuration
        if response is None or abs(response.difference) <= self.gap:
            return None
        try:
            return nonresponse_effects(
                findings.sample,
                configuration.specification(self.strategy),
                self.outcomes,
                self.covariates,
                configuration.estimand,
                configuration.support,
                configuration.level,
            )
        except ImpactError as problem:
            return kept_reason(problem)
