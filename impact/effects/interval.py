"""From an estimate and its standard error to a test and an interval."""

from __future__ import annotations

import math


def t_test(
    estimate: float, std_error: float, freedom: float, level: float
) -> tuple[float, float, float, float]:
    """Return the t statistic, the two-sided p-value and the interval's ends.

    Parameters
    ----------
    estimate, std_error : float
    freedom : float
        Degrees of freedom; infinite for the normal.
    level : float
        Confidence level in (0, 1).

    Examples
    --------
    >>> from impact.effects.interval import t_test
    >>> [round(value, 4) for value in t_test(2.0, 1.0, float("inf"), 0.95)]
    [2.0, 0.0455, 0.04, 3.96]
    """
    from scipy.special import ndtr, stdtr

    if not std_error > 0:
        return math.nan, math.nan, math.nan, math.nan
    statistic = estimate / std_error
    below = ndtr(-abs(statistic)) if math.isinf(freedom) else stdtr(freedom, -abs(statistic))
    reach = critical_value(freedom, level) * std_error
    return statistic, 2 * float(below), estimate - reach, estimate + reach


def critical_value(freedom: float, level: float) -> float:
    """Return the two-sided critical value of t, of the normal where the degrees of freedom are infinite."""
    from scipy.special import ndtri, stdtrit

    return float(ndtri(0.5 + level / 2) if math.isinf(freedom) else stdtrit(freedom, 0.5 + level / 2))
