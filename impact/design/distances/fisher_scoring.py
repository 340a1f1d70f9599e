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
_COLLINEAR = 1e-8
"""Share of a term's variance beside the terms before it at which it is looked at more closely."""
FLAT = 1e-13
"""Mean curvature along a direction, per unit of weight, that is rounding."""


class Reached(Protocol):
    """Coefficients, and how likely they make the data."""

    @property
    def beta(self) -> Array: ...  # noqa: D102
    @property
    def log_likelihood(self) -> float: ...  # noqa: D102


Point = TypeVar("Point", bound=Reached)


class Likelihood(Protocol[Point]):
    """The likelihood of the coefficients of standardised terms."""

    def at(self, beta: Array) -> Point:
        """Return the model at some coefficients."""
        ...

    def scoring_step(self, point: Point) -> Array:
        """Return the step of Fisher scoring; not finite where the information is singular."""
        ...

    def flat(self, point: Point) -> bool:
        """Whether the likelihood is flat in some direction: all units that vary along it have a probability of 0 or 1."""
        ...


def maximised(
    likelihood: Likelihood[Point], start: Array, separated: Callable[[Array], EstimationError]
) -> Point:
    """Return the coefficients of the largest likelihood.

    Parameters
    ----------
    likelihood : Likelihood
    start : float64 array, shape (p,)
    separated : callable
        From how far each coefficient moved to the error of a likelihood that has no maximum.

    Raises
    ------
    EstimationError
        Perfect separation or no convergence.
    """
    step, size, reached = start, 0.0, likelihood.at(start)
    for _ in range(_MOST_STEPS):
        step = likelihood.scoring_step(reached)
        if not np.isfinite(step).all():
            raise separated(np.abs(reached.beta))
        reached = _after(likelihood, reached, step)
        before, size = size, float(np.max(np.abs(step)))
        if _following(size, before) < _CONVERGED:
            break
    else:
        raise separated(np.abs(step))
    if likelihood.flat(reached):
        raise separated(np.abs(reached.beta))
    return reached


def _after(likelihood: Likelihood[Point], point: Point, step: Array) -> Point:
    """Return the model after the step, halved while it makes the fit worse."""
    worst = point.log_likelihood - 1e-9 * (1 + abs(point.log_likelihood))
    for _ in range(30):
        proposed = likelihood.at(point.beta + step)
        if proposed.log_likelihood >= worst:
            return proposed
        step = step / 2
    return likelihood.at(point.beta + step)


def _following(size: float, before: float) -> float:
    """Return the size of the step that would follow, by the ratio of the last two: the error that is left."""
    return size * size / before if size < before else size


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
