"""Effects of a matched registry with errors by group, from sums by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.design.matched_sample import effective_size
from impact.effects.arm_means.adjustment import Adjustment, LinearAdjustment
from impact.effects.arm_means.linearised_by import BY_GROUP
from impact.effects.arm_means.linearization import Linearization
from impact.effects.arm_means.residuals import GroupedFit, solve_symmetric
from impact.effects.arm_means.suited import as_adjustment
from impact.effects.effect import EffectTable
from impact.effects.estimate import require_errors
from impact.effects.few_groups import warn_of_few_groups
from impact.effects.labels import compared_labels, labelled_effect, population_label, weights_label
from impact.effects.variances.cluster_robust import (
    ClusterRobust,
    all_terms,
    missing_where_alone,
    uncertainty_of,
)
from impact.effects.variances.estimation import Uncertainty
from impact.effects.variances.sums.group_sums import Ways
from impact.effects.variances.sums.ways import BY_GROUP as SUMMED_BY_GROUP
from impact.errors import OptionError
from impact.language import Text
from impact.registry.balance import largest_difference
from impact.registry.group_grams import (
    GroupGrams,
    Reader,
    RegressionTerms,
    cell_grams,
    group_sums,
    rows_with_grams,
    standardising,
)
from impact.registry.match import RegistryMatch
from impact.registry.workers import each
from impact.survey.outcome import Outcome
from impact.threads import on_one_thread

OUTCOME = Text("outcome '{name}'", "El resultado '{name}'", name="")


@on_one_thread
def estimate_registry(
    matched: RegistryMatch,
    outcomes: Sequence[str | Outcome] | None = None,
    variance: ClusterRobust | None = None,
    bias_adjustment: Adjustment | str | None = None,
    level: float = 0.95,
) -> EffectTable:
    """Estimate the effects of a matched registry, with errors by group.

    Parameters
    ----------
    matched : RegistryMatch
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default; a further outcome reads columns that the sample has read.
    variance : ClusterRobust, optional
        ``ClusterRobust(BiasReduced(), estimated_slopes=True)`` by default, as for ``im.estimate``.
    bias_adjustment : "linear", LinearAdjustment() or None
        Least squares on all covariates, weighted as the match.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    EffectTable
        What ``im.estimate`` gives for the same rows.

    Raises
    ------
    OptionError
        No outcome, no cluster, or a variance or adjustment that needs all rows together.
    EstimationError
        Fewer than two groups carry weight in an arm.

    Notes
    -----
    Of each group Σ f (Z, Y) over its matched focal units and Σ K (Z, Y)′(Z, Y) over the units that they are compared with are enough for
    the means, the regression, its residuals without the own group (or bias-reduced) and the group's sum of the linearised terms: they
    are summed cell by cell, and a group may span cells and files. Memory: d² numbers a group, with d terms and outcomes.

    Examples
    --------
    >>> import tempfile, numpy as np, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> row = np.arange(2000)
    >>> columns = {"treated": row // 5 % 3 == 0, "age": row * 7 % 37, "group": row // 5, "region": row % 2}
    >>> frame = pd.DataFrame(columns | {"income": 100.0 + row % 11})
    >>> frame.to_parquet(f"{folder}/all.parquet")
    >>> sample = im.RegistrySample(folder, "treated", ["age"], ["income"], cluster="group", cells=["region"])
    >>> matched = im.registry.match(sample, im.NearestNeighbor(im.Euclidean(), exact=("region",)))
    >>> memory = im.Sample(frame, "treated", ["age"], ["income"], cluster="group")
    >>> one = im.estimate(im.match(memory, im.NearestNeighbor(im.Euclidean(), exact=("region",)))).one("income")
    >>> other = im.registry.estimate(matched).one("income")
    >>> abs(one.estimate - other.estimate) < 1e-10, abs(one.std_error - other.std_error) < 1e-10
    (True, True)
    """
    checks.instance(
        "matched",
        matched,
        Text("an im.RegistryMatch", "un RegistryMatch"),
        isinstance(matched, RegistryMatch),
    )
    checks.between("level", level, 0.0, 1.0)
    method = ClusterRobust.of(BY_GROUP) if variance is None else variance
    _refuse_what_needs_rows(matched, method)
    adjustment = _linear(as_adjustment(bias_adjustment))
    chosen = _chosen(matched, outcomes)
    found: dict[str, Any] = {}
    for persons in dict.fromkeys(outcome.persons for outcome in chosen):
        together = tuple(outcome for outcome in chosen if outcome.persons == persons)
        summed = summed_estimation(matched, together, persons, adjustment, method)
        require_errors(summed.uncertainty, together)
        treated = summed.linear.treatment
        warn_of_few_groups(
            summed.codes, summed.weight, (treated, ~treated), advice="See effective_control_clusters."
        )
        shared = _labels(matched, summed, adjustment) | {"level": level}
        for k, outcome in enumerate(together):
            weights = weights_label(matched.sample.roles.sampling_weight, outcome)
            found[outcome.name] = labelled_effect(
                summed.linear, summed.uncertainty, outcome, k, shared | {"weights": weights}
            )
    return EffectTable(tuple(found[outcome.name] for outcome in chosen), synthetic=matched.sample.synthetic)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummedEstimation:
    """An estimate from sums by group.

    Attributes
    ----------
    linear : Linearization
        Of two units a group at most: its focal and its comparison units together.
    codes : int array
        Group of each of them.
    weight : float64 array
        Their match weight × sampling weight.
    uncertainty : Uncertainty
    """

    linear: Linearization
    codes: Any
    weight: Array
    uncertainty: Uncertainty


def summed_estimation(
    matched: RegistryMatch,
    outcomes: tuple[Outcome, ...],
    persons: str | None,
    adjustment: LinearAdjustment | None,
    method: ClusterRobust,
) -> SummedEstimation:
    """Return the estimate of outcomes with the same persons column."""
    reader = Reader(
        matched.design, regression_terms(matched, adjustment), outcomes, persons, matched.sample.roles.cluster
    )
    tasks = [(cell, reader) for cell in matched.cells if cell.sums.matched]
    sums = group_sums(
        each(
            cell_grams,
            tasks,
            matched.sample.n_jobs,
            Text("summing the outcomes", "se sumaban los resultados"),
        )
    )
    linear, codes, weight = linearised_by_group(
        sums, len(outcomes), adjustment is not None, method, matched.estimand
    )
    ways = Ways(codes)
    known = uncertainty_of(ways.of(linear, all_terms(linear)), method.label_by(SUMMED_BY_GROUP, adjustment))
    errors = missing_where_alone(known.std_error, linear, weight, codes)
    uncertainty = Uncertainty(
        errors, known.percent_std_error, known.degrees_of_freedom, known.control_mean_std_error, known.label
    )
    return SummedEstimation(linear, codes, weight, uncertainty)


def regression_terms(matched: RegistryMatch, adjustment: LinearAdjustment | None) -> RegressionTerms:
    """Return the terms: a cubic in the score for the variance of an unadjusted match on it, the covariates otherwise."""
    covariates, score = matched.sample.roles.covariates, matched.score
    if adjustment is None and score is not None:
        return RegressionTerms(score.model, np.array([score.mean]), np.array([score.spread]), covariates)
    moments = matched.sample.term_moments
    return RegressionTerms(
        None, moments.mean, np.sqrt(np.diag(moments.products) / moments.weight), covariates
    )


def linearised_by_group(
    sums: GroupGrams, number: int, adjusted: bool, method: ClusterRobust, estimand: str
) -> tuple[Linearization, Any, Array]:
    """Return the arm means and each group's terms, as ``linearize`` gives them unit by unit.

    Notes
    -----
    With a the weight that a comparison unit's outcome has per K, 1/ΣK and, where slopes are counted, (z̄_F − z̄_K)′(Z′KZ)⁻¹Z: a group adds
    Σ_F f (μ̂(X) − mean) + size {Σ K a ẽ − ΣK a · Σ_all K a ẽ}.
    """
    total = sums.grams.sum(0)
    terms = len(total) - number
    change = standardising(total, terms)
    grams, focal = change.T @ sums.grams @ change, sums.focal @ change
    whole, every = grams.sum(0), focal.sum(0)
    size, moments = float(every[0]), whole[:terms, :terms]
    fit, beta = _fitted(grams, whole, terms)
    left_out = method.residuals.of(fit)
    loads = np.zeros(terms)
    loads[0] = 1 / moments[0, 0]
    if adjusted and method.estimated_slopes:
        contrast = every[:terms] / size - moments[0] / moments[0, 0]
        loads = loads + solve_symmetric(moments, contrast[:, None])[:, 0]
    scored = (fit.design @ loads)[:, None] * left_out
    by_group = np.stack([np.bincount(fit.codes, column, len(grams)) for column in scored.T], axis=1)
    carried = grams[:, 0, :terms] @ loads
    psi_match = size * (by_group - carried[:, None] * by_group.sum(0))
    predicted = focal[:, :terms] @ beta
    psi_focal = predicted - focal[:, :1] * (predicted.sum(0) / size)
    spread, level = np.diag(change)[terms:], -change[0, terms:] / np.diag(change)[terms:]
    observed = focal[:, terms:]
    mean_focal = observed.sum(0) / size
    mean_match = whole[0, terms:] / moments[0, 0] if not adjusted else predicted.sum(0) / size
    psi_own = observed - focal[:, :1] * mean_focal
    own, others = np.flatnonzero(sums.weight[:, 0] > 0), np.flatnonzero(sums.weight[:, 1] > 0)
    nothing = np.zeros((len(others), number))
    observed_terms = np.vstack([psi_own[own], nothing]) / spread
    imputed_terms = np.vstack([psi_focal[own], psi_match[others]]) / spread
    means = (mean_focal / spread + level, mean_match / spread + level)
    focal_rows = np.arange(len(own) + len(others)) < len(own)
    treated_first = estimand == "ATT"
    linear = Linearization(
        mean_treated=means[0] if treated_first else means[1],
        mean_control=means[1] if treated_first else means[0],
        psi_treated=observed_terms if treated_first else imputed_terms,
        psi_control=imputed_terms if treated_first else observed_terms,
        size=size,
        treatment=focal_rows if treated_first else ~focal_rows,
        active=np.ones(len(focal_rows), dtype=np.bool_),
        pooled=False,
    )
    weight = np.concatenate([sums.weight[own, 0], sums.weight[others, 1]])
    return linear, np.concatenate([own, others]).astype(np.intp), weight


def _fitted(grams: Array, whole: Array, terms: int) -> tuple[GroupedFit, Array]:
    """Return the regression on the comparison units as one on a few rows a group, and its coefficients."""
    rows, codes = rows_with_grams(grams)
    design, outcomes = rows[:, :terms], rows[:, terms:]
    moments, cross = whole[:terms, :terms], whole[:terms, terms:]
    beta = solve_symmetric(moments, cross)
    residuals = outcomes - design @ beta
    fit = GroupedFit(design, np.ones(len(rows)), outcomes, residuals, codes, moments, cross)
    return fit, beta


def _labels(
    matched: RegistryMatch, summed: SummedEstimation, adjustment: LinearAdjustment | None
) -> dict[str, Any]:
    treated, control = matched.after
    groups = summed.weight[~summed.linear.treatment]
    return {
        "strategy": type(matched.strategy).__name__,
        "n_treated": treated.count,
        "n_treated_total": matched.before[0].count,
        "share_on_support": matched.n_matched / matched.n_focal,
        "n_control": control.count,
        "n_clusters": len(np.unique(summed.codes)),
        "ess_control": control.effective_size,
        "effective_control_clusters": effective_size(groups),
        "largest_cluster_share": float(groups.max() / groups.sum()),
        "max_abs_smd": largest_difference(matched),
        "population": population_label(matched.estimand, matched.n_matched, matched.n_focal),
        **compared_labels(matched.estimand, matched.sample.comparator, adjustment),
    }


def _chosen(matched: RegistryMatch, outcomes: Sequence[str | Outcome] | None) -> list[Outcome]:
    roles = matched.sample.roles
    chosen = (
        list(roles.outcomes) if outcomes is None else [matched.sample.outcome(entry) for entry in outcomes]
    )
    if not chosen:
        raise OptionError(
            Text(
                (
                    "outcomes must name at least one outcome; the sample has none. Pass outcomes= to im.RegistrySample "
                    "or here."
                ),
                (
                    "outcomes debe nombrar al menos un resultado; la muestra no tiene ninguno. Dé outcomes a "
                    "RegistrySample o aquí."
                ),
            )
        )
    checks.distinct("outcomes", [outcome.name for outcome in chosen])
    for outcome in chosen:
        used = [name for name in outcome.columns if name in (*roles.covariates, roles.treatment)]
        if used:
            raise OptionError(
                Text(
                    "outcome '{name}' reads {used}, which the design used to match.",
                    "El resultado '{name}' lee {used}, que el diseño usó para emparejar.",
                    name=outcome.name,
                    used=checks.listed(map(repr, used)),
                )
            )
        persons = [outcome.persons] if outcome.persons else []
        matched.sample.require_columns([*outcome.columns, *persons], OUTCOME.with_values(name=outcome.name))
    return chosen


def _linear(adjustment: Adjustment | None) -> LinearAdjustment | None:
    if adjustment is None or adjustment == LinearAdjustment():
        return adjustment
    raise OptionError(
        Text(
            (
                'bias_adjustment of a registry is None or "linear", all covariates as they are; got {adjustment!r}. '
                "Estimate it on a sample of the registry in memory with im.estimate."
            ),
            (
                'bias_adjustment de un registro es ninguno o "linear", con todas las covariables tal como están; se '
                "dio {adjustment!r}. Estímelo en una muestra del registro en memoria con estimate."
            ),
            adjustment=adjustment,
        )
    )


def _refuse_what_needs_rows(matched: RegistryMatch, method: ClusterRobust) -> None:
    if not isinstance(method, ClusterRobust) or method.estimated_score:
        raise OptionError(
            Text(
                (
                    "variance of a registry is im.ClusterRobust(...) without estimated_score; got {method!r}. Others "
                    "need all rows together."
                ),
                (
                    "variance de un registro es ClusterRobust sin estimated_score; se dio {method!r}. Las demás "
                    "necesitan todas las filas juntas."
                ),
                method=method,
            )
        )
    if matched.sample.roles.cluster is None:
        raise OptionError(
            Text(
                (
                    "A registry's errors are by group, and no cluster is given. Name it in cluster= of "
                    "im.RegistrySample; where each household stands for itself, name its identifier."
                ),
                (
                    "Los errores de un registro son por grupo, y no se dio cluster. Nómbrelo en cluster de "
                    "RegistrySample; donde cada hogar cuenta por sí mismo, nombre su identificador."
                ),
            )
        )
    if matched.rules.reuse is not None:
        raise OptionError(
            Text(
                (
                    "Errors of a match without replacement are by group and matched set at once, which a registry does "
                    "not sum. Match with replacement, or estimate it in memory with im.estimate."
                ),
                (
                    "Los errores de un emparejamiento sin reemplazo son por grupo y por conjunto a la vez, lo que un "
                    "registro no suma. Empareje con reemplazo, o estímelo en memoria con estimate."
                ),
            )
        )
