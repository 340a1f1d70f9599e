"""The logit of many cells: Newton's method on blocks of rows that stay in the processor's cache."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.distances.links import Logit

_LOGIT = Logit()
_BLOCK = 4096
_MOST_STEPS = 25
_CONVERGED = 1e-8


def newton_logit(treated: Booleans, design: Array, weight: Array) -> Array | None:
    """Return the weighted maximum likelihood coefficients of P(W=1|x), None where Newton's steps do not settle.

    Parameters
    ----------
    treated : bool array, shape (n,)
    design : float64 array, shape (n, p)
        Standardised, the constant first.
    weight : float64 array, shape (n,)

    Notes
    -----
    Steps double their correct digits once they are small: it stops after a step below 1e-8, whose successor would be about 1e-15. Where
    it does not settle, ``fit_binary`` finds out why.
    """
    response, weight = treated.astype(np.float64), weight / weight.mean()
    share = float(weight @ response / weight.sum())
    coefficients = np.zeros(design.shape[1])
    coefficients[0] = np.log(share / (1 - share))
    for _ in range(_MOST_STEPS):
        slope, information = _derivatives(response, design, weight, coefficients)
        try:
            step = np.linalg.solve(information, slope)
        except np.linalg.LinAlgError:
            return None
        coefficients = coefficients + step
        size = np.abs(step).max()
        if not np.isfinite(size) or size > 10:
            return None
        if size < _CONVERGED:
            return coefficients
    return None


def _derivatives(response: Array, design: Array, weight: Array, coefficients: Array) -> tuple[Array, Array]:
    """Return the slope and the information of the log-likelihood."""
    terms = design.shape[1]
    slope, information = np.zeros(terms), np.zeros((terms, terms))
    for start in range(0, len(response), _BLOCK):
        rows = slice(start, start + _BLOCK)
        block, heavy = design[rows].T, weight[rows]
        probability = probability_of(block.T, coefficients)
        slope += block @ (heavy * (response[rows] - probability))
        curvature = 1 - probability
        curvature *= probability
        curvature *= heavy
        information += (block * curvature) @ block.T
    return slope, information


def probability_of(design: Array, coefficients: Array) -> Array:
    """Return 1/(1 + exp(−x′β))."""
    return _LOGIT.probability(design @ coefficients)
