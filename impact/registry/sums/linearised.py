"""The arm means of a registry and each group's terms, from sums by group."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.design.units import weights_both_arms
from impact.effects.arm_means.linearization import Linearization
from impact.registry.matching.cell_match import compared_arms
from impact.registry.sums.arm_mean import ArmMean, UnitSums, Way, arm_mean
from impact.registry.sums.group_grams import GroupGrams


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummedMeans:
    """The two arm means of a registry: imputed, or observed where every focal unit is in the arm.

    Attributes
    ----------
    imputed : dict of int to ArmMean
        By arm, 0 for the treated, 1 for the controls.
    estimand : str
    observed : float64 array, shape (q,)
        The focal units' own mean, in the standardised outcomes of the other arm; empty where both arms are imputed.
    """

    imputed: dict[int, ArmMean]
    estimand: str
    observed: Array

    @property
    def size(self) -> float:
        """Total weight of the focal units."""
        return next(iter(self.imputed.values())).size

    def mean(self, arm: int) -> Array:
        """Return the mean of an arm, shape (q,)."""
        if arm in self.imputed:
            return self.imputed[arm].mean
        return self.imputed[1 - arm].as_outcome(self.observed)

    def centred(self, corrected: dict[int, Array]) -> SummedMeans:
        """Return the means with Σ used ẽ of other groups' residuals, by arm."""
        made = {arm: mean.centred(corrected[arm]) for arm, mean in self.imputed.items()}
        return replace(self, imputed=made)

    def psi(self, arm: int, sums: dict[int, UnitSums]) -> Array:
        """Return what units contribute to the mean of an arm, from their sums in the terms of each imputed arm."""
        if arm in self.imputed:
            return self.imputed[arm].psi(sums[arm])
        other = self.imputed[1 - arm]
        focal, spread = sums[1 - arm].focal, np.diag(other.change)[other.terms :]
        result: Array = (focal[:, other.terms :] - focal[:, :1] * self.observed) / spread
        return result

    def linearization(self, sums: dict[int, UnitSums], treated: Booleans, weight: Array) -> Linearization:
        """Return the means with what units, or groups of them, contribute to each."""
        return Linearization(
            mean_treated=self.mean(0),
            mean_control=self.mean(1),
            psi_treated=self.psi(0, sums),
            psi_control=self.psi(1, sums),
            size=self.size,
            treatment=treated,
            active=weight > 0,
            pooled=weights_both_arms(self.estimand),
        )


def linearised_by_group(
    sums: GroupGrams, way: Way, estimand: str
) -> tuple[SummedMeans, Linearization, Positions, Array]:
    """Return the arm means and each group's terms, as ``linearize`` gives them unit by unit; the groups, and their weights.

    A group is two units: its treated and its controls, each where it has any that say something.
    """
    means, parts = {}, {}
    for place, arm in enumerate(compared_arms(estimand)):
        means[arm], parts[arm] = arm_mean(sums, place, arm, way)
    observed = np.empty(0)
    if len(means) == 1:
        ((arm, other),) = means.items()
        observed = parts[arm].focal[:, other.terms :].sum(0) / other.size
    made = SummedMeans(means, estimand, observed)
    codes = np.repeat(np.arange(len(sums.groups)), 2)
    treated = np.tile([True, False], len(sums.groups))
    weight = sums.weight.reshape(-1)
    linear = made.linearization(parts, treated, weight)
    says = (linear.psi_treated != 0).any(1) | (linear.psi_control != 0).any(1) | (weight > 0)
    kept = np.flatnonzero(says)
    whole = Linearization(
        mean_treated=linear.mean_treated,
        mean_control=linear.mean_control,
        psi_treated=linear.psi_treated[kept],
        psi_control=linear.psi_control[kept],
        size=linear.size,
        treatment=treated[kept],
        active=linear.active[kept],
        pooled=linear.pooled,
    )
    return made, whole, codes[kept].astype(np.intp), weight[kept]
