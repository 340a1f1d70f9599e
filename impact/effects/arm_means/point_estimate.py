"""The arm means alone, for designs that are estimated many times over."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array
from impact.design.units import Units, focal_units
from impact.effects.arm_means.mean_model import MeanModel
from impact.effects.arm_means.residuals import InSample


def arm_means(
    units: Units, weights: Array, outcomes: Array, terms: Array, persons: Array, model: MeanModel | None
) -> Array:
    """Return the treated and the control mean of q outcomes over the focal units, as ``linearize`` gives them.

    Parameters
    ----------
    units : Units
    weights : float64 array, shape (n,)
        Match weights without the sampling weight.
    outcomes, terms : float64 arrays, shapes (n, q) and (n, p)
    persons : float64 array, shape (n,)
        Household sizes, or ones.
    model : MeanModel or None
        The regression on the terms that adjusts the mean.

    Returns
    -------
    float64 array, shape (2, q)
    """
    survey = units.sampling_weight * persons
    focal = np.where(focal_units(units) & (weights > 0), survey, 0.0)
    means = []
    for arm in (units.treatment, ~units.treatment):
        weight = np.where(arm, weights * survey, 0.0)
        share = weight / weight.sum()
        if model is None or not (focal > 0)[~arm].any():
            means.append(share @ outcomes)
            continue
        as_match = np.maximum(weight - focal * arm, 0.0)
        fitted = model.regression(outcomes, terms, as_match, None, InSample()).fitted
        means.append(focal @ fitted / focal.sum() + share @ (outcomes - fitted))
    return np.stack(means)
