"""Full matching with bounds on a line: a minimum-cost flow, solved exactly in one sweep."""

from __future__ import annotations

from heapq import heappop, heappush
from math import inf

import numpy as np

from impact.arrays import Array, Positions, sorting
from impact.design.solvers.bounded_cover import LinkBounds

_NOBODY = -1


class _Slopes:
    """Sorted slopes of a convex function on one side of zero, many units of one owner held as one entry."""

    def __init__(self, sign: float) -> None:
        self.sign, self.travelled = sign, 0.0
        self.heap: list[tuple[float, int, int]] = []

    def push(self, slope: float, owner: int, count: int) -> None:
        """Add ``count`` slopes."""
        if count:
            heappush(self.heap, (self.sign * slope - self.travelled, owner, count))

    def next(self) -> float:
        """Return the slope nearest to zero's place; the end of the domain beyond the last."""
        return self.sign * (self.heap[0][0] + self.travelled) if self.heap else self.sign * inf

    def take(self, most: int) -> tuple[float, int, int]:
        """Remove up to ``most`` slopes of the nearest entry; the domain's end has as many as are asked for."""
        if not self.heap:
            return self.sign * inf, _NOBODY, most
        key, owner, count = heappop(self.heap)
        if count > most:
            heappush(self.heap, (key, owner, count - most))
        return self.sign * (key + self.travelled), owner, min(count, most)


def flow_on_line(
    here: Array, there: Array, bounds_here: LinkBounds, bounds_there: LinkBounds
) -> tuple[Positions, Positions] | None:
    """Return links between two arms on a line that keep every unit within its bounds with the smallest total distance.

    Parameters
    ----------
    here : float64 array, shape (q,)
    there : float64 array, shape (r,)
        Scores of the two arms.
    bounds_here, bounds_there : LinkBounds

    Returns
    -------
    here, there : int arrays, shape (m,), or None
        The ends of each link; None if no links keep the bounds.

    Notes
    -----
    Sweep the line from left to right. Let F be the links of ``here`` so far less those of ``there``: |F|
    links span the gap to the next unit, so the total distance is Σ gap·|F|. The least cost of reaching F is
    convex; its slopes are kept in one heap for F < 0 and one for F > 0. A unit of ``here`` with low to high
    links shifts the function by low and inserts high − low slopes of zero, one of ``there`` likewise
    downwards; a gap adds its length to the slopes on the right and takes it from those on the left. The
    slopes that F = 0 has passed at the end tell each unit's number of links. The k-th link of one arm then
    meets the k-th of the other; a pair that meets twice needs to only once.
    """
    points = np.concatenate([here, there])
    order = sorting(points)
    gaps = np.diff(points[order], append=points[order[-1]])
    left, right = _Slopes(-1.0), _Slopes(1.0)
    number = len(here)
    spare_here, spare_there = _spare(bounds_here, len(there)), _spare(bounds_there, number)
    for unit, gap in zip(order.tolist(), gaps.tolist(), strict=True):
        if unit < number:
            _shift(left, right, bounds_here.low)
            _insert(left, right, unit, spare_here)
        else:
            _shift(right, left, bounds_there.low)
            _insert(right, left, unit, spare_there)
        left.travelled += gap
        right.travelled += gap
    passed, ahead = _by_owner(left, len(points)), _by_owner(right, len(points))
    if passed is None or ahead is None:
        return None
    links_here, links_there = bounds_here.low + passed[:number], bounds_there.low + ahead[number:]
    first, second = _met(here, links_here), _met(there, links_there)
    pairs = np.unique(first * len(there) + second)
    return pairs // len(there), pairs % len(there)


def _spare(bounds: LinkBounds, others: int) -> int:
    """Return how many links a unit may have beyond those it must have."""
    return (others if bounds.high is None else min(bounds.high, max(others, bounds.low))) - bounds.low


def _shift(giving: _Slopes, taking: _Slopes, count: int) -> None:
    """Move the ``count`` nearest slopes across zero."""
    while count:
        slope, owner, moved = giving.take(count)
        taking.push(slope, owner, moved)
        count -= moved


def _insert(near: _Slopes, far: _Slopes, unit: int, count: int) -> None:
    """Insert ``count`` slopes of zero, after which as many of the nearest slopes of ``near`` have crossed."""
    while count and near.sign * near.next() < 0:
        slope, owner, moved = near.take(count)
        far.push(slope, owner, moved)
        near.push(0.0, unit, moved)
        count -= moved
    far.push(0.0, unit, count)


def _by_owner(slopes: _Slopes, number: int) -> Positions | None:
    """Return how many slopes of each unit stand on a side; None if the domain's end has been passed."""
    counts = np.zeros(number, dtype=np.intp)
    for key, owner, count in slopes.heap:
        if owner != _NOBODY:
            counts[owner] += count
        elif key < 0:  # the far end of the domain has crossed zero: F = 0 lies outside
            return None
    return counts


def _met(scores: Array, links: Positions) -> Positions:
    """Return the units in the order of their scores, each as often as it has links."""
    order = sorting(scores)
    return np.repeat(order, links[order])
