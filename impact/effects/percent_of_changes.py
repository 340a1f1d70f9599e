"""The percent effect of a change: of what the treated would have had at follow-up without the programme."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from impact.arrays import Array
from impact.effects.effect import Effect
from impact.effects.labels import COUNTERFACTUAL, percent_of
from impact.effects.variances.estimation import Estimation, Uncertainty, Variance, linearised_estimation
from impact.errors import ImpactWarning
from impact.survey.outcome import Change, Outcome


def with_percents_of_changes(
    effects: Sequence[Effect],
    outcomes: Sequence[Outcome],
    estimation: Estimation,
    uncertainty: Uncertainty,
    variance: Variance,
) -> list[Effect]:
    """Return the effects, those on changes with their percentage where it is defined: for the treated.

    Parameters
    ----------
    effects : sequence of Effect
        One an outcome.
    outcomes : sequence of Outcome
    estimation : Estimation
    uncertainty : Uncertainty
        Of the effects themselves.
    variance : Variance
        By which they were estimated.

    Notes
    -----
    With b̂ the treated's mean at baseline and μ̂C the matched mean change, L = b̂ + μ̂C is what the treated would have had at follow-up,
    and the percentage is r = τ̂/L. Its linearisation (ψ_T − r ψ_b − (1 + r) ψ_C)/L is that of the effect on an outcome that is
    Y − r·before among the treated and (1 + r)·Y among the controls, divided by L; L itself is the effect on an outcome that is
    the baseline among the treated and −Y among the controls. So each variance of the package gives the error of the percentage.
    """
    found = {k: outcome for k, outcome in enumerate(outcomes) if isinstance(outcome, Change)}
    changes = list(found)
    if not changes or estimation.matched.estimand != "ATT":
        return list(effects)
    frame, treated = estimation.matched.sample.frame, estimation.matched.sample.treated[:, None]
    change = estimation.outcomes[:, changes]
    before = np.column_stack([outcome.baseline(frame) for outcome in found.values()])
    level, level_error = _effects(np.where(treated, before, -change), estimation, variance)
    with np.errstate(divide="ignore", invalid="ignore"):  # no percentage of a level of zero
        share = estimation.linear.effect[changes] / level
    shifted = np.where(treated, change - share * before, (1 + share) * change)
    defined = np.isfinite(share)
    error = np.full(len(changes), np.nan)
    if defined.any():
        error[defined] = _effects(shifted[:, defined], estimation, variance)[1] / level[defined]
    result = list(effects)
    for place, k in enumerate(changes):
        percent, reach, denominator = percent_of(
            effects[k].estimate, level[place], level_error[place], error[place], COUNTERFACTUAL
        )
        reach *= uncertainty.critical(k, effects[k].level)
        result[k] = replace(
            effects[k],
            percent_effect=percent,
            percent_conf_low=percent - reach,
            percent_conf_high=percent + reach,
            denominator=denominator,
        )
    return result


def _effects(values: Array, estimation: Estimation, variance: Variance) -> tuple[Array, Array]:
    """Return the effects on other values of the same units, and their standard errors; what is warned of was said before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImpactWarning)
        given = (estimation.matched, values, estimation.persons, estimation.adjustment, estimation.groups)
        other = linearised_estimation(*given)
        return other.linear.effect, variance.uncertainty(other).std_error
