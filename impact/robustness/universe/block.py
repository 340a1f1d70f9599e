"""One match and all that is estimated on it: a pure function of the sample and the block, so that it can be run anywhere."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impact.arrays import Array, Positions
from impact.design.balance.table import balance
from impact.design.label_order import place_by_label
from impact.design.match import match
from impact.design.matched_sample import MatchedSample
from impact.effects.estimate import default_variance, estimations
from impact.effects.variances.estimation import Estimation
from impact.effects.variances.sums.group_sums import Ways, with_weight
from impact.errors import ImpactError, ImpactWarning
from impact.robustness.universe.choices import Choices, formed
from impact.robustness.universe.specifications import Block, Option
from impact.survey.clusters import group_codes
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample

NUMBERS = (
    "estimate", "std_error", "degrees_of_freedom", "p_value", "conf_low", "conf_high", "control_mean", "max_abs_smd", "share_on_support",
    "n_treated", "n_control",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """What a block gave.

    Attributes
    ----------
    rows : list of (option number, outcome)
    numbers : float64 array, shape (rows, len(NUMBERS))
    contributions : float64 array, shape (G, rows)
        Of each group (or unit) to the error of each estimate, in the scale of the estimate.
    infeasible : list of (option number, outcome, reason)
        An empty outcome stands for all of them.
    """

    rows: list[tuple[int, str]]
    numbers: Array
    contributions: Array
    infeasible: list[tuple[int, str, str]]


def estimated(
    sample: Sample, block: Block, choices: Choices, outcomes: Sequence[Outcome], percent: bool, level: float
) -> Estimated:
    """Return the estimates of a block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImpactWarning)
        try:
            weighted = choices.weights[block.names["weights"]]
            used = sample.with_frame(
                sample.frame,
                covariates=block.covariates,
                sampling_weight=sample.sampling_weight if weighted else None,
            )
            matched = match(used, block.strategy, "ATT", choices.support[block.names["support"]])
            smd = balance(replace(matched, sample=_judged(sample, used))).max_abs_smd
        except ImpactError as error:
            return nothing_of(sample, block, str(error))
        parts = [
            _option(sample, matched, option, choices, outcomes, percent, level, smd)
            for option in block.options
        ]
    return _joined(sample, parts)


def _judged(sample: Sample, used: Sample) -> Sample:
    """Return the sample with all its covariates, on which balance is judged, and the weights in use."""
    return sample.with_frame(sample.frame, sampling_weight=used.sampling_weight)


def nothing_of(sample: Sample, block: Block, reason: str) -> Estimated:
    """Return what is had of a block that could not be estimated: why, for each of its options."""
    number = int(_codes(sample).max()) + 1
    infeasible = [(option.number, "", reason) for option in block.options]
    return Estimated([], np.empty((0, len(NUMBERS))), np.empty((number, 0)), infeasible)


def _option(
    sample: Sample,
    matched: MatchedSample,
    option: Option,
    choices: Choices,
    outcomes: Sequence[Outcome],
    percent: bool,
    level: float,
    smd: float,
) -> Estimated:
    """Return one option's estimates, outcome by outcome where all at once cannot be."""
    shaped, infeasible = [], []
    for outcome in outcomes:
        try:
            shaped.append(
                formed(
                    outcome,
                    choices.form[option.names["form"]],
                    choices.winsorised[option.names["winsorised"]],
                )
            )
        except ImpactError as error:
            infeasible.append((option.number, outcome.name, str(error)))
    adjustment = choices.adjustment[option.names["adjustment"]]
    found: list[Estimated] = []
    for together in _attempts(shaped):
        try:
            found += [
                _numbers(
                    sample,
                    estimation,
                    [outcome.name for outcome in names],
                    option.number,
                    percent,
                    level,
                    smd,
                )
                for names, estimation in estimations(matched, together, adjustment)
            ]
        except ImpactError as error:
            if len(shaped) == 1:
                infeasible.append((option.number, shaped[0].name, str(error)))
                continue
            parts = [
                _option(sample, matched, option, choices, [one], percent, level, smd) for one in outcomes
            ]
            return _joined(sample, parts)
    joined = _joined(sample, found)
    return replace(joined, infeasible=[*joined.infeasible, *infeasible])


def _attempts(shaped: list[Outcome]) -> list[list[Outcome]]:
    return [shaped] if shaped else []


def _numbers(
    sample: Sample,
    estimation: Estimation,
    names: list[str],
    number: int,
    percent: bool,
    level: float,
    smd: float,
) -> Estimated:
    """Return the numbers of the outcomes that one linearisation holds."""
    matched, linear = estimation.matched, estimation.linear
    uncertainty = default_variance(estimation).uncertainty(estimation)
    psi = linear.percent_terms() if percent else linear.effect_terms()
    values = linear.effect / linear.mean_control if percent else linear.effect
    errors = uncertainty.percent_std_error if percent else uncertainty.std_error
    scale = 100.0 if percent else 1.0
    treated = matched.sample.treated
    used = matched.weights.to_numpy() > 0
    rows = []
    for k, _ in enumerate(names):
        statistic = values[k] / errors[k] if errors[k] > 0 else np.nan
        reach = uncertainty.critical(k, level) * errors[k]
        value, error, low, high = (
            scale * number for number in (values[k], errors[k], values[k] - reach, values[k] + reach)
        )
        rows.append(
            [
                value, error, uncertainty.degrees_of_freedom[k], uncertainty.p_value(k, statistic), low, high, linear.mean_control[k], smd,
                matched.share_on_support, int((used & treated).sum()), int((used & ~treated).sum()),
            ]
        )  # fmt: skip
    contributions = _contributions(sample, estimation, scale * psi / linear.size)
    return Estimated([(number, name) for name in names], np.array(rows, dtype=np.float64), contributions, [])


def _contributions(sample: Sample, estimation: Estimation, terms: Array) -> Array:
    """Return the scaled group sums over the groups of the whole sample, shape (G, q); parts hold different groups, so they add."""
    codes = _codes(sample)
    linear, inside = estimation.linear, estimation.matched.sample.frame.index
    where = sample.frame.index.get_indexer(inside)
    whole, active = np.zeros((len(sample), terms.shape[1])), np.zeros(len(sample), dtype=np.bool_)
    whole[where], active[where] = terms, with_weight(linear)
    sums = Ways(codes).sums(whole, active, sample.treated, linear.pooled)
    total: Array = np.sum(sums.parts, axis=0)
    return total


def _codes(sample: Sample) -> Positions:
    """Return the group of each unit, or its place by its label, from 0 without gaps."""
    if sample.cluster is not None:
        return group_codes(sample.frame[sample.cluster], sample.cluster)
    return place_by_label(sample.frame.index)


def _joined(sample: Sample, parts: Sequence[Estimated]) -> Estimated:
    number = int(_codes(sample).max()) + 1
    return Estimated(
        [row for part in parts for row in part.rows],
        np.vstack([np.empty((0, len(NUMBERS))), *(part.numbers for part in parts)]),
        np.hstack([np.empty((number, 0)), *(part.contributions for part in parts)]),
        [one for part in parts for one in part.infeasible],
    )


def as_frame(found: Sequence[Estimated]) -> pd.DataFrame:
    """Return the numbers of all blocks, one row per option and outcome."""
    rows = [row for one in found for row in one.rows]
    numbers = np.vstack([one.numbers for one in found])
    table = pd.DataFrame(numbers, columns=list(NUMBERS))
    table.insert(0, "specification", [number for number, _ in rows])
    table.insert(1, "outcome", [name for _, name in rows])
    return table
