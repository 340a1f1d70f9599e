"""Which units of an arm weigh how much in the regression that predicts its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impact.arrays import Array, Booleans
from impact.errors import OptionError
from impact.language import Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArmWeights:
    """The weights of an arm's units, zero outside of it.

    Attributes
    ----------
    as_match : float64 array, shape (n,)
        Match weight × sampling weight, without the part that a unit has as a focal unit itself.
    arm : bool array, shape (n,)
    survey : float64 array, shape (n,)
        Sampling weight of the units on support, of both arms.
    raw : (float64 array, float), or None
        The match weights, shape (n,), and what those of the arm are multiplied by to be as they were estimated; None where weights
        stand for matches.
    estimand : str
    """

    as_match: Array
    arm: Booleans
    survey: Array
    raw: tuple[Array, float] | None
    estimand: str

    @property
    def itself(self) -> Array:
        """Sampling weight of the units on support, shape (n,)."""
        return self.survey * self.arm

    @property
    def estimated(self) -> Array | None:
        """The match weight as it was estimated, before it was scaled, shape (n,); None where weights stand for matches."""
        return None if self.raw is None else self.raw[0] * self.arm * self.raw[1]


class Fitting(Protocol):
    """How much each unit of an arm weighs in the outcome regression."""

    @property
    def augments(self) -> bool:
        """Whether the regression leaves residuals for the match weights to average."""
        ...

    def weights(self, arm: ArmWeights) -> Array:
        """Return the regression weights, shape (n,)."""
        ...

    def elasticity(self, arm: ArmWeights) -> Array | float:
        """Return by how many per cent a regression weight grows with one per cent more match weight, shape (n, 1)."""
        ...


@dataclass(frozen=True, slots=True)
class AsMatched:
    """Each unit weighs as the match weighs it (Abadie & Imbens 2011; with inverse probabilities, IPWRA)."""

    @property
    def augments(self) -> bool:
        """Whether the regression leaves residuals for the match weights to average."""
        return False

    def weights(self, arm: ArmWeights) -> Array:
        """Return the match weights."""
        return arm.as_match

    def elasticity(self, arm: ArmWeights) -> float:
        """Return one."""
        return 1.0


@dataclass(frozen=True, slots=True)
class ByItself:
    """Each unit of the arm weighs as in the survey: the match weights only average what is left (AIPW)."""

    @property
    def augments(self) -> bool:
        """Whether the regression leaves residuals for the match weights to average."""
        return True

    def weights(self, arm: ArmWeights) -> Array:
        """Return the sampling weights."""
        return arm.itself

    def elasticity(self, arm: ArmWeights) -> float:
        """Return zero."""
        return 0.0


@dataclass(frozen=True, slots=True)
class LeastVariance:
    """Weights under which AIPW varies least when the regression is wrong: w(w − 1) for the ATE, w(w + 1) for the ATT and the ATC.

    Notes
    -----
    The linearised effect holds {W/e − 1} μ₁ (ATE), {W − (1 − W)o} μ₀ with the odds o (ATT): given the covariates its mean square is
    (1 − e)/e and o. Averaged over the arm's own units, which occur with probability e and 1 − e, that is w(w − 1) and w(w + 1).

    References
    ----------
    Cao, Tsiatis & Davidian (2009), Biometrika 96(3), 723-734, doi:10.1093/biomet/asp033, for the ATE.
    """

    @property
    def augments(self) -> bool:
        """Whether the regression leaves residuals for the match weights to average."""
        return True

    def weights(self, arm: ArmWeights) -> Array:
        """Return sampling weight × w(w ∓ 1)."""
        weight = self._estimated(arm)
        result: Array = arm.itself * np.maximum(weight * (weight + self._shift(arm)), 0.0)
        return result

    def elasticity(self, arm: ArmWeights) -> Array:
        """Return (2w ∓ 1)/(w ∓ 1)."""
        weight, shift = self._estimated(arm), self._shift(arm)
        away = np.where(np.abs(weight + shift) > 0, weight + shift, 1.0)
        result: Array = ((2 * weight + shift) / away)[:, None]
        return result

    def _estimated(self, arm: ArmWeights) -> Array:
        estimated = arm.estimated
        if estimated is None:
            raise OptionError(
                Text(
                    (
                        "A regression of least variance belongs to weights such as im.InverseProbability(...), not to "
                        "matches. Use im.LinearAdjustment(weighted=False)."
                    ),
                    (
                        "Una regresión de mínima varianza corresponde a pesos como InverseProbability, no a emparejamientos. "
                        "Use LinearAdjustment con weighted = false."
                    ),
                )
            )
        return estimated

    def _shift(self, arm: ArmWeights) -> float:
        return -1.0 if arm.estimand == "ATE" else 1.0
