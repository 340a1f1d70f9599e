"""Weighted least squares on one arm, with residuals that a group's own outcomes did not fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Positions = NDArray[np.intp]

_SINGULAR = 1e-10


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArmRegression:
    """μ̂(X) of one arm for q outcomes at once.

    Attributes
    ----------
    fitted : float64 array, shape (n, q)
        μ̂(X) of every unit.
    residuals : float64 array, shape (n, q)
        Y − μ̂(X) on the arm, zero elsewhere.
    left_out : float64 array, shape (n, q)
        The arm's residuals from the regression without the unit's own group, zero elsewhere.
    """

    fitted: Array
    residuals: Array
    left_out: Array


def arm_regression(
    outcomes: Array, terms: Array, weights: Array, groups: Positions | None
) -> ArmRegression:
    """Regress outcomes on a constant and terms over the units with weight, and predict every unit.

    Parameters
    ----------
    outcomes : float64 array, shape (n, q)
    terms : float64 array, shape (n, p)
        Terms without the constant.
    weights : float64 array, shape (n,)
        Regression weights; zero outside the arm.
    groups : int array, shape (n,), optional
        Group of each unit; without it each unit is its own group.

    Notes
    -----
    The residual of group g from the regression without g is (I − H_gg)⁻¹ e_g with H_gg = Z_g (Z′KZ)⁻¹ Z_g′K_g, which equals
    Y_g − Z_g β̂_(−g). Terms are standardised over the weighted units; where the others do not determine a coefficient, the
    minimum-norm solution is taken, that is, the average.
    """
    used = np.flatnonzero(weights > 0)
    design = _standardised(terms, weights)
    inside, weight = design[used], weights[used]
    moments = (inside * weight[:, None]).T @ inside
    cross = (inside * weight[:, None]).T @ outcomes[used]
    fitted = design @ _solve(moments[None], cross[None])[0]
    residuals = np.zeros_like(outcomes)
    residuals[used] = outcomes[used] - fitted[used]
    left_out = np.zeros_like(outcomes)
    codes = np.arange(len(used)) if groups is None else np.unique(groups[used], return_inverse=True)[1]
    left_out[used] = outcomes[used] - _predictions_without_own_group(inside, weight, outcomes[used], codes, moments, cross)
    return ArmRegression(fitted=fitted, residuals=residuals, left_out=left_out)


def _predictions_without_own_group(
    design: Array, weight: Array, outcomes: Array, codes: Positions, moments: Array, cross: Array
) -> Array:
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(codes[order]) > 0]))
    weighted = (design * weight[:, None])[order]
    ordered = design[order]
    own_moments = np.stack(
        [np.add.reduceat(weighted * ordered[:, [j]], starts, axis=0) for j in range(design.shape[1])], axis=2
    )
    own_cross = np.stack(
        [np.add.reduceat(weighted * outcomes[order][:, [k]], starts, axis=0) for k in range(outcomes.shape[1])], axis=2
    )
    coefficients = _solve(moments - own_moments, cross - own_cross)
    predicted = np.empty_like(outcomes)
    predicted[order] = np.einsum("ip,ipk->ik", ordered, coefficients[codes[order]])
    return predicted


def _solve(moments: Array, cross: Array) -> Array:
    """Solve a stack of symmetric systems, (G, p, p) and (G, p, q), by the generalised inverse where singular."""
    values, vectors = np.linalg.eigh(moments)
    largest = values[:, -1:]
    keep = values > _SINGULAR * np.maximum(largest, 1e-300)
    inverse = np.where(keep, 1 / np.where(keep, values, 1.0), 0.0)
    rotated = np.swapaxes(vectors, 1, 2) @ cross
    result: Array = vectors @ (inverse[:, :, None] * rotated)
    return result


def _standardised(terms: Array, weights: Array) -> Array:
    share = weights / weights.sum()
    centre = share @ terms
    spread = np.sqrt(share @ (terms - centre) ** 2)
    scale = np.where(spread > 1e-12 * (1 + np.abs(centre)), spread, 1.0)
    varies = spread > 1e-12 * (1 + np.abs(centre))
    return np.column_stack([np.ones(len(terms)), ((terms - centre) / scale) * varies])
