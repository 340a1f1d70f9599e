"""A regression's terms with mean 0 and SD 1 over its own units: kept as they were given, and scaled where they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact.arrays import Array, Booleans, Positions, parts_of

_ROUNDING = 1e-13
"""Spread, as a share of the largest value, that is rounding."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StandardTerms:
    """A constant and p terms z = scale (x − centre − rest) of n units.

    What a regression decides on terms, it decides on these: a term's unit and origin change nothing.

    Attributes
    ----------
    terms : float64 array, shape (n, p)
        x.
    centre, rest : float64 arrays, shape (p,)
        The mean over the weighted units, and what rounding left of it: a far origin costs no digits.
    scale : float64 array, shape (p,)
        Zero for a term that does not vary there, or that is left out.
    """

    terms: Array
    centre: Array
    rest: Array
    scale: Array

    def without(self, places: Sequence[int]) -> StandardTerms:
        """Return the terms, zeros in these places."""
        scale = self.scale.copy()
        scale[list(places)] = 0.0
        return replace(self, scale=scale)

    def times(self, coefficients: Array) -> Array:
        """Return Zβ of every unit, shape (n, q)."""
        slopes = coefficients[1:] * self.scale[:, None]
        result = np.empty((coefficients.shape[1], len(self.terms)))
        for part in parts_of(len(self.terms)):
            np.matmul(slopes.T, self._centred(part), out=result[:, part])
        result += (coefficients[0] - self.rest @ slopes)[:, None]
        return result.T

    def summed(self, weights: Array) -> Array:
        """Return Σ_i w_i Z_i, shape (1 + p,)."""
        total, first = float(weights.sum()), np.zeros(len(self.centre))
        for part in parts_of(len(self.terms)):
            first += self._centred(part) @ weights[part]
        return np.concatenate([[total], (first - total * self.rest) * self.scale])

    def everywhere(self) -> Array:
        """Return Z of every unit, shape (n, 1 + p), column by column in memory."""
        result = np.empty((1 + len(self.centre), len(self.terms)))
        result[0] = 1.0
        for part in parts_of(len(self.terms)):
            self._scaled(self._centred(part), out=result[1:, part])
        return result.T

    def _centred(self, part: slice) -> Array:
        result: Array = self.terms.T[:, part] - self.centre[:, None]
        return result

    def _scaled(self, centred: Array, out: Array) -> None:
        np.multiply(np.subtract(centred, self.rest[:, None], out=out), self.scale[:, None], out=out)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StandardRows:
    """The units with weight in standardised terms, and the sums that a regression of their outcomes needs.

    Attributes
    ----------
    standard : StandardTerms
    design : float64 array, shape (m, 1 + p)
        Column by column in memory.
    outcomes : float64 array, shape (m, q)
    moments, cross : float64 arrays, shape (1 + p, 1 + p) and (1 + p, q)
        Z′KZ and Z′KY.
    """

    standard: StandardTerms
    design: Array
    outcomes: Array
    moments: Array
    cross: Array

    @classmethod
    def over(cls, terms: Array, outcomes: Array, used: Positions, weight: Array) -> StandardRows:
        """Standardise terms, shape (n, p), over the units in these positions, weights above zero."""
        terms, outcomes = (np.asarray(given, dtype=np.float64) for given in (terms, outcomes))
        width = 1 + terms.shape[1]
        rows = np.empty((width + outcomes.shape[1], len(used)))
        rows[0] = 1.0
        np.take(terms.T, used, axis=1, out=rows[1:width], mode="clip")
        np.take(outcomes.T, used, axis=1, out=rows[width:], mode="clip")
        total = float(weight.sum()) or 1.0
        centre = rows[1:width] @ (weight / total)
        rows[1:width] -= centre[:, None]
        sums = _weighted_products(rows, width, weight)
        rest = sums[0, 1:width] / total
        sums[1:] -= rest[:, None] * sums[0]
        sums[0, 1:width] = sums[1:, 0] = 0.0
        spread = np.sqrt(np.maximum(sums[1:, 1:width].diagonal(), 0.0) / total)
        varies = _beyond_rounding(spread, centre, terms, used, weight)
        standard = StandardTerms(
            terms, centre, rest, np.divide(1.0, spread, where=varies, out=np.zeros(len(spread)))
        )
        standard._scaled(rows[1:width], out=rows[1:width])
        scale = np.concatenate([[1.0], standard.scale])
        sums *= scale[:, None]
        return cls(standard, rows[:width].T, rows[width:].T, sums[:, :width] * scale, sums[:, width:])

    def without(self, places: Sequence[int]) -> StandardRows:
        """Return the rows and sums, zeros for the terms in these places."""
        columns = [1 + place for place in places]
        for values in (self.design.T, self.moments, self.moments.T, self.cross):
            values[columns] = 0.0
        return replace(self, standard=self.standard.without(places))


def _weighted_products(rows: Array, number: int, weight: Array) -> Array:
    """Return Σ_i w_i r_i s_i′ with s_i a column of ``rows`` and r_i the first of its numbers, without a weighted copy of them."""
    total = np.zeros((number, len(rows)))
    for part in parts_of(rows.shape[1]):
        total += (rows[:number, part] * weight[part]) @ rows[:, part].T
    return total


def _beyond_rounding(spread: Array, centre: Array, terms: Array, used: Positions, weight: Array) -> Booleans:
    """Return the terms that vary by more than the rounding of their largest value, shape (p,)."""
    # no value w_i > 0 lies farther from its mean than √(Σw/w_i) SDs: where that decides, nobody looks for the largest
    farthest = np.abs(centre) + spread * np.sqrt(weight.sum() / weight.min(initial=np.inf))
    varies: Booleans = spread > _ROUNDING * farthest
    if varies.all():
        return varies
    for place in np.flatnonzero(~varies):
        varies[place] = spread[place] > _ROUNDING * np.abs(terms[used, place]).max(initial=0.0)
    return varies
