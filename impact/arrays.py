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


def standardised(columns: Array, weights: Array) -> Array:
    """Return columns with mean 0 and SD 1 over the weighted rows; zeros where nothing but rounding varies there.

    What a regression or a balance decides on columns, it decides on these: a column's unit and origin change nothing.

    Parameters
    ----------
    columns : float64 array, shape (n,) or (n, p)
    weights : float64 array, shape (n,)
        At least 0, some above.
    """
    inside = weights > 0
    share = weights / weights.sum()
    kept = columns if inside.all() else columns[inside]
    centred = columns - kept.mean(0)
    centred -= share @ centred  # from near by: a far origin costs no digits
    spread = np.sqrt(share @ (centred * centred))
    varies = np.asarray(spread > _ROUNDING * np.maximum(kept.max(0), -kept.min(0)))
    centred /= np.where(varies, spread, 1.0)
    if not varies.all():
        centred *= varies
    return np.asarray(centred)
