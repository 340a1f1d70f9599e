"""Balance statistics: one entry each, with its threshold and its label."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Arms:
    """p covariates in the two arms, each arm's weights summing to one.

    Attributes
    ----------
    values : float64 array, shape (n, p)
    treated, control : float64 arrays, shape (n,)
        Weights, zero outside the arm.
    denominator : float64 array, shape (p,)
        What mean differences are divided by; fixed before matching.
    binary : bool array, shape (p,)
        Covariates with two values.
    """

    values: Array
    treated: Array
    control: Array
    denominator: Array
    binary: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class BalanceStatistic:
    """One statistic of the registry.

    Attributes
    ----------
    name : str
        Column of the balance table.
    function : callable
        From Arms to one value per covariate.
    acceptable : (float, float)
        Interval in which a covariate counts as balanced.
    label : str
        Axis label.
    """

    name: str
    function: Callable[[Arms], Array]
    acceptable: tuple[float, float]
    label: str


def weighted_mean(values: Array, weights: Array) -> Array:
    """Return Σwx/Σw of each column."""
    result: Array = weights @ values / weights.sum()
    return result


def weighted_variance(values: Array, weights: Array, binary: NDArray[np.bool_]) -> Array:
    """Return each column's variance: p(1 − p) for two-valued columns, Σw(x − x̄)²/(1 − Σw²) with w summing to one for others.

    Notes
    -----
    Equal weights give the n − 1 denominator. This is the convention of R's MatchIt and cobalt.
    """
    share = weights / weights.sum()
    mean = share @ values
    spread = share @ (values - mean) ** 2
    result: Array = np.where(binary, spread, spread / (1 - share @ share))
    return result


def standardized_difference(arms: Arms) -> Array:
    """Return the difference of means over the denominator; 0 where both are 0."""
    difference = weighted_mean(arms.values, arms.treated) - weighted_mean(arms.values, arms.control)
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Array = np.where(difference == 0, 0.0, difference / arms.denominator)
    return result


def variance_ratio(arms: Arms) -> Array:
    """Return the treated variance over the control variance; missing for two-valued covariates."""
    treated = weighted_variance(arms.values, arms.treated, arms.binary)
    control = weighted_variance(arms.values, arms.control, arms.binary)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(arms.binary, np.nan, treated / control)


def ecdf_mean(arms: Arms) -> Array:
    """Return the mean absolute difference of the arms' distribution functions over the values that occur."""
    return _distribution_gap(arms, np.mean)


def ecdf_max(arms: Arms) -> Array:
    """Return the largest absolute difference of the arms' distribution functions (Kolmogorov-Smirnov)."""
    return _distribution_gap(arms, np.max)


def _distribution_gap(arms: Arms, summary: Callable[[Array], float]) -> Array:
    share = arms.treated / arms.treated.sum() - arms.control / arms.control.sum()
    gaps = np.empty(arms.values.shape[1])
    for j, column in enumerate(arms.values.T):
        if arms.binary[j]:
            gaps[j] = abs(share @ column) / max(np.ptp(column), 1e-300)
            continue
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        apart = _ROUNDING * max(ordered[-1] - ordered[0], 1e-300)  # equal scores may differ by rounding
        last_of_value = np.append(np.diff(ordered) > apart, True)
        gaps[j] = summary(np.abs(np.cumsum(share[order]))[last_of_value])
    return gaps


STATISTICS: tuple[BalanceStatistic, ...] = (
    BalanceStatistic("smd", standardized_difference, (-0.1, 0.1), "standardised mean difference"),
    BalanceStatistic("variance_ratio", variance_ratio, (0.5, 2.0), "variance ratio, treated / control"),
    BalanceStatistic("ecdf_mean", ecdf_mean, (0.0, 0.05), "mean difference of distribution functions"),
    BalanceStatistic("ecdf_max", ecdf_max, (0.0, 0.1), "largest difference of distribution functions"),
)
