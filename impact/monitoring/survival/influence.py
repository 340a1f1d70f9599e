"""Sums over clusters of what each spell does to a curve, without a table of clusters by times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impact.arrays import Array, Positions
from impact.survey.clusters import cluster_totals


def cluster_sum_of_squares(
    cluster: Positions,
    place: Positions,
    number_of_times: int,
    steps: Sequence[Array],
    factors: Sequence[Array],
) -> Array:
    r"""Return :math:`\sum_c (\sum_j f_j(t) \, P_{cj}(t))^2` at every time t.

    Parameters
    ----------
    cluster : ndarray of int, shape (n,)
        Cluster of each spell.
    place : ndarray of int, shape (n,)
        Time, 0 to T − 1, at which the spell enters the sums.
    number_of_times : int
        T.
    steps : sequence of ndarray, each shape (n,)
        What a spell adds to :math:`P_{cj}` from its own time on. The last one is taken away instead: its sum
        starts at the cluster's total and holds what the spells do that have not left yet.
    factors : sequence of ndarray, each shape (T,)
        :math:`f_j`, one a step.

    Returns
    -------
    ndarray, shape (T,)

    Notes
    -----
    Every :math:`P_{cj}` is a step function that changes at the cluster's own times only. The products
    :math:`\sum_c P_{cj} P_{ck}` therefore change by what one spell changes, and all of them are had by one
    sort: n log n in place of clusters × times.
    """
    order = np.lexsort((place, cluster))
    codes, when = cluster[order], place[order]
    first = np.r_[True, codes[1:] != codes[:-1]]
    waiting = cluster_totals(steps[-1], cluster)
    paths = [_within(step[order], first) for step in steps[:-1]]
    left = _within(steps[-1][order], first)
    columns = [*paths, waiting[codes] - left]
    before = [np.where(first, 0.0, np.r_[0.0, path[:-1]]) for path in paths]
    before.append(np.where(first, waiting[codes], np.r_[0.0, columns[-1][:-1]]))
    total = np.zeros(number_of_times)
    for j, one in enumerate(columns):
        for k, other in enumerate(columns[: j + 1]):
            change = one * other - before[j] * before[k]
            at_start = float((waiting**2).sum()) if j == k == len(columns) - 1 else 0.0
            products = at_start + np.cumsum(np.bincount(when, change, minlength=number_of_times))
            total += (1.0 if j == k else 2.0) * factors[j] * factors[k] * products
    return np.maximum(total, 0.0)


def _within(values: Array, first: np.ndarray) -> Array:
    """Return running sums that start anew where ``first`` is True."""
    running = np.cumsum(values)
    starts = np.flatnonzero(first)
    offset = (running - values)[starts]
    return running - np.repeat(offset, np.diff(np.r_[starts, len(values)]))
