"""Sums of columns over an arm, as balance needs them: they add up cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from impact.arrays import Array, Booleans
from impact.survey.covariates import Term, term_values


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ColumnSums:
    """Weighted mean and spread of k columns over the units of an arm, and the weights' own sums.

    Attributes
    ----------
    weight, squares : float
        Σw and Σw².
    count : int
        Units with weight.
    mean, spread : float64 arrays, shape (k,)
        Σwx/Σw and Σw(x − mean)².
    low, high : float64 arrays, shape (k,)
        Smallest and largest value.
    two : bool array, shape (k,)
        Whether no unit has a value between those.
    """

    weight: float
    squares: float
    count: int
    mean: Array
    spread: Array
    low: Array
    high: Array
    two: Booleans

    @classmethod
    def of(cls, values: Array, weight: Array) -> ColumnSums:
        """Return the sums of the columns of a matrix, shape (n, k)."""
        total, width = float(weight.sum()), values.shape[1]
        if not total > 0:
            nothing, everywhere = np.zeros(width), np.full(width, np.inf)
            return cls(0.0, 0.0, 0, nothing, nothing, everywhere, -everywhere, np.ones(width, dtype=np.bool_))
        mean = weight @ values / total
        spread = weight @ (values - mean) ** 2
        low, high = values.min(0), values.max(0)
        two = ((values == low) | (values == high)).all(0)
        return cls(total, float(weight @ weight), len(weight), mean, spread, low, high, two)

    def plus(self, other: ColumnSums) -> ColumnSums:
        """Return the sums over the units of both."""
        weight = self.weight + other.weight
        if not other.weight > 0:
            return self
        if not self.weight > 0:
            return other
        apart, share = other.mean - self.mean, other.weight / weight
        return ColumnSums(
            weight,
            self.squares + other.squares,
            self.count + other.count,
            self.mean + share * apart,
            self.spread + other.spread + self.weight * share * apart**2,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.two & other.two & self._within(other) & other._within(self),
        )

    def _within(self, other: ColumnSums) -> Booleans:
        """Whether both of the ends of each column are among the two ends of both parts together."""
        low, high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        return np.asarray(
            ((self.low == low) | (self.low == high)) & ((self.high == low) | (self.high == high))
        )

    def variances(self, binary: Booleans) -> Array:
        """Return Σw(x − mean)²/Σw over 1 − Σw²/(Σw)², for two-valued columns without that correction; shape (k,)."""
        plain = self.spread / self.weight
        left = 1 - self.squares / self.weight**2
        corrected = plain / left if left > 1e-12 else np.full_like(plain, np.nan)
        return np.where(binary, plain, corrected)

    @property
    def effective_size(self) -> float:
        """Kish's (Σw)²/Σw²; 0 without weight."""
        return self.weight**2 / self.squares if self.squares > 0 else 0.0


def arm_sums(parts: Iterable[ColumnSums]) -> ColumnSums:
    """Return the sums over the units of all parts."""
    return reduce(ColumnSums.plus, parts)


def balance_values(frame: Any, terms: Sequence[Term], score: Array | None) -> Array:
    """Return the columns that a balance table compares, shape (n, k): the score first, where there is one."""
    columns = [term_values(frame, term) for term in balance_terms(terms)]
    return np.column_stack([*([] if score is None else [score]), *columns])


def balance_terms(terms: Sequence[Term]) -> list[Term]:
    """Return numbers as they are and categories as all their levels; of two levels, the second."""
    levels: dict[str, int] = {}
    for term in terms:
        levels[term.column] = levels.get(term.column, 0) + 1
    return [term for term in terms if not (term.code == 0 and levels[term.column] == 2)]
