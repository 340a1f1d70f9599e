"""Means and cross-products of parts of a table, and how those of two parts become those of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from impact.arrays import Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CrossProducts:
    """Weighted means and cross-products about them.

    Attributes
    ----------
    weight : float
        Σw.
    squares : float
        Σw².
    count : int
        Rows with weight.
    mean : float64 array, shape (p,)
    products : float64 array, shape (p, p)
        Σw (x − x̄)(x − x̄)′.
    """

    weight: float
    squares: float
    count: int
    mean: Array
    products: Array

    @classmethod
    def of(cls, values: Array, weight: Array | None = None) -> CrossProducts:
        """Return those of the rows of a matrix, shape (n, p); equal weights of one by default."""
        if not len(values):
            width = values.shape[1]
            return cls(0.0, 0.0, 0, np.zeros(width), np.zeros((width, width)))
        if weight is None:
            centred = values - (mean := values.mean(0))
            return cls(float(len(values)), float(len(values)), len(values), mean, centred.T @ centred)
        total = float(weight.sum())
        if total == 0:
            return cls.of(values[:0])
        mean = weight @ values / total
        centred = values - mean
        products = (centred * weight[:, None]).T @ centred
        return cls(total, float(weight @ weight), int((weight > 0).sum()), mean, products)

    def plus(self, other: CrossProducts) -> CrossProducts:
        """Return the moments of both parts (Chan, Golub & LeVeque 1983: nothing is lost however far the means are from zero)."""
        weight = self.weight + other.weight
        if weight == 0:
            return self
        apart = other.mean - self.mean
        share = other.weight / weight
        return CrossProducts(
            weight,
            self.squares + other.squares,
            self.count + other.count,
            self.mean + share * apart,
            self.products + other.products + self.weight * share * np.outer(apart, apart),
        )

    @property
    def covariance(self) -> Array:
        """Weighted covariance with the n − 1 denominator, 1 − Σw² for weights that sum to one."""
        result: Array = self.products / self.weight / (1 - self.squares / self.weight**2)
        return result


def of_all_parts(parts: Iterable[CrossProducts]) -> CrossProducts:
    """Return the moments of all parts, joined in their order."""
    return reduce(CrossProducts.plus, parts)
