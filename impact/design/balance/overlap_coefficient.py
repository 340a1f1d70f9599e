"""How much of the arms' densities does not overlap: a balance statistic for those who ask for it."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array
from impact.design.balance.statistics import BalanceStatistic, Comparison
from impact.language import Text

_POINTS, _STEPS, _CUT, _REACH = 512, 1001, 3, 4
"""Points of a density, steps of the integral, bandwidths beyond the data, bandwidths of padding: those of R's density and cobalt."""


def non_overlap(arms: Comparison) -> float:
    """Return one less the area under the smaller of the arms' two densities; for two values the difference of shares."""
    covariate = arms.covariate
    if covariate.binary:
        return float(arms.gaps.max())
    treated = arms.treated > 0 if arms.arm is None else arms.arm
    control = arms.control > 0 if arms.arm is None else ~arms.arm
    values = (covariate.values - covariate.values.mean()) / covariate.values.std(ddof=1)
    width = _bandwidth(values[treated if treated.sum() <= control.sum() else control])
    if not width > 0:
        return np.nan
    ends = np.linspace(values.min() - 4 * width, values.max() + 4 * width, _STEPS)
    middles = (ends[1:] + ends[:-1]) / 2
    heights = [
        _density(values[arm], weight[arm], width, middles)
        for arm, weight in ((treated, arms.treated), (control, arms.control))
    ]
    shared = float(np.minimum(*heights).sum() * (ends[1] - ends[0]))
    return min(max(1 - shared, 0.0), 1.0)


def _bandwidth(values: Array) -> float:
    """Return Scott's normal reference: 1.06 times the smaller of SD and interquartile range over 1.34, by n to the power of −1/5."""
    low, high = np.quantile(values, [0.25, 0.75])
    return float(1.06 * min(values.std(ddof=1), (high - low) / 1.34) * len(values) ** -0.2)


def _density(values: Array, weight: Array, width: float, at: Array) -> Array:
    """Return the normal kernel density of weighted values: binned on a line, convolved, read off between its points."""
    inner = values.min() - _CUT * width, values.max() + _CUT * width
    low, high = inner[0] - _REACH * width, inner[1] + _REACH * width
    place = (values - low) / ((high - low) / (_POINTS - 1))
    left = np.floor(place).astype(np.intp)
    beyond = place - left
    mass = np.bincount(left, weight * (1 - beyond), 2 * _POINTS)
    mass += np.bincount(left + 1, weight * beyond, 2 * _POINTS)
    apart = np.linspace(0, 2 * (high - low), 2 * _POINTS)
    apart[_POINTS + 1 :] = -apart[1:_POINTS][::-1]
    kernel = np.exp(-0.5 * (apart / width) ** 2) / (width * np.sqrt(2 * np.pi))
    smooth = np.fft.irfft(np.fft.rfft(mass) * np.conj(np.fft.rfft(kernel)), 2 * _POINTS)[:_POINTS]
    grid = np.linspace(*inner, _POINTS)
    heights = np.interp(grid, np.linspace(low, high, _POINTS), np.maximum(smooth, 0.0))
    result: Array = np.interp(at, grid, heights, left=0.0, right=0.0)
    return result


NON_OVERLAP: BalanceStatistic = BalanceStatistic(
    name="non_overlap",
    function=non_overlap,
    acceptable=(0.0, 0.2),
    label=Text(
        "one less the overlap coefficient: the share of the arms' densities that does not overlap",
        "uno menos el coeficiente de traslape: la parte de las densidades de los grupos que no se traslapa",
    ),
)
"""The overlap coefficient's complement, as R's cobalt: ``im.balance(matched, further=[im.NON_OVERLAP])``."""
