"""Sums over each point's nearest others: found once, then taken of any values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.search.admissible import nearest_in_group
from impact.design.search.neighbors import TIE, Neighborhoods, nearest_interval, nearest_others
from impact.survey.clusters import sums_by_code


class NeighborSums(Protocol):
    """The nearest others of n points, ties included."""

    @property
    def counts(self) -> Array:
        """Number of neighbours of each point, shape (n,)."""
        ...

    def of(self, values: Array) -> Array:
        """Return the sum of the values over each point's neighbours, shape (n,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _OnLine:
    """On a line the neighbours are an interval: two running sums, however many are tied."""

    order: Positions
    start: Positions
    stop: Positions

    @property
    def counts(self) -> Array:
        return (self.stop - self.start - 1).astype(np.float64)

    def of(self, values: Array) -> Array:
        centre = float(values.mean())  # running sums of deviations lose fewer digits
        running = np.concatenate([[0.0], np.cumsum(values[self.order] - centre)])
        result: Array = running[self.stop] - running[self.start] - (values - centre) + self.counts * centre
        return result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _InSpace:
    neighborhoods: Neighborhoods

    @property
    def counts(self) -> Array:
        return self.neighborhoods.counts.astype(np.float64)

    def of(self, values: Array) -> Array:
        found = self.neighborhoods
        return sums_by_code(found.queries, values[found.points], len(found.offsets) - 1)


def neighbor_sums(points: Array, count: int, tolerance: float = 0.0) -> NeighborSums:
    """Find the ``count`` nearest other points of each point, with every point tied with the last.

    Parameters
    ----------
    points : float64 array, shape (n, k)
        Scaled coordinates.
    count : int
    tolerance : float
        As in ``nearest``.
    """
    if points.shape[1] == 1:
        line = points[:, 0]
        return _OnLine(*nearest_interval(line, line, min(count + 1, len(line)), max(tolerance, TIE)))
    return _InSpace(nearest_others(points, count, tolerance))


def neighbor_sums_among(
    measure: Measure, rows: Positions, count: int, tolerance: float = 0.0
) -> NeighborSums:
    """Find the ``count`` nearest others of each unit among some, by a distance with or without coordinates.

    Parameters
    ----------
    measure : Measure
    rows : int array, shape (m,)
        Positions of the units.
    count, tolerance
        As in ``neighbor_sums``.
    """
    if measure.between is None:
        return neighbor_sums(measure.coordinates[rows], count, tolerance)
    return _InSpace(nearest_in_group(measure, rows, count, tolerance))
