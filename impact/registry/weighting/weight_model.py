"""Weights as a worker computes them, and what their estimation adds to an effect's error."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from impact.arrays import Array, Booleans


@runtime_checkable
class WeightModel(Protocol):
    """Weights whose p parameters are estimated: what is known of them for any rows."""

    @property
    def hessian(self) -> Array:
        """Derivative of the summed estimating functions of all units, negated, shape (p, p)."""
        ...

    def weights(self, matrix: Array, treated: Booleans) -> tuple[Array, Booleans]:
        """Return the weight of every unit of a weighted arm, as it was estimated, and who is on support, both of shape (n,)."""
        ...

    def slopes(self, matrix: Array, treated: Booleans) -> Array:
        """Return the derivative of the logarithm of every unit's weight by the parameters, shape (n, p)."""
        ...

    def scores(self, matrix: Array, treated: Booleans, survey: Array) -> Array:
        """Return every unit's estimating function, shape (n, p), with its sampling weight inside."""
        ...
