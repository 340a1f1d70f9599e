"""Errors by independent draws, each a unit or a set: sums of squares, which parts of a table add up to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from impact.arrays import Array, Booleans, Positions, parts_of
from impact.effects.arm_means.linearization import Linearization
from impact.effects.variances.sums.group_sums import with_weight
from impact.survey.clusters import cluster_totals

_ONE_DRAW = 1.01
"""Effective number of units or sets below which an arm rests on one of them."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Draws:
    """Sums over independent draws (units, sets, or sets within groups): of both arms together, and of the treated and the controls.

    Attributes
    ----------
    count : float64 array, shape (3,)
        Draws that carry weight or a contribution.
    squares, fourths : float64 arrays, shape (3, k)
        Σ S² and Σ S⁴, with S a draw's sum of terms.
    weight, weight_squares : float64 arrays, shape (3,)
    spans : bool
        Whether a draw holds units of both arms.
    """

    count: Array
    squares: Array
    fourths: Array
    weight: Array
    weight_squares: Array
    spans: bool

    @classmethod
    def of(cls, terms: Array, active: Booleans, treated: Booleans, weight: Array, codes: Positions) -> Draws:
        """Return the sums over the draws of some units, by code."""
        parts = []
        present = []
        for side in (np.ones(len(codes), dtype=np.bool_), treated, ~treated):
            kept = np.flatnonzero(active & side)
            seen, number = np.unique(codes[kept], return_inverse=True)
            summed = cluster_totals(terms[kept], number)
            heavy = np.bincount(number, weight[kept], len(seen))
            present.append(seen)
            parts.append((len(seen), (summed**2).sum(0), (summed**4).sum(0), heavy.sum(), (heavy**2).sum()))
        count, squares, fourths, carried, carried_squares = (
            np.array(column, dtype=np.float64) for column in zip(*parts, strict=True)
        )
        spans = bool(len(np.intersect1d(present[1], present[2])))
        return cls(count, squares, fourths, carried, carried_squares, spans)

    @classmethod
    def by_unit(cls, linear: Linearization, terms: Callable[[Linearization], Array], weight: Array) -> Draws:
        """Return the sums where each unit is a draw of its own.

        Parameters
        ----------
        linear : Linearization
        terms : callable
            Makes the terms of some units, shape (m, k), of the linearisation of these: in the scale of ``linear``.
        weight : float64 array, shape (n,)
        """
        found = [cls._of_units(linear.at(part), terms, weight[part]) for part in parts_of(len(weight))]
        return reduce(Draws.plus, found)

    @classmethod
    def _of_units(
        cls, linear: Linearization, terms: Callable[[Linearization], Array], weight: Array
    ) -> Draws:
        sides = np.empty((3, len(weight)))
        sides[0] = with_weight(linear)
        np.multiply(sides[0], linear.treatment, out=sides[1])
        np.subtract(sides[0], sides[1], out=sides[2])
        powers = terms(linear)
        powers /= linear.size
        squares, fourths = np.empty((2, 3, powers.shape[1]))
        for k, column in enumerate(powers.T):
            squares[:, k] = sides @ np.multiply(column, column, out=column)
            fourths[:, k] = sides @ np.multiply(column, column, out=column)
        carried, heavy = sides @ weight, sides @ (weight * weight)
        return cls(sides.sum(1), squares, fourths, carried, heavy, spans=False)

    def plus(self, other: Draws) -> Draws:
        """Return the sums over the draws of both."""
        return Draws(
            count=self.count + other.count,
            squares=self.squares + other.squares,
            fourths=self.fourths + other.fourths,
            weight=self.weight + other.weight,
            weight_squares=self.weight_squares + other.weight_squares,
            spans=self.spans or other.spans,
        )

    def variances(self, pooled: bool) -> tuple[Array, Array]:
        """Return the variance of each estimate, missing where a part has one draw alone, and its degrees of freedom."""
        scale, parts = self._scale(pooled), self._parts(pooled)
        squares = (scale * self.squares[parts]).sum(0)
        fourths = (scale**2 * self.fourths[parts]).sum(0)
        freedom = np.where(fourths > 0, squares**2 / np.where(fourths > 0, fourths, 1.0), np.inf)
        return squares, freedom

    def freedom_of_independent_sums(self, pooled: bool) -> Array:
        """Return Welch's degrees of freedom, shape (k,): see ``GroupSums.freedom_of_independent_sums``."""
        parts = self._parts(pooled)
        squares = self._scale(pooled) * self.squares[parts]
        each = (squares**2 / np.maximum(self.count[parts] - 1, 1)[:, None]).sum(0)
        result: Array = np.where(each > 0, squares.sum(0) ** 2 / np.where(each > 0, each, 1.0), np.inf)
        return result

    def alone(self, pooled: bool) -> bool:
        """Return whether an arm's weight rests on one draw, which cannot tell its own error."""
        weight, squares = self.weight[self._parts(pooled)], self.weight_squares[self._parts(pooled)]
        effective = np.divide(weight**2, squares, where=squares > 0, out=np.zeros_like(weight))
        return bool((effective < _ONE_DRAW).any())

    def _parts(self, pooled: bool) -> list[int]:
        return [0] if pooled or self.spans else [1, 2]

    def _scale(self, pooled: bool) -> Array:
        count = self.count[self._parts(pooled)]
        return np.where(count > 1, count / np.maximum(count - 1, 1), np.nan)[:, None]
