"""Weights that meet moments, exactly or at the edge of a tolerance: how near, and the equations by which they are estimated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.algebra.scaled_terms import ScaledTerms
from impact.arrays import Array, Booleans
from impact.design.units import Units
from impact.design.weighting.equations.moment_stage import ArmEquations, MomentStage
from impact.design.weighting.equations.moments import Moments
from impact.design.weighting.proposals import EstimatedWeights


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WeightedMoments:
    """An arm's weights and the moments that they meet.

    Attributes
    ----------
    values : float64 array, shape (n,)
        Zero outside the arm.
    growth : float64 array, shape (n,)
        Their derivative by the index γ′z of the constant and the terms.
    met : bool array, shape (k,)
        The terms whose equation holds: all of them, or those whose tolerance binds.
    shift : float64 array, shape (k,)
        By how much each mean stands off its target.
    """

    values: Array
    growth: Array
    met: Booleans
    shift: Array

    @classmethod
    def of(cls, values: Array, growth: Array, multipliers: Array, slack: Array) -> WeightedMoments:
        """Return the moments that an arm's weights meet, with the multipliers of the constraints and their tolerances."""
        shift = slack * np.sign(multipliers)
        return cls(values, growth, (slack == 0) | (shift != 0), shift)


def tolerated(units: Units, moments: Moments, tolerance: float) -> Array:
    """Return by how much the mean of each term may stand off its target in a weighted arm, shape (k,).

    The tolerance is in SDs of the focal units (root mean variance of the arms for the ATE), as the balance table divides differences; each
    arm of an ATE has half of it.
    """
    if tolerance == 0:
        return np.zeros(len(moments.standard))
    arms = {"ATT": [units.treatment], "ATC": [~units.treatment]}.get(
        units.estimand, [units.treatment, ~units.treatment]
    )
    variances = []
    for arm in arms:
        weight = np.where(arm & units.eligible, units.sampling_weight, 0.0)
        within = ScaledTerms.of(moments.standard.columns, weight)
        variances.append((within.spread * moments.standard.scale) ** 2)
    spread = np.sqrt(np.mean(variances, axis=0))
    result: Array = tolerance / len(arms) * np.where(spread > 0, spread, 1.0)
    return result


def estimated_by_moments(
    units: Units, terms: ScaledTerms, focal: Array, arms: Sequence[WeightedMoments]
) -> EstimatedWeights:
    """Return weights with the equations that they solve, Σ (f_i (z_i + δ) − s_i w_i z_i) = 0 for each weighted arm.

    z is the constant and the terms that are met, w a function of γ′z: the target is inside the equation, and so is its sampling error.
    """
    survey, equations = units.sampling_weight, []
    for arm in arms:
        used = terms if arm.met.all() else terms.only(arm.met)
        factor = survey * arm.values
        np.subtract(focal, factor, out=factor)
        equations.append(ArmEquations(used, factor, arm.growth, arm.shift[arm.met]))
    values: Array = arms[0].values if len(arms) == 1 else np.sum([arm.values for arm in arms], axis=0)
    return EstimatedWeights(values, MomentStage.of(equations, focal, survey if units.weighted else None))
