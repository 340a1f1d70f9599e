"""Terms with mean 0 and SD 1 that are kept as they were given: centred and scaled where they are read, a part at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact.arrays import Array, Booleans, Positions

_ROUNDING = 1e-13
"""Spread, as a share of the largest value, that is rounding."""
_HELD = 32_768
"""Numbers of a part: they stay in the cache, and the memory that holds them is used again."""
_LEAST = 256


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScaledTerms:
    """k terms z = scale × (x − centre − rest) of n units.

    Attributes
    ----------
    columns : float64 array, shape (n, k)
        x.
    centre, rest : float64 arrays, shape (k,)
        The weighted mean, and what rounding left of it: a far origin costs no digits.
    scale : float64 array, shape (k,)
        One over the weighted SD; zero for a term in which nothing but rounding varies.
    """

    columns: Array
    centre: Array
    rest: Array
    scale: Array

    @classmethod
    def of(cls, columns: Array, weights: Array) -> ScaledTerms:
        """Standardise columns over rows with weights at least 0, some above."""
        share, width = weights / weights.sum(), columns.shape[1]
        near = cls(columns, share @ columns, np.zeros(width), np.ones(width))
        rest, squares = np.zeros((2, width))
        for part, centred in near._parts():
            rest += centred @ share[part]
            squares += np.multiply(centred, centred, out=centred) @ share[part]
        spread = np.sqrt(np.maximum(squares - rest * rest, 0.0))
        least = float(share.min(where=share > 0, initial=1.0))
        varies = columns_that_vary(
            spread, near.centre, least, lambda place: float(np.abs(columns[share > 0, place]).max())
        )
        scale = np.divide(1.0, spread, where=varies, out=np.zeros(len(spread)))
        return cls(columns, near.centre, rest, scale)

    def __len__(self) -> int:
        return len(self.scale)

    @property
    def spread(self) -> Array:
        """The weighted SD of each column, zero where nothing but rounding varies."""
        result: Array = np.divide(1.0, self.scale, where=self.scale > 0, out=np.zeros(len(self)))
        return result

    def only(self, places: Positions | Sequence[int] | Booleans) -> ScaledTerms:
        """Return some of the terms."""
        return ScaledTerms(
            self.columns[:, places], self.centre[places], self.rest[places], self.scale[places]
        )

    def without(self, places: Sequence[int]) -> ScaledTerms:
        """Return the terms, zeros in these places."""
        scale = self.scale.copy()
        scale[list(places)] = 0.0
        return replace(self, scale=scale)

    def everywhere(self) -> Array:
        """Return z of every unit, shape (n, k), column by column in memory."""
        result = np.empty(self.columns.shape, order="F")
        for part, centred in self._parts():
            centred -= self.rest[:, None]
            np.multiply(centred, self.scale[:, None], out=result.T[:, part])
        return result

    def among(self, members: Booleans, target: Array) -> Array:
        """Return z less a target, shape (k,), of the members, shape (k, m)."""
        further = self.rest + target * self.spread
        inside: Array = self.columns.T.compress(members, axis=1)
        for row, *origin, scale in zip(inside, self.centre, further, self.scale, strict=True):
            for start in origin:
                row -= start
            row *= scale
        return inside

    def mean(self, weights: Array) -> Array:
        """Return the weighted mean of z, shape (k,)."""
        total = self.total(weights)
        mean: Array = total[1:] / total[0]
        return mean

    def total(self, weights: Array) -> Array:
        """Return Σ_i w_i (1, z_i), shape (1 + k,)."""
        total: Array = self.summed(weights[None, :])[:, 0]
        return total

    def summed(self, values: Array) -> Array:
        """Return Σ_i (1, z_i) v_i′ for values of shape (q, n), shape (1 + k, q)."""
        total = np.zeros((1 + len(self), len(values)))
        for part, centred in self._parts():
            total[1:] += centred @ values[:, part].T
        total[0] = values.sum(1)
        total[1:] -= np.outer(self.rest, total[0])
        total[1:] *= self.scale[:, None]
        return total

    def crossproducts(self, weights: Array) -> Array:
        """Return Σ_i w_i (1, z_i) (1, z_i)′, shape (1 + k, 1 + k)."""
        total = np.zeros((1 + len(self), 1 + len(self)))
        weighted = np.empty(0)
        for part, centred in self._parts():
            if weighted.shape != centred.shape:
                weighted = np.empty(centred.shape)
            np.multiply(centred, weights[part], out=weighted)
            total[1:, 1:] += weighted @ centred.T
            total[0, 1:] += weighted.sum(1)
        total[0, 0], total[1:, 0] = weights.sum(), total[0, 1:]
        change = np.diag(np.concatenate([[1.0], self.scale]))
        change[0, 1:] = -self.rest * self.scale
        result: Array = change.T @ total @ change
        return result

    def times(self, coefficients: Array) -> Array:
        """Return (1, z_i)′β of every unit for coefficients of shape (1 + k, q), shape (n, q)."""
        slopes = (coefficients[1:] * self.scale[:, None]).T
        result = np.empty((len(slopes), len(self.columns)))
        for part, centred in self._parts():
            np.matmul(slopes, centred, out=result[:, part])
        result += (coefficients[0] - slopes @ self.rest)[:, None]
        return result.T

    def widened(self, inside: Positions, number: int) -> ScaledTerms:
        """Return the terms among ``number`` units, of which these positions are their own."""
        columns = np.zeros((number, len(self)), order="F")
        columns[inside] = self.columns
        return replace(self, columns=columns)

    def _parts(self) -> Iterator[tuple[slice, Array]]:
        """Yield rows with x − centre, shape (k, rows), in memory that the next part takes over."""
        number, width = self.columns.shape
        rows = min(number, max(_HELD // max(width, 1), _LEAST))
        held, centre = np.empty((width, rows)), self.centre[:, None]
        for start in range(0, number, rows):
            part = slice(start, min(start + rows, number))
            yield part, np.subtract(self.columns.T[:, part], centre, out=held[:, : part.stop - start])


def columns_that_vary(
    spread: Array, centre: Array, least: float, largest: Callable[[int], float]
) -> Booleans:
    """Return which columns vary by more than the rounding of their largest value, shape (k,).

    Parameters
    ----------
    spread, centre : float64 arrays, shape (k,)
        SDs and means.
    least : float
        Smallest share of a unit in these.
    largest : callable
        The largest absolute value of the column in a place, asked for where nothing else decides.
    """
    # no value of share s lies farther from the mean than 1/√s SDs
    varies: Booleans = spread > _ROUNDING * (np.abs(centre) + spread / np.sqrt(least))
    for place in np.flatnonzero(~varies).tolist():
        varies[place] = spread[place] > _ROUNDING * largest(place)
    return varies
