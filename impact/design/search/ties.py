"""Ties decided by the order of the rows, as R's MatchIt decides them."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Positions
from impact.design.search.neighbors import Neighborhoods

ROUNDING = 1e-11
"""Scaled distances this close differ by float rounding only."""


def line_order(values: Array, strata: Positions) -> tuple[Positions, Positions]:
    """Return the units sorted by stratum, value and row, and each sorted unit's group of equal values.

    Values that differ by rounding only are equal: two units with the same covariates may get scores that
    differ in the last bit.
    """
    order = np.argsort(values, kind="stable") if not strata.any() else np.lexsort((values, strata))
    new = (np.diff(values[order], prepend=-np.inf) > ROUNDING) | (np.diff(strata[order], prepend=-1) != 0)
    group = np.cumsum(new) - 1
    if new.all():
        return order, group
    return order[np.lexsort((order, group))], group


def equal_distances(found: Neighborhoods) -> Positions:
    """Return, for neighbours sorted by query and distance, the number of each one's group of equal distances."""
    gap = np.diff(found.distances, prepend=-np.inf)
    new = (gap > ROUNDING) | (np.diff(found.queries, prepend=-1) != 0)
    groups: Positions = np.cumsum(new) - 1
    return groups


def first_of_ties(found: Neighborhoods, count: int, precedence: Array) -> tuple[Neighborhoods, bool]:
    """Return the ``count`` nearest of each query, and whether a tie was decided to get there.

    Parameters
    ----------
    found : Neighborhoods
        With all ties.
    count : int
        Neighbours to keep.
    precedence : float64 array, shape (m,)
        Among equally near neighbours those with the smaller value come first.
    """
    sorted_by_distance = np.lexsort((found.distances, found.queries))
    ordered = Neighborhoods(
        found.offsets, found.points[sorted_by_distance], found.distances[sorted_by_distance]
    )
    groups = equal_distances(ordered)
    order = np.lexsort((precedence[sorted_by_distance], groups))
    ordered = Neighborhoods(found.offsets, ordered.points[order], ordered.distances[order])
    rank = np.arange(len(order)) - np.repeat(found.offsets[:-1], found.counts)
    keep = rank < count
    last, beyond = np.flatnonzero(rank == count - 1), len(order) - 1
    following = last[last < beyond] + 1
    decided = bool(((rank[following] == count) & (groups[following] == groups[following - 1])).any())
    return ordered.where(keep), decided


def line_precedence(found: Neighborhoods, values: Array, focal: Positions, pool: Positions) -> Array:
    """Return MatchIt's precedence on a line: step by step to both sides, the left unit before the right.

    Parameters
    ----------
    found : Neighborhoods
        Queries number the focal units, points are positions of units.
    values : float64 array, shape (n,)
        Scaled score of all units.
    focal, pool : int arrays
        Positions of the units.
    """
    members = np.sort(np.concatenate([focal, pool]))
    order, _ = line_order(values[members], np.zeros(len(members), dtype=np.intp))
    in_pool = np.zeros(len(values), dtype=np.bool_)
    in_pool[pool] = True
    before = np.empty(len(values), dtype=np.intp)
    line = members[order]
    before[line] = np.cumsum(in_pool[line]) - in_pool[line]
    steps = before[found.points] - before[focal[found.queries]]
    precedence: Array = np.where(steps < 0, -2.0 * steps, 2.0 * steps + 3.0)
    return precedence
