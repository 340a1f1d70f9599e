"""Effects of a matched registry with errors by group, from sums by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.matched_sample import effective_size
from impact.effects.arm_means.adjustment import Adjustment, LinearAdjustment
from impact.effects.arm_means.idle_terms import OF_ARM, warn_of_idle_terms
from impact.effects.arm_means.linearised_by import BY_GROUP, KNOWN_SLOPES
from impact.effects.arm_means.linearization import Linearization
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
from impact.registry.balance import largest_difference
from impact.registry.group_grams import Reader, RegressionTerms, cell_grams, group_sums
from impact.registry.linearised import WeighedSums, independent_columns, linearised_by_group
from impact.registry.registry_match import RegistryMatch
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import refuse_design_columns, some_outcomes
from impact.threads import on_one_thread

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
        As for ``im.estimate``: ``ClusterRobust(BiasReduced(), estimated_slopes=True)`` by default, ``ClusterRobust()`` for weights.
    bias_adjustment : "linear", LinearAdjustment() or None
        Least squares on all covariates, weighted as the match; with inverse probabilities that is IPWRA.
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
    suited = BY_GROUP if matched.weights is None else KNOWN_SLOPES
    method = ClusterRobust.of(suited) if variance is None else variance
    adjustment = _linear(as_adjustment(bias_adjustment))
    _refuse_what_needs_rows(matched, method, adjustment)
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
    adjustment: LinearAdjustment | None,
    method: ClusterRobust,
) -> SummedEstimation:
    """Return the estimate of outcomes with the same persons column."""
    reader = Reader(
        matched.design,
        regression_terms(matched, adjustment),
        outcomes,
        persons,
        matched.sample.roles.cluster,
        matched.weights,
    )
    tasks = [(cell, reader) for cell in matched.cells if cell.sums.matched or matched.weights is not None]
    sums = group_sums(
        each(
            cell_grams,
            tasks,
            matched.sample.n_jobs,
            Text("summing the outcomes", "se sumaban los resultados"),
        )
    )
    if adjustment is not None:
        _, idle = independent_columns(sums, len(outcomes))
        warn_of_idle_terms(idle, matched.sample.names[1:], OF_ARM[int(matched.estimand == "ATT")])
    linear, codes, weight = linearised_by_group(
        WeighedSums(
            sums,
            len(outcomes),
            adjustment is not None,
            method,
            matched.estimand,
            getattr(matched.weights, "hessian", None),
        )
    )
    ways = Ways(codes)
    known = uncertainty_of(ways.of(linear, all_terms(linear)), method.label_by(SUMMED_BY_GROUP, adjustment))
    errors = missing_where_alone(known.std_error, linear, weight, codes)
    uncertainty = Uncertainty(
        errors, known.percent_std_error, known.degrees_of_freedom, known.control_mean_std_error, known.label
    )
    return SummedEstimation(linear, codes, weight, sums.groups, uncertainty)


def regression_terms(matched: RegistryMatch, adjustment: LinearAdjustment | None) -> RegressionTerms:
    """Return the terms: a cubic in the score for the variance of an unadjusted match on it, the covariates otherwise and for weights."""
    covariates, score = matched.sample.roles.covariates, matched.score
    if adjustment is None and score is not None and matched.weights is None:
        return RegressionTerms(score.model, np.array([score.mean]), np.array([score.spread]), covariates)
    moments = matched.sample.term_moments
    return RegressionTerms(
        None, moments.mean, np.sqrt(np.diag(moments.products) / moments.weight), covariates
    )


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


def _refuse_what_needs_rows(
    matched: RegistryMatch, method: ClusterRobust, adjustment: LinearAdjustment | None
) -> None:
    _refuse_variances_of_rows(matched, method, adjustment)
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


def _refuse_variances_of_rows(
    matched: RegistryMatch, method: ClusterRobust, adjustment: LinearAdjustment | None
) -> None:
    if matched.weights is not None and adjustment is not None and getattr(method, "estimated_slopes", False):
        raise OptionError(
            Text(
                (
                    "estimated_slopes=True with weights that are estimated themselves needs all rows together. Leave it out: "
                    "the default for weights takes the slopes as known."
                ),
                (
                    "estimated_slopes = true con pesos que a su vez se estiman necesita todas las filas juntas. Quítelo: lo "
                    "usual para pesos toma las pendientes como conocidas."
                ),
            )
        )
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
