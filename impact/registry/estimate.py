"""Effects of a matched registry with errors by group, from sums by group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from impact import checks
from impact.design.matched_sample import effective_size
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.linearised_by import BY_GROUP, KNOWN_SLOPES, weighted_by_score_alone
from impact.effects.arm_means.outcome_model import refuse_tilted
from impact.effects.arm_means.suited import as_adjustment
from impact.effects.effect import Effect, EffectTable
from impact.effects.estimate import require_errors
from impact.effects.few_groups import warn_of_few_groups
from impact.effects.labels import compared_labels, labelled_effect, population_label, weights_label
from impact.effects.variances.cluster_robust import (
    ClusterRobust,
)
from impact.errors import OptionError
from impact.language import Text
from impact.registry.balance import largest_difference
from impact.registry.registry_match import RegistryMatch
from impact.registry.sums.summed import Straight, SummedEstimation, refuse_unmatched_sets, summed_estimation
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
    """Estimate the effects of a matched registry, with errors by group, or by unit where there are none.

    Parameters
    ----------
    matched : RegistryMatch
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default; a further outcome reads columns that the sample has read.
    variance : ClusterRobust, optional
        As for ``im.estimate``: ``ClusterRobust(BiasReduced(), estimated_slopes=True)`` by default, ``ClusterRobust()`` for weights that
        balance, for weights beside an adjustment, and where the sample has no cluster: errors are then by matched set, where units are
        matched once, else by unit.
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
        No outcome, or a variance or adjustment that needs all rows together.
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
    method = _variance(matched, adjustment, variance)
    refuse_unmatched_sets(matched, adjustment)
    chosen = _chosen(matched, outcomes)
    for persons in dict.fromkeys(outcome.persons for outcome in chosen):
        together = tuple(outcome for outcome in chosen if outcome.persons == persons)
        summed = summed_estimation(matched, together, persons, adjustment, method)
        require_errors(summed.uncertainty, together)
        if matched.sample.roles.cluster is not None:
            treated = summed.linear.treatment
            warn_of_few_groups(summed.codes, summed.weight, (treated, ~treated), advice=_FEW)
        shared = _labels(matched, summed, adjustment) | {"level": level}
        effects = []
        for k, outcome in enumerate(together):
            labels = shared | {"weights": weights_label(matched.sample.roles.sampling_weight, outcome)}
            effects.append(labelled_effect(summed.linear, summed.uncertainty, outcome, k, labels))
        yield summed, effects


def _labels(matched: RegistryMatch, summed: SummedEstimation, adjustment: Straight | None) -> dict[str, Any]:
    treated, control = matched.after
    grouped = matched.sample.roles.cluster is not None
    groups = summed.weight[~summed.linear.treatment] if grouped else np.empty(0)
    return {
        "strategy": type(matched.strategy).__name__,
        "n_treated": treated.count,
        "n_treated_total": matched.before[0].count,
        "share_on_support": matched.n_matched / matched.n_focal,
        "n_control": control.count,
        "n_clusters": len(np.unique(summed.codes[summed.weight > 0])) if grouped else 0,
        "ess_control": control.effective_size,
        "effective_control_clusters": effective_size(groups),
        "largest_cluster_share": float(groups.max() / groups.sum()) if grouped else np.nan,
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
        matched.sample.require_numbers([*outcome.columns, *persons], OUTCOME.with_values(name=outcome.name))
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


def _variance(
    matched: RegistryMatch, adjustment: Straight | None, given: ClusterRobust | None
) -> ClusterRobust:
    """Return the variance asked for, or the one that suits the match."""
    grouped = matched.sample.roles.cluster is not None
    if given is None and not grouped and matched.weights is None and matched.rules.reuse is None:
        raise OptionError(
            Text(
                (
                    "Without a cluster, matches with replacement have Abadie and Imbens's errors, which need the nearest units of "
                    "the same arm in all rows together. Name the cluster in cluster= of im.RegistrySample, or pass "
                    "variance=im.ClusterRobust() for linearised errors by unit."
                ),
                (
                    "Sin cluster, los emparejamientos con reemplazo tienen los errores de Abadie e Imbens, que necesitan las "
                    "unidades más cercanas del mismo brazo entre todas las filas juntas. Nombre el cluster en [roles] cluster, o "
                    'escriba variance = "cluster robust" para errores linealizados por unidad.'
                ),
            )
        )
    by_group = matched.weights is None or weighted_by_score_alone(matched.strategy, adjustment)
    suited = BY_GROUP if grouped and by_group else KNOWN_SLOPES
    method = ClusterRobust.of(suited) if given is None else given
    if not isinstance(method, ClusterRobust) or method.estimated_score:
        raise OptionError(
            Text(
                (
                    "variance of a registry is im.ClusterRobust(...) without estimated_score; got {method!r}. Others "
                    "need all rows together: leave it out, or pass variance=im.ClusterRobust()."
                ),
                (
                    "variance de un registro es ClusterRobust sin estimated_score; se dio {method!r}. Las demás "
                    'necesitan todas las filas juntas: quítela, o escriba variance = "cluster robust".'
                ),
                method=method,
            )
        )
    return method
