"""The nearest free unit on a line."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Positions
from impact.design.search.pair_rules import PairRules
from impact.design.search.ties import ROUNDING, line_order

_INCLUSIVE = 1 + 1e-14


class LineSeeker:
    """Finds the nearest free unit of each focal unit on a line, the left one on a draw.

    Parameters
    ----------
    values : float64 array, shape (n,)
        Scaled score of all units.
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
        Whether units with equal scores, or a draw between left and right, were decided by the order of the
        rows.

    Notes
    -----
    Units stand in the order of stratum, score and row, with a spot at infinity between strata. From its place
    a focal unit looks left and right for the next free unit; used units point to their neighbours, and the
    pointers are shortened on the way (path halving), so that a search takes nearly constant time however many
    units are used up.
    """

    def __init__(
        self,
        values: Array,
        focal: Positions,
        pool: Positions,
        rules: PairRules,
        radius: float,
        capacity: Positions,
    ) -> None:
        units = np.sort(np.concatenate([focal, pool]))
        is_pool = np.zeros(len(values), dtype=np.bool_)
        is_pool[pool] = True
        order, group = line_order(values[units], rules.strata[units])
        line = units[order]
        in_pool = is_pool[line]
        self.tied = _shared(group[in_pool]) or _shared(group[~in_pool])
        stratum = np.cumsum(np.diff(rules.strata[line], prepend=rules.strata[line[:1]]) != 0)
        spot = np.empty(len(values), dtype=np.intp)
        spot[line] = np.cumsum(in_pool) + stratum
        spots = len(pool) + int(stratum[-1] if len(stratum) else 0) + 2
        value, number, uses = np.full(spots, np.inf), np.full(spots, -1), np.zeros(spots, dtype=np.intp)
        value[spot[pool]], number[spot[pool]], uses[spot[pool]] = values[pool], np.arange(len(pool)), capacity
        self._place: list[int] = spot[focal].tolist()
        self._spot: list[int] = spot[pool].tolist()
        self._own: list[float] = values[focal].tolist()
        self._value: list[float] = value.tolist()
        self._number: list[int] = number.tolist()
        self._remaining: list[int] = uses.tolist()
        self._left: list[int] = list(range(spots))
        self._right: list[int] = list(range(spots))
        self._partners: set[tuple[int, int]] = set()
        self._radius = radius * _INCLUSIVE
        self._rules, self._focal, self._pool = rules, focal, pool
        self.unrestricted = not rules.beyond_strata and not (capacity > 1).any()

    def best(self, focal: int) -> tuple[int, float]:
        """Return the number and scaled distance of the nearest free unit; number -1 if there is none."""
        left, below = self._look(focal, self._place[focal], self._left, -1)
        right, above = self._look(focal, self._place[focal] + 1, self._right, 1)
        if min(below, above) > self._radius or below == above == np.inf:
            return -1, np.inf
        if below <= above + ROUNDING:
            self.tied = self.tied or above - below <= ROUNDING
            return self._number[left], below
        return self._number[right], above

    def take(self, focal: int, match: int) -> bool:
        """Use a unit once more; return whether that was its last use."""
        spot = self._spot[match]
        self._remaining[spot] -= 1
        if self._remaining[spot]:
            self._partners.add((focal, match))
            return False
        self._left[spot] = spot - 1
        self._right[spot] = spot + 1
        return True

    def sweep(self, order: Positions) -> tuple[list[int], list[int], list[float]]:
        """Match the focal units once each in this order, where any free unit within the radius may be taken.

        The same as ``best`` and ``take`` unit by unit, in one tight loop: it serves a million rows.
        """
        left, right, value, number = self._left, self._right, self._value, self._number
        place, own, radius, tied = self._place, self._own, self._radius, self.tied
        focal, match, distance = [], [], []
        for unit in order.tolist():
            here, low = own[unit], place[unit]
            high = low + 1
            while left[low] != low:
                left[low] = low = left[left[low]]
            while right[high] != high:
                right[high] = high = right[right[high]]
            below, above = abs(here - value[low]), abs(value[high] - here)
            if below <= above + ROUNDING:
                gap, chosen = below, low
                tied = tied or above - below <= ROUNDING
            else:
                gap, chosen = above, high
            if gap <= radius and number[chosen] >= 0:
                left[chosen], right[chosen] = chosen - 1, chosen + 1
                focal.append(unit)
                match.append(number[chosen])
                distance.append(gap)
        self.tied = tied
        return focal, match, distance

    def _look(self, focal: int, spot: int, pointer: list[int], step: int) -> tuple[int, float]:
        """Return the next free and allowed spot on one side, and its distance: infinite if there is none."""
        while True:
            while pointer[spot] != spot:
                pointer[spot] = pointer[pointer[spot]]
                spot = pointer[spot]
            distance = abs(self._own[focal] - self._value[spot])
            if distance > self._radius or self._number[spot] < 0:
                return spot, np.inf
            if self.unrestricted or self._allowed(focal, self._number[spot]):
                return spot, distance
            spot += step

    def _allowed(self, focal: int, match: int) -> bool:
        if (focal, match) in self._partners:
            return False
        return self._rules.allow_one(int(self._focal[focal]), int(self._pool[match]))


def _shared(group: Positions) -> bool:
    """Return whether two units next to each other have the same value."""
    return bool((group[1:] == group[:-1]).any())
