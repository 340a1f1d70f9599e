"""The first stage of weights by strata of a score: the score's derivative for theirs, or what each stratum is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions
from impact.design.proposal import FirstStage
from impact.survey.clusters import sums_by_code


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StratumShares:
    """The shares of treated within fixed strata, as parameters of the weights.

    Attributes
    ----------
    strata : int array, shape (n,)
        -1 for units in none.
    apart : float64 array, shape (n,)
        s_i (W_i − p) with the sampling weight s and the share p of the unit's stratum: its estimating function of that share.
    slopes : float64 array, shape (n,)
        Derivative of each unit's weight by the share.
    sizes : float64 array, shape (S,)
        Sampling weight of each stratum: the information.
    """

    strata: Positions
    apart: Array
    slopes: Array
    sizes: Array

    @property
    def scores(self) -> Array:
        """As in ``FirstStage``, shape (n, S)."""
        return self._by_stratum(self.apart)

    @property
    def hessian(self) -> Array:
        """As in ``FirstStage``, shape (S, S)."""
        return np.diag(self.sizes)

    @property
    def weight_jacobian(self) -> Array:
        """As in ``FirstStage``, shape (n, S)."""
        return self._by_stratum(self.slopes)

    def contribution(self, relative: Array) -> Array:
        """Return what each unit adds to the errors of q means, shape (n, q): see ``EstimationStage``."""
        inside = self.strata >= 0
        codes, number = np.where(inside, self.strata, 0), len(self.sizes)
        moved = np.stack(
            [sums_by_code(codes, np.where(inside, self.slopes * one, 0.0), number) for one in relative.T],
            axis=1,
        )
        result: Array = np.where(inside, self.apart, 0.0)[:, None] * (moved / self.sizes[:, None])[codes]
        return result

    def scaled(self, scale: Array) -> StratumShares:
        """Return the stage of weights multiplied by a known scale, shape (n,)."""
        return replace(self, slopes=self.slopes * scale)

    def widened(self, inside: NDArray[np.intp], number: int) -> StratumShares:
        """Return the stage among ``number`` units, of which these positions are its own."""
        strata = np.full(number, -1, dtype=np.intp)
        apart, slopes = np.zeros((2, number))
        strata[inside], apart[inside], slopes[inside] = self.strata, self.apart, self.slopes
        return replace(self, strata=strata, apart=apart, slopes=slopes)

    def _by_stratum(self, values: Array) -> Array:
        result: Array = np.where(self.strata[:, None] == np.arange(len(self.sizes)), values[:, None], 0.0)
        return result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StrataStage:
    """The first stage of weights by strata: that of the score itself, and the shares within the strata.

    Attributes
    ----------
    smooth : FirstStage
        The score's derivative in place of that of its strata, to which they tend: what other programs take.
    shares : StratumShares
        The strata as fixed: what their composition adds to an error.
    """

    smooth: FirstStage
    shares: StratumShares

    @property
    def scores(self) -> Array:
        """As in ``FirstStage``."""
        return self.smooth.scores

    @property
    def hessian(self) -> Array:
        """As in ``FirstStage``."""
        return self.smooth.hessian

    @property
    def weight_jacobian(self) -> Array:
        """As in ``FirstStage``."""
        return self.smooth.weight_jacobian

    def contribution(self, relative: Array) -> Array:
        """Return what each unit adds to the errors of q means, shape (n, q), by the score's derivative."""
        return self.smooth.contribution(relative)

    def scaled(self, scale: Array) -> StrataStage:
        """Return the stage of weights multiplied by a known scale, shape (n,)."""
        return StrataStage(self.smooth.scaled(scale), self.shares.scaled(scale))

    def widened(self, inside: NDArray[np.intp], number: int) -> StrataStage:
        """Return the stage among ``number`` units, of which these positions are its own."""
        return StrataStage(self.smooth.widened(inside, number), self.shares.widened(inside, number))
