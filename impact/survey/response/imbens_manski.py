"""Intervals for an effect that lies between two estimated bounds."""

from __future__ import annotations


def imbens_manski(
    bounds: tuple[float, float], std_errors: tuple[float, float], level: float
) -> tuple[float, float]:
    """Return the interval that covers a bounded effect, wherever between the bounds it lies.

    Parameters
    ----------
    bounds, std_errors : tuple of float
        Lower and upper.
    level : float, in (0, 1)

    Returns
    -------
    tuple of float

    Notes
    -----
    The critical value C solves ``Phi(C + width / max(std_errors)) - Phi(-C) = level``: two-sided at width
    zero, one-sided where the bounds lie far apart.

    References
    ----------
    Imbens, G. W. and Manski, C. F. (2004). Econometrica, 72(6), 1845-1857, equation 7.
    doi:10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    >>> [round(end, 3) for end in imbens_manski((0.0, 0.0), (1.0, 1.0), 0.95)]
    [-1.96, 1.96]
    """
    from scipy.optimize import brentq
    from scipy.stats import norm

    largest = max(std_errors)
    if largest == 0:
        return bounds
    width = (bounds[1] - bounds[0]) / largest
    critical = brentq(lambda c: norm.cdf(c + width) - norm.cdf(-c) - level, 0.0, 20.0)
    return bounds[0] - critical * std_errors[0], bounds[1] + critical * std_errors[1]
