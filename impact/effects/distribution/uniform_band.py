"""A band that holds for many estimates at once, by multiplier draws over groups."""

from __future__ import annotations

import math

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.errors import OptionError
from impact.language import Text

_WEBB = np.sqrt([0.5, 1.0, 1.5])
_SIX = np.concatenate([-_WEBB, _WEBB])
_DRAWN_TOGETHER = 12_000  # factors that stay near the processor, in memory that is used again


def sup_critical_value(sums: Array, level: float, replications: int, seed: int) -> float:
    r"""Return the critical value that holds for the largest of q studentised errors.

    Parameters
    ----------
    sums : float64 array, shape (G, q)
        Contribution of each group to the error of each estimate; the squares of no column add up to 0.
    level : float
        Confidence level in (0, 1).
    replications : int
        Draws; enough that the quantile is one of them, at least level/(1 − level).
    seed : int
        At least 0. One seed gives one value.

    Returns
    -------
    float
        To hold against the normal distribution: about 1.96 for one estimate at 95 %.

    Notes
    -----
    In draw b every group keeps its contributions to all q estimates and gets one random factor,

    .. math:: T_b = \max_k \Big|\sum_g v_{gb} S_{gk}\Big| \Big/ \Big(\sum_g S_{gk}^2\Big)^{1/2},

    with Webb's six values ±√½, ±1, ±√1.5 for v (mean 0, variance 1). The value is the ⌈level (R + 1)⌉-th
    smallest of the R draws.

    References
    ----------
    Chernozhukov, Chetverikov & Kato (2013), Annals of Statistics 41(6), 2786-2819, doi:10.1214/13-AOS1161.
    Montiel Olea & Plagborg-Møller (2019), Journal of Applied Econometrics 34(1), 1-17, doi:10.1002/jae.2656.
    Webb (2023), Canadian Journal of Economics 56(3), 839-858, doi:10.1111/caje.12661.

    Examples
    --------
    >>> import numpy as np
    >>> from impact.effects.distribution.uniform_band import sup_critical_value
    >>> independent = np.eye(100).repeat(4, axis=0)[:, :20]
    >>> one, many = (sup_critical_value(independent[:, :q], 0.95, 999, seed=0) for q in (1, 20))
    >>> bool(one < many)
    True
    """
    checks.between("level", level, 0.0, 1.0)
    checks.whole("replications", replications)
    checks.whole("seed", seed, minimum=0)
    place = math.ceil(level * (replications + 1))
    if place > replications:
        raise OptionError(
            Text(
                "replications must be at least {math} for a band at level {level:g}; got {replications}. Use 999.",
                "replications debe ser al menos {math} para una banda al nivel {level:g}; se dio {replications}. Use 999.",
                math=math.ceil(level / (1 - level)),
                level=level,
                replications=replications,
            )
        )
    studentised, generator = sums / np.sqrt((sums**2).sum(0)), np.random.default_rng(seed)
    largest = np.empty(replications)
    step = max(1, _DRAWN_TOGETHER // len(sums))
    drawn = np.empty((min(step, replications), len(sums)))
    for start in range(0, replications, step):
        multipliers = _webb(generator, drawn[: replications - start])
        largest[start : start + step] = np.abs(multipliers @ studentised).max(axis=1)
    return float(np.partition(largest, place - 1)[place - 1])


def _webb(generator: np.random.Generator, drawn: Array) -> Array:
    """Return factors in the memory that is given."""
    return _SIX.take(generator.integers(0, 6, drawn.shape), out=drawn, mode="clip")  # "raise" would copy
