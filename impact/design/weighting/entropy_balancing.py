"""Entropy balancing: the least uneven weights that balance the covariates, exactly or within a tolerance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.design.proposal import Assignment
from impact.design.units import Units, focal_units
from impact.design.weighting.entropy_dual import entropy_weights
from impact.design.weighting.moments import WeightedMoments, moments_of, tolerated
from impact.design.weighting.proposals import EstimatedWeights, weighted_arms, weights_as_estimated


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
        moments = moments_of(units, self.moments)
        focal = np.where(focal_units(units) & units.eligible, units.sampling_weight, 0.0)
        target = focal @ moments.terms / focal.sum()
        slack = tolerated(units, moments, self.tolerance)
        values, parts = np.zeros(len(units)), []
        for arm in weighted_arms(units):
            base = units.sampling_weight[arm.members]
            name = "treated" if arm.treated else "control"
            inside = moments.terms[arm.members]
            share, multipliers = entropy_weights(inside, base, target, moments.names, name, slack)
            values[arm.members] = focal.sum() * share / base
            shift = slack * np.sign(multipliers)
            met = np.ones(len(shift), dtype=np.bool_) if self.tolerance == 0 else shift != 0
            parts.append(WeightedMoments(np.where(arm.members, values, 0.0), met, shift))
        return weights_as_estimated(units, _estimated(units, values, moments.terms, focal, parts))


def _estimated(
    units: Units, values: Array, terms: Array, focal: Array, parts: list[WeightedMoments]
) -> EstimatedWeights:
    """Return the weights with the equations that they solve, Σ (f_i (z_i + δ) − s_i w_i z_i) = 0 for each weighted arm.

    z is the constant and the terms that are met, w_i = exp(γ′z_i): the target is inside the equation, and so is its sampling error.
    """
    survey, slopes, scores, blocks = units.sampling_weight[:, None], [], [], []
    for part in parts:
        weight = part.values[:, None]
        design = np.column_stack([np.ones(len(terms)), terms[:, part.met]])
        shift = np.concatenate([[0.0], part.shift[part.met]])
        slopes.append(weight * design)
        scores.append(focal[:, None] * (design + shift) - survey * slopes[-1])
        blocks.append((survey * slopes[-1]).T @ design)
    hessian = np.zeros((sum(map(len, blocks)),) * 2)  # the arms' equations share no parameter
    start = 0
    for block in blocks:
        hessian[start : start + len(block), start : start + len(block)] = block
        start += len(block)
    return EstimatedWeights(values, np.hstack(slopes), np.hstack(scores), hessian)
