"""estimate(): from a matched sample to labelled effects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.design.balance.largest_smd import largest_smd
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.outcome_model import outcome_model
from impact.effects.arm_means.suited import adjustment_of, as_adjustment
from impact.effects.effect import Effect, EffectTable
from impact.effects.few_groups import warn_of_few_groups
from impact.effects.labels import design_labels, labelled_effect, weights_label
from impact.effects.observed import units_with, with_values
from impact.effects.percent_of_changes import with_percents_of_changes
from impact.effects.variances.abadie_imbens import AbadieImbens
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.estimation import Estimation, Uncertainty, Variance, linearised_estimation
from impact.effects.variances.sums.ways import inference_groups
from impact.errors import DataError, EstimationError, OneGroupError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import refuse_design_columns, some_outcomes
from impact.threads import on_one_thread


@on_one_thread
def estimate(
    matched: MatchedSample,
    outcomes: Sequence[str | Outcome] | None = None,
    variance: Variance | None = None,
    bias_adjustment: Adjustment | str | None = None,
    level: float = 0.95,
) -> EffectTable:
    """Estimate the effect on each outcome, with its standard error, interval and labels.

    Parameters
    ----------
    matched : MatchedSample
    outcomes : sequence of str or Outcome, optional
        Names of the sample's outcomes, or outcomes; all of the sample's by default.
    variance : Variance, optional
        By default ``ClusterRobust`` where the sample has a cluster (``BiasReduced()`` residuals with ``estimated_slopes=True``, but for
        weights that solve equations of balance, and for weights beside a bias adjustment); else ``AbadieImbens`` for pairs with
        replacement; else ``ClusterRobust`` on the matched sets, or on units for weights.
    bias_adjustment : Adjustment, "suited", "linear" or None
        Regression adjustment for what matching left; "linear" is ``LinearAdjustment()``, "suited" is ``SuitedAdjustment()``: linear, and
        squared for skewed amounts.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    EffectTable
        One row per outcome.

    Raises
    ------
    OptionError
        Unknown outcome, or a variance that does not suit the match.
    EstimationError
        Fewer than two groups carry weight in an arm, or an outcome is not finite.

    Notes
    -----
    Sampling weights multiply the match weights; an outcome with ``persons`` counts each household once per person in both arms.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(40.0)
    >>> frame = pd.DataFrame({"treated": age % 2 == 0, "age": age, "income": 100 + age + 5 * (age % 2 == 0)})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"])
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=2))
    >>> round(im.estimate(matched, bias_adjustment="linear").one("income").estimate, 6)
    5.0
    """
    checks.instance(
        "matched",
        matched,
        Text("an im.MatchedSample", "un im.MatchedSample"),
        isinstance(matched, MatchedSample),
    )
    checks.between("level", level, 0.0, 1.0)
    chosen = _chosen(matched, outcomes)
    effects = {
        effect.outcome: effect
        for _, found in estimated_effects(matched, chosen, variance, bias_adjustment, level)
        for effect in found
    }
    return EffectTable(tuple(effects[outcome.name] for outcome in chosen), synthetic=matched.sample.synthetic)


def estimated_effects(
    matched: MatchedSample,
    outcomes: Sequence[str | Outcome] | None,
    variance: Variance | None,
    bias_adjustment: Adjustment | str | None,
    level: float,
) -> Iterator[tuple[Estimation, list[Effect]]]:
    """Yield the estimates of outcomes that go together, each with its labelled effects; arguments as in ``estimate``."""
    for together, estimation in estimations(matched, outcomes, bias_adjustment):
        part = estimation.matched
        chosen = variance or default_variance(estimation)
        uncertainty = chosen.uncertainty(estimation)
        require_errors(uncertainty, together)
        warn_of_few_clusters(estimation)
        shared = design_labels(estimation) | {"max_abs_smd": largest_smd(part), "level": level}
        effects = []
        for k, outcome in enumerate(together):
            weights = weights_label(part.sample.sampling_weight, outcome)
            labels = shared | {"weights": weights}
            effects.append(labelled_effect(estimation.linear, uncertainty, outcome, k, labels))
        yield estimation, with_percents_of_changes(effects, together, estimation, uncertainty, chosen)


def estimations(
    matched: MatchedSample, outcomes: Sequence[str | Outcome] | None, bias_adjustment: Adjustment | str | None
) -> Iterator[tuple[list[Outcome], Estimation]]:
    """Yield the linearised estimates, those of outcomes with the same persons column, units and adjustment together.

    An outcome that some units lack is estimated on the part of the match whose units have it: ``estimation.matched``.
    """
    chosen, adjustment = _chosen(matched, outcomes), as_adjustment(bias_adjustment)
    alike: dict[tuple[str | None, bytes, int], list[Outcome]] = {}
    kinds: list[Adjustment | None] = []
    for outcome in chosen:
        own = adjustment_of(adjustment, outcome, matched.sample)
        if own not in kinds:
            kinds.append(own)
        key = (outcome.persons, units_with(matched.sample, [outcome]).tobytes(), kinds.index(own))
        alike.setdefault(key, []).append(outcome)
    parts: dict[bytes, MatchedSample] = {}
    for (persons, units, kind), together in alike.items():
        if units not in parts:
            parts[units] = with_values(matched, together)
        yield together, estimation_of(parts[units], together, persons, kinds[kind])


def default_variance(estimation: Estimation) -> Variance:
    """Return the variance that suits an estimate: by group where there are groups, by pairs with replacement else, by units else."""
    matched = estimation.matched
    with_replacement = matched.pair_positions is not None and matched.rules.reuse is None
    if matched.sample.cluster is None and with_replacement and matched.measure is not None:
        return AbadieImbens()
    return ClusterRobust.of(estimation.linearised_by)


def _chosen(matched: MatchedSample, outcomes: Sequence[str | Outcome] | None) -> list[Outcome]:
    sample = matched.sample
    chosen = some_outcomes(sample.outcomes, outcomes, Text("im.Sample", "[[outcomes]] de la configuración"))
    if outcomes is not None:
        refuse_design_columns(chosen, (*sample.covariates, sample.treatment))
    return chosen


def estimation_of(
    matched: MatchedSample, outcomes: Sequence[Outcome], persons: str | None, adjustment: Adjustment | None
) -> Estimation:
    """Return the linearised estimate of outcomes that all units have, with one persons column and one adjustment."""
    frame = matched.sample.frame
    values = np.column_stack([outcome.values(frame) for outcome in outcomes])
    for outcome, column in zip(outcomes, values.T, strict=True):
        if not np.isfinite(column).all():
            rows = frame.index[~np.isfinite(column)]
            raise EstimationError(
                Text(
                    (
                        "Outcome '{name}' must be finite; {rows} {rows:is|are} not (first: {rows_2}). Name it among the sample's "
                        'outcomes, where missing="drop" lists such rows.'
                    ),
                    (
                        "El resultado '{name}' debe ser finito; {rows} no lo {rows:es|son} (primero: {rows_2}). Nómbrelo entre los "
                        'resultados de la muestra, donde missing = "drop" lista esas filas.'
                    ),
                    name=outcome.name,
                    rows=checks.counted(len(rows), "row"),
                    rows_2=checks.listed(rows),
                )
            )
    sizes = None if persons is None else _household_sizes(frame, persons)
    if adjustment is not None:
        regression = outcome_model(adjustment, matched, sizes)
        read = regression.survey > 0 if regression.fitting.augments else matched.weights.to_numpy() > 0
        regression.model.check(values[read], [outcome.name for outcome in outcomes])
    return linearised_estimation(matched, values, sizes, adjustment, inference_groups(matched))


def _household_sizes(frame: pd.DataFrame, persons: str) -> Array:
    """Return household sizes, above zero: an outcome named only here has not passed the sample's checks."""
    checks.columns_present("persons", [persons], frame.columns)
    sizes: Array = frame[persons].to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(sizes) & (sizes > 0))
    if wrong.any():
        raise DataError(
            Text(
                (
                    "'{persons}' (household sizes) must be above 0; {rows} {rows:is|are} not or {rows:is|are} missing (first: {first}). "
                    "Correct them or exclude these units."
                ),
                (
                    "'{persons}' (tamaños de los hogares) debe ser mayor que 0; {rows} no lo {rows:es|son} o {rows:falta|faltan} (primero: "
                    "{first}). Corríjalos o excluya esas unidades."
                ),
                persons=persons,
                rows=checks.counted(int(wrong.sum()), "row"),
                first=checks.listed(frame.index[wrong]),
            )
        )
    return sizes


def require_errors(uncertainty: Uncertainty, outcomes: Sequence[Outcome]) -> None:
    """Raise an EstimationError where the standard error of an outcome is missing."""
    for outcome, error in zip(outcomes, uncertainty.std_error, strict=True):
        if not np.isfinite(error):
            raise OneGroupError(
                Text(
                    (
                        "The standard error of '{name}' cannot be estimated by {label}: each arm needs at least two groups "
                        "with weight. Use more groups, a wider caliper, or a variance that does not need groups."
                    ),
                    (
                        "El error estándar de '{name}' no se puede estimar por {label}: cada brazo necesita al menos dos "
                        "grupos con peso. Use más grupos, un caliper más amplio, o una varianza que no necesite grupos."
                    ),
                    name=outcome.name,
                    label=uncertainty.label,
                )
            )


def warn_of_few_clusters(estimation: Estimation) -> None:
    """Warn where the weight of an arm rests on too few groups for its intervals to be trusted."""
    if estimation.groups is None or estimation.matched.sample.cluster is None:
        return
    treated = estimation.matched.sample.treated
    advice = Text(
        'See effective_control_clusters; try the wild bootstrap (im.WildBootstrap; in evaluation.toml variance = "wild bootstrap").',
        'Vea los grupos de control efectivos; pruebe el bootstrap salvaje (variance = "wild bootstrap").',
    )
    warn_of_few_groups(
        estimation.groups, estimation.matched.analysis_weight, (treated, ~treated), advice=advice
    )
