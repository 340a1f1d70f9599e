"""The covariate balancing propensity score: a logit whose coefficients are chosen so that its weights balance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.design.distances.links import Logit
from impact.design.distances.measure import FittedPropensity
from impact.design.proposal import Assignment, FirstStage
from impact.design.units import Units
from impact.design.weighting.equations.balancing_loss import (
    BalancingLoss,
    TowardsEachOther,
    TowardsOneArm,
    balancing_coefficients,
)
from impact.design.weighting.equations.moments import moments_of
from impact.design.weighting.equations.overidentified import BalanceAndLikelihood
from impact.design.weighting.proposals import EstimatedWeights, score_behind, weights_as_estimated
from impact.language import Text


@dataclass(frozen=True, slots=True)
class CovariateBalancing:
    """Weight by a logit propensity score that balances the covariate means (CBPS): exactly, or weighed against its likelihood.

    Parameters
    ----------
    overidentified : bool
        False: balance alone chooses the coefficients, and is exact. True: the likelihood's equations count too, by the generalised method
        of moments in two steps; balance is then approximate, and the weights less uneven.

    Raises
    ------
    SupportError
        No weights balance the covariates; those that cannot be balanced are named.
    EstimationError
        Perfect separation, or no convergence.

    Notes
    -----
    With z the constant and the covariates, e = 1/(1 + exp(−γ′z)) and s the sampling weights, γ solves
    Σ s (W − (1 − W) e/(1 − e)) z = 0 (ATT), Σ s (W (1 − e)/e − (1 − W)) z = 0 (ATC) or Σ s (W/e − (1 − W)/(1 − e)) z = 0 (ATE): each the
    derivative of a convex loss, minimised by Newton's method from the maximum-likelihood logit. The ATT's weights are those of
    entropy balancing; the ATE balances the arms with each other, not each with all units.

    Over-identified, γ minimises ḡ′Vḡ with ḡ the mean of these equations and of the likelihood's Σ s (W − e) z, and V the inverse of their
    variance given the covariates at the coefficients that balance exactly (as R's WeightIt; the article takes the likelihood's).

    References
    ----------
    Imai & Ratkovic (2014), JRSS B 76(1), 243-263, equations 7 and 10, doi:10.1111/rssb.12027; Zhao (2019), Annals of Statistics 47(2),
    965-993, doi:10.1214/18-AOS1698, for the losses.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> from impact.design.weighting.covariate_balancing import CovariateBalancing
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 60, 20, 40, 60]})
    >>> matched = im.match(im.Sample(frame, treatment="treated", covariates=["age"]), CovariateBalancing())
    >>> round(float(matched.weights[2:] @ frame["age"][2:]) / 2, 6)  # the mean age of the treated
    45.0
    """

    overidentified: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)

    def assign(self, units: Units) -> Assignment:
        """Return the weights and the score behind them."""
        moments = moments_of(units, 1)
        design = np.column_stack([np.ones(len(units)), moments.terms])
        loss = _loss(units.estimand)
        index = design @ (coefficients := balancing_coefficients(design, units, moments, loss))
        treated = units.treatment
        survey = np.where(units.eligible, units.sampling_weight, 0.0)[:, None]
        scores = -survey * loss.slope(index, treated)[:, None] * design
        hessian = (design * survey * np.abs(loss.growth(index, treated))[:, None]).T @ design
        if self.overidentified:
            equations = BalanceAndLikelihood(design, units, loss)
            first = scores @ np.linalg.pinv(hessian, rcond=1e-12, hermitian=True)
            balanced, coefficients = coefficients, equations.coefficients(coefficients)
            scores, hessian = equations.first_stage(coefficients, balanced, first)
            index = design @ coefficients
        growth = np.where(units.eligible, loss.growth(index, treated), 0.0)[:, None]
        values = np.where(units.eligible, loss.weight(index, treated), 0.0)
        label = Text(
            "covariate balancing propensity score", "puntaje de propensión que equilibra las covariables"
        )
        measure = score_behind(units, _fitted(index, units), label)
        estimated = EstimatedWeights(values, FirstStage(scores, hessian, growth * design))
        return weights_as_estimated(units, estimated, measure)


def _fitted(index: Array, units: Units) -> FittedPropensity:
    return FittedPropensity(units.index, Logit().probability(index), index, link="logit, balancing")


def _loss(estimand: str) -> BalancingLoss:
    if estimand == "ATE":
        return TowardsEachOther()
    return TowardsOneArm(focal_treated=estimand == "ATT")
