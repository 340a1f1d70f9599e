"""The units that a regression is fitted on, in terms with mean 0 and SD 1 over them, and the sums that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact.algebra.scaled_terms import ScaledTerms, columns_that_vary
from impact.arrays import Array, Positions, parts_of


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StandardRows:
    """The units with weight in standardised terms, and the sums that a regression of their outcomes needs.

    Attributes
    ----------
    standard : ScaledTerms
    design : float64 array, shape (m, 1 + p)
        Column by column in memory.
    outcomes : float64 array, shape (m, q)
    moments, cross : float64 arrays, shape (1 + p, 1 + p) and (1 + p, q)
        Z′KZ and Z′KY.
    """

    standard: ScaledTerms
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
        least = float(weight.min(initial=np.inf)) / total
        varies = columns_that_vary(
            spread, centre, least, lambda place: float(np.abs(terms[used, place]).max(initial=0.0))
        )
        standard = ScaledTerms(
            terms, centre, rest, np.divide(1.0, spread, where=varies, out=np.zeros(len(spread)))
        )
        rows[1:width] -= rest[:, None]
        rows[1:width] *= standard.scale[:, None]
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
