"""Kernel sums on a line in O(n log n): running sums of local powers instead of every pair."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, sorting


@dataclass(frozen=True, slots=True)
class PolynomialKernel:
    """k(u) = Σ_p coefficients[p] u^p for |u| < 1, zero beyond (even powers only)."""

    name: str
    coefficients: tuple[float, ...]

    def at(self, u: Array) -> Array:
        """Return k(u)."""
        values = np.polynomial.polynomial.polyval(u, self.coefficients)
        result: Array = np.where(np.abs(u) < 1, np.maximum(values, 0.0), 0.0)
        return result


EPANECHNIKOV = PolynomialKernel("epanechnikov", (1.0, 0.0, -1.0))
BIWEIGHT = PolynomialKernel("biweight", (1.0, 0.0, -2.0, 0.0, 1.0))
UNIFORM = PolynomialKernel("uniform", (1.0,))


def kernel_sums_on_line(
    at: Array, points: Array, weights: Array, bandwidth: float, kernel: PolynomialKernel
) -> Array:
    """Return Σ_j w_j k((a − x_j)/h) for every a.

    Parameters
    ----------
    at : float64 array, shape (q,)
    points, weights : float64 arrays, shape (r,)
    bandwidth : float
        h, above zero.
    kernel : PolynomialKernel

    Returns
    -------
    float64 array, shape (q,)

    Notes
    -----
    The line is cut into cells of width h. Inside a cell powers are taken about its middle, where |x − m| ≤ h/2, so that nothing
    cancels; a window of width 2h meets three cells, and (x − a)^p expands about each middle by the binomial theorem.
    """
    if len(points) == 0:
        return np.zeros(len(at))
    order = sorting(points)
    ordered = points[order]
    origin = ordered[0]
    cell = np.floor((ordered - origin) / bandwidth)
    local = (ordered - origin) / bandwidth - (cell + 0.5)
    degree = len(kernel.coefficients) - 1
    powers = [np.concatenate([[0.0], np.cumsum(weights[order] * local**p)]) for p in range(degree + 1)]
    start = np.searchsorted(ordered, at - bandwidth, "right")
    stop = np.searchsorted(ordered, at + bandwidth, "left")
    middle = np.floor((at - origin) / bandwidth)
    total = np.zeros(len(at))
    for shift in (-1.0, 0.0, 1.0):
        low = np.clip(np.searchsorted(cell, middle + shift, "left"), start, stop)
        high = np.clip(np.searchsorted(cell, middle + shift, "right"), start, stop)
        offset = (middle + shift + 0.5) - (at - origin) / bandwidth
        total += _segment(powers, low, high, offset, kernel)
    return np.maximum(total, 0.0)


def _segment(
    powers: list[Array],
    low: NDArray[np.intp],
    high: NDArray[np.intp],
    offset: Array,
    kernel: PolynomialKernel,
) -> Array:
    """Return Σ w Σ_p c_p (local + offset)^p over the points low:high of one cell."""
    moments = [sums[high] - sums[low] for sums in powers]
    total = np.zeros(len(offset))
    for p, coefficient in enumerate(kernel.coefficients):
        if coefficient:
            total += coefficient * sum(comb(p, q) * offset ** (p - q) * moments[q] for q in range(p + 1))
    return total
