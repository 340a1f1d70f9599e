"""Exponential weights that meet means exactly: Newton's method on the dual, and what to say where no weights do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array
from impact.errors import EstimationError, SupportError

_MOST_STEPS = 200
_BALANCED = 1e-10
"""Largest difference of the means, in standard deviations, that counts as none."""
_OUT_OF_REACH = 1e-7
_SINGULAR = 1e-10


def entropy_weights(terms: Array, base: Array, target: Array, names: Sequence[str], arm: str) -> Array:
    """Return positive weights, summing to one, that give the terms the target means and stray least from the base weights.

    Parameters
    ----------
    terms : float64 array, shape (m, k)
        Standardised terms of the units to be weighted.
    base : float64 array, shape (m,)
        Base weights q above zero.
    target : float64 array, shape (k,)
        Means to be met.
    names : sequence of str
        The covariate of each term, for messages.
    arm : str
        Whose weights they are, for messages.

    Raises
    ------
    SupportError
        No weights meet the target; the covariates are named.
    EstimationError
        Newton's method did not converge although weights exist.

    Notes
    -----
    w_i ∝ q_i exp(−λ′c_i) where λ minimises log Σ q_i exp(−λ′(c_i − m)): convex, its gradient the imbalance, its Hessian the
    weighted covariance. Full Newton steps, halved until the value falls enough (Armijo).

    References
    ----------
    Hainmueller (2012), Political Analysis 20(1), 25-46, equations 5 to 8, doi:10.1093/pan/mpr025.
    """
    centred = terms - target
    multipliers = np.zeros(terms.shape[1])
    value, weights = _dual(centred, base, multipliers)
    for _ in range(_MOST_STEPS):
        imbalance = weights @ centred
        if np.abs(imbalance).max(initial=0.0) < _BALANCED:
            return weights
        apart = centred - imbalance
        step = _solved((apart * weights[:, None]).T @ apart, imbalance)
        slope = float(imbalance @ step)
        length = 1.0
        while True:
            proposed, new = _dual(centred, base, multipliers + length * step)
            if proposed <= value - 1e-4 * length * slope + 1e-14 * (1 + abs(value)):
                break
            length /= 2
            if length < 1e-12:
                raise unbalanced(terms, target, names, arm)
        multipliers, value, weights = multipliers + length * step, proposed, new
    raise unbalanced(terms, target, names, arm)


def _dual(centred: Array, base: Array, multipliers: Array) -> tuple[float, Array]:
    """Return log Σ q exp(−λ′(c − m)) and the weights at λ."""
    exponent = np.log(base) - centred @ multipliers
    largest = float(exponent.max())
    raw = np.exp(exponent - largest)
    total = float(raw.sum())
    return largest + float(np.log(total)), raw / total


def _solved(covariance: Array, imbalance: Array) -> Array:
    """Solve by the generalised inverse: collinear terms are balanced together."""
    values, vectors = np.linalg.eigh(covariance)
    keep = values > _SINGULAR * values[-1]
    result: Array = vectors[:, keep] @ ((vectors[:, keep].T @ imbalance) / values[keep])
    return result


def unbalanced(terms: Array, target: Array, names: Sequence[str], arm: str) -> SupportError | EstimationError:
    """Return the error that says which covariates no weights can balance, or that the search failed although there are such weights."""
    alone = [
        name
        for name, column, mean in zip(names, terms.T, target, strict=True)
        if not column.min() < mean < column.max()
    ]
    if alone:
        which = checks.listed(repr(name) for name in dict.fromkeys(alone))
        return SupportError(
            f"No weights of the {arm} units can balance {which}: the mean to be met lies at or beyond the edge of their values. Leave "
            "the covariate out, ask for fewer moments, or restrict the sample with support= to values that occur in both arms."
        )
    together = _balanced_least(terms, target)
    if together.any():
        which = checks.listed(repr(name) for name in dict.fromkeys(np.array(names, dtype=object)[together]))
        return SupportError(
            f"No weights of the {arm} units can balance all covariates at once: at the nearest, a difference stays in {which}. "
            "Leave some out, ask for fewer moments, or restrict the sample with support= to values that occur in both arms."
        )
    return EstimationError(
        f"The weights of the {arm} units did not converge: the means to be met lie on the edge of what their values allow, so that nearly "
        "all the weight goes to a few units. Ask for fewer moments or covariates, or restrict the sample with support=."
    )


def _balanced_least(terms: Array, target: Array) -> NDArray[np.bool_]:
    """Return the terms that differ where the sum of absolute differences is as small as weights can make it (a linear programme)."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    number, width = terms.shape
    balance = hstack([csr_array(terms.T), eye_array(width), -eye_array(width)])
    total = csr_array(np.concatenate([np.ones(number), np.zeros(2 * width)])[None, :])
    cost = np.concatenate([np.zeros(number), np.ones(2 * width)])
    right = np.concatenate([target, [1.0]])
    solved = linprog(cost, A_eq=vstack([balance, total]), b_eq=right, bounds=(0, None), method="highs")
    if (
        solved.x is None
    ):  # pragma: no cover - the programme always has a solution: any weights, with their differences
        return np.zeros(width, dtype=np.bool_)
    apart: NDArray[np.bool_] = solved.x[number : number + width] + solved.x[number + width :] > _OUT_OF_REACH
    return apart
