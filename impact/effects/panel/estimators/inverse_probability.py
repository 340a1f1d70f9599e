"""Inverse probability weights: comparison units weighted to look like the treated at baseline."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.effects.panel.estimators.first_stages import ScoreFit, fit_score
from impact.effects.panel.estimators.two_periods import (
    Changes,
    CrossSections,
    Linearised,
    as_column,
    linearised_mean,
    mean_products,
)
from impact.effects.panel.labels import DIFFERENCES
from impact.language import Text


@dataclass(frozen=True, slots=True)
class InverseProbabilityWeighted:
    """Effect on the treated by weighting the comparison units' change by the odds of entering.

    Parameters
    ----------
    normalized : bool
        True: the comparison weights add up to one (Hájek). False: as Abadie (2005) has them (Horvitz and Thompson), less stable.

    Notes
    -----
    τ̂ = Σ_{W=1} s ΔY / Σ_{W=1} s − Σ_{W=0} s ô ΔY / D with odds ô = p̂/(1 − p̂) by logit and D = Σ_{W=0} s ô (normalised) or
    Σ_{W=1} s. The score counts as estimated. Comparison units with p̂ of .995 and above do not count, as in R's DRDID.

    References
    ----------
    Abadie (2005), Review of Economic Studies 72(1), 1-19, doi:10.1111/0034-6527.00321; Sant'Anna & Zhao (2020), Journal of Econometrics
    219(1), 101-122, equations 2.4 and 2.5, doi:10.1016/j.jeconom.2020.06.003.

    Examples
    --------
    >>> import impact as im
    >>> im.InverseProbabilityWeighted().label
    'inverse probability weights, normalised'
    """

    normalized: bool = True

    def __post_init__(self) -> None:
        checks.instance(
            "normalized",
            self.normalized,
            Text("True or False", "true o false"),
            isinstance(self.normalized, bool),
        )

    @property
    def label(self) -> str:
        """Name in the ``strategy`` column."""
        if self.normalized:
            return Text(
                "inverse probability weights, normalised", "pesos por probabilidad inversa, normalizados"
            )
        return Text("inverse probability weights", "pesos por probabilidad inversa")

    @property
    def identification(self) -> str:
        """What the estimate rests on."""
        return DIFFERENCES

    def of_changes(self, data: Changes) -> Linearised:
        """Return the effect from the same units in both periods."""
        score = fit_score(data.treated, data.design, data.weight, data.names, data.where)
        focal, compared = data.weight * data.treated, data.weight * score.odds
        if self.normalized:
            return linearised_mean(focal, data.change) - _hajek(compared, data.change, score)
        signed = (focal - compared)[:, None] * data.change / focal.mean()
        effect = signed.mean(0)
        error = score.error(mean_products(compared, data.change, data.design) * compared.sum() / focal.sum())
        return Linearised(effect, signed - as_column(focal / focal.mean()) * effect - error)

    def of_cross_sections(self, data: CrossSections) -> Linearised:
        """Return the effect from two cross-sections."""
        score = fit_score(data.treated, data.design, data.weight, data.names, data.where)
        periods = (data.post, ~data.post)
        of_period = self._normalised_period if self.normalized else self._plain_period
        after, before = (of_period(data, score, period.astype(np.float64)) for period in periods)
        return after - before

    def _normalised_period(self, data: CrossSections, score: ScoreFit, period: Array) -> Linearised:
        focal, compared = data.weight * data.treated * period, data.weight * score.odds * period
        return linearised_mean(focal, data.outcome) - _hajek(compared, data.outcome, score)

    def _plain_period(self, data: CrossSections, score: ScoreFit, period: Array) -> Linearised:
        """Return the arms' difference in a period, each divided by share treated × share of the period."""
        weight = data.weight / data.weight.mean()
        treated, present = weight * data.treated, weight * period
        shares = treated.mean() * present.mean()
        compared = weight * score.odds * period
        terms = as_column(treated * period - compared) * data.outcome / shares
        effect = terms.mean(0)
        of_shares = treated / treated.mean() + present / present.mean() - 2
        slope = data.design.T @ (compared[:, None] * data.outcome) / len(weight) / shares
        return Linearised(effect, terms - effect - as_column(of_shares) * effect - score.error(slope))


def _hajek(weight: Array, values: Array, score: ScoreFit) -> Linearised:
    """Return the mean by weights that are estimated odds."""
    mean = linearised_mean(weight, values)
    return mean.moved_by(score.error(mean_products(weight, values - mean.estimate, score.design)))
