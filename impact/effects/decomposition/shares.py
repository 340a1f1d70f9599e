"""A part's share in a total that is estimated too: Fieller's interval."""

from __future__ import annotations

import math

from impact.effects.interval import critical_value


def share_interval(
    part: float,
    total: float,
    part_variance: float,
    total_variance: float,
    covariance: float,
    freedoms: tuple[float, float],
    level: float,
) -> tuple[float, float]:
    """Return the ends of the share's interval; missing where the total is not distinguishable from zero.

    Parameters
    ----------
    part, total : float
    part_variance, total_variance, covariance : float
    freedoms : tuple of float
        Degrees of freedom of t for the share and for the total; infinite for the normal.
    level : float
        Confidence level in (0, 1).

    Notes
    -----
    The shares ρ with (part − ρ total)² ≤ t² (V_part − 2ρ C + ρ² V_total): an interval where total² > t² V_total, by either t.

    References
    ----------
    Fieller (1954), JRSS B 16(2), 175-185, doi:10.1111/j.2517-6161.1954.tb00159.x.

    Examples
    --------
    >>> from impact.effects.decomposition.shares import share_interval
    >>> [round(end, 3) for end in share_interval(5.0, 10.0, 1.0, 1.0, 0.0, (float("inf"), float("inf")), 0.95)]
    [0.296, 0.744]
    """
    squared, of_total = (critical_value(one, level) ** 2 if one > 0 else math.nan for one in freedoms)
    leading = total**2 - squared * total_variance
    if not (leading > 0 and total**2 > of_total * total_variance):
        return math.nan, math.nan
    middle = part * total - squared * covariance
    last = part**2 - squared * part_variance
    reach = math.sqrt(max(middle**2 - leading * last, 0.0))
    return (middle - reach) / leading, (middle + reach) / leading
