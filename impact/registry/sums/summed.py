"""A registry's estimate from sums: by group, and in a second pass by unit or matched set where errors are theirs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from impact.arrays import Array, Positions
from impact.effects.arm_means.adjustment import LeastVarianceAdjustment, LinearAdjustment
from impact.effects.arm_means.fitting import AsMatched, Fitting
from impact.effects.arm_means.idle_terms import OF_ARM, warn_of_idle_terms
from impact.effects.arm_means.linearization import Linearization
from impact.effects.arm_means.residuals import InSample
from impact.effects.variances.cluster_robust import (
    ClusterRobust,
    all_terms,
    missing_where_alone,
    uncertainty_of,
    uncertainty_of_draws,
)
from impact.effects.variances.estimation import Uncertainty
from impact.effects.variances.sums.group_sums import Ways
from impact.effects.variances.sums.ways import (
    BY_GROUP,
    BY_GROUP_AND_SET,
    BY_GROUP_AND_SET_OR_LARGER,
    BY_SET,
    BY_UNIT,
)
from impact.errors import OptionError
from impact.language import Text
from impact.parallel import in_turn
from impact.registry.matching.cell_match import compared_arms
from impact.registry.reading.storage import written
from impact.registry.registry_match import MatchedCell, RegistryMatch
from impact.registry.sums.arm_mean import Way, independent_columns
from impact.registry.sums.cell_grams import Reader, RegressionTerms, cell_grams
from impact.registry.sums.group_grams import GroupGrams, group_sums
from impact.registry.sums.linearised import SummedMeans, linearised_by_group
from impact.registry.sums.second_pass import SecondPass, draws_of_cells
from impact.survey.outcome import Outcome

Straight: TypeAlias = LinearAdjustment | LeastVarianceAdjustment
"""Adjustments that sums are enough for."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummedEstimation:
    """An estimate from sums by group.

    Attributes
    ----------
    linear : Linearization
        Of two units a group at most: its treated and its controls.
    codes : int array
        Group of each of them.
    weight : float64 array
        Their match weight × sampling weight.
    groups : int array
        The group that each code stands for, as the sample numbers groups.
    uncertainty : Uncertainty
    """

    linear: Linearization
    codes: Any
    weight: Array
    groups: Positions
    uncertainty: Uncertainty


def summed_estimation(
    matched: RegistryMatch,
    outcomes: tuple[Outcome, ...],
    persons: str | None,
    adjustment: Straight | None,
    method: ClusterRobust,
) -> SummedEstimation:
    """Return the estimate of outcomes with the same persons column."""
    fitting: Fitting = AsMatched() if adjustment is None else adjustment.fitting
    grouped = matched.sample.roles.cluster is not None
    way = Way(
        number=len(outcomes),
        adjusted=adjustment is not None,
        augments=fitting.augments,
        normalized=not fitting.augments or getattr(adjustment, "normalized", True),
        slopes=fitting.augments or (method.estimated_slopes and adjustment is not None),
        residuals=method.residuals if grouped else InSample(),
        hessian=None if matched.weights is None else matched.weights.hessian,
    )
    reader = Reader(
        design=matched.design,
        terms=regression_terms(matched, adjustment),
        outcomes=outcomes,
        persons=persons,
        cluster=matched.sample.roles.cluster,
        weights=matched.weights,
        fitting=fitting,
        slopes=way.slopes,
    )
    cells = [one for one in matched.cells if one.sums.matched or fitting.augments or matched.weights]
    doing = Text("summing the outcomes", "se sumaban los resultados")
    sums = group_sums(in_turn(cell_grams, [(cell, reader) for cell in cells], matched.sample.n_jobs, doing))
    if adjustment is not None:
        _warn_of_idle(matched, sums, len(outcomes))
    means, linear, codes, weight = linearised_by_group(sums, way, matched.estimand)
    weight = weight * np.where(linear.treatment, *matched.scales)
    again = SecondPass(reader, means, method.residuals, in_sets(matched), None, matched.scales)
    if grouped:
        known = _by_group(matched, (linear, codes, weight), cells, sums, again, adjustment, method)
    else:
        draws, _ = draws_of_cells(cells, again, matched.sample.n_jobs)
        label = method.label_by(BY_SET if in_sets(matched) else BY_UNIT, adjustment)
        known = uncertainty_of_draws(draws, linear.pooled, label)
    return SummedEstimation(linear, codes, weight, sums.groups, known)


def in_sets(matched: RegistryMatch) -> bool:
    """Return whether each focal unit and its matches are a set of their own: no unit is matched twice."""
    return matched.weights is None and matched.rules.reuse == 1


def _by_group(
    matched: RegistryMatch,
    grouped: tuple[Linearization, Positions, Array],
    cells: list[MatchedCell],
    sums: GroupGrams,
    again: SecondPass,
    adjustment: Straight | None,
    method: ClusterRobust,
) -> Uncertainty:
    """Return the errors by group; by matched set too where units are matched once."""
    linear, codes, weight = grouped
    by_group = Ways(codes).of(linear, all_terms(linear))
    label = BY_GROUP
    if in_sets(matched):
        place = _save_coefficients(matched, sums, again.means)
        by_set, by_both = draws_of_cells(cells, replace(again, groups=place), matched.sample.n_jobs)
        assert by_both is not None
        others = [np.diag(one.variances(linear.pooled)[0]) for one in (by_set, by_both)]
        by_group = replace(by_group, other_ways=(others[0], others[1]))
        fallen = by_group.take(range(len(linear.effect))).fallen_back.any()
        label = BY_GROUP_AND_SET_OR_LARGER if fallen else BY_GROUP_AND_SET
    known = uncertainty_of(by_group, method.label_by(label, adjustment))
    return replace(known, std_error=missing_where_alone(known.std_error, linear, weight, codes))


def _save_coefficients(matched: RegistryMatch, sums: GroupGrams, means: SummedMeans) -> Path:
    """Write each group's coefficients, with which its units' residuals are had."""
    path = matched.design.folder / "coefficients.npz"
    arms: dict[str, Any] = {
        f"arm{arm}": means.imputed[arm].coefficients(sums.grams[:, place])
        for place, arm in enumerate(compared_arms(matched.estimand))
    }
    with written(path, Text("the groups", "los grupos")) as beside, beside.open("wb") as sink:
        np.savez(sink, groups=sums.groups, **arms)
    return path


def refuse_unmatched_sets(matched: RegistryMatch, adjustment: Straight | None) -> None:
    """Refuse what would need the units in no set as a group of their own."""
    alone = in_sets(matched) and matched.sample.roles.cluster is None
    if alone and adjustment is not None and adjustment.fitting.augments:
        raise OptionError(
            Text(
                (
                    "A regression fitted by itself to units that are matched once has errors by set, and the units in no set "
                    'stand together in one. Use bias_adjustment="linear", or name a cluster in cluster= of im.RegistrySample.'
                ),
                (
                    "Una regresión estimada sin los pesos, con unidades emparejadas una sola vez, tiene errores por conjunto, y las "
                    'unidades sin conjunto quedan juntas en uno. Escriba bias_adjustment = "linear", o nombre el cluster en [roles] '
                    "cluster."
                ),
            )
        )


def _warn_of_idle(matched: RegistryMatch, sums: GroupGrams, number: int) -> None:
    for place, arm in enumerate(compared_arms(matched.estimand)):
        _, idle = independent_columns(sums.grams[:, place].sum(0), number)
        warn_of_idle_terms(idle, matched.sample.names[1:], OF_ARM[arm])


def regression_terms(matched: RegistryMatch, adjustment: Straight | None) -> RegressionTerms:
    """Return the terms: a cubic in the score for the variance of an unadjusted match on it, the covariates otherwise and for weights."""
    covariates, score = matched.sample.roles.covariates, matched.score
    if adjustment is None and score is not None and matched.weights is None:
        return RegressionTerms(score.model, np.array([score.mean]), np.array([score.spread]), covariates)
    moments = matched.sample.term_moments
    return RegressionTerms(
        None, moments.mean, np.sqrt(np.diag(moments.products) / moments.weight), covariates
    )
