"""``[market]``: access to markets, prices and wages as outcomes, with their effects."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import pandas as pd

from impact import checks
from impact.design.observed import observed_part
from impact.effects.effect import EffectTable
from impact.effects.estimate import estimate
from impact.errors import EstimationError, ImpactError, ImpactWarning
from impact.evaluation.analyses.monitoring.records import Record, read_records
from impact.language import Text, kept_reason
from impact.monitoring.reach.market import MARKET_OUTCOMES, market_access
from impact.survey.outcome import Column

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings
    from impact.evaluation.reading.analysis import Named

PRICE_AND_WAGE = {"price_received": "Bs/kg", "wage_per_day": "Bs/day"}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MarketResults:
    """Effects on access to markets.

    Attributes
    ----------
    effects : tuple of EffectTable
        One an outcome, on the units that have it.
    left_out : tuple of (str, str)
        Outcomes without an effect, with the reason.
    """

    effects: tuple[EffectTable, ...]
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Market:
    """Market access as outcomes.

    Parameters
    ----------
    prices : str, optional
        Spot prices by product and year, such as ``product_price.csv``: for the premium.
    buyers : str, optional
        Buyers of the groups, such as ``buyer.csv``: for their number.
    year : int, optional
        Of the prices; by default that of ``interview_date``.
    outcomes : tuple of str
        All that the tables allow by default.
    strategy : str, optional
        The main strategy by default; each outcome on the matched units that have it.
    """

    TABLE: ClassVar[str] = "market"

    prices: str = ""
    buyers: str = ""
    year: int | None = None
    outcomes: tuple[str, ...] = ()
    strategy: str = ""

    def settled(self, named: Named) -> Self:
        """Return the table with the strategy filled in."""
        filled = replace(self, strategy=self.strategy or named.main_strategy)
        checks.one_of("strategy", filled.strategy, named.strategies)
        return filled

    def read_files(self) -> tuple[Record, ...]:
        """Return the files beside the survey that the table reads."""
        return Record(self.prices, name="product_price"), Record(self.buyers, name="buyer")

    def answer(self, findings: Findings) -> MarketResults:
        """Return the effect on each outcome, on the units that have it."""
        sample = findings.sample
        prices = read_records(findings, self.prices, name="product_price") if self.prices else None
        buyers = read_records(findings, self.buyers, name="buyer") if self.buyers else None
        frame = market_access(sample.frame, prices, self.year, buyers)
        units = MARKET_OUTCOMES | PRICE_AND_WAGE
        wanted = self.outcomes or tuple(name for name in units if name in frame)
        checks.columns_present("outcomes", wanted, frame.columns)
        effects: list[EffectTable] = []
        left_out: list[tuple[str, str]] = []
        for name in wanted:
            try:
                effects.append(self._effect(findings, frame, Column(name, unit=units.get(name, ""))))
            except ImpactError as problem:
                left_out.append((name, kept_reason(problem)))
        return MarketResults(tuple(effects), tuple(left_out))

    def _effect(self, findings: Findings, frame: pd.DataFrame, outcome: Column) -> EffectTable:
        configuration = findings.configuration
        specification = configuration.specification(self.strategy)
        matched = findings.matched[self.strategy]
        present, treated = frame[outcome.name].notna().to_numpy(), matched.sample.treated
        if not (present & treated).any() or not (present & ~treated).any():
            raise EstimationError(
                Text(
                    "{name} is missing in a whole arm: no effect can be estimated.",
                    "{name} falta en un grupo entero: no se puede estimar un efecto.",
                    name=outcome.name,
                )
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImpactWarning)  # few groups are warned of with the main outcomes
            whole = replace(matched, sample=matched.sample.with_frame(frame))
            known = observed_part(whole, present)
            return estimate(
                known, [outcome], specification.variance, specification.bias_adjustment, configuration.level
            ).labelled(strategy=specification.name)
