"""Inverse probability tilting: each arm has a logit score of its own, which gives it the covariate means of the focal units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array
from impact.design.proposal import Assignment, FirstStage
from impact.design.units import Units
from impact.design.weighting.equations.balancing_loss import TowardsOneArm, balancing_coefficients
from impact.design.weighting.equations.moments import Moments, moments_of
from impact.design.weighting.proposals import (
    EstimatedWeights,
    WeightedArm,
    weighted_arms,
    weights_as_estimated,
)


@dataclass(frozen=True, slots=True)
class ProbabilityTilting:
    """Weight each arm by the inverse of a logit score of its own that balances it with the focal units, exactly.

    For the ATT and the ATC these are the weights of entropy balancing and of ``CovariateBalancing()``. For the ATE each arm meets the means
    of all units, by weights that are inverse probabilities: never below one.

    Raises
    ------
    SupportError
        No weights balance the covariates; those that cannot be balanced are named.
    EstimationError
        Perfect separation, or no convergence.

    Notes
    -----
    With z the constant and the covariates and s the sampling weights, the treated of the ATE weigh 1 + exp(−δ′z) with
    Σ_treated s (1 + exp(−δ′z)) z = Σ s z, which is Σ_treated s exp(−δ′z) z = Σ_controls s z; the controls weigh 1 + exp(γ′z) with
    Σ_controls s exp(γ′z) z = Σ_treated s z. Each is the derivative of a convex loss, minimised by Newton's method.

    References
    ----------
    Graham, Pinto & Egel (2012), Review of Economic Studies 79(3), 1053-1079, doi:10.1093/restud/rdr047.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 60, 20, 40, 60]})
    >>> matched = im.match(im.Sample(frame, treatment="treated", covariates=["age"]), im.ProbabilityTilting(), estimand="ATE")
    >>> round(float(matched.weights[:2] @ frame["age"][:2]) / 5, 6), float(frame["age"].mean())
    (42.0, 42.0)
    """

    def assign(self, units: Units) -> Assignment:
        """Return the weights."""
        moments = moments_of(units, 1)
        design = np.column_stack([np.ones(len(units)), moments.terms])
        tilts = [_tilted(arm, design, units, moments) for arm in weighted_arms(units)]
        width = design.shape[1]
        hessian = np.zeros((len(tilts) * width, len(tilts) * width))  # the arms' equations share no parameter
        for number, tilt in enumerate(tilts):
            block = slice(number * width, (number + 1) * width)
            hessian[block, block] = tilt.stage.hessian
        stage = FirstStage(
            scores=np.hstack([tilt.stage.scores for tilt in tilts]),
            hessian=hessian,
            weight_jacobian=np.hstack([tilt.stage.weight_jacobian for tilt in tilts]),
        )
        return weights_as_estimated(
            units, EstimatedWeights(np.sum([tilt.values for tilt in tilts], axis=0), stage)
        )


def _tilted(arm: WeightedArm, design: Array, units: Units, moments: Moments) -> EstimatedWeights:
    """Return the arm's weights: its odds towards the other arm, plus one where its own units are among the focal ones (ATE)."""
    loss = TowardsOneArm(focal_treated=not arm.treated)
    index = design @ balancing_coefficients(design, units, moments, loss)
    odds = np.where(arm.members, loss.weight(index, units.treatment), 0.0)
    own = 1.0 if units.estimand == "ATE" else 0.0
    growth = np.where(arm.members, loss.growth(index, units.treatment), 0.0)[:, None]
    survey = np.where(units.eligible, units.sampling_weight, 0.0)[:, None]
    stage = FirstStage(
        scores=-survey * loss.slope(index, units.treatment)[:, None] * design,
        hessian=(design * survey * np.abs(growth)).T @ design,
        weight_jacobian=growth * design,
    )
    return EstimatedWeights(np.where(arm.members, odds + own, 0.0), stage)
