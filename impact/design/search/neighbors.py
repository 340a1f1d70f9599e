"""Nearest neighbours with all ties: by sorting on a line, by a k-d tree in space."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions, sorting
from impact.errors import OptionError
from impact.language import Text

if TYPE_CHECKING:
    from scipy.spatial import cKDTree


_LEAF = 32
_CELLS = 4_000_000

TIE = 1e-12
"""Squared scaled distances this close are tied: float rounding breaks true ties."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Neighborhoods:
    """The neighbours of q queries, one after another.

    Attributes
    ----------
    offsets : int array, shape (q + 1,)
        The neighbours of query k stand at ``offsets[k]:offsets[k + 1]``.
    points : int array, shape (m,)
        Positions of the neighbours among the points.
    distances : float64 array, shape (m,)
        Unsquared scaled distances.
    """

    offsets: Positions
    points: Positions
    distances: Array

    @property
    def counts(self) -> Positions:
        """Neighbours of each query, shape (q,)."""
        return np.diff(self.offsets)

    @property
    def queries(self) -> Positions:
        """Query of each neighbour, shape (m,)."""
        return np.repeat(np.arange(len(self.offsets) - 1), self.counts)

    def where(self, keep: NDArray[np.bool_]) -> Neighborhoods:
        """Return the neighbourhoods with only the neighbours marked True."""
        counts = np.bincount(self.queries[keep], minlength=len(self.offsets) - 1)
        return Neighborhoods(_offsets(counts), self.points[keep], self.distances[keep])


def nearest(
    queries: Array, points: Array, count: int, tolerance: float, radius: float = np.inf
) -> Neighborhoods:
    """Return the ``count`` nearest points of each query, and every point tied with the last of them.

    Parameters
    ----------
    queries : float64 array, shape (q, k)
    points : float64 array, shape (r, k)
        Scaled coordinates.
    count : int
        Neighbours wanted; all points if there are fewer.
    tolerance : float
        Points within ``tolerance`` of the last neighbour's squared distance are tied with it.
    radius : float
        Largest scaled distance (inclusive).

    Notes
    -----
    On a line the neighbours form an interval of the sorted points, found by binary search: O((q + r) log r).
    In space a k-d tree is asked for one neighbour more than wanted, and again for twice as many wherever
    the ties may go on.
    """
    if len(points) == 0 or len(queries) == 0:
        return Neighborhoods(np.zeros(len(queries) + 1, np.intp), np.empty(0, np.intp), np.empty(0))
    _require_points(queries)
    slack = max(tolerance, TIE)
    wanted = min(count, len(points))
    if queries.shape[1] == 1:
        return _nearest_on_line(queries[:, 0], points[:, 0], wanted, slack, radius)
    return _nearest_in_space(queries, points, wanted, slack, radius)


def within_radius(queries: Array, points: Array, radius: float) -> Neighborhoods:
    """Return all points within a scaled radius (inclusive) of each query."""
    _require_points(queries)
    if queries.shape[1] == 1:
        order = sorting(points[:, 0])
        ordered, query = points[order, 0], queries[:, 0]
        edge = radius * (1 + 1e-14) + 1e-300
        start = np.searchsorted(ordered, query - edge, "left")
        stop = np.searchsorted(ordered, query + edge, "right")
        return _interval(query, ordered, order, start, stop, radius)
    from scipy.spatial import cKDTree

    tree = cKDTree(points)
    found = tree.query_ball_point(queries, radius * (1 + 1e-14), workers=-1, return_sorted=True)
    counts = np.fromiter(map(len, found), dtype=np.intp, count=len(found))
    flat = np.fromiter((point for near in found for point in near), dtype=np.intp, count=int(counts.sum()))
    distances = _distances(queries, points, np.repeat(np.arange(len(queries)), counts), flat)
    return Neighborhoods(_offsets(counts), flat, distances)


def nearest_others(
    points: Array, count: int, tolerance: float = 0.0, asked: Positions | None = None
) -> Neighborhoods:
    """Return the ``count`` nearest other points of each point asked for, or of all, with ties; a point is never its own neighbour."""
    own = np.arange(len(points)) if asked is None else asked
    found = nearest(points[own], points, count + 1, tolerance)
    return found.where(found.points != own[found.queries])


def _require_points(queries: Array) -> None:
    if queries.shape[1] == 0:
        raise OptionError(
            Text(
                (
                    "This needs units as points, and a table or function of distances has none. Match by "
                    "im.Mahalanobis(), im.Euclidean() or a score."
                ),
                (
                    "Esto necesita unidades como puntos, y una tabla o función de distancias no tiene ninguno. Empareje "
                    "por Mahalanobis, Euclidean o un puntaje."
                ),
            )
        )


def _nearest_on_line(query: Array, points: Array, count: int, slack: float, radius: float) -> Neighborhoods:
    order, start, stop = nearest_interval(query, points, count, slack, radius)
    return _interval(query, points[order], order, start, stop, radius)


def nearest_interval(
    query: Array, points: Array, count: int, slack: float, radius: float = np.inf
) -> tuple[Positions, Positions, Positions]:
    """Return the order that sorts the points on a line, and where each query's neighbours start and stop in it."""
    order, turn = sorting(points), query.argsort()
    ordered, along = (
        points[order],
        query[turn],
    )  # searches that come in order walk the line instead of jumping about
    place = np.searchsorted(ordered, along, "left")
    last = _last_distance(along, ordered, place, count)
    reach = np.minimum(np.sqrt(last**2 + slack), radius * (1 + 1e-14))
    start, stop = np.empty(len(query), np.intp), np.empty(len(query), np.intp)
    start[turn] = np.searchsorted(ordered, along - reach, "left")
    stop[turn] = np.searchsorted(ordered, along + reach, "right")
    return order, start, stop


def _last_distance(query: Array, ordered: Array, place: Positions, count: int) -> Array:
    """Return the distance of the ``count``-th nearest point: it is among ``count`` on the left and ``count`` on the right."""
    last = len(ordered) - 1
    if count == 1:
        below = np.where(place > 0, np.abs(query - ordered[np.maximum(place - 1, 0)]), np.inf)
        above = np.where(place <= last, np.abs(ordered[np.minimum(place, last)] - query), np.inf)
        return np.minimum(below, above)
    window = place[:, None] + np.arange(-count, count)
    outside = (window < 0) | (window > last)
    distances = np.abs(ordered[np.clip(window, 0, last)] - query[:, None])
    distances[outside] = np.inf
    result: Array = np.partition(distances, count - 1, axis=1)[:, count - 1]
    return result


def _interval(
    query: Array, ordered: Array, order: Positions, start: Positions, stop: Positions, radius: float
) -> Neighborhoods:
    counts = stop - start
    offsets = _offsets(counts)
    place = np.arange(offsets[-1]) + np.repeat(start - offsets[:-1], counts)
    distances = np.abs(ordered[place] - np.repeat(query, counts))
    found = Neighborhoods(offsets, order[place], distances)
    return found if np.isinf(radius) else found.where(distances <= radius * (1 + 1e-14))


def _nearest_in_space(
    queries: Array, points: Array, count: int, slack: float, radius: float
) -> Neighborhoods:
    tree, place = local_tree(points)
    pending = local_order(queries)
    asked = min(count + 1, len(points))
    found: list[tuple[Positions, Positions, Array]] = []
    while len(pending):
        left = []
        for some in in_blocks(pending, asked):
            distance, point = tree.query(queries[some], k=np.arange(1, asked + 1), workers=-1)
            reach = np.sqrt(distance[:, count - 1] ** 2 + slack)
            settled = (distance[:, -1] > reach) | (asked == len(points))
            inside = (distance <= np.minimum(reach, radius * (1 + 1e-14))[:, None]) & settled[:, None]
            row, column = np.nonzero(inside)
            found.append((some[row], place[point[row, column]], distance[row, column]))
            left.append(some[~settled])
        pending, asked = np.concatenate(left), min(2 * asked, len(points))
    query, point, distance = (np.concatenate(part) for part in zip(*found, strict=True))
    return as_neighborhoods(query, point, distance, len(queries))


def local_tree(points: Array) -> tuple[cKDTree, Positions]:
    """Return a k-d tree over the points in the order of its own leaves, and that order.

    Neighbours in space are then neighbours in memory: a search in eight dimensions takes a third of the time.
    """
    from scipy.spatial import cKDTree

    order = local_order(points)
    tree = cKDTree(np.ascontiguousarray(points[order]), leafsize=_LEAF, balanced_tree=False)
    return tree, order


def local_order(points: Array) -> Positions:
    """Return an order of the points in which neighbours in space stand close together."""
    from scipy.spatial import cKDTree

    order: Positions = cKDTree(points, leafsize=_LEAF, balanced_tree=False).indices
    return order


def in_blocks(items: Positions, width: int) -> Iterator[Positions]:
    """Yield the items in blocks small enough to hold ``width`` numbers for each."""
    size = max(_CELLS // width, 1)
    for start in range(0, len(items), size):
        yield items[start : start + size]


def as_neighborhoods(query: Positions, point: Positions, distance: Array, number: int) -> Neighborhoods:
    """Return neighbours found in any order as neighbourhoods of ``number`` queries, nearest first."""
    order = np.lexsort((point, distance, query))
    counts = np.bincount(query, minlength=number)
    return Neighborhoods(_offsets(counts), point[order].astype(np.intp), distance[order])


def _distances(queries: Array, points: Array, query: Positions, point: Positions) -> Array:
    result: Array = np.sqrt(((queries[query] - points[point]) ** 2).sum(1))
    return result


def _offsets(counts: Positions) -> Positions:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
