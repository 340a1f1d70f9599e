"""Ties decided by the order of the rows, as R's MatchIt decides them."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Positions, sorting
from impact.design.search.alike import Cells
from impact.design.search.neighbors import Neighborhoods

ROUNDING = 1e-11
"""Scaled distances this close differ by float rounding only."""


def line_order(values: Array, strata: Positions) -> tuple[Positions, Positions]:
    """Return the units sorted by stratum, value and row, and each sorted unit's group of equal values.

    Values that differ by rounding only are equal: two units with the same covariates may get scores that
    differ in the last bit.
    """
    order = sorting(values) if not strata.any() else np.lexsort((values, strata))
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


def line_groups(values: Array, focal: Positions, pool: Positions) -> Positions:
    """Return, at each unit's position, the number of its group of equal values on the line."""
    members = np.sort(np.concatenate([focal, pool]))
    order, group = line_order(values[members], np.zeros(len(members), dtype=np.intp))
    groups = np.zeros(len(values), dtype=np.intp)
    groups[members[order]] = group
    return groups


def first_of_cells(
    near: Neighborhoods,
    by_focal: Cells,
    by_pool: Cells,
    focal: Positions,
    pool: Positions,
    width: int,
    groups: Positions | None,
) -> Neighborhoods:
    """Return the neighbours of each focal unit that can come first among those that are tied: a few of each neighbouring cell.

    Parameters
    ----------
    near : Neighborhoods
        Cells of the pool near each focal cell.
    by_focal, by_pool : Cells
    focal, pool : int arrays
        Positions of the units, rising.
    width : int
        Units of a cell that are looked at, to each side of the focal unit's own place.
    groups : int array, shape (n,), or None
        Places on a line, where precedence goes to both sides by row; None where the first rows come first.
    """
    members = pool[np.argsort(by_pool.code, kind="stable")]
    sizes = by_pool.sizes
    starts = np.cumsum(sizes) - sizes
    counts = near.counts[by_focal.code]
    query = np.repeat(np.arange(len(focal)), counts)
    within = np.arange(len(query)) - np.repeat(np.cumsum(counts) - counts, counts)
    link = near.offsets[by_focal.code][query] + within
    cell = near.points[link]
    place = np.zeros(len(query), dtype=np.intp)
    if groups is not None:
        rows = int(max(focal.max(), pool.max())) + 1
        keys = np.sort(by_pool.code) * rows + members
        place = np.searchsorted(keys, cell * rows + focal[query]) - starts[cell]
        apart = groups[members[starts[cell]]] - groups[focal[query]]
        place = np.where(apart < 0, sizes[cell], np.where(apart > 0, 0, place))
    low, high = np.maximum(place - width, 0), np.minimum(place + width, sizes[cell])
    length = high - low
    along = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    points = members[np.repeat(starts[cell] + low, length) + along]
    offsets = np.concatenate([[0], np.cumsum(np.bincount(query, length, len(focal)))]).astype(np.intp)
    return Neighborhoods(offsets, points, np.repeat(near.distances[link], length))
