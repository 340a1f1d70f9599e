"""Entropy balancing: the least uneven weights that balance the covariates, exactly or within a tolerance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.design.proposal import Assignment
from impact.design.units import Units, focal_units
from impact.design.weighting.equations.entropy_dual import entropy_weights
from impact.design.weighting.equations.moment_equations import (
    WeightedMoments,
    estimated_by_moments,
    tolerated,
)
from impact.design.weighting.equations.moments import moments_of
from impact.design.weighting.proposals import weighted_arms, weights_as_estimated


@dataclass(frozen=True, slots=True)
class EntropyBalancing:
    """Weight the comparison units so that the means of their covariates are those of the focal units: exactly, or within a tolerance.

    Parameters
    ----------
    moments : {1, 2, 3}
        1 balances means; 2 the squares, 3 also the cubes, of covariates that take more than two values. Categories are balanced
        level by level.
    tolerance : float
        Largest difference of the arms' means that is left, in SDs as the balance table divides them; 0 leaves none. Where groups are few
        exact balance may not exist, or rest on a few of them: .05 to .1 then gives weights that are less uneven, at the price of a bias of
        that size, which a bias adjustment removes.

    Raises
    ------
    SupportError
        No weights balance the covariates; those that cannot be balanced are named.
    EstimationError
        The search for the weights did not converge.

    Notes
    -----
    w_i ∝ q_i exp(−λ′c_i), with the base weights q the sampling weights, where λ minimises log Σ q_i exp(−λ′(c_i − m)) over the
    controls (ATT), the treated (ATC), or each arm by itself towards all units (ATE); m are the focal units' means by their sampling
    weights. The means differ by less than 1e-10 standard deviations, or there is an error. With a tolerance δ the dual gains δ′|λ|: terms
    that are balanced well enough have λ = 0, the others stay at the edge. Each arm of an ATE is given half of the tolerance.

    The variance counts the weights, and the target m, as estimated. R's WeightIt takes m as known: its standard error of the same
    estimate is another.

    References
    ----------
    Hainmueller (2012), Political Analysis 20(1), 25-46, doi:10.1093/pan/mpr025; Zhao & Percival (2017), Journal of Causal Inference
    5(1), doi:10.1515/jci-2016-0010, for the estimating equations; Wang & Zubizarreta (2020), Biometrika 107(1), 93-105,
    doi:10.1093/biomet/asz050, for approximate balance.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> from impact.design.weighting.entropy_balancing import EntropyBalancing
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 50, 20, 40, 60]})
    >>> matched = im.match(im.Sample(frame, treatment="treated", covariates=["age"]), EntropyBalancing())
    >>> matched.weights.round(6).tolist()
    [1.0, 1.0, 0.666667, 0.666667, 0.666667]
    """

    moments: int = 1
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        checks.one_of("moments", self.moments, (1, 2, 3))
        checks.nonnegative("tolerance", self.tolerance)

    def assign(self, units: Units) -> Assignment:
        """Return the weights."""
        moments = moments_of(units, self.moments, exact=self.tolerance == 0)
        focal = np.where(focal_units(units) & units.eligible, units.sampling_weight, 0.0)
        number, target = focal.sum(), moments.standard.mean(focal)
        slack = tolerated(units, moments, self.tolerance)
        arms = []
        for arm in weighted_arms(units):
            base, name = units.sampling_weight[arm.members], checks.ARMS[arm.treated]
            inside = moments.standard.among(arm.members, target)
            share, multipliers = entropy_weights(
                inside.T, base, np.zeros(len(target)), moments.names, name, slack
            )
            share *= number
            share /= base
            values = np.zeros(len(units))
            values[arm.members] = share
            arms.append(WeightedMoments.of(values, values, multipliers, slack))
        return weights_as_estimated(units, estimated_by_moments(units, moments.standard, focal, arms))
