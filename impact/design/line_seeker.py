"""The nearest free unit on a line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.design.pair_rules import PairRules
from impact.design.tie_breaking import ROUNDING, line_order

Array = NDArray[np.float64]
Positions = NDArray[np.intp]


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
        Whether units with equal scores, or a draw between left and right, were decided by the order of the rows.

    Notes
    -----
    Units stand in the order of stratum, score and row. From its place a focal unit looks left and right for the next free unit;
    used units point to their neighbours, and the pointers are shortened on the way (path halving), so that a search takes nearly
    constant time however many units are used up.
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
        units = np.concatenate([focal, pool])
        by_row = np.argsort(units, kind="stable")
        order, group = line_order(values[units[by_row]], rules.strata[units[by_row]])
        order = by_row[order]
        in_pool = order >= len(focal)
        self.tied = _shared(group[in_pool]) or _shared(group[~in_pool])
        before = np.cumsum(in_pool)
        place = np.empty(len(units), dtype=np.intp)
        place[order] = before
        line = order[in_pool] - len(focal)
        strata = rules.strata[pool[line]]
        self._place: list[int] = place[: len(focal)].tolist()
        self._low: list[int] = np.searchsorted(strata, rules.strata[focal], "left").tolist()
        self._high: list[int] = np.searchsorted(strata, rules.strata[focal], "right").tolist()
        self._value: list[float] = [np.nan, *values[pool[line]].tolist(), np.nan]
        self._own: list[float] = values[focal].tolist()
        self._number: list[int] = [-1, *line.tolist(), -1]
        self._spot: Positions = np.empty(len(pool), dtype=np.intp)
        self._spot[line] = np.arange(1, len(pool) + 1)
        self._left: list[int] = list(range(len(pool) + 2))
        self._right: list[int] = list(range(len(pool) + 2))
        reusable = bool((capacity > 1).any())
        self._remaining: list[int] | None = [0, *capacity[line].tolist(), 0] if reusable else None
        self._partners: set[tuple[int, int]] = set()
        self._radius = radius * (1 + 1e-14)
        self._rules = rules
        self._focal, self._pool = focal, pool
        self._checked = rules.beyond_strata or reusable

    def best(self, focal: int) -> tuple[int, float]:
        """Return the number and scaled distance of the nearest free unit; number -1 if there is none."""
        place = self._place[focal]
        left, below = self._look(focal, place, self._left, -1, self._low[focal])
        right, above = self._look(focal, place + 1, self._right, 1, self._high[focal])
        if below <= above + ROUNDING:
            if below > self._radius:
                return -1, below
            if above - below <= ROUNDING:
                self.tied = True
            return self._number[left], below
        return (-1, above) if above > self._radius else (self._number[right], above)

    def take(self, focal: int, match: int) -> bool:
        """Use a unit once more; return whether that was its last use."""
        spot = int(self._spot[match])
        if self._remaining is not None:
            self._partners.add((focal, spot))
            self._remaining[spot] -= 1
            if self._remaining[spot]:
                return False
        self._left[spot] = spot - 1
        self._right[spot] = spot + 1
        return True

    def _look(self, focal: int, spot: int, pointer: list[int], step: int, end: int) -> tuple[int, float]:
        """Return the next free and allowed spot on one side, and its distance; an infinite distance if there is none."""
        while True:
            while pointer[spot] != spot:
                pointer[spot] = pointer[pointer[spot]]
                spot = pointer[spot]
            if (spot <= end) if step < 0 else (spot > end):
                return 0, np.inf
            distance = abs(self._own[focal] - self._value[spot])
            if not self._checked or distance > self._radius or self._allowed(focal, spot):
                return spot, distance
            spot += step

    def _allowed(self, focal: int, spot: int) -> bool:
        if (focal, spot) in self._partners:
            return False
        one, other = self._focal[focal], self._pool[self._number[spot]]
        return bool(self._rules.allow(np.asarray(one), np.asarray(other)))


def _shared(group: Positions) -> bool:
    """Return whether two units next to each other have the same value."""
    return bool((group[1:] == group[:-1]).any())
