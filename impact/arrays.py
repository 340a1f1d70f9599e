"""The arrays of the package, by what they hold."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Numbers."""
Booleans = NDArray[np.bool_]
"""Marks of units: True for those meant."""
Positions = NDArray[np.intp]
"""Places of units, or numbers of groups, from 0."""

_ROUNDING = 1e-13
"""Spread, as a share of the largest value, that is rounding."""
PART = 8_192
"""Rows of a part: a dozen columns of it fit the cache of one processor."""


def standardised(columns: Array, weights: Array, out: Array | None = None) -> Array:
    """Return columns with mean 0 and SD 1 over the weighted rows; zeros where nothing but rounding varies there.

    What a regression or a balance decides on columns, it decides on these: a column's unit and origin change nothing.

    Parameters
    ----------
    columns : float64 array, shape (n,) or (n, p)
    weights : float64 array, shape (n,)
        At least 0, some above.
    out : float64 array of the shape of ``columns``, optional
        Where the result is written.
    """
    share, inside = weights / weights.sum(), weights > 0
    result = np.empty(columns.shape, order="F") if out is None else out
    for column, centred in zip(np.atleast_2d(columns.T), np.atleast_2d(result.T), strict=True):
        spread = _centre(column, share, centred)
        if spread > _ROUNDING * _largest(column) or spread > _ROUNDING * _largest(column[inside]):
            for part in parts_of(len(share)):
                centred[part] /= spread
        else:
            centred[:] = 0.0
    return result


def _centre(column: Array, share: Array, centred: Array) -> float:
    """Write a column less its mean, and return its SD."""
    near, squares = share @ column, np.empty(min(len(share), PART))
    mean, variance = 0.0, 0.0  # of what is left: from near by a far origin costs no digits
    for part in parts_of(len(share)):
        left = np.subtract(column[part], near, out=centred[part])
        mean += float(share[part] @ left)
        variance += float(share[part] @ np.multiply(left, left, out=squares[: len(left)]))
    centred -= mean
    return float(np.sqrt(max(variance - mean * mean, 0.0)))


def _largest(column: Array) -> float:
    return float(max(column.max(), -column.min()))


def crossproducts(rows: Array, weights: Array | None) -> Array:
    """Return Σ_i w_i z_i z_i′ of the columns z_i of ``rows``, shape (k, k), without a weighted copy of them.

    Parameters
    ----------
    rows : float64 array, shape (k, n)
    weights : float64 array, shape (n,), or None for ones
    """
    total = np.zeros((len(rows), len(rows)))
    for part in parts_of(rows.shape[1]):
        inside = rows[:, part]
        if weights is not None:
            total += (inside * weights[part]) @ inside.T
        else:  # numpy takes a matrix times itself for a rank update, which is slow for few rows: so without the first of them
            total[1:] += inside[1:] @ inside.T
            total[0, 0] += inside[0] @ inside[0]
    if weights is None:
        total[0, 1:] = total[1:, 0]
    return total


def two_valued(values: Array, axis: int = -1) -> Booleans:
    """Return whether no more than two values stand along an axis."""
    low, high = values.min(axis=axis, keepdims=True), values.max(axis=axis, keepdims=True)
    return np.asarray(((values == low) | (values == high)).all(axis=axis))


def taken(values: Array, marks: Booleans) -> Array:
    """Return the values that are marked: the array itself where all are."""
    return values if marks.all() else values.compress(marks)


def sorting(values: Array) -> Positions:
    """Return the order that sorts numbers, equal ones as they stand: a stable sort is dear where no two are equal."""
    order = values.argsort()
    along = values.take(order)
    distinct = (along[1:] > along[:-1]).all()  # not where a number is missing
    return order if distinct else np.argsort(values, kind="stable")


def parts_of(number: int) -> Iterator[slice]:
    """Yield the rows from 0 to ``number`` in parts that stay near the processor while they are worked on."""
    for start in range(0, number, PART):
        yield slice(start, min(start + PART, number))
