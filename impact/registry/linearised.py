"""The arm means of a registry and each group's terms, from sums by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from impact.arrays import Array
from impact.effects.arm_means.idle_terms import IdleTerms, idle_terms
from impact.effects.arm_means.linearization import Linearization
from impact.effects.arm_means.residuals import GroupedFit, solve_symmetric
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.registry.group_grams import GroupGrams, rows_with_grams, standardising


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WeighedSums:
    """The sums of a registry's groups, and how they are read.

    Attributes
    ----------
    sums : GroupGrams
    number : int
        Outcomes.
    adjusted : bool
        Whether the regression adjusts the estimate, or its variance alone.
    method : ClusterRobust
    estimand : {"ATT", "ATC"}
    hessian : float64 array, shape (r, r), or None
        Of the weights' estimating functions; None for matches.
    """

    sums: GroupGrams
    number: int
    adjusted: bool
    method: ClusterRobust
    estimand: str
    hessian: Array | None = None


def independent_columns(sums: GroupGrams, number: int) -> tuple[Array, IdleTerms]:
    """Return what standardises the columns, zero for the terms that others reproduce among the comparison units, and these terms."""
    total = sums.grams.sum(0)
    terms = len(total) - number
    change = standardising(total, terms)
    idle = idle_terms((change.T @ total @ change)[:terms, :terms])
    change[:, [1 + place for place in idle]] = 0.0
    return change, idle


def linearised_by_group(given: WeighedSums) -> tuple[Linearization, Any, Array]:
    """Return the arm means and each group's terms, as ``linearize`` gives them unit by unit; the groups, and their weights.

    Notes
    -----
    With a the weight that a comparison unit's outcome has per K, 1/ΣK and, where slopes are counted, (z̄_F − z̄_K)′(Z′KZ)⁻¹Z: a group adds
    Σ_F f (μ̂(X) − mean) + size {Σ K a ẽ − ΣK a · Σ_all K a ẽ}. Unadjusted weights that solve an equation have their own μ̂ in place of the
    focal units': size Σ K a (μ̂(X) − mean). Their estimation adds s_g′H⁻¹ Σ K (∂ log K/∂γ)′a e, with s_g the group's estimating functions.
    """
    sums, number, estimand = given.sums, given.number, given.estimand
    change, _ = independent_columns(sums, number)
    terms = len(change) - number
    grams, focal = change.T @ sums.grams @ change, sums.focal @ change
    whole, every = grams.sum(0), focal.sum(0)
    size, moments = float(every[0]), whole[:terms, :terms]
    fit, beta = _fitted(grams, whole, terms)
    left_out = given.method.residuals.of(fit)
    loads = np.zeros(terms)
    loads[0] = 1 / moments[0, 0]
    if given.adjusted and given.method.estimated_slopes:
        contrast = every[:terms] / size - moments[0] / moments[0, 0]
        loads = loads + solve_symmetric(moments, contrast[:, None])[:, 0]
    scored = (fit.design @ loads)[:, None] * left_out
    by_group = np.stack([np.bincount(fit.codes, column, len(grams)) for column in scored.T], axis=1)
    carried = grams[:, 0, :terms] @ loads
    psi_match = size * (by_group - carried[:, None] * by_group.sum(0))
    predicted = focal[:, :terms] @ beta
    psi_focal = predicted - focal[:, :1] * (predicted.sum(0) / size)
    mean_focal = focal[:, terms:].sum(0) / size
    mean_match = whole[0, terms:] / moments[0, 0] if not given.adjusted else predicted.sum(0) / size
    if given.hessian is not None:
        psi_focal, psi_match = _with_solved_weights(
            given, given.hessian, grams, sums.moved @ change, beta, mean_match, size, psi_focal, psi_match
        )
    spread, level = np.diag(change)[terms:], -change[0, terms:] / np.diag(change)[terms:]
    psi_own = focal[:, terms:] - focal[:, :1] * mean_focal
    own_rows, other_rows = (np.flatnonzero(_present(sums, side)) for side in (0, 1))
    nothing = np.zeros((len(other_rows), number))
    observed_terms = np.vstack([psi_own[own_rows], nothing]) / spread
    imputed_terms = np.vstack([psi_focal[own_rows], psi_match[other_rows]]) / spread
    means = (mean_focal / spread + level, mean_match / spread + level)
    focal_rows = np.arange(len(own_rows) + len(other_rows)) < len(own_rows)
    treated_first = estimand == "ATT"
    weight = np.concatenate([sums.weight[own_rows, 0], sums.weight[other_rows, 1]])
    linear = Linearization(
        mean_treated=means[0] if treated_first else means[1],
        mean_control=means[1] if treated_first else means[0],
        psi_treated=observed_terms if treated_first else imputed_terms,
        psi_control=imputed_terms if treated_first else observed_terms,
        size=size,
        treatment=focal_rows if treated_first else ~focal_rows,
        active=weight > 0,
        pooled=False,
    )
    return linear, np.concatenate([own_rows, other_rows]).astype(np.intp), weight


def _with_solved_weights(
    given: WeighedSums,
    hessian: Array,
    grams: Array,
    moved: Array,
    beta: Array,
    mean_match: Array,
    size: float,
    psi_focal: Array,
    psi_match: Array,
) -> tuple[Array, Array]:
    """Return the terms of focal and of comparison units with what solving for the weights adds."""
    terms = len(beta)
    each = size / grams.sum(0)[0, 0]
    if not given.adjusted:
        own = each * grams[:, 0, :terms] @ beta
        psi_match = psi_match + own - each * grams[:, 0, :1] * (own.sum(0) / size)
        psi_focal = np.zeros_like(psi_focal)
    loading = each * _weights_loading(given, hessian, moved, beta, mean_match)
    return psi_focal + given.sums.scores[:, 0] @ loading, psi_match + given.sums.scores[:, 1] @ loading


def _present(sums: GroupGrams, side: int) -> Any:
    """Return the groups with units of a side that carry weight, or that informed the weights."""
    return (sums.weight[:, side] > 0) | (sums.scores[:, side] != 0).any(1)


def _weights_loading(given: WeighedSums, hessian: Array, moved: Array, beta: Array, mean: Array) -> Array:
    """Return H⁻¹ Σ K (∂ log K/∂γ)′ e, with e what the estimate averages: outcomes less their mean, or less the adjustment's prediction."""
    terms = moved.shape[1] - given.number
    apart = moved[:, terms:] - (moved[:, :terms] @ beta if given.adjusted else moved[:, :1] * mean)
    # collinear parameters share their estimate; the fitted weights, and so this product, do not depend on how
    found = np.linalg.lstsq(hessian, apart, rcond=1e-12)[0]
    return np.asarray(found, dtype=np.float64)


def _fitted(grams: Array, whole: Array, terms: int) -> tuple[GroupedFit, Array]:
    """Return the regression on the comparison units as one on a few rows a group, and its coefficients."""
    rows, codes = rows_with_grams(grams)
    design, outcomes = rows[:, :terms], rows[:, terms:]
    moments, cross = whole[:terms, :terms], whole[:terms, terms:]
    beta = solve_symmetric(moments, cross)
    residuals = outcomes - design @ beta
    fit = GroupedFit(design, np.ones(len(rows)), outcomes, residuals, codes, moments, cross)
    return fit, beta
