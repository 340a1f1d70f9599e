"""The covariate balancing propensity score: a logit whose coefficients are chosen so that its weights balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from impact.arrays import Array, Booleans
from impact.design.distances.binary_regression import Logit, fit_binary
from impact.design.distances.measure import FittedPropensity
from impact.design.proposal import Assignment
from impact.design.units import Units
from impact.design.weighting.entropy_dual import unbalanced
from impact.design.weighting.moments import Moments, moments_of
from impact.design.weighting.proposals import EstimatedWeights, score_behind, weights_as_estimated
from impact.errors import EstimationError, SupportError

_MOST_STEPS = 200
_BALANCED = 1e-10
"""Largest imbalance, in standard deviations, that counts as none."""


class _Loss(Protocol):
    """A convex loss of the index η whose derivative is the balance between the arms."""

    def value(self, index: Array, treated: Booleans) -> Array: ...
    def slope(self, index: Array, treated: Booleans) -> Array: ...
    def weight(self, index: Array, treated: Booleans) -> Array: ...
    def growth(self, index: Array, treated: Booleans) -> Array: ...


@dataclass(frozen=True, slots=True)
class _TowardsOneArm:
    """Focal units count once, the others e^η (ATT) or e^−η (ATC): loss e^±η of the others less ±η of the focal units."""

    focal_treated: bool

    def _odds(self, index: Array) -> Array:
        result: Array = np.exp(index if self.focal_treated else -index)
        return result

    def value(self, index: Array, treated: Booleans) -> Array:
        focal = treated == self.focal_treated
        sign = 1 if self.focal_treated else -1
        return np.where(focal, -sign * index, self._odds(np.where(focal, 0.0, index)))

    def slope(self, index: Array, treated: Booleans) -> Array:
        sign = 1 if self.focal_treated else -1
        focal = treated == self.focal_treated
        return sign * np.where(focal, -1.0, self._odds(np.where(focal, 0.0, index)))

    def weight(self, index: Array, treated: Booleans) -> Array:
        focal = treated == self.focal_treated
        return np.where(focal, 0.0, self._odds(np.where(focal, 0.0, index)))

    def growth(self, index: Array, treated: Booleans) -> Array:
        return (1 if self.focal_treated else -1) * self.weight(index, treated)


@dataclass(frozen=True, slots=True)
class _TowardsEachOther:
    """Treated count 1/e = 1 + e^−η, controls 1/(1 − e) = 1 + e^η (ATE): loss e^−η − η of the treated, e^η + η of the controls."""

    def value(self, index: Array, treated: Booleans) -> Array:
        away = np.where(treated, -index, index)
        result: Array = np.exp(away) + away
        return result

    def slope(self, index: Array, treated: Booleans) -> Array:
        return np.where(treated, -1.0, 1.0) * self.weight(index, treated)

    def weight(self, index: Array, treated: Booleans) -> Array:
        result: Array = 1 + np.exp(np.where(treated, -index, index))
        return result

    def growth(self, index: Array, treated: Booleans) -> Array:
        return np.where(treated, -1.0, 1.0) * np.exp(np.where(treated, -index, index))


@dataclass(frozen=True, slots=True)
class CovariateBalancing:
    """Weight by a logit propensity score that balances the covariate means exactly (CBPS, just identified).

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

    def assign(self, units: Units) -> Assignment:
        """Return the weights and the score behind them."""
        moments = moments_of(units, 1)
        design = np.column_stack([np.ones(len(units)), moments.terms])
        loss = _loss(units.estimand)
        index = design @ _coefficients(design, units, moments, loss)
        treated, inside = units.treatment, units.eligible[:, None]
        survey = units.sampling_weight[:, None]
        growth = loss.growth(index, treated)[:, None]
        weights = EstimatedWeights(
            values=np.where(units.eligible, loss.weight(index, treated), 0.0),
            slopes=np.where(inside, growth * design, 0.0),
            scores=np.where(inside, -survey * loss.slope(index, treated)[:, None] * design, 0.0),
            hessian=np.where(inside, design * survey * np.abs(growth), 0.0).T @ design,
        )
        probability = Logit().probability(index)
        fitted = FittedPropensity(
            probability=pd.Series(probability, index=units.index),
            linear_predictor=pd.Series(index, index=units.index),
            link="logit, balancing",
        )
        measure = score_behind(units, fitted, "covariate balancing propensity score")
        return weights_as_estimated(units, weights, measure)


def _loss(estimand: str) -> _Loss:
    if estimand == "ATE":
        return _TowardsEachOther()
    return _TowardsOneArm(focal_treated=estimand == "ATT")


def _coefficients(design: Array, units: Units, moments: Moments, loss: _Loss) -> Array:
    """Return γ at which the arms balance."""
    inside, treated = design[units.eligible], units.treatment[units.eligible]
    survey = units.sampling_weight[units.eligible] / units.sampling_weight[units.eligible].sum()
    names = ["(Intercept)", *moments.names]
    start = fit_binary(inside, treated, units.sampling_weight[units.eligible], Logit(), names)
    coefficients = start.coefficients
    value = _mean_loss(loss, inside @ coefficients, treated, survey)
    for _ in range(_MOST_STEPS):
        index = inside @ coefficients
        gradient = (survey * loss.slope(index, treated)) @ inside
        if np.abs(gradient).max() < _BALANCED * survey @ loss.weight(index, treated):
            return coefficients
        curvature = (inside * (survey * np.abs(loss.growth(index, treated)))[:, None]).T @ inside
        step = np.linalg.lstsq(curvature, -gradient, rcond=1e-12)[0]
        taken = _step_taken(loss, inside, treated, survey, coefficients, step, value, float(gradient @ step))
        if taken is None:
            break
        coefficients, value = taken
    raise _not_balanced(units, moments)


def _step_taken(
    loss: _Loss,
    design: Array,
    treated: Booleans,
    survey: Array,
    coefficients: Array,
    step: Array,
    value: float,
    slope: float,
) -> tuple[Array, float] | None:
    """Return the coefficients after the longest halved step that lowers the loss enough, and the loss; None without one."""
    length = 1.0
    while length > 1e-12:
        proposed = coefficients + length * step
        new = _mean_loss(loss, design @ proposed, treated, survey)
        if new <= value + 1e-4 * length * slope + 1e-14 * (1 + abs(value)):
            return proposed, new
        length /= 2
    return None


def _mean_loss(loss: _Loss, index: Array, treated: Booleans, survey: Array) -> float:
    with np.errstate(over="ignore"):  # a step too far costs infinity, and is halved
        return float(survey @ loss.value(index, treated))


def _not_balanced(units: Units, moments: Moments) -> SupportError | EstimationError:
    """Name the covariates that cannot be balanced; towards each other the arms can be where the logit exists."""
    if units.estimand == "ATE":
        return EstimationError(
            "The covariate balancing score did not converge: nearly all the weight goes to a few units. Leave covariates out, or restrict "
            "the sample with support= to units that overlap."
        )
    focal = units.treatment == (units.estimand == "ATT")
    survey = np.where(focal & units.eligible, units.sampling_weight, 0.0)
    target = survey @ moments.terms / survey.sum()
    arm = "control" if units.estimand == "ATT" else "treated"
    return unbalanced(moments.terms[~focal & units.eligible], target, moments.names, arm)
