"""What a variance is given and what it returns: an estimate of several outcomes, and its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from impact.arrays import Array, Positions
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.linearised_by import LinearisedBy, suited_to
from impact.effects.arm_means.linearization import Linearization
from impact.language import Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Estimation:
    """All that a variance may need of an estimate of q outcomes.

    Attributes
    ----------
    matched : MatchedSample
    outcomes : float64 array, shape (n, q)
    persons : float64 array, shape (n,), or None
    adjustment : Adjustment or None
    groups : int array, shape (n,), or None
        The group of inference of each unit; None where each unit stands for itself.
    made : list of (LinearisedBy, Linearization)
        The linearisations made so far, the one that suits the match first: each is made once.
    """

    matched: MatchedSample
    outcomes: Array
    persons: Array | None
    adjustment: Adjustment | None
    groups: Positions | None
    made: list[tuple[LinearisedBy, Linearization]]

    @property
    def linear(self) -> Linearization:
        """The estimate, linearised as suits the match."""
        return self.made[0][1]

    @property
    def linearised_by(self) -> LinearisedBy:
        """How ``linear`` was made."""
        return self.made[0][0]

    def linearised(self, by: LinearisedBy) -> Linearization:
        """Return the estimate linearised this way."""
        for way, linear in self.made:
            if way == by:
                return linear
        given = (self.matched, self.outcomes, self.persons, self.adjustment, self.groups)
        self.made.append((by, by.linearization(*given)))
        return self.made[-1][1]


def linearised_estimation(
    matched: MatchedSample,
    outcomes: Array,
    persons: Array | None,
    adjustment: Adjustment | None,
    groups: Positions | None,
) -> Estimation:
    """Return the estimate of q outcomes, linearised as suits match and adjustment (``suited_to``); arguments as in ``Estimation``."""
    by, given = suited_to(matched, adjustment), (matched, outcomes, persons, adjustment, groups)
    return Estimation(*given, [(by, by.linearization(*given))])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Uncertainty:
    """Standard errors of q effects, and of the same effects as shares of their control means.

    Attributes
    ----------
    std_error, percent_std_error : float64 arrays, shape (q,)
        In the outcome's unit, and as a share (not in percent).
    degrees_of_freedom : float64 array, shape (q,)
        Of the t distribution; infinite for the normal.
    control_mean_std_error : float64 array, shape (q,)
        Of the matched control mean: percent effects are refused where it is not clearly positive.
    label : Text
        Name in the ``variance`` column.
    seed : int or None
    reference : float64 array, shape (draws, q), optional
        Draws of the studentised statistic that take the place of the t distribution.
    """

    std_error: Array
    percent_std_error: Array
    degrees_of_freedom: Array
    control_mean_std_error: Array
    label: Text
    seed: int | None = None
    reference: Array | None = None

    def critical(self, k: int, level: float) -> float:
        """Return how many standard errors the interval of outcome k reaches to each side."""
        from scipy.special import ndtri, stdtrit

        if self.reference is not None:
            return float(np.quantile(np.abs(self.reference[:, k]), level, method="higher"))
        freedom = self.degrees_of_freedom[k]
        return float(stdtrit(freedom, 0.5 + level / 2) if np.isfinite(freedom) else ndtri(0.5 + level / 2))

    def p_value(self, k: int, statistic: float) -> float:
        """Return the two-sided p-value of outcome k's statistic; counted among the draws, itself one of them."""
        from scipy.special import ndtr, stdtr

        if not np.isfinite(statistic):
            return np.nan
        if self.reference is not None:
            beyond = (np.abs(self.reference[:, k]) >= abs(statistic)).sum()
            return float((1 + beyond) / (1 + len(self.reference)))
        freedom = self.degrees_of_freedom[k]
        return float(2 * (stdtr(freedom, -abs(statistic)) if np.isfinite(freedom) else ndtr(-abs(statistic))))


@runtime_checkable
class Variance(Protocol):
    """Any object that quantifies the uncertainty of an estimate."""

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return standard errors and degrees of freedom."""
        ...
