"""From an estimate of a panel to a labelled effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from impact.arrays import Array
from impact.effects.effect import Effect
from impact.effects.interval import critical_value, t_test
from impact.effects.labels import COUNTERFACTUAL, percent_of
from impact.language import Text
from impact.survey.outcome import Outcome

DIFFERENCES = Text("difference-in-differences", "diferencias en diferencias")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tested:
    """One estimate with its errors.

    Attributes
    ----------
    estimate, std_error, freedom : float
    counterfactual, counterfactual_error : float
        Mean of the treated after entry without the programme.
    percent_error : float
        Of the effect as a share of it.
    """

    estimate: float
    std_error: float
    freedom: float
    counterfactual: float
    counterfactual_error: float
    percent_error: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How many units and groups an effect rests on.

    Attributes
    ----------
    treated, treated_total, control, clusters : int
    ess_control, effective_control_clusters, largest_cluster_share : float
    """

    treated: int
    treated_total: int
    control: int
    clusters: int
    ess_control: float
    effective_control_clusters: float
    largest_cluster_share: float


def effect_of(
    tested: Tested,
    counts: Counts,
    outcome: Outcome,
    *,
    strategy: str,
    subgroup: str,
    population: str,
    comparator: str,
    weights: str,
    variance: str,
    level: float,
    max_abs_smd: float = np.nan,
    identification: str = DIFFERENCES,
    bias_adjustment: str = "none",
    denominator: str = COUNTERFACTUAL,
) -> Effect:
    """Return the effect with every label."""
    return Effect(
        strategy=strategy,
        outcome=outcome.name,
        subgroup=subgroup,
        estimand="ATT",
        n_treated=counts.treated,
        n_treated_total=counts.treated_total,
        share_on_support=counts.treated / counts.treated_total if counts.treated_total else np.nan,
        n_control=counts.control,
        n_clusters=counts.clusters,
        ess_control=counts.ess_control,
        effective_control_clusters=counts.effective_control_clusters,
        max_abs_smd=max_abs_smd,
        unit=outcome.unit,
        period=outcome.period,
        population=population,
        comparator=comparator,
        weights=_weights(weights, outcome.persons),
        identification=identification,
        bias_adjustment=bias_adjustment,
        variance=variance,
        seed=None,
        level=level,
        largest_cluster_share=counts.largest_cluster_share,
        **_numbers(tested, level, denominator),
    )


def _numbers(tested: Tested, level: float, denominator: str) -> dict[str, Any]:
    """Return the estimate with its test and interval, and as a share of what the treated had without the programme."""
    statistic, p_value, low, high = t_test(tested.estimate, tested.std_error, tested.freedom, level)
    percent, reach, over = _percent(tested, level, denominator)
    return {
        "estimate": tested.estimate,
        "std_error": tested.std_error,
        "statistic": statistic,
        "p_value": p_value,
        "conf_low": low,
        "conf_high": high,
        "degrees_of_freedom": tested.freedom,
        "control_mean": tested.counterfactual,
        "percent_effect": percent,
        "percent_conf_low": percent - reach,
        "percent_conf_high": percent + reach,
        "denominator": over,
    }


def _percent(tested: Tested, level: float, denominator: str) -> tuple[float, float, str]:
    """Return the percent effect, its reach, and its denominator or why there is none."""
    percent, error, over = percent_of(
        tested.estimate, tested.counterfactual, tested.counterfactual_error, tested.percent_error, denominator
    )
    return percent, critical_value(tested.freedom, level) * error, over


def _weights(weights: str, persons: str | None) -> Text:
    if persons is None:
        return Text(
            "{weights}; households count once", "{weights}; cada hogar cuenta una vez", weights=weights
        )
    return Text(
        "{weights}; persons ({persons})", "{weights}; personas ({persons})", weights=weights, persons=persons
    )


def percent_influence(effect: float, mean: float, of_effect: Array, of_counterfactual: Array) -> Array:
    """Return the influence of effect / mean, mean the counterfactual one."""
    ratio = effect / mean if mean else np.nan
    result: Array = (
        (of_effect - ratio * of_counterfactual) / mean if mean else np.full_like(of_effect, np.nan)
    )
    return result
