"""The nearest units among those that the pair rules allow, with all ties."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.search.neighbors import (
    TIE,
    Neighborhoods,
    as_neighborhoods,
    in_blocks,
    local_order,
    local_tree,
    nearest,
    nearest_others,
)
from impact.design.search.pair_rules import PairRules, by_stratum

_INCLUSIVE = 1 + 1e-14
_CELLS = 4_000_000
"""Distances held at a time."""
_MOST_ASKED = 256
"""Beyond so many tree neighbours a unit's whole pool is looked at instead."""


def nearest_admissible(
    measure: Measure,
    focal: Positions,
    pool: Positions,
    count: int,
    tolerance: float,
    radius: float,
    rules: PairRules,
) -> Neighborhoods:
    """Return the ``count`` nearest admissible units of each focal unit, and all tied with the last.

    Parameters
    ----------
    measure : Measure
    focal, pool : int arrays
        Positions of the units.
    count : int
        Neighbours wanted; all admissible ones if there are fewer.
    tolerance : float
        Units within ``tolerance`` of the last neighbour's scaled squared distance are tied with it.
    radius : float
        Largest scaled distance (inclusive).
    rules : PairRules
        Which pairs are allowed.

    Returns
    -------
    Neighborhoods
        Queries number the focal units; points are positions of units.
    """
    parts = []
    for members, others in by_stratum(rules.strata, focal, pool):
        if measure.between is not None:
            found = _by_block(measure, members, others, count, tolerance, radius, rules)
        elif rules.beyond_strata:
            found = _growing(measure, members, others, count, tolerance, radius, rules)
        else:
            found = nearest(
                measure.coordinates[members], measure.coordinates[others], count, tolerance, radius
            )
        parts.append((members, others, found))
    if len(parts) == 1:
        members, others, found = parts[0]
        return Neighborhoods(found.offsets, others[found.points], found.distances)
    place = np.zeros(int(focal.max()) + 1, dtype=np.intp)
    place[focal] = np.arange(len(focal))
    return as_neighborhoods(
        np.concatenate([place[members[found.queries]] for members, _, found in parts]),
        np.concatenate([others[found.points] for _, others, found in parts]),
        np.concatenate([found.distances for *_, found in parts]),
        len(focal),
    )


def nearest_in_group(
    measure: Measure, rows: Positions, asked: Positions, count: int, tolerance: float = 0.0
) -> Neighborhoods:
    """Return the ``count`` nearest others, among ``rows``, of the units ``rows[asked]``, with ties; points number ``rows``.

    For variances by neighbours in the same arm: it serves distances with and without coordinates.
    """
    if measure.between is None:
        return nearest_others(measure.coordinates[rows], count, tolerance, asked)
    everyone = PairRules(np.zeros(int(rows.max(initial=-1)) + 1, dtype=np.intp))
    found = _by_block(measure, rows[asked], rows, count + 1, tolerance, np.inf, everyone)
    return found.where(found.points != asked[found.queries])


def _growing(
    measure: Measure,
    focal: Positions,
    pool: Positions,
    count: int,
    tolerance: float,
    radius: float,
    rules: PairRules,
) -> Neighborhoods:
    """Ask a tree for more neighbours until enough are allowed; look at the whole pool for the few left."""
    if len(pool) == 0 or len(focal) == 0:
        return as_neighborhoods(np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), len(focal))
    tree, place = local_tree(measure.coordinates[pool])
    pending = local_order(measure.coordinates[focal])
    asked = min(count + 8, len(pool))
    found: list[tuple[Positions, Positions, Array]] = []
    while len(pending) and asked <= _MOST_ASKED:
        left = []
        for some in in_blocks(pending, asked):
            distance, near = tree.query(
                measure.coordinates[focal[some]], k=np.arange(1, asked + 1), workers=-1
            )
            point = place[near]
            allowed = rules.allow(focal[some][:, None], pool[point]) & (distance <= radius * _INCLUSIVE)
            reach = _reach(np.where(allowed, distance, np.inf), count, tolerance)
            far = (distance[:, -1] > reach) | (distance[:, -1] > radius * _INCLUSIVE)
            settled = far | (asked == len(pool))
            row, column = np.nonzero(allowed & (distance <= reach[:, None]) & settled[:, None])
            found.append((some[row], point[row, column], distance[row, column]))
            left.append(some[~settled])
        pending = np.concatenate(left)
        if asked == len(pool):
            break
        asked = min(4 * asked, len(pool))
    if len(pending) and asked > _MOST_ASKED:
        rest = _by_block(measure, focal[pending], pool, count, tolerance, radius, rules)
        found.append((pending[rest.queries], rest.points, rest.distances))
    query, point, distance = (np.concatenate(part) for part in zip(*found, strict=True))
    return as_neighborhoods(query, point, distance, len(focal))


def _by_block(
    measure: Measure,
    focal: Positions,
    pool: Positions,
    count: int,
    tolerance: float,
    radius: float,
    rules: PairRules,
) -> Neighborhoods:
    """Look at every pair, a block of focal units at a time."""
    found: list[tuple[Positions, Positions, Array]] = [
        (np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0))
    ]
    size = max(_CELLS // max(len(pool), 1), 1)
    for at in range(0, len(focal) if len(pool) else 0, size):
        some = focal[at : at + size]
        distance = measure.block(some, pool)
        allowed = (
            rules.allow(some[:, None], pool[None, :])
            & (distance <= radius * _INCLUSIVE)
            & np.isfinite(distance)
        )
        reach = _reach(np.where(allowed, distance, np.inf), count, tolerance)
        row, column = np.nonzero(allowed & (distance <= reach[:, None]))
        found.append((row + at, column, distance[row, column]))
    query, point, distance = (np.concatenate(part) for part in zip(*found, strict=True))
    return as_neighborhoods(query, point, distance, len(focal))


def _reach(distances: Array, count: int, tolerance: float) -> Array:
    """Return, by row, the distance of the ``count``-th nearest plus the ties; infinite where fewer are allowed."""
    wanted = min(count, distances.shape[1])
    last = np.partition(distances, wanted - 1, axis=1)[:, wanted - 1]
    reach: Array = np.sqrt(last**2 + max(tolerance, TIE))
    return reach
