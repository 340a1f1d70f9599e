"""Net present value, internal rates of return and payback of many cash flows at once."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array

# A root of the companion matrix is real where its imaginary part is rounding; double roots carry √ε of it.
_REAL = 1e-6
_BISECTIONS = 80


def present_value(flows: Array, rate: float) -> Array:
    """Return Σ f_t/(1 + rate)^t of each row; the first column is now.

    Examples
    --------
    >>> import numpy as np
    >>> abs(float(present_value(np.array([[-100.0, 110.0]]), 0.10)[0])) < 1e-12
    True
    """
    values: Array = flows @ (1 + rate) ** -np.arange(flows.shape[1], dtype=np.float64)
    return values


def sign_changes(flows: Array) -> Array:
    """Return how often each row changes sign, zeros passed over: Descartes' bound on its positive roots."""
    changes = np.zeros(len(flows))
    last = np.zeros(len(flows))
    for column in np.sign(flows).T:
        changes += (column * last) < 0
        last = np.where(column != 0, column, last)
    return changes


def rates_of_return(flows: Array) -> list[Array]:
    """Return every internal rate of return above −100 % of each row, in order; none, one or several.

    Notes
    -----
    Rates are 1/v − 1 at the positive roots v of Σ f_t v^t. With one change of sign there is exactly one,
    found by bisection of log v for all rows together; otherwise the roots are eigenvalues of the companion
    matrix. Both are polished by Newton's steps.

    Examples
    --------
    >>> import numpy as np
    >>> [rates.round(6).tolist() for rates in rates_of_return(np.array([[-100, 230, -132.0], [1, 1, 1], [-10, 3, 12]]))]
    [[0.1, 0.2], [], [0.255667]]
    """
    changes = sign_changes(flows)
    found: list[Array] = [np.empty(0)] * len(flows)
    single = np.flatnonzero(changes == 1)
    for row, rate in zip(single.tolist(), _single_rate(flows[single]).tolist(), strict=True):
        found[row] = np.array([rate])
    for row in np.flatnonzero(changes > 1).tolist():
        found[row] = _all_roots(flows[row])
    return found


def _single_rate(flows: Array) -> Array:
    """Return the one rate of each row that changes sign once."""
    if not len(flows):
        return np.empty(0)
    power = np.arange(flows.shape[1], dtype=np.float64)
    scaled = flows / np.abs(flows).max(axis=1, keepdims=True)
    first = np.sign(scaled[np.arange(len(scaled)), (scaled != 0).argmax(axis=1)])
    low, high = np.full(len(flows), -1.0), np.full(len(flows), 1.0)
    for _ in range(60):  # widen until the signs at both ends differ
        short_low = first * _value(scaled, power, low) < 0
        short_high = first * _value(scaled, power, high) > 0
        if not (short_low.any() or short_high.any()):
            break
        low, high = np.where(short_low, 2 * low, low), np.where(short_high, 2 * high, high)
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        left = first * _value(scaled, power, middle) > 0
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    rates: Array = np.expm1(-(low + high) / 2)
    return rates


def _value(flows: Array, power: Array, log_factor: Array) -> Array:
    """Return Σ f_t v^t scaled by the larger of 1 and v^T, so that nothing overflows."""
    exponents = np.outer(log_factor, power)
    scaled: Array = (flows * np.exp(exponents - np.maximum(exponents[:, -1:], 0.0))).sum(axis=1)
    return scaled


def _all_roots(flow: Array) -> Array:
    filled = np.flatnonzero(flow)
    coefficients = flow[filled[0] : filled[-1] + 1] / np.abs(flow).max()
    polynomial = np.polynomial.Polynomial(coefficients)
    candidates = polynomial.roots()
    real = candidates[np.abs(candidates.imag) <= _REAL * np.maximum(np.abs(candidates), 1e-12)].real
    slope = polynomial.deriv()
    roots: list[float] = []
    for root in np.sort(real[real > 0]).tolist():
        polished = _polished(polynomial, slope, root)
        if not roots or abs(polished - roots[-1]) > 1e-5 * polished:
            roots.append(polished)
    rates: Array = np.sort(1 / np.asarray(roots) - 1)
    return rates


def _polished(polynomial: np.polynomial.Polynomial, slope: np.polynomial.Polynomial, root: float) -> float:
    for _ in range(3):
        steepness = float(slope(root))
        step = float(polynomial(root)) / steepness if abs(steepness) > 1e-8 else 0.0
        if abs(step) > 1e-3 * root:
            break
        root -= step
    return root


def payback(flows: Array, rate: float = 0.0) -> Array:
    """Return the years after which the cumulated (discounted) flow first reaches 0, within the year in proportion.

    Missing where it never does; 0 where there is nothing to pay back.

    Examples
    --------
    >>> import numpy as np
    >>> payback(np.array([[-100.0, 60, 60], [-100, 10, 10], [5, 1, 1]])).round(4).tolist()
    [1.6667, nan, 0.0]
    """
    discounted = flows * (1 + rate) ** -np.arange(flows.shape[1], dtype=np.float64)
    running = discounted.cumsum(axis=1)
    tolerance = 1e-12 * np.abs(discounted).sum(axis=1, keepdims=True)
    reached = running >= -tolerance
    year = reached.argmax(axis=1)
    rows = np.arange(len(flows))
    before = np.where(year > 0, -running[rows, np.maximum(year - 1, 0)], 0.0)
    gained = discounted[rows, year]
    part = np.where((year > 0) & (gained != 0), before / np.where(gained != 0, gained, 1.0), 1.0)
    years = np.where(year > 0, year - 1 + np.clip(part, 0, 1), 0.0)
    return np.where(reached.any(axis=1), years, np.nan)
