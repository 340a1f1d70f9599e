"""Each unit's nearest unit of the other arm, and distances a block of units at a time, for any kind of distance."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.label_order import steady
from impact.design.search.alike import cells_of_both
from impact.design.search.neighbors import nearest

_BLOCK = 4_000_000
"""Distances held at a time."""


def distance_blocks(measure: Measure, here: Positions, there: Positions) -> Iterator[tuple[int, Array]]:
    """Yield the distances of some units after another of ``here`` to all of ``there``, with the place of the first."""
    height = max(1, _BLOCK // max(1, len(there)))
    for start in range(0, len(here), height):
        yield start, steady(measure.block(here[start : start + height], there))


def nearest_counterpart(
    measure: Measure, here: Positions, there: Positions, radius: float
) -> tuple[Positions, Array]:
    """Return the place in ``there`` of each unit's nearest, and how far it is; -1 and infinite without one in the radius.

    Of those tied the first in ``there`` is taken.
    """
    both = cells_of_both(measure, here, there)
    if both is None:
        return _nearest(measure, here, there, radius)
    of_here, of_there = both
    place, distance = _nearest(measure, here[of_here.first], there[of_there.first], radius)
    found = np.where(place >= 0, of_there.first[place], -1)
    return found[of_here.code], distance[of_here.code]


def _nearest(measure: Measure, here: Positions, there: Positions, radius: float) -> tuple[Positions, Array]:
    """Do the same, unit by unit."""
    place, distance = np.full(len(here), -1, dtype=np.intp), np.full(len(here), np.inf)
    if len(there) == 0:
        return place, distance
    if measure.between is None:
        found = nearest(measure.coordinates[here], measure.coordinates[there], 1, 0.0, radius)
        reached = found.counts > 0
        starts = found.offsets[:-1][reached]
        if len(starts):
            exact = steady(found.distances)
            distance[reached] = np.minimum.reduceat(exact, starts)
            # What neighbours call tied may differ by a little: the first of those really nearest.
            nearest_only = np.where(exact == distance[found.queries], found.points, len(there))
            place[reached] = np.minimum.reduceat(nearest_only, starts)
        return place, distance
    for start, block in distance_blocks(measure, here, there):
        rows = np.arange(start, start + len(block))
        place[rows] = block.argmin(1)
        distance[rows] = block.min(1)
    beyond = ~(distance <= radius * (1 + 1e-14)) | np.isinf(distance)
    place[beyond], distance[beyond] = -1, np.inf
    return place, distance
