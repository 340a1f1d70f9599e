"""p-values for families of hypotheses: Holm, sharpened q-values, Romano and Wolf's stepdown."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impact.arrays import Array
from impact.errors import OptionError
from impact.language import Text

_STEP = 1000


def holm(p_values: ArrayLike) -> Array:
    """Return Holm's adjusted p-values: they bound the chance of one false rejection in the family.

    Parameters
    ----------
    p_values : array-like, shape (m,)
        In [0, 1].

    Returns
    -------
    float64 array, shape (m,)

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

    adjusted: Array = multipletests(_probabilities(p_values), method="holm")[1]
    return adjusted


def sharpened_q(p_values: ArrayLike) -> Array:
    """Return sharpened two-stage q-values: the smallest false discovery rate at which each is rejected.

    Parameters
    ----------
    p_values : array-like, shape (m,)
        In [0, 1].

    Returns
    -------
    float64 array, shape (m,)
        Multiples of 0.001, as published; 1 where no rate below 1 rejects.

    Notes
    -----
    At each rate q: with q′ = q/(1 + q), Benjamini–Hochberg at q′ rejects c of m; the second stage is Benjamini–Hochberg at
    q′ m/(m − c).

    References
    ----------
    Anderson (2008), JASA 103(484), 1481-1495, doi:10.1198/016214508000000841; Benjamini, Krieger & Yekutieli (2006), Biometrika
    93(3), 491-507, doi:10.1093/biomet/93.3.491.

    Examples
    --------
    >>> from impact.effects.multiplicity import sharpened_q
    >>> sharpened_q([0.001, 0.2, 0.9]).tolist()
    [0.004, 0.25, 0.429]
    """
    values = _probabilities(p_values)
    order = np.argsort(values, kind="stable")
    ordered, number = values[order], len(values)
    result = np.ones(number)
    for step in range(_STEP, 0, -1):
        rate = step / _STEP
        first = rate / (1 + rate)
        rejected = _benjamini_hochberg(ordered, first)
        second = np.inf if rejected == number else first * number / (number - rejected)
        result[: _benjamini_hochberg(ordered, second)] = rate
    return _restored(result, order)


def romano_wolf(statistics: ArrayLike, draws: Array) -> Array:
    """Return stepdown p-values that use the dependence among the statistics.

    Parameters
    ----------
    statistics : array-like, shape (m,)
        Studentised.
    draws : float64 array, shape (b, m)
        Joint draws of the same statistics where nothing has an effect.

    Returns
    -------
    float64 array, shape (m,)
        Two-sided; multiples of 1/(b + 1).

    References
    ----------
    Romano & Wolf (2005), Econometrica 73(4), 1237-1282, doi:10.1111/j.1468-0262.2005.00615.x; Romano & Wolf (2016), Statistics
    & Probability Letters 113, 38-40, doi:10.1016/j.spl.2016.02.012.

    Examples
    --------
    Two outcomes that move together need hardly any correction.

    >>> import numpy as np, impact as im
    >>> draw = np.random.default_rng(1).standard_normal(999)
    >>> im.romano_wolf([2.5, 2.5], np.column_stack([draw, draw])).round(3).tolist()
    [0.014, 0.014]
    >>> im.holm([0.012, 0.012]).round(3).tolist()  # which Holm's does not know
    [0.024, 0.024]
    """
    observed = np.abs(np.asarray(statistics, dtype=np.float64))
    order = np.argsort(-observed, kind="stable")
    # the largest among the hypotheses not yet passed: running maxima from the smallest statistic upwards
    largest = np.maximum.accumulate(np.abs(draws[:, order])[:, ::-1], axis=1)[:, ::-1]
    beyond = (largest >= observed[order]).sum(0)
    return _restored(np.maximum.accumulate((1 + beyond) / (1 + len(draws))), order)


def _benjamini_hochberg(ordered: Array, rate: float) -> int:
    """Return how many of the sorted p-values the step-up procedure rejects."""
    number = len(ordered)
    below = np.flatnonzero(ordered <= rate * np.arange(1, number + 1) / number)
    return int(below[-1]) + 1 if len(below) else 0


def _probabilities(p_values: ArrayLike) -> Array:
    values = np.asarray(p_values, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not ((values >= 0) & (values <= 1)).all():
        raise OptionError(
            Text(
                "p_values must be a list of at least one number in [0, 1]; got {p_values!r}.",
                "p_values debe ser una lista de al menos un número en [0, 1]; se dio {p_values!r}.",
                p_values=np.asarray(p_values),
            )
        )
    return values


def _restored(values: Array, order: NDArray[np.intp]) -> Array:
    result = np.empty(len(values))
    result[order] = values
    return result
