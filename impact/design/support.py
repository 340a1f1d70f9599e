"""Common support: rules that put units aside before matching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.design.propensity import PropensityScore
from impact.design.units import Units


class Support(Protocol):
    """Any object that says who is on support."""

    @property
    def reestimate(self) -> bool:
        """Whether the score is estimated again on the units kept."""
        ...

    def on_support(self, units: Units) -> NDArray[np.bool_]:
        """Return True for units on support, shape (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class MinMax:
    """Keep units whose score lies in the range of the other arm.

    Parameters
    ----------
    propensity : PropensityScore
        The score; a logit by default.
    drop : {"both", "treated", "control"}
        Which arm may lose units. Dropping treated units changes the estimand to the effect on the matched treated.
    reestimate : bool
        Estimate the strategy's score again on the units kept.

    References
    ----------
    Dehejia & Wahba (1999), JASA 94(448), 1053-1062, doi:10.1080/01621459.1999.10473858.
    """

    propensity: PropensityScore = PropensityScore()
    drop: str = "both"
    reestimate: bool = False

    def __post_init__(self) -> None:
        checks.one_of("drop", self.drop, ("both", "treated", "control"))

    def on_support(self, units: Units) -> NDArray[np.bool_]:
        """Return True inside the common range of the score."""
        score = self.propensity.fit(units).probability.to_numpy()
        treated, control = score[units.treatment], score[~units.treatment]
        low, high = max(treated.min(), control.min()), min(treated.max(), control.max())
        return _only(self.drop, (score >= low) & (score <= high), units)


@dataclass(frozen=True, slots=True)
class Crump:
    """Keep units whose score lies in [alpha, 1 − alpha].

    Parameters
    ----------
    alpha : float
        In (0, 0.5); 0.1 is Crump and others' rule of thumb.
    propensity : PropensityScore
        The score; a logit by default.
    reestimate : bool
        Estimate the strategy's score again on the units kept.

    References
    ----------
    Crump, Hotz, Imbens & Mitnik (2009), Biometrika 96(1), 187-199, doi:10.1093/biomet/asn055.
    """

    alpha: float = 0.1
    propensity: PropensityScore = PropensityScore()
    reestimate: bool = False

    def __post_init__(self) -> None:
        checks.between("alpha", self.alpha, 0.0, 0.5)

    def on_support(self, units: Units) -> NDArray[np.bool_]:
        """Return True for scores away from 0 and 1."""
        score = self.propensity.fit(units).probability.to_numpy()
        kept: NDArray[np.bool_] = (score >= self.alpha) & (score <= 1 - self.alpha)
        return kept


def _only(drop: str, inside: NDArray[np.bool_], units: Units) -> NDArray[np.bool_]:
    if drop == "both":
        return inside
    may_leave = units.treatment if drop == "treated" else ~units.treatment
    return inside | ~may_leave
