"""The outcome within strata: each stratum's own mean, as its units are compared within it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact.arrays import Array, Positions
from impact.effects.arm_means.idle_terms import IdleTerms
from impact.effects.arm_means.regression import ArmRegression, arm_regression, used_units
from impact.effects.arm_means.residuals import GroupedFit, LeaveOwnGroupOut, Residuals

_ALONE = 0.999
"""Share of a stratum's weight in one group above which the others say nothing of its mean."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StratumMeans:
    """μ(X) is the weighted mean of the arm in the unit's stratum; the regression on the terms where one group is alone there.

    Parameters
    ----------
    strata : int array, shape (n,)
        -1 for units in none.

    Notes
    -----
    An unadjusted comparison within fixed strata leaves, in each, what the arms differ by chance; a regression that explained the
    outcome beyond the stratum would count that out of the error, and strata as clusters would count each stratum's effect as a
    single draw.

    References
    ----------
    Imbens & Rubin (2015), Causal Inference for Statistics, Social, and Biomedical Sciences, sections 9.4 and 17.5,
    doi:10.1017/CBO9781139025751.
    """

    strata: Positions

    def check(self, outcomes: Array, names: Sequence[str]) -> None:
        """Accept every outcome."""

    def regression(
        self,
        outcomes: Array,
        terms: Array,
        weights: Array,
        groups: Positions | None,
        rule: Residuals | None = None,
    ) -> ArmRegression:
        """Return μ̂(X) stratum by stratum."""
        smooth = arm_regression(outcomes, terms, weights, groups, rule)
        used, codes = used_units(weights, groups)
        fitted, residuals = smooth.fitted.copy(), smooth.own_residuals.copy()
        left_out = smooth.own_left_out.copy()
        everyone = _rows_by_code(self.strata)
        idle: IdleTerms = {}
        for stratum, rows in _rows_by_code(self.strata[used]).items():
            fit = _mean_fit(outcomes[used[rows]], weights[used[rows]], codes[rows])
            if stratum < 0 or fit is None:  # what the regression leaves out matters where it speaks
                idle = smooth.idle
                continue
            fitted[everyone[stratum]] = fit.cross / fit.moments
            residuals[rows] = fit.residuals
            left_out[rows] = (rule or LeaveOwnGroupOut()).of(fit)
        return replace(smooth, fitted=fitted, own_residuals=residuals, own_left_out=left_out, idle=idle)


def _mean_fit(outcomes: Array, weight: Array, codes: Positions) -> GroupedFit | None:
    """Return the fit of a constant to a stratum; None where one group has all the weight."""
    groups = np.unique(codes, return_inverse=True)[1]
    if np.bincount(groups, weight).max() > _ALONE * weight.sum():
        return None
    moments, cross = np.array([[weight.sum()]]), (weight @ outcomes)[None, :]
    residuals = outcomes - cross / moments
    return GroupedFit(np.ones((len(weight), 1)), weight, outcomes, residuals, groups, moments, cross)


def _rows_by_code(codes: Positions) -> dict[int, Positions]:
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    return dict(zip(present.tolist(), np.split(order, starts[1:]), strict=True))
