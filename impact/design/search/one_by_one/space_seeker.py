"""The nearest free unit in space, or by a distance that has no coordinates."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.search.admissible import nearest_admissible
from impact.design.search.alike import cells_of, each_by_itself
from impact.design.search.neighbors import Neighborhoods, as_neighborhoods
from impact.design.search.pair_rules import PairRules
from impact.design.search.ties import equal_distances

_FIRST_ASKED = 12
_ASKED_AGAIN = 48


class SpaceSeeker:
    """Finds the nearest free unit of each focal unit, the first row among equally near ones.

    Parameters
    ----------
    measure : Measure
    focal, pool : int arrays
        Positions of the units.
    rules : PairRules
        Which pairs are allowed.
    radius : float
        Largest scaled distance.
    capacity : int array, shape (len(pool),)
        How often each unit of the pool may be used.

    Attributes
    ----------
    tied : bool
        Whether equally near units were decided by the order of the rows.

    Notes
    -----
    Every focal unit starts with a list of its nearest units and works down it as they are used up; a list
    that ends before the pool does is made again from the units that are still free. Units that are alike have one list together, and do not
    look again at units at its beginning that are used up.
    """

    def __init__(
        self,
        measure: Measure,
        focal: Positions,
        pool: Positions,
        rules: PairRules,
        radius: float,
        capacity: Positions,
    ) -> None:
        self.tied = False
        self._measure, self._focal, self._pool, self._rules, self._radius = (
            measure,
            focal,
            pool,
            rules,
            radius,
        )
        self._number = np.zeros(int(pool.max(initial=0)) + 1, dtype=np.intp)
        self._number[pool] = np.arange(len(pool))
        self._remaining = capacity.copy()
        self._partners: dict[int, list[int]] = {}
        asked = min(_FIRST_ASKED, len(pool))
        cells = cells_of(measure, focal, rules) or each_by_itself(len(focal))
        found = nearest_admissible(measure, focal[cells.first], pool, asked, 0.0, radius, rules)
        points, distances, groups = _by_row(found)
        ends = found.offsets[1:].tolist()
        starts = found.offsets[:-1].tolist()
        self._lists = [
            (points[start:end], distances[start:end], groups[start:end])
            for start, end in zip(starts, ends, strict=True)
        ]
        complete = [
            (end - start < asked) or asked == len(pool) for start, end in zip(starts, ends, strict=True)
        ]
        self._list_of = cells.code.tolist()
        self._used_up = [0] * len(self._lists)
        self._complete = [complete[cell] for cell in self._list_of]
        self._next = [0] * len(focal)

    def best(self, focal: int) -> tuple[int, float]:
        """Return the number and scaled distance of the nearest free unit; number -1 if there is none."""
        while True:
            own = self._list_of[focal]
            points, distances, groups = self._lists[own]
            for at in range(max(self._next[focal], self._used_up[own]), len(points)):
                match = int(self._number[points[at]])
                if at == self._used_up[own] and not self._remaining[match]:
                    self._used_up[own] = at + 1
                if self._remaining[match] and match not in self._partners.get(focal, ()):
                    self._next[focal] = at
                    self.tied = self.tied or (at + 1 < len(points) and groups[at + 1] == groups[at])
                    return match, float(distances[at])
            if self._complete[focal]:
                self._next[focal] = len(points)
                return -1, np.inf
            self._look_again(focal)

    def take(self, focal: int, match: int) -> bool:
        """Use a unit once more; return whether that was its last use."""
        self._partners.setdefault(focal, []).append(match)
        self._remaining[match] -= 1
        return not self._remaining[match]

    def _look_again(self, focal: int) -> None:
        """List the nearest of the units that are still free."""
        one = self._focal[focal : focal + 1]
        usable = (self._remaining > 0) & (self._rules.strata[self._pool] == self._rules.strata[one])
        usable[self._partners.get(focal, [])] = False
        free = self._pool[usable]
        free = free[self._rules.allow(one, free)]
        distance = self._measure.block(one, free)[0]
        near = (distance <= self._radius * (1 + 1e-14)) & np.isfinite(distance)
        free, distance = free[near], distance[near]
        asked = min(_ASKED_AGAIN, len(free))
        if asked < len(free):
            reach = np.partition(distance, asked)[asked]
            near = distance <= reach * (1 + 1e-9)
            free, distance = free[near], distance[near]
            self._complete[focal] = False
        else:
            self._complete[focal] = True
        self._list_of[focal] = len(self._lists)
        self._lists.append(_by_row(as_neighborhoods(np.zeros(len(free), np.intp), free, distance, 1)))
        self._used_up.append(0)
        self._next[focal] = 0


def _by_row(found: Neighborhoods) -> tuple[Positions, Array, Positions]:
    """Return the neighbours of each query sorted by distance, and by row where distances are equal; with their groups of equals."""
    sorted_by_distance = np.lexsort((found.points, found.distances, found.queries))
    points, distances = found.points[sorted_by_distance], found.distances[sorted_by_distance]
    groups = equal_distances(Neighborhoods(found.offsets, points, distances))
    order = np.lexsort((points, groups))
    return points[order], distances[order], groups[order]
