"""The arm means alone, for designs that are estimated many times over."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.units import Units, focal_units
from impact.effects.arm_means.outcome_model import OutcomeModel
from impact.effects.arm_means.residuals import InSample

_ROUNDING = 1e-12
"""What a weight scaled there and back may be off by."""


def arm_means(
    units: Units,
    weights: Array,
    outcomes: Array,
    persons: Array,
    regression: OutcomeModel | None,
    raw_scale: tuple[float, float] | None = None,
) -> Array:
    """Return the treated and the control mean of q outcomes over the focal units, as ``linearize`` gives them.

    Parameters
    ----------
    units : Units
    weights : float64 array, shape (n,)
        Match weights without the sampling weight.
    outcomes : float64 array, shape (n, q)
    persons : float64 array, shape (n,)
        Household sizes, or ones.
    regression : OutcomeModel or None
        The regression that adjusts the mean.
    raw_scale : (float, float), optional
        As in ``MatchedSample``.

    Returns
    -------
    float64 array, shape (2, q)
    """
    survey = units.sampling_weight * persons
    kept = weights > 0 if raw_scale is None else units.eligible
    focal = np.where(focal_units(units) & kept, survey, 0.0)
    means = []
    for side, arm in enumerate((units.treatment, ~units.treatment)):
        weight = np.where(arm, weights * survey, 0.0)
        share = weight / weight.sum()
        if regression is None or not (focal > 0)[~arm].any():
            means.append(share @ outcomes)
            continue
        as_match = weight
        if raw_scale is None:
            as_match = survey * weight_as_match(weights, units.sampling_weight, focal > 0, arm)
        scale = 1.0 if raw_scale is None else raw_scale[side]
        own = regression.weights_of(arm, as_match, None if raw_scale is None else (weights, scale))
        fit_weight = regression.fitting.weights(own)
        fitted = regression.model.regression(outcomes, regression.terms, fit_weight, None, InSample()).fitted
        total = 1.0 if regression.normalized or raw_scale is None else scale * weight.sum() / focal.sum()
        left = total * share @ (outcomes - fitted)
        means.append(focal @ fitted / focal.sum() + left)
    return np.stack(means)


def weight_as_match(weights: Array, sampling_weight: Array, focal: Booleans, arm: Booleans) -> Array:
    """Return what each unit of an arm collects as a match of others, per unit of its own sampling weight, shape (n,).

    Match weights are scaled such that an arm sums to the number of focal units. Scaled back, it has their sampling weight: a focal
    unit has 1 of itself, and the rest is what it collects from those it was matched to.
    """
    own = np.where(arm, weights, 0.0)
    scale = sampling_weight[focal].sum() / (own @ sampling_weight)
    matched: Array = own * scale - (focal & arm)
    return np.where(matched > _ROUNDING, matched, 0.0)
