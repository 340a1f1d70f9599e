"""Sums over points' nearest others: found once, then taken of any values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.search.admissible import nearest_in_group
from impact.design.search.neighbors import TIE, Neighborhoods, nearest_interval
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
    return _InSpace(nearest_in_group(measure, rows, asked, count, tolerance))
