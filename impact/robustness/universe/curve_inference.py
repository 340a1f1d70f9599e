"""Inference over a specification curve, by the same multiplier draws by group for every specification."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array

_ENTRIES = 4_000_000  # of a block of draws: 32 MB
_NORMAL = 1e9
"""Degrees of freedom that stand for the normal distribution."""


@dataclass(frozen=True, slots=True)
class CurveInference:
    """What the specifications of one outcome say together.

    Attributes
    ----------
    median, median_low, median_high : float
        Median estimate and its interval.
    p_any : float
        Of the joint hypothesis that every effect is zero, by the smallest of the specifications' p-values.
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
    estimates: Array, contributions: Array, freedom: Array, replications: int, seed: int, level: float
) -> CurveInference:
    r"""Return the joint tests and the interval of the median.

    Parameters
    ----------
    estimates : float64 array, shape (k,)
    contributions : float64 array, shape (G, k)
        C of each group to the error of each estimate.
    freedom : float64 array, shape (k,)
        Degrees of freedom of each specification's own t test; infinite for the normal.
    replications, seed : int
        Draws, and where they start.
    level : float

    Notes
    -----
    In draw b every group has one normal factor for all specifications, :math:`\sum_g v_{gb} C_{gk}`, and the draw one uniform number that
    stands for how far its standard errors are off: with :math:`s_{bk} = \sqrt{d_k/\chi^2_{d_k}(u_b)}` the errors are
    :math:`e_{bk} = s_{bk} \sum_g v_{gb} C_{gk}`, whose margins are the t distributions of the specifications' own tests. So a curve of one
    specification has that specification's p-value and interval. Under the hypothesis the estimates are the :math:`e_b`; around the data
    they are :math:`\hat\tau + e_b`, whose medians give the interval, symmetric about the median of the estimates. Random signs without
    these margins reject too often: few groups carry the weight of some specifications.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4, 1208-1214, doi:10.1038/s41562-020-0912-z, for the three statistics;
    Romano & Wolf (2005), JASA 100(469), 94-108, doi:10.1198/016214504000000539, for the largest of several studentised statistics.
    """
    errors = np.sqrt((contributions**2).sum(0))
    alive = errors > 0
    errors = np.where(alive, errors, np.inf)
    median = float(np.median(estimates))
    significant = 1 - level
    own = _p_values(estimates / errors, freedom)
    count = ((own < significant) & (np.sign(estimates) == np.sign(median))).sum()
    smallest, middle, shares, moved = [], [], [], []
    for drawn in _errors(contributions, freedom, replications, seed):
        medians = np.median(drawn, axis=1)
        p_values = _p_values(drawn / errors, freedom)
        smallest.append(p_values.min(1))
        middle.append(np.abs(medians))
        alike = np.sign(drawn) == np.sign(medians)[:, None]
        shares.append(((p_values < significant) & alike).sum(1))
        moved.append(np.median(estimates + drawn, axis=1) - median)
    reach = float(np.quantile(np.abs(np.concatenate(moved)), level, method="higher"))
    return CurveInference(
        median,
        median - reach,
        median + reach,
        _share_beyond(-np.concatenate(smallest), -own.min()),
        _share_beyond(np.concatenate(middle), abs(median)),
        _share_beyond(np.concatenate(shares), count),
    )


def _errors(contributions: Array, freedom: Array, replications: int, seed: int) -> Iterator[Array]:
    """Yield draws of the k errors, (replications, k) in all, in blocks that fit in memory."""
    from scipy.special import gammaincinv

    generator, rows = np.random.default_rng(seed), max(1, _ENTRIES // max(contributions.shape))
    half = np.where(np.isfinite(freedom), freedom, _NORMAL) / 2
    for start in range(0, replications, rows):
        number = min(rows, replications - start)
        normal = generator.standard_normal((number, len(contributions))) @ contributions
        share = generator.random((number, 1))
        yield normal * np.sqrt(half / gammaincinv(half, share))


def _p_values(statistics: Array, freedom: Array) -> Array:
    """Return two-sided p-values of t statistics, shape (…, k)."""
    from scipy.special import stdtr

    result: Array = 2 * stdtr(np.where(np.isfinite(freedom), freedom, _NORMAL), -np.abs(statistics))
    return result


def _share_beyond(draws: Array, observed: float) -> float:
    return float((1 + (draws >= observed - 1e-12 * abs(observed)).sum()) / (1 + len(draws)))
