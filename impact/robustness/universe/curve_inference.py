"""Inference over a specification curve, by the same multiplier draws by group for every specification."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array
from impact.effects.variances.wild_bootstrap import WildBootstrap


@dataclass(frozen=True, slots=True)
class CurveInference:
    """What the specifications of one outcome say together.

    Attributes
    ----------
    median, median_low, median_high : float
        Median estimate and its interval.
    p_any : float
        Of the joint hypothesis that every effect is zero, by the largest |t|.
    p_median : float
        Of the same, by the median estimate.
    p_share : float
        Of the same, by the number of specifications significant in the direction of the median.
    """

    median: float
    median_low: float
    median_high: float
    p_any: float
    p_median: float
    p_share: float


def curve_inference(
    estimates: Array, contributions: Array, critical: Array, bootstrap: WildBootstrap, level: float
) -> CurveInference:
    r"""Return the joint tests and the interval of the median.

    Parameters
    ----------
    estimates : float64 array, shape (k,)
    contributions : float64 array, shape (G, k)
        C of each group to the error of each estimate.
    critical : float64 array, shape (k,)
        Of each specification's own test.
    bootstrap : WildBootstrap
    level : float

    Notes
    -----
    In draw b every group has one random factor for all specifications: :math:`e_{bk} = \sum_g v_{gb} C_{gk}`. Under the hypothesis the
    estimates are the :math:`e_b`; around the data they are :math:`\hat\tau + e_b`, whose medians give the interval, symmetric about the
    median of the estimates.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4, 1208-1214, doi:10.1038/s41562-020-0912-z, for the three statistics.
    """
    errors = np.sqrt((contributions**2).sum(0))
    alive = errors > 0
    errors = np.where(alive, errors, np.inf)
    median = float(np.median(estimates))
    statistic = np.abs(estimates / errors).max()
    count = _significant(estimates, errors, critical, np.sign(median))
    largest, middle, shares, moved = [], [], [], []
    for block in bootstrap.blocks(len(contributions)):
        drawn = block @ contributions
        medians = np.median(drawn, axis=1)
        largest.append(np.abs(drawn / errors).max(1))
        middle.append(np.abs(medians))
        shares.append(_significant(drawn, errors, critical, np.sign(medians)[:, None]))
        moved.append(np.median(estimates + drawn, axis=1) - median)
    reach = float(np.quantile(np.abs(np.concatenate(moved)), level, method="higher"))
    return CurveInference(
        median,
        median - reach,
        median + reach,
        _share_beyond(np.concatenate(largest), statistic),
        _share_beyond(np.concatenate(middle), abs(median)),
        _share_beyond(np.concatenate(shares), count),
    )


def _significant(values: Array, errors: Array, critical: Array, sign: Array | float) -> Array:
    result: Array = (values * sign > critical * errors).sum(-1)
    return result


def _share_beyond(draws: Array, observed: Array | float) -> float:
    return float((1 + (draws >= observed * (1 - 1e-12)).sum()) / (1 + len(draws)))
