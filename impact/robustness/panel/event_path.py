"""Effects in the order of time, before and after the base wave, and the steps between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EventPath:
    """Estimates by time in their order, one unit of time apart, the base wave left out.

    Attributes
    ----------
    estimates : float64 array, shape (b + a,)
        b times before the base wave, a after it.
    covariance : float64 array, shape (b + a, b + a)
    before : int
        b.
    """

    estimates: Array
    covariance: Array
    before: int

    @property
    def after(self) -> int:
        """Number of times after the base wave."""
        return len(self.estimates) - self.before

    @property
    def steps(self) -> Array:
        """Contrasts that give the step into each later time, the base wave included: shape (b + a, b + a), the first b before it."""
        with_base = np.insert(np.eye(len(self.estimates)), self.before, 0.0, axis=0)
        steps: Array = np.diff(with_base, axis=0)
        return steps

    def variance(self, contrasts: Array) -> Array:
        """Return the variance of each row of contrasts, shape (k,)."""
        found: Array = np.einsum("ij,jk,ik->i", contrasts, self.covariance, contrasts)
        return np.maximum(found, 0.0)
