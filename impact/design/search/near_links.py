"""The nearest of each point as links of a sparse graph, and how far off whatever is not linked is at least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.design.label_order import steady
from impact.design.search.neighbors import TIE, nearest

_SCREENED = 400_000_000
"""Pairs up to which looking at all of them is quicker than a tree."""
_ROWS = 32
"""Rows looked at together: their distances to a few thousand points stay near the processor."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NearLinks:
    """Links of q points to r others.

    Attributes
    ----------
    offsets : int array, shape (q + 1,)
        The links of point i stand at ``offsets[i]:offsets[i + 1]``.
    points : int array, shape (m,)
        The other end of each link; rising for each point.
    distances : float64 array, shape (m,)
        Steady scaled distances.
    reach : float64 array, shape (q,)
        No point that i is not linked to is nearer than this; infinite where it is linked to all.
    """

    offsets: Positions
    points: Positions
    distances: Array
    reach: Array

    @property
    def counts(self) -> Positions:
        """Links of each point, shape (q,)."""
        return np.diff(self.offsets)

    @property
    def rows(self) -> Positions:
        """The point that each link starts from, shape (m,)."""
        return np.repeat(np.arange(len(self.reach)), self.counts)

    def replaced(self, some: Booleans, by: NearLinks) -> NearLinks:
        """Return the links with those of the marked points replaced."""
        kept = ~some[self.rows]
        row = np.concatenate([self.rows[kept], np.flatnonzero(some)[by.rows]])
        order = np.argsort(row, kind="stable")
        reach = self.reach.copy()
        reach[some] = by.reach
        return NearLinks(
            offsets=_offsets(row, len(reach)),
            points=np.concatenate([self.points[kept], by.points])[order],
            distances=np.concatenate([self.distances[kept], by.distances])[order],
            reach=reach,
        )


def near_links(here: Array, there: Array, wanted: int) -> NearLinks:
    """Return links of each point to its ``wanted`` nearest, or to some more that are hardly further off.

    Parameters
    ----------
    here : float64 array, shape (q, k)
    there : float64 array, shape (r, k)
        Scaled coordinates.
    wanted : int
    """
    if wanted >= len(there):
        row, point = np.divmod(np.arange(len(here) * len(there)), len(there))
        reach = np.full(len(here), np.inf)
    elif len(here) * len(there) <= _SCREENED:
        row, point, reach = _screened(here, there, wanted)
    else:
        found = nearest(here, there, wanted, TIE)
        order = np.lexsort((found.points, found.queries))
        row, point = found.queries, found.points[order]
        reach = np.maximum.reduceat(found.distances, found.offsets[:-1])
    squares = np.zeros(len(row))
    for a, b in zip(here.T, there.T, strict=True):
        squares += (a[row] - b[point]) ** 2
    return NearLinks(_offsets(row, len(here)), point, steady(np.sqrt(squares)), reach)


def _screened(here: Array, there: Array, wanted: int) -> tuple[Positions, Positions, Array]:
    """Return the ends of the links, from all distances in single precision: what rounding may have put in the wrong place is linked too.

    Notes
    -----
    ‖a − b‖² − ‖a‖² = ‖b‖² − 2a′b: a product of k terms and a sum, whose rounding errors are below (k + 3) ε (‖a‖ + ‖b‖)².
    """
    centre = there.mean(0)
    a, b = here - centre, there - centre
    squares = (b * b).sum(1)
    length = np.sqrt((a * a).sum(1))
    rounding = (here.shape[1] + 3) * np.finfo(np.float32).eps * (length + np.sqrt(squares.max())) ** 2
    rounding = rounding.astype(np.float32)
    singles, columns = a.astype(np.float32), np.ascontiguousarray(-2 * b.T, dtype=np.float32)
    constant = squares.astype(np.float32)
    looked, sorted_ = np.empty((2, _ROWS, len(b)), dtype=np.float32)
    reach, rows, points = np.empty(len(a)), [], []
    for start in range(0, len(a), _ROWS):
        some = singles[start : start + _ROWS]
        values = np.matmul(some, columns, out=looked[: len(some)])
        values += constant
        order = sorted_[: len(some)]
        np.copyto(order, values)
        order.partition(wanted - 1, axis=1)
        last, slack = order[:, wanted - 1], rounding[start : start + _ROWS]
        near = np.flatnonzero(values <= (last + 2 * slack)[:, None])
        rows.append(near // len(b) + start)
        points.append(near % len(b))
        squared = last + length[start : start + _ROWS] ** 2 + slack
        reach[start : start + _ROWS] = np.sqrt(np.maximum(squared, 0.0))
    return np.concatenate(rows), np.concatenate(points), reach


def _offsets(rows: Positions, number: int) -> Positions:
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=number))]).astype(np.intp)
