"""Sums over points' nearest others: found once, then taken of any values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.search.admissible import nearest_in_group
from impact.design.search.alike import Cells, cells_by, cells_of, each_by_itself, enough
from impact.design.search.neighbors import TIE, Neighborhoods, nearest, nearest_interval
from impact.survey.clusters import sums_by_code


class NeighborSums(Protocol):
    """The nearest others of a points among n, ties included."""

    @property
    def counts(self) -> Array:
        """Number of neighbours of each point asked for, shape (a,)."""
        ...

    def of(self, values: Array) -> Array:
        """Return the sum of the values of all points, shape (n,), over each one's neighbours, shape (a,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _OnLine:
    """On a line the neighbours are an interval: two running sums, however many are tied."""

    asked: Positions
    order: Positions
    start: Positions
    stop: Positions

    @property
    def counts(self) -> Array:
        return (self.stop - self.start - 1).astype(np.float64)

    def of(self, values: Array) -> Array:
        centre = float(values.mean())  # running sums of deviations lose fewer digits
        running = np.concatenate([[0.0], np.cumsum(values[self.order] - centre)])
        own = values[self.asked] - centre
        result: Array = running[self.stop] - running[self.start] - own + self.counts * centre
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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NearestSums:
    """The nearest of a pool to each of a units, found cell by cell: units that are alike have the same, and are the same to others.

    Attributes
    ----------
    asked_code : int array, shape (a,)
        Cell of each unit, a query of ``found``.
    pool : Cells
        Points of ``found``.
    found : Neighborhoods
    """

    asked_code: Positions
    pool: Cells
    found: Neighborhoods

    @property
    def counts(self) -> Array:
        """Number of neighbours of each unit, shape (a,)."""
        return self._over(self.pool.sizes)

    def of(self, values: Array) -> Array:
        """Return the sum of the values of the pool over each unit's neighbours, shape (a,)."""
        return self._over(sums_by_code(self.pool.code, values, len(self.pool.first)))

    def _over(self, of_cells: Array | Positions) -> Array:
        found, values = self.found, np.asarray(of_cells, dtype=np.float64)
        return sums_by_code(found.queries, values[found.points], len(found.offsets) - 1)[self.asked_code]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _InCells:
    """Where many are alike: the sums over the nearest, the unit among them, less its own value."""

    asked: Positions
    nearest: NearestSums

    @property
    def counts(self) -> Array:
        return self.nearest.counts - 1

    def of(self, values: Array) -> Array:
        centre = float(values.mean())
        result: Array = self.nearest.of(values - centre) - values[self.asked] + self.nearest.counts * centre
        return result


def nearest_sums(
    points: Array, asked: Positions, pool: Positions, count: int, tolerance: float = 0.0
) -> NearestSums:
    """Find the ``count`` nearest of a pool to some units, themselves among them where they are in it, and every unit tied with the last.

    Parameters
    ----------
    points : float64 array, shape (n, k)
        Scaled coordinates.
    asked, pool : int arrays, shapes (a,) and (m,)
        Positions of the units.
    count : int
    tolerance : float
        As in ``nearest``.
    """
    columns = list(points.T)
    by_asked, by_pool = (cells_by(columns, units) or each_by_itself(len(units)) for units in (asked, pool))
    heads, others = points[asked[by_asked.first]], points[pool[by_pool.first]]
    found = nearest(heads, others, count, tolerance)
    found = found.where(enough(found, by_pool.sizes[found.points], count, tolerance))
    return NearestSums(by_asked.code, by_pool, found)


def neighbor_sums_among(
    measure: Measure, rows: Positions, asked: Positions, count: int, tolerance: float = 0.0
) -> NeighborSums:
    """Find the ``count`` nearest others of some units among others of their own, with every unit tied with the last.

    Parameters
    ----------
    measure : Measure
        A distance with or without coordinates.
    rows : int array, shape (n,)
        Positions of the units.
    asked : int array, shape (a,)
        Whose neighbours are wanted, by number in ``rows``.
    count : int
    tolerance : float
        As in ``nearest``.
    """
    if measure.between is None and measure.coordinates.shape[1] == 1:
        line = measure.coordinates[rows, 0]
        found = nearest_interval(line[asked], line, min(count + 1, len(line)), max(tolerance, TIE))
        return _OnLine(asked, *found)
    if cells_of(measure, rows) is not None:
        found_by_cells = nearest_sums(measure.coordinates, rows[asked], rows, count + 1, tolerance)
        return _InCells(asked, found_by_cells)
    return _InSpace(nearest_in_group(measure, rows, asked, count, tolerance))
