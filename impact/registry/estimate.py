"""Effects of a matched registry with errors by group, from sums by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.matched_sample import effective_size
from impact.effects.arm_means.adjustment import Adjustment, LeastVarianceAdjustment, LinearAdjustment
from impact.effects.arm_means.fitting import AsMatched, Fitting
from impact.effects.arm_means.idle_terms import OF_ARM, warn_of_idle_terms
from impact.effects.arm_means.linearised_by import BY_GROUP, KNOWN_SLOPES, weighted_by_score_alone
from impact.effects.arm_means.linearization import Linearization
from impact.effects.arm_means.outcome_model import refuse_tilted
from impact.effects.arm_means.suited import as_adjustment
from impact.effects.effect import Effect, EffectTable
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
from impact.parallel import each
from impact.registry.arm_mean import Way, independent_columns
from impact.registry.balance import largest_difference
from impact.registry.group_grams import (
    GroupGrams,
    Reader,
    RegressionTerms,
    cell_grams,
    group_sums,
)
from impact.registry.linearised import linearised_by_group
from impact.registry.matching.cell_match import compared_arms
from impact.registry.registry_match import RegistryMatch
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import refuse_design_columns, some_outcomes
from impact.threads import on_one_thread

Straight: TypeAlias = LinearAdjustment | LeastVarianceAdjustment
"""Adjustments that sums are enough for."""
_FEW = Text("See effective_control_clusters.", "Vea los grupos de control efectivos.")
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
        As for ``im.estimate``: ``ClusterRobust(BiasReduced(), estimated_slopes=True)`` by default, ``ClusterRobust()`` for weights that
        balance and for weights beside an adjustment.
    bias_adjustment : "linear", LinearAdjustment(), LeastVarianceAdjustment() or None
        Least squares on all covariates, weighted as the match (with inverse probabilities IPWRA), or, ``weighted=False``, by itself
        (AIPW; with entropy balancing and matches their augmented estimate).
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
    Of each group Σ f (Z, Y) over its matched focal units, Σ K (Z, Y) and Σ κ (Z, Y)′(Z, Y) over the units that they are compared with, K
    their weight and κ that in the regression, are enough for the means, the regression, its residuals without the own group (or
    bias-reduced) and the group's sum of the linearised terms: they are summed cell by cell, and a group may span cells and files. Memory:
    d² + d numbers a group, with d terms and outcomes, and as many again where both arms are imputed (ATE, ATO, ATM).

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
    found = {
        effect.outcome: effect
        for _, effects in estimated_by_sums(matched, outcomes, variance, bias_adjustment, level)
        for effect in effects
    }
    return EffectTable(
        tuple(found[outcome.name] for outcome in _chosen(matched, outcomes)),
        synthetic=matched.sample.synthetic,
    )


def estimated_by_sums(
    matched: RegistryMatch,
    outcomes: Sequence[str | Outcome] | None,
    variance: ClusterRobust | None,
    bias_adjustment: Adjustment | str | None,
    level: float,
) -> Iterator[tuple[SummedEstimation, list[Effect]]]:
    """Yield the estimates of outcomes that go together, each with its labelled effects; arguments as in ``estimate_registry``."""
    checks.between("level", level, 0.0, 1.0)
    adjustment = _linear(as_adjustment(bias_adjustment), matched)
    by_group = matched.weights is None or weighted_by_score_alone(matched.strategy, adjustment)
    method = ClusterRobust.of(BY_GROUP if by_group else KNOWN_SLOPES) if variance is None else variance
    _refuse_what_needs_rows(matched, method)
    chosen = _chosen(matched, outcomes)
    for persons in dict.fromkeys(outcome.persons for outcome in chosen):
        together = tuple(outcome for outcome in chosen if outcome.persons == persons)
        summed = summed_estimation(matched, together, persons, adjustment, method)
        require_errors(summed.uncertainty, together)
        treated = summed.linear.treatment
        warn_of_few_groups(summed.codes, summed.weight, (treated, ~treated), advice=_FEW)
        shared = _labels(matched, summed, adjustment) | {"level": level}
        effects = []
        for k, outcome in enumerate(together):
            labels = shared | {"weights": weights_label(matched.sample.roles.sampling_weight, outcome)}
            effects.append(labelled_effect(summed.linear, summed.uncertainty, outcome, k, labels))
        yield summed, effects


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
    counts_slopes = fitting.augments or (method.estimated_slopes and adjustment is not None)
    reader = Reader(
        design=matched.design,
        terms=regression_terms(matched, adjustment),
        outcomes=outcomes,
        persons=persons,
        cluster=matched.sample.roles.cluster,
        weights=matched.weights,
        fitting=fitting,
        slopes=counts_slopes,
    )
    tasks = [
        (cell, reader) for cell in matched.cells if cell.sums.matched or fitting.augments or matched.weights
    ]
    doing = Text("summing the outcomes", "se sumaban los resultados")
    sums = group_sums(each(cell_grams, tasks, matched.sample.n_jobs, doing))
    if adjustment is not None:
        _warn_of_idle(matched, sums, len(outcomes))
    way = Way(
        number=len(outcomes),
        adjusted=adjustment is not None,
        augments=fitting.augments,
        normalized=not fitting.augments or getattr(adjustment, "normalized", True),
        slopes=counts_slopes,
        residuals=method.residuals,
        hessian=None if matched.weights is None else matched.weights.hessian,
    )
    _, linear, codes, weight = linearised_by_group(sums, way, matched.estimand)
    weight = weight * np.where(linear.treatment, *matched.scales)
    ways = Ways(codes)
    known = uncertainty_of(ways.of(linear, all_terms(linear)), method.label_by(SUMMED_BY_GROUP, adjustment))
    errors = missing_where_alone(known.std_error, linear, weight, codes)
    return SummedEstimation(linear, codes, weight, sums.groups, replace(known, std_error=errors))


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


def _labels(matched: RegistryMatch, summed: SummedEstimation, adjustment: Straight | None) -> dict[str, Any]:
    treated, control = matched.after
    groups = summed.weight[~summed.linear.treatment]
    return {
        "strategy": type(matched.strategy).__name__,
        "n_treated": treated.count,
        "n_treated_total": matched.before[0].count,
        "share_on_support": matched.n_matched / matched.n_focal,
        "n_control": control.count,
        "n_clusters": len(np.unique(summed.codes[summed.weight > 0])),
        "ess_control": control.effective_size,
        "effective_control_clusters": effective_size(groups),
        "largest_cluster_share": float(groups.max() / groups.sum()),
        "max_abs_smd": largest_difference(matched),
        "population": population_label(matched.estimand, matched.n_matched, matched.n_focal),
        **compared_labels(matched.estimand, matched.sample.comparator, adjustment),
    }


def _chosen(matched: RegistryMatch, outcomes: Sequence[str | Outcome] | None) -> list[Outcome]:
    roles = matched.sample.roles
    where = Text("im.RegistrySample", "RegistrySample o aquí")
    chosen = some_outcomes(roles.outcomes, outcomes, where)
    refuse_design_columns(chosen, (*roles.covariates, roles.treatment))
    for outcome in chosen:
        persons = [outcome.persons] if outcome.persons else []
        matched.sample.require_columns([*outcome.columns, *persons], OUTCOME.with_values(name=outcome.name))
    return chosen


def _linear(adjustment: Adjustment | None, matched: RegistryMatch) -> Straight | None:
    if adjustment is None:
        return None
    refuse_tilted(matched.estimand)
    if isinstance(adjustment, Straight) and adjustment.covariates is None and not adjustment.squares:
        return adjustment
    raise OptionError(
        Text(
            (
                'bias_adjustment of a registry is None, "linear", im.LinearAdjustment(weighted=False) or '
                "im.LeastVarianceAdjustment(), all covariates as they are; got {adjustment!r}. Estimate it on a sample of the "
                "registry in memory with im.estimate."
            ),
            (
                'bias_adjustment de un registro es ninguno, "linear", LinearAdjustment con weighted = false o '
                "LeastVarianceAdjustment, con todas las covariables tal como están; se dio {adjustment!r}. Estímelo en una "
                "muestra del registro que quepa en la memoria."
            ),
            adjustment=adjustment,
        )
    )


def _refuse_what_needs_rows(matched: RegistryMatch, method: ClusterRobust) -> None:
    _refuse_variances_of_rows(method)
    if matched.sample.roles.cluster is None:
        raise OptionError(
            Text(
                (
                    "A registry's errors are by group, and no cluster is given. Name it in cluster= of "
                    "im.RegistrySample; where each household stands for itself, name its identifier."
                ),
                (
                    "Los errores de un registro son por grupo, y no se dio cluster. Nómbrelo en [roles] "
                    "cluster; donde cada hogar cuenta por sí mismo, nombre su identificador."
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
                    "registro no suma. Empareje con reemplazo, o estímelo en una muestra que quepa en la memoria."
                ),
            )
        )


def _refuse_variances_of_rows(method: ClusterRobust) -> None:
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
