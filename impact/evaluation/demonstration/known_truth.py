"""The true effects that a generator knows, set against the estimates that aim at them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact.design.matched_sample import MatchedSample
from impact.effects.heterogeneity.strata import strata_of_treated
from impact.effects.heterogeneity.unestimated import REFUSALS
from impact.evaluation.findings import Findings, KnownTruth
from impact.robustness.four_strategies import Specification
from impact.survey.outcome import Column, Outcome
from impact.survey.poverty.outcomes import Headcount, PovertyGap, line_value
from impact.survey.sample import Sample
from impact.synthetic.parameters import EXTREME_LINE, MODERATE_LINE
from impact.synthetic.truth import KnownEffect, Truth

_LINES = {MODERATE_LINE: "mod", EXTREME_LINE: "ext"}


def known_truth(findings: Findings, truth: Truth) -> KnownTruth:
    """Return the true effect behind every estimate of an evaluation of synthetic data.

    Parameters
    ----------
    findings : Findings
        Of the survey that the truth belongs to; its units carry the same labels.
    truth : Truth
        Both potential outcomes of every unit.

    Returns
    -------
    KnownTruth
        For all treated and for the matched treated, with the sampling weights and persons of the estimate.
    """
    sample = findings.sample
    everybody = sample.frame.index[sample.treated]
    effects: dict[tuple[str, str], KnownEffect] = {}
    for strategy, matched in findings.matched.items():
        kept = sample.frame.index[sample.treated & matched.kept]
        for outcome in sample.outcomes:
            name = name_in_truth(outcome)
            if name not in truth.outcomes:
                continue
            weights = _weights(matched, outcome)
            effects[strategy, outcome.name] = KnownEffect(
                truth.att(name, everybody, weights.loc[everybody]), truth.att(name, kept, weights.loc[kept])
            )
    return KnownTruth(effects, _fifths(findings, truth))


def name_in_truth(outcome: Outcome) -> str:
    """Return the truth's name of an outcome; an empty text where the generator does not tell."""
    if isinstance(outcome, Column):
        return outcome.column
    if isinstance(outcome, (Headcount, PovertyGap)) and outcome.income == "income_pc_month":
        line = _LINES.get(line_value(outcome.line), "")
        measure = "poor" if isinstance(outcome, Headcount) else "gap" if outcome.alpha == 1 else ""
        return f"{measure}_{line}" if line and measure else ""
    return ""


def _weights(matched: MatchedSample, outcome: Outcome) -> pd.Series[float]:
    frame = matched.sample.frame
    persons = 1.0 if outcome.persons is None else frame[outcome.persons].to_numpy()
    return pd.Series(matched.sampling_weight * persons, index=frame.index)


def _fifths(findings: Findings, truth: Truth) -> tuple[float, ...] | None:
    """Return the true percent effect on the treated who stay in each fifth's match."""
    plan, sample = findings.configuration.analysis("quintiles"), findings.sample
    if plan is None:
        return None
    outcome = sample.outcome(plan.outcome)
    name = name_in_truth(outcome)
    if name not in truth.outcomes:
        return None
    strategy = findings.configuration.specification(plan.strategy)
    weights = _weights(next(iter(findings.matched.values())), outcome)
    by_ranking = [
        _percents(
            sample,
            strategy,
            strata_of_treated(sample, ranked.values, plan.quantiles).numbers,
            ranked.compared,
            truth,
            name,
            weights,
        )
        for ranked in plan.by.rankings(sample, outcome)
    ]
    return tuple(np.mean(by_ranking, axis=0).tolist())


def _percents(
    sample: Sample,
    strategy: Specification,
    numbers: NDArray[np.intp],
    compared: NDArray[np.bool_],
    truth: Truth,
    name: str,
    weights: pd.Series[float],
) -> list[float]:
    """Return the true percent effect in each fifth of one ranking; none where nothing can be matched."""
    percents = []
    for number in range(1, int(numbers.max()) + 1):
        try:
            inside = strategy.matched(sample.take(compared & (numbers == number)))
        except REFUSALS:  # as the estimate says, with the reason
            percents.append(np.nan)
            continue
        kept = inside.sample.frame.index[np.asarray(inside.kept & inside.sample.treated)]
        percents.append(truth.percent(name, kept, weights.loc[kept]))
    return percents
