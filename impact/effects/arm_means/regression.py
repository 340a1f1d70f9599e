"""Weighted least squares on one arm, with residuals corrected for what a group's own outcomes fitted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from impact.arrays import Array, Positions, crossproducts, standardised
from impact.effects.arm_means.idle_terms import IdleTerms, idle_terms
from impact.effects.arm_means.residuals import (
    GroupedFit,
    InSample,
    LeaveOwnGroupOut,
    Residuals,
    solve_symmetric,
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LocalFit:
    """A regression as least squares at its estimate, and how each unit's prediction moves with the coefficients.

    Attributes
    ----------
    fit : GroupedFit
        On the m units with weight.
    slopes : float64 array, shape (n, p)
        ∂μ̂(X_i)/∂β of every unit: Z for least squares.
    """

    fit: GroupedFit
    slopes: Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArmRegression:
    """μ̂(X) of one arm for q outcomes at once.

    Attributes
    ----------
    fitted : float64 array, shape (n, q)
        μ̂(X) of every unit.
    residuals : float64 array, shape (n, q)
        Y − μ̂(X) on the arm, zero elsewhere.
    left_out : float64 array, shape (n, q)
        The arm's residuals by the rule asked for, zero elsewhere: by default those of the regression
        without the unit's own group.
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
    residuals: Array
    left_out: Array
    weights: Array
    used: Positions
    fits: tuple[LocalFit, ...]
    idle: IdleTerms = field(default_factory=dict)

    def loading(self, contrast: Array) -> Array:
        """Return how much each unit's outcome moves Σ contrast μ̂(X), shape (n, 1) for all outcomes or (n, q).

        For least squares K_i Z_i (Z′KZ)⁻¹ Z′c; zero for a model without coefficients.
        """
        result = np.zeros((len(self.weights), max(len(self.fits), 1)))
        for k, local in enumerate(self.fits):
            coefficients = solve_symmetric(local.fit.moments, (contrast @ local.slopes)[:, None])[:, 0]
            result[self.used, k] = local.fit.weight * (local.fit.design @ coefficients)
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
    design = standardised_terms(terms, weights)
    inside, weight, observed = _rows(design, used, groups is None), weights[used], outcomes[used]
    moments, cross = crossproducts(inside.T, weight), inside.T @ (weight[:, None] * observed)
    idle = idle_terms(moments)
    if idle:
        places = [1 + place for place in idle]
        design[:, places], inside[:, places], cross[places] = 0.0, 0.0, 0.0
        moments[places], moments[:, places] = 0.0, 0.0
    fitted = design @ solve_symmetric(moments, cross)
    left = observed - fitted[used]
    fit = GroupedFit(inside, weight, observed, left, codes, moments, cross)
    residuals, left_out = np.zeros_like(outcomes), np.zeros_like(outcomes)
    residuals[used], left_out[used] = left, (rule or LeaveOwnGroupOut()).of(fit)
    return ArmRegression(fitted, residuals, left_out, weights, used, (LocalFit(fit, design),), idle)


def arm_prediction(outcomes: Array, terms: Array, weights: Array) -> Array:
    """Return μ̂(X) of every unit from the units with weight, shape (n, q)."""
    return arm_regression(outcomes, terms, weights, None, InSample()).fitted


def used_units(weights: Array, groups: Positions | None) -> tuple[Positions, Positions]:
    """Return the positions of the units with weight, and their groups' numbers from 0."""
    used = np.flatnonzero(weights > 0)
    codes = np.arange(len(used)) if groups is None else np.unique(groups[used], return_inverse=True)[1]
    return used, codes


def standardised_terms(terms: Array, weights: Array) -> Array:
    """Return the constant and the terms, standardised over the units with weight, shape (n, p + 1), column by column in memory."""
    design = np.empty((len(terms), 1 + terms.shape[1]), order="F")
    design[:, 0] = 1.0
    standardised(terms, weights, out=design[:, 1:])
    return design


def _rows(design: Array, used: Positions, alone: bool) -> Array:
    """Return the rows of a design, in memory one by one where groups are to be taken out of them."""
    rows = design if len(used) == len(design) else np.take(design.T, used, axis=1).T
    return rows if alone else np.ascontiguousarray(rows)


def independent_terms(terms: Array, weights: Array) -> tuple[Array, IdleTerms]:
    """Return the constant and the terms as ``standardised_terms``, zero for those that the terms before them reproduce, and these."""
    design, used = standardised_terms(terms, weights), weights > 0
    inside = design[used]
    idle = idle_terms((inside * weights[used, None]).T @ inside)
    design[:, [1 + place for place in idle]] = 0.0
    return design, idle
