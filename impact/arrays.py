"""The arrays of the package, by what they hold."""

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
    squares = np.empty(len(share))
    for column, centred in zip(np.atleast_2d(columns.T), np.atleast_2d(result.T), strict=True):
        np.subtract(column, share @ column, out=centred)
        centred -= share @ centred  # from near by: a far origin costs no digits
        spread = np.sqrt(share @ np.multiply(centred, centred, out=squares))
        if spread > _ROUNDING * _largest(column) or spread > _ROUNDING * _largest(column[inside]):
            centred /= spread
        else:
            centred[:] = 0.0
    return result


def _largest(column: Array) -> float:
    return float(max(column.max(), -column.min()))
