"""Covariates and their powers, as the means that weights are to balance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, standardised
from impact.design.units import Units
from impact.errors import DataError


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Moments:
    """Standardised terms with the covariate that each comes from.

    Attributes
    ----------
    terms : float64 array, shape (n, k)
        Mean 0 and SD 1 over the eligible units, by their sampling weights.
    names : tuple of str
        Covariate of each term; powers are marked.
    """

    terms: Array
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WeightedMoments:
    """An arm's weights and the moments that they meet.

    Attributes
    ----------
    values : float64 array, shape (n,)
        Zero outside the arm.
    met : bool array, shape (k,)
        The terms whose equation holds: all of them, or those whose tolerance binds.
    shift : float64 array, shape (k,)
        By how much each mean stands off its target.
    """

    values: Array
    met: Booleans
    shift: Array


def tolerated(units: Units, moments: Moments, tolerance: float) -> Array:
    """Return by how much the mean of each term may stand off its target in a weighted arm, shape (k,).

    The tolerance is in SDs of the focal units (root mean variance of the arms for the ATE), as the balance table divides differences; each
    arm of an ATE has half of it.
    """
    arms = {"ATT": [units.treatment], "ATC": [~units.treatment]}.get(
        units.estimand, [units.treatment, ~units.treatment]
    )
    variances = []
    for arm in arms:
        weight = np.where(arm & units.eligible, units.sampling_weight, 0.0)
        share = weight / weight.sum()
        centre = share @ moments.terms
        variances.append(share @ (moments.terms - centre) ** 2)
    spread = np.sqrt(np.mean(variances, axis=0))
    return tolerance / len(arms) * np.where(spread > 0, spread, 1.0)


def moments_of(units: Units, highest: int) -> Moments:
    """Return every covariate, and the powers 2 to ``highest`` of those that take more than two values.

    Notes
    -----
    Powers are of the standardised covariate: together with the lower powers they span what the plain powers span, and are better
    conditioned.
    """
    matrix, names = units.matrix.to_numpy(), [str(name) for name in units.matrix.columns]
    weight = np.where(units.eligible, units.sampling_weight, 0.0)
    first = standardised(matrix, weight)
    varies = np.flatnonzero(first.any(0))
    if not len(varies):
        raise DataError("Weights balance covariates, and no covariate of the sample varies. Add covariates.")
    tables, labels = [first[:, varies]], [names[k] for k in varies]
    if highest > 1:
        many = [k for k in varies if len(np.unique(first[units.eligible, k])) > 2]
        powers = [(k, power) for k in many for power in range(2, highest + 1)]
        tables += [standardised(first[:, [k]] ** power, weight) for k, power in powers]
        labels += [f"{names[k]}^{power}" for k, power in powers]
    return Moments(tables[0] if len(tables) == 1 else np.hstack(tables), tuple(labels))
