"""Who gained in a registry: effects by fifth of a baseline, each fifth matched anew, held together by sums over their groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.effect import EffectTable
from impact.effects.heterogeneity.comparison import compared
from impact.effects.heterogeneity.quintiles import balance_note, strata_note, test_notes
from impact.effects.heterogeneity.ranking import REMEDY, Baseline
from impact.effects.heterogeneity.strata import StratumEffect, cut_points
from impact.effects.heterogeneity.unestimated import (
    NOT_ESTIMATED,
    NoStratumError,
    estimated_or_refused,
    reason_of,
)
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.sums.covariance import ArmMeans
from impact.effects.variances.sums.group_sums import Ways
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.parallel import each
from impact.registry.estimate import estimated_by_sums
from impact.registry.match import match_registry
from impact.registry.part import part_of
from impact.registry.reading.runs import Piece, RunLayout
from impact.registry.registry_match import RegistryStrategy
from impact.registry.sample import RegistrySample
from impact.registry.sums.summed import in_sets
from impact.survey.outcome import Outcome
from impact.warn import warned_once


def registry_quintile_effects(
    sample: RegistrySample,
    strategy: RegistryStrategy,
    outcome: str | Outcome,
    by: Baseline,
    quantiles: int = 5,
    variance: ClusterRobust | None = None,
    bias_adjustment: Adjustment | str | None = "linear",
    level: float = 0.95,
) -> EffectTable:
    """Estimate the effect in each fifth of a baseline, matching again within it.

    Parameters
    ----------
    sample : RegistrySample
    strategy : NearestNeighbor, InverseProbability or EntropyBalancing
        Applied within each fifth anew.
    outcome : str or Outcome
    by : Baseline
        ``im.Baseline("income_pre")``, a covariate or a column of ``further``. A predicted outcome needs all rows together.
    quantiles : int
        Number of strata; cut points are quantiles of the treated, by their sampling weights.
    variance, bias_adjustment, level
        As in ``registry.estimate``.

    Returns
    -------
    EffectTable
        As ``im.quintile_effects`` gives it for the same rows, with the tests of equality and trend in its notes.

    Raises
    ------
    OptionError
        ``by`` is no baseline, is an outcome, or was not read.
    EstimationError
        No fifth can be estimated; where only some cannot, the notes say which and why.

    Notes
    -----
    The cut points need the baseline of the treated in memory, 16 bytes for each. Each fifth is written to the working folder as a registry
    of its own, and removed once it is estimated. Fifths share groups: their joint covariance comes from the groups' sums.

    Examples
    --------
    >>> import tempfile, numpy as np, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> row = np.arange(4000)
    >>> columns = {"treated": row // 5 % 3 == 0, "age": row * 7 % 37, "group": row // 5, "before": 50.0 + row * 31 % 101}
    >>> frame = pd.DataFrame(columns | {"income": 100.0 + row % 11})
    >>> frame.to_parquet(f"{folder}/all.parquet")
    >>> sample = im.RegistrySample(folder, "treated", ["age"], ["income"], cluster="group", further=["before"])
    >>> nearest = im.NearestNeighbor(im.Euclidean())
    >>> found = im.registry.quintile_effects(sample, nearest, "income", im.Baseline("before"))
    >>> found.frame["subgroup"].tolist()
    ['Q1', 'Q2', 'Q3', 'Q4', 'Q5']
    """
    checks.whole("quantiles", quantiles, minimum=2)
    chosen = sample.outcome(outcome)
    column = _baseline(sample, chosen, by)
    cuts = _cuts(sample, column, quantiles)
    ends = np.concatenate([[-np.inf], cuts, [np.inf]])
    options = (strategy, chosen, variance, bias_adjustment, level)
    with warned_once():
        found = {
            name: estimated_or_refused(partial(_fifth, sample, name, column, low, high, options), name)
            for name, low, high in zip(
                (f"Q{k}" for k in range(1, quantiles + 1)), ends[:-1], ends[1:], strict=True
            )
        }
    parts = [one for one in found.values() if isinstance(one, StratumEffect)]
    reasons = {name: reason_of([one], 1) for name, one in found.items() if not isinstance(one, StratumEffect)}
    if not parts:
        raise NoStratumError.of(reasons)
    effects, means = [part.effect for part in parts], [part.means for part in parts]
    refused = [NOT_ESTIMATED.with_values(name=name, reason=reason) for name, reason in reasons.items()]
    notes = [strata_note(quantiles, by, True), *refused, *balance_note(effects)]
    number = _number_of_groups(sample)
    ways = Ways(np.tile(np.arange(number), 2))
    comparison = compared(effects, means, ways, np.arange(2 * number) < number, notes, sample.synthetic)
    return replace(comparison.table, notes=(*notes, *test_notes(comparison)))


def _fifth(
    sample: RegistrySample,
    name: str,
    column: str,
    low: float,
    high: float,
    options: tuple[RegistryStrategy, Outcome, ClusterRobust | None, Adjustment | str | None, float],
) -> StratumEffect:
    """Match a fifth anew and return its effect, with its terms over the groups' treated and the groups' controls."""
    strategy, outcome, variance, bias_adjustment, level = options
    matched = match_registry(part_of(sample, column, low, high), strategy)
    if in_sets(matched):
        raise OptionError(
            Text(
                (
                    "Fifths of a match without replacement share groups, and each has sets of its own: a registry does not sum both at "
                    "once. Match with replacement, or estimate them in memory with im.quintile_effects."
                ),
                (
                    "Los quintiles de un emparejamiento sin reemplazo comparten grupos, y cada uno tiene conjuntos propios: un registro "
                    "no suma ambos a la vez. Empareje con reemplazo, o estímelos en una muestra que quepa en la memoria."
                ),
            )
        )
    ((summed, (effect,)),) = estimated_by_sums(matched, [outcome], variance, bias_adjustment, level)
    linear, number = summed.linear, _number_of_groups(sample)
    place = summed.groups[summed.codes] + np.where(linear.treatment, 0, number)

    def over_groups(terms: Array) -> Array:
        whole = np.zeros(2 * number)
        whole[place] = terms[:, 0] / linear.size
        return whole

    active = np.zeros(2 * number, dtype=np.bool_)
    active[place] = linear.active
    means = ArmMeans(
        float(linear.mean_treated[0]),
        float(linear.mean_control[0]),
        over_groups(linear.psi_treated),
        over_groups(linear.psi_control),
        active,
    )
    return StratumEffect(replace(effect, subgroup=name), means, None)


def _baseline(sample: RegistrySample, outcome: Outcome, by: Baseline) -> str:
    checks.instance(
        "by",
        by,
        Text(
            'im.Baseline("income_pre"): a predicted outcome needs all rows together',
            'Baseline("income_pre"): un resultado predicho necesita todas las filas juntas',
        ),
        isinstance(by, Baseline),
    )
    column = by.column
    read = [name for one in sample.roles.outcomes for name in one.columns]
    if column in (outcome.name, *outcome.columns, *read):
        raise OptionError(
            Text(
                "'{column}' is an outcome, measured after the programme. {remedy}",
                "'{column}' es un resultado, medido después del programa. {remedy}",
                column=column,
                remedy=REMEDY,
            )
        )
    sample.require_numbers([column], "Baseline")
    _number_of_groups(sample)
    return column


def _number_of_groups(sample: RegistrySample) -> int:
    if sample.groups is None:
        raise OptionError(
            Text(
                "A registry's errors are by group, and no cluster is given. Name it in cluster= of im.RegistrySample.",
                "Los errores de un registro son por grupo, y no se dio cluster. Nómbrelo en [roles] cluster.",
            )
        )
    return len(sample.groups)


def _cuts(sample: RegistrySample, column: str, quantiles: int) -> Array:
    """Return the inner cut points: quantiles of the treated by their sampling weights."""
    weight = sample.roles.sampling_weight
    tasks = [(piece, sample.layout, column, weight) for piece in sample.whole_runs]
    doing = Text("cutting the registry", "se cortaba el registro")
    parts: Sequence[tuple[Array, Array, int]] = each(_values_of_treated, tasks, sample.n_jobs, doing)
    missing = sum(part[2] for part in parts)
    if missing:
        raise DataError(
            Text(
                "Baseline '{column}' is missing for {units}. Fill it in, or make it a covariate with missing=\"drop\".",
                "La línea base '{column}' falta en {units}. Complétela, o hágala covariable con missing = \"drop\".",
                column=column,
                units=checks.counted(missing, "unit"),
            )
        )
    values, survey = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
    return cut_points(values, survey, quantiles)


def _values_of_treated(
    piece: Piece, layout: RunLayout, column: str, weight: str | None
) -> tuple[Array, Array, int]:
    """Return the baseline and the sampling weight of a run's treated, and how many units lack the baseline."""
    frame = layout.frame([piece], [layout.treatment, column, *([weight] if weight else [])])
    values = frame[column].to_numpy(dtype=np.float64)
    treated = frame[layout.treatment].to_numpy() == 1
    survey = frame[weight].to_numpy() if weight else np.ones(len(frame))
    return values[treated], survey[treated], int((~np.isfinite(values)).sum())
