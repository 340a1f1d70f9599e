"""Stable balancing weights: those of least variance that balance the covariates within a tolerance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.design.proposal import Assignment
from impact.design.units import Units, focal_units
from impact.design.weighting.equations.least_variance import least_variance_weights
from impact.design.weighting.equations.moment_equations import (
    WeightedMoments,
    estimated_by_moments,
    tolerated,
)
from impact.design.weighting.equations.moments import moments_of
from impact.design.weighting.proposals import weighted_arms, weights_as_estimated


@dataclass(frozen=True, slots=True)
class StableBalancing:
    """Weight the comparison units by the weights of least variance whose means differ from the focal units' by a tolerance at most.

    Where groups are few, exact balance may not exist or rest on a few of them; this trades a little of it for many.

    Parameters
    ----------
    tolerance : float
        Largest difference of the arms' means that is left, in SDs as the balance table divides them. 0 balances exactly.
    moments : {1, 2, 3}
        1 balances means; 2 the squares, 3 also the cubes, of covariates that take more than two values.

    Raises
    ------
    SupportError
        No weights balance the covariates within the tolerance; those that cannot be balanced are named.
    EstimationError
        The solver stopped without a solution.

    Notes
    -----
    With base weights q (the sampling weights' shares), r minimises Σ q r² under Σ q r = 1, |Σ q r c − m| ≤ δ and r ≥ 0: a quadratic
    programme, whose solution is r = max(0, α − λ′c). The variance counts α and λ as estimated by the equations that bind. Some units may
    have weight 0; entropy balancing leaves none out. What imbalance is left is a bias of its size: add ``bias_adjustment="linear"``.

    References
    ----------
    Zubizarreta (2015), JASA 110(511), 910-922, doi:10.1080/01621459.2015.1023805; Wang & Zubizarreta (2020), Biometrika 107(1), 93-105,
    doi:10.1093/biomet/asz050, for the form of the weights.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 50, 20, 40, 60]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, im.StableBalancing(tolerance=0)).weights.round(6).tolist()
    [1.0, 1.0, 0.666667, 0.666667, 0.666667]
    """

    tolerance: float = 0.05
    moments: int = 1

    def __post_init__(self) -> None:
        checks.nonnegative("tolerance", self.tolerance)
        checks.one_of("moments", self.moments, (1, 2, 3))

    def assign(self, units: Units) -> Assignment:
        """Return the weights."""
        moments = moments_of(units, self.moments, exact=self.tolerance == 0)
        focal = np.where(focal_units(units) & units.eligible, units.sampling_weight, 0.0)
        terms = moments.terms
        target = focal @ terms / focal.sum()
        slack = tolerated(units, moments, self.tolerance)
        arms = []
        for arm in weighted_arms(units):
            base, name = units.sampling_weight[arm.members], checks.ARMS[arm.treated]
            inside = terms[arm.members]
            found = least_variance_weights(inside, base / base.sum(), target, slack, moments.names, name)
            values, growth, scale = np.zeros(len(units)), np.zeros(len(units)), focal.sum() / base.sum()
            values[arm.members] = scale * found.ratio
            growth[arm.members] = scale * (found.ratio > 0)
            arms.append(WeightedMoments.of(values, growth, found.multipliers, slack))
        return weights_as_estimated(units, estimated_by_moments(units, moments.standard, focal, arms))
