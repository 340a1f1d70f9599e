"""Many tests at once: p-values that hold for a family."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impact.errors import OptionError

Array = NDArray[np.float64]

_STEPS = 1000  # Anderson's grid of levels: q-values to three decimals


def holm(p_values: ArrayLike) -> Array:
    """Return Holm's step-down p-values: the chance of one false discovery or more in the family.

    Parameters
    ----------
    p_values : array-like, shape (m,)
        Of one family of tests; missing ones (tests not made) stay missing and do not count.

    Returns
    -------
    float64 array, shape (m,)
        By ``statsmodels.stats.multitest.multipletests``.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70.

    Examples
    --------
    >>> from impact.effects.multiplicity import holm
    >>> holm([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    from statsmodels.stats.multitest import multipletests

    values = _checked(p_values)
    made = np.isfinite(values)
    adjusted = np.full(len(values), np.nan)
    if made.any():
        adjusted[made] = multipletests(values[made], method="holm")[1]
    return adjusted


def sharpened_q(p_values: ArrayLike) -> Array:
    """Return sharpened false-discovery-rate q-values (Benjamini, Krieger & Yekutieli, as Anderson 2008).

    Parameters
    ----------
    p_values : array-like, shape (m,)
        Of one family of tests; missing ones stay missing and do not count.

    Returns
    -------
    float64 array, shape (m,)
        The smallest level, on a grid of .001, at which the two-stage procedure rejects the test. A q-value can
        be below its p-value where most tests of the family are rejected.

    Notes
    -----
    Stage 1: r₁ tests are rejected by Benjamini and Hochberg at q/(1 + q). Stage 2: Benjamini and Hochberg at
    q/(1 + q) · m/(m − r₁).

    References
    ----------
    Benjamini, Krieger & Yekutieli (2006), Biometrika 93(3), 491-507, doi:10.1093/biomet/93.3.491.
    Anderson (2008), JASA 103(484), 1481-1495, doi:10.1198/016214508000000841.

    Examples
    --------
    >>> from impact.effects.multiplicity import sharpened_q
    >>> sharpened_q([0.001, 0.04, 0.5]).round(3).tolist()
    [0.004, 0.042, 0.2]
    """
    values = _checked(p_values)
    made = np.isfinite(values)
    adjusted = np.full(len(values), np.nan)
    if made.any():
        adjusted[made] = _two_stage(values[made])
    return adjusted


def _two_stage(p_values: Array) -> Array:
    number = len(p_values)
    order = np.argsort(p_values, kind="stable")
    ordered, ranks = p_values[order], np.arange(1, number + 1)
    smallest = np.ones(number)
    for step in range(_STEPS, 0, -1):  # down the grid, so that the smallest rejecting level stays
        first = step / _STEPS / (1 + step / _STEPS)
        rejected = _rejected(ordered, ranks, first)
        level = first * number / (number - rejected) if rejected < number else np.inf
        smallest[: _rejected(ordered, ranks, level)] = step / _STEPS
    result = np.empty(number)
    result[order] = smallest
    return result


def _rejected(ordered: Array, ranks: NDArray[np.int_], level: float) -> int:
    """Return how many ordered p-values Benjamini and Hochberg reject at a level."""
    below = np.flatnonzero(ordered <= level * ranks / len(ordered))
    return int(below[-1]) + 1 if len(below) else 0


def _checked(p_values: ArrayLike) -> Array:
    values: Array = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1 or ((values < 0) | (values > 1)).any():
        raise OptionError("p_values must be a list of numbers from 0 to 1, missing where no test was made.")
    return values
