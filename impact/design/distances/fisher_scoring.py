"""Fisher scoring on any likelihood: of rows in memory, or one that is summed over the partitions of a registry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np
from scipy.linalg import LinAlgError, eigh
from scipy.linalg.lapack import dposv, dpotrf

from impact.arrays import Array
from impact.errors import EstimationError

_MOST_STEPS = 200
_CONVERGED = 1e-12
_SHORT = 1e-13
"""Length of a step, in standard deviations, that is taken whatever its end says: that is rounding."""
_SMALL = 0.5
"""Share of a step up to which its correction is one."""
_COLLINEAR = 1e-8
"""Share of a term's variance beside the terms before it at which it is looked at more closely."""
_ROUGH = 10.0
"""Factor for what such a guess may miss where steps shrink fast: they differ in direction."""
FLAT = 1e-13
"""Mean curvature along a direction, per unit of weight, that is rounding."""


class Reached(Protocol):
    """Coefficients, with the slope of their log-likelihood and its expected information."""

    @property
    def beta(self) -> Array: ...  # noqa: D102
    @property
    def slope(self) -> Array: ...  # noqa: D102
    @property
    def information(self) -> Array: ...  # noqa: D102


Point = TypeVar("Point", bound=Reached)


class Likelihood(Protocol[Point]):
    """The likelihood of the coefficients of standardised terms, concave in them."""

    @property
    def order(self) -> int:
        """Power of a step's error that the next one's is of: 1; 2 where the expected information is the observed; 3 with ``bend``."""
        ...

    def at(self, beta: Array) -> Point:
        """Return the model at some coefficients."""
        ...

    def bend(self, point: Point, step: Array) -> Array | None:
        """Return the slope's second derivative along a step from where the likelihood was evaluated last; None where none is told."""
        ...

    def flat(self, point: Point) -> bool:
        """Whether the likelihood is flat in some direction: all units that vary along it have a probability of 0 or 1."""
        ...


def maximised(
    likelihood: Likelihood[Point], start: Point, separated: Callable[[Array], EstimationError]
) -> Point:
    """Return the coefficients of the largest likelihood, at which it was evaluated last.

    Parameters
    ----------
    likelihood : Likelihood
    start : Reached
        The model where the steps begin.
    separated : callable
        From how far each coefficient moved to the error of a likelihood that has no maximum.

    Raises
    ------
    EstimationError
        Perfect separation or no convergence.
    """
    reached, size = start, 0.0
    for _ in range(_MOST_STEPS):
        step = next_step(likelihood, reached)
        if not np.isfinite(step).all():
            raise separated(np.abs(reached.beta))
        reached = after(likelihood, reached, step)
        before, size = size, float(np.max(np.abs(step)))
        settled = _following(size, before, likelihood.order) < _CONVERGED
        if (settled or size > before / 2) and likelihood.flat(reached):
            raise separated(np.abs(reached.beta))
        if settled:
            return reached
    raise separated(np.abs(step))


def next_step(likelihood: Likelihood[Point], point: Point) -> Array:
    """Return the step of Fisher scoring, with Chebyshev's correction for how the slope bends along it, where that is small beside it."""
    step = scoring_step(point.information, point.slope)
    bend = likelihood.bend(point, step)
    if bend is None:
        return step
    correction = scoring_step(point.information, bend / 2)
    return step + correction if np.abs(correction).max() < _SMALL * np.abs(step).max() else step


def after(likelihood: Likelihood[Point], point: Point, step: Array) -> Point:
    """Return the model after the step, halved while it goes too far.

    It does where the likelihood falls at its end half as fast as it rose at its start, or faster: up to there it has grown, by the
    trapezium of the two slopes.
    """
    rise, longest = float(point.slope @ step), float(np.abs(step).max())
    for halvings in range(30):
        share = 0.5**halvings
        proposed = likelihood.at(point.beta + share * step)
        if proposed.slope @ step > -rise / 2 or share * longest < _SHORT:
            return proposed
    return proposed


def _following(size: float, before: float, order: int) -> float:
    """Return the size of the step that would follow, by those of the last two: the error that is left."""
    if size >= before:
        return size
    guess = size * (size / before) ** order
    return guess if order == 1 else _ROUGH * guess


def scoring_step(information: Array, slope: Array) -> Array:
    """Return the step of Fisher scoring from the sums of information and scores; not finite where the information is singular."""
    _, step, failed = dposv(information, slope)
    return np.full_like(slope, np.nan) if failed else step


def may_be_singular(information: Array) -> bool:
    """Whether some term hardly varies beside those before it, from the information where the index is one number: the terms' moments."""
    factor, failed = dpotrf(information)
    return bool(failed) or bool((np.diag(factor) ** 2 < _COLLINEAR * np.diag(information)).any())


def is_flat(information: Array, moments: Array) -> bool:
    """Whether the curvature along some direction, per unit of weight, is rounding."""
    try:
        least = eigh(information, moments, eigvals_only=True, subset_by_index=[0, 0])
    except LinAlgError:
        return True
    return bool(least[0] < FLAT)
