"""Weighted least squares on one arm, with residuals corrected for what a group's own outcomes fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from impact.algebra.symmetric import solve_symmetric
from impact.arrays import Array, Positions
from impact.effects.arm_means.idle_terms import IdleTerms, idle_terms
from impact.effects.arm_means.residuals import (
    GroupedFit,
    InSample,
    LeaveOwnGroupOut,
    Residuals,
)
from impact.effects.arm_means.standard_rows import StandardRows


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LocalFit:
    """A regression as least squares at its estimate, and how each unit's prediction moves with the coefficients.

    Attributes
    ----------
    fit : GroupedFit
        On the m units with weight.
    moved : callable
        Σ c_i ∂μ̂(X_i)/∂β, shape (p,), for c of shape (n,): c′Z for least squares.
    """

    fit: GroupedFit
    moved: Callable[[Array], Array]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArmRegression:
    """μ̂(X) of one arm for q outcomes at once.

    Attributes
    ----------
    fitted : float64 array, shape (n, q)
        μ̂(X) of every unit.
    own_residuals : float64 array, shape (m, q)
        Y − μ̂(X) of the units with weight.
    own_left_out : float64 array, shape (m, q)
        The same by the rule asked for: by default those of the regression without the unit's own group.
    weights : float64 array, shape (n,)
        K, zero outside the arm.
    used : int array, shape (m,)
        Positions of the units with weight.
    fits : tuple of LocalFit
        One for all outcomes (least squares), or one for each.
    idle : IdleTerms
        The terms left out, as those before them say the same in the arm.
    """

    fitted: Array
    own_residuals: Array
    own_left_out: Array
    weights: Array
    used: Positions
    fits: tuple[LocalFit, ...]
    idle: IdleTerms = field(default_factory=dict)

    @property
    def residuals(self) -> Array:
        """Y − μ̂(X) of the units with weight, zero elsewhere, shape (n, q)."""
        return self._everywhere(self.own_residuals)

    @property
    def left_out(self) -> Array:
        """The residuals by the rule asked for, zero elsewhere, shape (n, q)."""
        return self._everywhere(self.own_left_out)

    def loading(self, contrast: Array) -> Array:
        """Return ``own_loading``, zero for the units without weight, shape (n, 1) for all outcomes or (n, q)."""
        return self._everywhere(self.own_loading(contrast))

    def own_loading(self, contrast: Array) -> Array:
        """Return how much the outcome of each unit with weight moves Σ contrast μ̂(X), shape (m, 1) for all outcomes or (m, q).

        For least squares K_i Z_i (Z′KZ)⁻¹ Z′c; zero for a model without coefficients.
        """
        result = np.zeros((len(self.used), max(len(self.fits), 1)))
        for k, local in enumerate(self.fits):
            coefficients = solve_symmetric(local.fit.moments, local.moved(contrast)[:, None])[:, 0]
            result[:, k] = local.fit.weight * (local.fit.design @ coefficients)
        return result

    def _everywhere(self, own: Array) -> Array:
        result = np.zeros((len(self.weights), own.shape[1]))
        result[self.used] = own
        return result


def arm_regression(
    outcomes: Array,
    terms: Array,
    weights: Array,
    groups: Positions | None,
    rule: Residuals | None = None,
) -> ArmRegression:
    """Regress outcomes on a constant and terms over the units with weight, and predict every unit.

    Parameters
    ----------
    outcomes : float64 array, shape (n, q)
    terms : float64 array, shape (n, p)
        Terms without the constant.
    weights : float64 array, shape (n,)
        Regression weights; zero outside the arm.
    groups : int array, shape (n,), optional
        Group of each unit; without it each unit is its own group.
    rule : Residuals, optional
        ``LeaveOwnGroupOut()`` by default.

    Notes
    -----
    Terms are standardised over the weighted units; those that say there what the terms before them say are left out, as R's ``lm`` does.
    """
    used, codes = used_units(weights, groups)
    weight = weights[used]
    rows = StandardRows.over(terms, outcomes, used, weight)
    idle = idle_terms(rows.moments)
    if idle:
        rows = rows.without(tuple(idle))
    # in memory one by one where groups are to be taken out of them
    design = rows.design if groups is None else np.ascontiguousarray(rows.design)
    fitted = rows.standard.times(solve_symmetric(rows.moments, rows.cross))
    fit = GroupedFit(
        design, weight, rows.outcomes, rows.outcomes - fitted[used], codes, rows.moments, rows.cross
    )
    left_out = (rule or LeaveOwnGroupOut()).of(fit)
    local = LocalFit(fit, rows.standard.total)
    return ArmRegression(fitted, fit.residuals, left_out, weights, used, (local,), idle)


def arm_prediction(outcomes: Array, terms: Array, weights: Array) -> Array:
    """Return μ̂(X) of every unit from the units with weight, shape (n, q)."""
    return arm_regression(outcomes, terms, weights, None, InSample()).fitted


def used_units(weights: Array, groups: Positions | None) -> tuple[Positions, Positions]:
    """Return the positions of the units with weight, and their groups' numbers from 0."""
    used = np.flatnonzero(weights > 0)
    codes = np.arange(len(used)) if groups is None else np.unique(groups[used], return_inverse=True)[1]
    return used, codes


def independent_terms(terms: Array, weights: Array) -> tuple[Array, IdleTerms]:
    """Return the constant and the terms, standardised over the units with weight; and those that the terms before them reproduce: zeros."""
    used = np.flatnonzero(weights > 0)
    rows = StandardRows.over(terms, np.empty((len(terms), 0)), used, weights[used])
    idle = idle_terms(rows.moments)
    return np.column_stack([np.ones(len(terms)), rows.standard.without(tuple(idle)).everywhere()]), idle
