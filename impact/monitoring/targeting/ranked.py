"""Rows in the order of a ranking, the curve of what they hold, and the curves of redrawn clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Positions

_BLOCK = 100
_KNOTS = 400  # of redrawn curves, for their spread; the curve of the data has all


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Curves:
    """Curves, one a line: shares of the population and of the amount up to each knot."""

    people: Array
    amount: Array

    def at(self, grid: Array) -> Array:
        """Return every curve at these shares of the population, straight between the knots."""
        return np.array(
            [
                np.interp(grid, np.r_[0.0, one], np.r_[0.0, other])
                for one, other in zip(self.people, self.amount, strict=True)
            ]
        )

    @property
    def index(self) -> Array:
        """The concentration index of each: 1 less twice the area under the curve."""
        width = np.diff(self.people, axis=1, prepend=0.0)
        before = np.hstack([np.zeros((len(self.amount), 1)), self.amount[:, :-1]])
        area: Array = 1 - (width * (self.amount + before)).sum(axis=1)
        return area


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RankedUnits:
    """Rows in the order of the ranking.

    ``people`` and ``amount`` are weighted; ``last`` holds the last row of each tie; ``cluster`` is what is drawn.
    """

    people: Array
    amount: Array
    last: Positions
    cluster: Positions

    def observed(self) -> Curves:
        """Return the curve of the data."""
        return self._curves(np.ones((1, len(self.people))), self.last)

    def drawn(self, replications: int, seed: int) -> Curves:
        """Return the curves of redrawn clusters, at no more than a few hundred knots."""
        generator = np.random.default_rng(seed)
        places = np.unique(
            np.linspace(0, len(self.last) - 1, min(len(self.last), _KNOTS)).round().astype(int)
        )
        number, knots = int(self.cluster.max()) + 1, self.last[places]
        blocks = []
        for start in range(0, replications, _BLOCK):
            size = min(_BLOCK, replications - start)
            drawn = generator.integers(0, number, (size, number)) + number * np.arange(size)[:, np.newaxis]
            times = (
                np.bincount(drawn.ravel(), minlength=size * number).reshape(size, number).astype(np.float64)
            )
            blocks.append(self._curves(times[:, self.cluster], knots))
        return Curves(np.vstack([b.people for b in blocks]), np.vstack([b.amount for b in blocks]))

    def _curves(self, factor: Array, knots: Positions) -> Curves:
        starts = np.r_[0, knots[:-1] + 1]
        people = np.add.reduceat(factor * self.people, starts, axis=1).cumsum(axis=1)
        amount = np.add.reduceat(factor * self.amount, starts, axis=1).cumsum(axis=1)
        return Curves(people / people[:, -1:], amount / amount[:, -1:])
