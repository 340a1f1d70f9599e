"""Entropy balancing: the least uneven weights that balance the covariates exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.design.proposal import Assignment
from impact.design.units import Units, focal_units
from impact.design.weighting.entropy_dual import entropy_weights
from impact.design.weighting.moments import moments_of
from impact.design.weighting.proposals import EstimatedWeights, weighted_arms, weights_as_estimated


@dataclass(frozen=True, slots=True)
class EntropyBalancing:
    """Weight the comparison units so that the means of their covariates are those of the focal units, exactly.

    Parameters
    ----------
    moments : {1, 2, 3}
        1 balances means; 2 the squares, 3 also the cubes, of covariates that take more than two values. Categories are balanced
        level by level.

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
    weights. The means differ by less than 1e-10 standard deviations, or there is an error.

    The variance counts the weights, and the target m, as estimated. R's WeightIt takes m as known: its standard error of the same
    estimate is another.

    References
    ----------
    Hainmueller (2012), Political Analysis 20(1), 25-46, doi:10.1093/pan/mpr025; Zhao & Percival (2017), Journal of Causal Inference
    5(1), doi:10.1515/jci-2016-0010, for the estimating equations.

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

    def __post_init__(self) -> None:
        checks.one_of("moments", self.moments, (1, 2, 3))

    def assign(self, units: Units) -> Assignment:
        """Return the weights."""
        moments = moments_of(units, self.moments)
        focal = np.where(focal_units(units) & units.eligible, units.sampling_weight, 0.0)
        target = focal @ moments.terms / focal.sum()
        values = np.zeros(len(units))
        for arm in weighted_arms(units):
            base = units.sampling_weight[arm.members]
            name = "treated" if arm.treated else "control"
            share = entropy_weights(moments.terms[arm.members], base, target, moments.names, name)
            values[arm.members] = focal.sum() * share / base
        return weights_as_estimated(units, _estimated(units, values, moments.terms, focal))


def _estimated(units: Units, values: Array, terms: Array, focal: Array) -> EstimatedWeights:
    """Return the weights with the equations that they solve, Σ (f_i − s_i w_i) z_i = 0 for each weighted arm.

    z is the constant and the terms, w_i = exp(γ′z_i): the target is inside the equation, and so is its sampling error.
    """
    design = np.column_stack([np.ones(len(terms)), terms])
    own = [np.where(arm.members, values, 0.0)[:, None] for arm in weighted_arms(units)]
    survey = units.sampling_weight[:, None]
    width = design.shape[1]
    hessian = np.zeros((len(own) * width, len(own) * width))  # the arms' equations share no parameter
    for number, weight in enumerate(own):
        block = slice(number * width, (number + 1) * width)
        hessian[block, block] = (design * survey * weight).T @ design
    return EstimatedWeights(
        values=values,
        slopes=np.hstack([weight * design for weight in own]),
        scores=np.hstack([(focal[:, None] - survey * weight) * design for weight in own]),
        hessian=hessian,
    )
