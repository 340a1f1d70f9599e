"""Logit scores that balance: convex losses of the index whose derivative is the balance between the arms, and Newton's method on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impact import checks
from impact.arrays import Array, Booleans
from impact.design.distances.binary_regression import fit_independent
from impact.design.distances.links import Logit
from impact.design.units import Units
from impact.design.weighting.equations.entropy_dual import unbalanced
from impact.design.weighting.equations.moments import Moments
from impact.errors import EstimationError, SupportError
from impact.language import Text

_MOST_STEPS = 200
_BALANCED = 1e-10
"""Largest imbalance, in standard deviations, that counts as none."""


class BalancingLoss(Protocol):
    """A convex loss of the index η whose derivative is the balance between the arms."""

    def value(self, index: Array, treated: Booleans) -> Array:
        """Return each unit's loss."""
        ...

    def slope(self, index: Array, treated: Booleans) -> Array:
        """Return its derivative by the index."""
        ...

    def weight(self, index: Array, treated: Booleans) -> Array:
        """Return each unit's weight, zero for those that count once."""
        ...

    def growth(self, index: Array, treated: Booleans) -> Array:
        """Return the derivative of the weight by the index."""
        ...


@dataclass(frozen=True, slots=True)
class TowardsOneArm:
    """Focal units count once, the others e^η (ATT) or e^−η (ATC): loss e^±η of the others less ±η of the focal units."""

    focal_treated: bool

    def _odds(self, index: Array) -> Array:
        result: Array = np.exp(index if self.focal_treated else -index)
        return result

    def value(self, index: Array, treated: Booleans) -> Array:
        """Return each unit's loss."""
        focal = treated == self.focal_treated
        sign = 1 if self.focal_treated else -1
        return np.where(focal, -sign * index, self._odds(np.where(focal, 0.0, index)))

    def slope(self, index: Array, treated: Booleans) -> Array:
        """Return its derivative by the index."""
        sign = 1 if self.focal_treated else -1
        focal = treated == self.focal_treated
        return sign * np.where(focal, -1.0, self._odds(np.where(focal, 0.0, index)))

    def weight(self, index: Array, treated: Booleans) -> Array:
        """Return the odds of the units that are not focal."""
        focal = treated == self.focal_treated
        return np.where(focal, 0.0, self._odds(np.where(focal, 0.0, index)))

    def growth(self, index: Array, treated: Booleans) -> Array:
        """Return the derivative of the weight by the index."""
        return (1 if self.focal_treated else -1) * self.weight(index, treated)


@dataclass(frozen=True, slots=True)
class TowardsEachOther:
    """Treated count 1/e = 1 + e^−η, controls 1/(1 − e) = 1 + e^η (ATE): loss e^−η − η of the treated, e^η + η of the controls."""

    def value(self, index: Array, treated: Booleans) -> Array:
        """Return each unit's loss."""
        away = np.where(treated, -index, index)
        result: Array = np.exp(away) + away
        return result

    def slope(self, index: Array, treated: Booleans) -> Array:
        """Return its derivative by the index."""
        return np.where(treated, -1.0, 1.0) * self.weight(index, treated)

    def weight(self, index: Array, treated: Booleans) -> Array:
        """Return the inverse probability."""
        result: Array = 1 + np.exp(np.where(treated, -index, index))
        return result

    def growth(self, index: Array, treated: Booleans) -> Array:
        """Return the derivative of the weight by the index."""
        return np.where(treated, -1.0, 1.0) * np.exp(np.where(treated, -index, index))


def balancing_coefficients(design: Array, units: Units, moments: Moments, loss: BalancingLoss) -> Array:
    """Return the coefficients γ of the index at which the loss is least, and the arms balance.

    Raises
    ------
    SupportError
        No weights balance the covariates; those that cannot be balanced are named.
    EstimationError
        Perfect separation, or no convergence.
    """
    inside, treated = design[units.eligible], units.treatment[units.eligible]
    survey = units.sampling_weight[units.eligible] / units.sampling_weight[units.eligible].sum()
    coefficients = likelihood_coefficients(design, units, moments)
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
    raise _not_balanced(units, moments, loss)


def likelihood_coefficients(design: Array, units: Units, moments: Moments) -> Array:
    """Return the coefficients of the maximum-likelihood logit."""
    inside = units.eligible
    survey = units.sampling_weight[inside]
    terms, treated = design[inside, 1:], units.treatment[inside]
    fit, kept = fit_independent(terms, treated, survey, Logit(), moments.names)
    coefficients = np.zeros(design.shape[1])
    coefficients[[0, *(1 + j for j in kept)]] = fit.coefficients
    return coefficients


def _step_taken(
    loss: BalancingLoss,
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


def _mean_loss(loss: BalancingLoss, index: Array, treated: Booleans, survey: Array) -> float:
    with np.errstate(over="ignore"):  # a step too far costs infinity, and is halved
        return float(survey @ loss.value(index, treated))


def _not_balanced(units: Units, moments: Moments, loss: BalancingLoss) -> SupportError | EstimationError:
    """Name the covariates that cannot be balanced; towards each other the arms can be where the logit exists."""
    if not isinstance(loss, TowardsOneArm):
        return EstimationError(
            Text(
                (
                    "The covariate balancing score did not converge: nearly all the weight goes to a few units. Leave "
                    "covariates out, or restrict the sample with support= to units that overlap."
                ),
                (
                    "El puntaje de equilibrio de covariables no convergió: casi todo el peso va a unas pocas unidades. "
                    "Quite covariables, o limite la muestra con [support] a unidades que se traslapen."
                ),
            )
        )
    focal = units.treatment == loss.focal_treated
    survey = np.where(focal & units.eligible, units.sampling_weight, 0.0)
    target = survey @ moments.terms / survey.sum()
    arm = checks.ARMS[not loss.focal_treated]
    return unbalanced(moments.terms[~focal & units.eligible], target, moments.names, arm)
