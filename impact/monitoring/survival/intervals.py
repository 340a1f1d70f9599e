"""Intervals of a survival probability: by scale, and one that holds in small groups."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from impact.arrays import Array, Booleans, Positions

Ends = tuple[Array, Array]


def plain_interval(survival: Array, error: Array, critical: float, effective: Array) -> Ends:
    """Return S ± z SE, kept within 0 and 1."""
    return np.maximum(survival - critical * error, 0.0), np.minimum(survival + critical * error, 1.0)


def log_interval(survival: Array, error: Array, critical: float, effective: Array) -> Ends:
    """Return the interval of log S, at most 1."""
    reach = np.exp(critical * error / survival)
    return survival / reach, np.minimum(survival * reach, 1.0)


def log_log_interval(survival: Array, error: Array, critical: float, effective: Array) -> Ends:
    """Return the interval of log(−log S): within 0 and 1 by itself."""
    logarithm = np.log(survival)
    reach = np.exp(critical * error / (survival * np.abs(logarithm)))
    return np.exp(logarithm * reach), np.exp(logarithm / reach)


def logit_interval(survival: Array, error: Array, critical: float, effective: Array) -> Ends:
    """Return the interval of the log odds."""
    odds, reach = survival / (1 - survival), np.exp(critical * error / (survival * (1 - survival)))
    return odds / reach / (1 + odds / reach), odds * reach / (1 + odds * reach)


def korn_graubard_interval(survival: Array, error: Array, critical: float, effective: Array) -> Ends:
    """Return Clopper and Pearson's interval at the effective n, S (1 − S)/SE²: never too short on average."""
    from scipy.special import betaincinv, ndtr

    number = np.where(error > 0, survival * (1 - survival) / np.where(error > 0, error, 1.0) ** 2, effective)
    tail = float(ndtr(-critical))
    alive, dead = number * survival, number * (1 - survival)
    with np.errstate(invalid="ignore"):
        low = np.where(alive > 0, betaincinv(np.maximum(alive, 1e-300), dead + 1, tail), 0.0)
        high = np.where(dead > 0, betaincinv(alive + 1, np.maximum(dead, 1e-300), 1 - tail), 1.0)
    return low, high


INTERVALS: dict[str, Callable[[Array, Array, float, Array], Ends]] = {
    "log-log": log_log_interval,
    "log": log_interval,
    "plain": plain_interval,
    "logit": logit_interval,
    "korn-graubard": korn_graubard_interval,
}


def bounds(
    interval: str, survival: Array, error: Array, level: float, at_risk: Positions
) -> tuple[Array, Array, Booleans]:
    """Return both ends of the interval at every time, and where it is the exact one of no or of every end.

    Parameters
    ----------
    interval : str
        A key of :data:`INTERVALS`.
    survival, error : ndarray, shape (T,)
    level : float
    at_risk : ndarray of int, shape (T,)
        Independent units at risk: the effective n while nobody has ended.
    """
    from scipy.special import ndtri

    critical = float(ndtri(0.5 + level / 2))
    alike = ((survival >= 1.0) | (survival <= 0.0)) & (at_risk > 0)
    usable = np.where(alike | (survival <= 0) | (survival >= 1), 0.5, survival)
    effective = at_risk.astype(np.float64)
    low, high = INTERVALS[interval](usable, error, critical, effective)
    exact = korn_graubard_interval(survival, np.zeros_like(error), critical, effective)
    return np.where(alike, exact[0], low), np.where(alike, exact[1], high), alike
