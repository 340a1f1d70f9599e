"""How an effect is labelled: who is compared with whom, for whom it speaks, what weighs, and its percentage."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array
from impact.design.matched_sample import effective_size
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.linearization import Linearization
from impact.effects.effect import Effect
from impact.effects.variances.cluster_robust import beyond_rounding, effect_beyond_rounding
from impact.effects.variances.estimation import Estimation, Uncertainty
from impact.language import Text
from impact.survey.clusters import sums_by_code
from impact.survey.outcome import Change, Outcome

_CLEARLY_POSITIVE = 3.0

CONTROL_MEAN = Text("matched control mean", "media de los controles emparejados")

COUNTERFACTUAL = Text(
    "counterfactual follow-up mean of the treated", "media de seguimiento contrafactual de los beneficiarios"
)

NO_DENOMINATOR = Text(
    "none: the {denominator} is not clearly positive ({why})",
    "ninguno: la {denominator} no es claramente positiva ({why})",
    denominator=CONTROL_MEAN,
    why="",
)

_NO_LEVEL = Text(
    "none: a change is no level, and what it would be a percentage of is known for the treated alone (estimand ATT)",
    "ninguno: un cambio no es un nivel, y aquello de lo que sería un porcentaje se conoce solo para los beneficiarios (estimando ATT)",
)

_CHANGES = Text(
    "difference in differences: changes of households matched on observed covariates",
    "diferencia en diferencias: cambios de hogares emparejados por covariables observadas",
)

NO_ADJUSTMENT = Text("none", "ninguno")

_IDENTIFICATION = Text(
    "cross-section, matched on observed covariates",
    "corte transversal, emparejado por covariables observadas",
)

MATCH_WEIGHT = Text("match weight", "peso de emparejamiento")

_BOTH_WEIGHTS = Text(
    "match weight × sampling weight ({column})",
    "peso de emparejamiento × factor de expansión ({column})",
    column="",
)

_WHO = {
    "ATT": Text("treated", "beneficiarios"),
    "ATC": Text("controls", "controles"),
    "ATE": Text("units", "unidades"),
    "ATO": Text("units weighted by overlap, e(1 − e)", "unidades ponderadas por solapamiento, e(1 − e)"),
    "ATM": Text("units weighted by min(e, 1 − e)", "unidades ponderadas por mín(e, 1 − e)"),
}


def design_labels(estimation: Estimation) -> dict[str, Any]:
    """Return what all outcomes of a match have in common: counts, support and labels."""
    matched, used, treated = estimation.matched, estimation.linear.active, estimation.linear.treatment
    control = ~treated
    control_groups = _group_weights(estimation, control)
    groups = estimation.groups if matched.sample.cluster is not None else None
    kept, focal = int(np.count_nonzero(matched.kept)), int(np.count_nonzero(matched.focal))
    return {
        "strategy": type(matched.strategy).__name__,
        "n_treated": int(np.count_nonzero(used & treated)),
        "n_treated_total": int(np.count_nonzero(treated)),
        "share_on_support": kept / focal,
        "n_control": int(np.count_nonzero(used & control)),
        "n_clusters": 0 if groups is None else len(np.unique(groups[used])),
        "ess_control": effective_size(np.compress(control, matched.analysis_weight)),
        "effective_control_clusters": effective_size(control_groups),
        "largest_cluster_share": float(control_groups.max() / control_groups.sum())
        if len(control_groups)
        else np.nan,
        **compared_labels(matched.estimand, matched.sample.comparator, estimation.adjustment),
        "population": population_label(matched.estimand, kept, focal),
    }


def compared_labels(estimand: str, comparator: str, adjustment: Adjustment | None) -> dict[str, Any]:
    """Return how the numbers are labelled: who is compared with whom, and how."""
    return {
        "subgroup": "all",
        "estimand": estimand,
        "comparator": Text("matched {who}", "{who} con pareja", who=_compared(comparator)),
        "identification": _IDENTIFICATION,
        "bias_adjustment": NO_ADJUSTMENT if adjustment is None else adjustment.label,
    }


def labelled_effect(
    linear: Linearization, uncertainty: Uncertainty, outcome: Outcome, k: int, shared: dict[str, Any]
) -> Effect:
    """Return the row of outcome k, with the labels and counts that it shares with the others."""
    value = float(effect_beyond_rounding(linear)[k])
    error = float(beyond_rounding(uncertainty.std_error, linear)[k])
    statistic = value / error if error > 0 else np.nan
    critical, p_value = uncertainty.critical(k, shared["level"]), uncertainty.p_value(k, statistic)
    percent, percent_error, denominator = _percent(value, linear, uncertainty, k)
    if isinstance(outcome, Change):
        percent, percent_error, denominator = np.nan, np.nan, _NO_LEVEL
        shared = shared | {"identification": _CHANGES}
    return Effect(
        **shared,
        outcome=outcome.name,
        estimate=value,
        std_error=error,
        statistic=statistic,
        p_value=p_value,
        conf_low=value - critical * error,
        conf_high=value + critical * error,
        control_mean=float(linear.mean_control[k]),
        percent_effect=percent,
        percent_conf_low=percent - critical * percent_error,
        percent_conf_high=percent + critical * percent_error,
        unit=outcome.unit,
        period=outcome.period,
        denominator=denominator,
        variance=uncertainty.label,
        seed=uncertainty.seed,
        degrees_of_freedom=float(uncertainty.degrees_of_freedom[k]),
    )


def _percent(
    value: float, linear: Linearization, uncertainty: Uncertainty, k: int
) -> tuple[float, float, str]:
    """Return the percent effect, its standard error, and its denominator or why there is none."""
    mean, error = float(linear.mean_control[k]), float(uncertainty.control_mean_std_error[k])
    return percent_of(value, mean, error, float(uncertainty.percent_std_error[k]), CONTROL_MEAN)


def percent_of(
    value: float, mean: float, error: float, share_error: float, of: str
) -> tuple[float, float, str]:
    """Return 100 × value / mean, its standard error, and what it is of; or why there is none where the mean is not clearly positive."""
    if not mean > _CLEARLY_POSITIVE * error or mean <= 0:
        why = Text("{mean:.4g}", "{mean:.4g}", mean=mean)
        if error > 0:
            why = Text("t = {t:.1f}, below 3", "t = {t:.1f}, menor que 3", t=mean / error)
        return np.nan, np.nan, NO_DENOMINATOR.with_values(denominator=of, why=why)
    return 100 * value / mean, 100 * share_error, of


def _group_weights(estimation: Estimation, arm: NDArray[np.bool_]) -> Array:
    if estimation.matched.sample.cluster is None or estimation.groups is None:
        return np.empty(0)
    number = int(estimation.groups.max()) + 1
    weights = sums_by_code(estimation.groups[arm], estimation.matched.analysis_weight[arm], number)
    return weights[weights > 0]


def _compared(comparator: str) -> str:
    """Return who the controls are: the name given to them, or just that, in every language."""
    return Text("controls", "controles") if comparator == "controls" else comparator


def population_label(estimand: str, kept: int, total: int) -> Text:
    """Return for whom the number is: all focal units, or those that stay in the estimate."""
    if kept == total:
        return Text("all {total} {who}", "los {total} {who}", total=total, who=_WHO[estimand])
    return Text(
        "matched {who} ({kept} of {total})",
        "{who} con pareja ({kept} de {total})",
        who=_WHO[estimand],
        kept=kept,
        total=total,
    )


def weights_label(survey: str | None, outcome: Outcome) -> Text:
    """Return what weighs the units: the match, the sampling weight of this column, the persons of the outcome."""
    persons = outcome.persons
    weights = MATCH_WEIGHT if survey is None else _BOTH_WEIGHTS.with_values(column=survey)
    if persons is None:
        return Text(
            "{weights}; households count once", "{weights}; cada hogar cuenta una vez", weights=weights
        )
    return Text(
        "{weights} × persons ({column})", "{weights} × personas ({column})", weights=weights, column=persons
    )
