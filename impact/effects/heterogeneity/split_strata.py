"""Averages over repeated stratifications: the effect of a stratum when random splits decide who is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from impact.arrays import Booleans
from impact.effects.effect import Effect
from impact.effects.heterogeneity.strata import StratumEffect
from impact.effects.interval import critical_value, t_test
from impact.effects.labels import CONTROL_MEAN
from impact.effects.variances.sums.covariance import ArmMeans, joint_levels, joint_percents, one_effect
from impact.effects.variances.sums.group_sums import Ways
from impact.language import Text

_CLEARLY_POSITIVE = 3.0
_TREATED = Text("treated, averaged over splits", "beneficiarios, promedio sobre divisiones")
_MATCHED_TREATED = Text(
    "matched treated, averaged over splits", "beneficiarios con pareja, promedio sobre divisiones"
)
_NO_DENOMINATOR = Text(
    "none: the matched control mean is not clearly positive",
    "ninguno: la media de los controles emparejados no es claramente positiva",
)
_AVERAGED_COUNTS = ("n_treated", "n_treated_total", "n_control", "n_clusters")
_AVERAGED = (
    "share_on_support",
    "ess_control",
    "effective_control_clusters",
    "max_abs_smd",
    "largest_cluster_share",
)


def averaged_means(parts: Sequence[StratumEffect]) -> ArmMeans:
    """Return a stratum's means and terms averaged over the splits.

    Notes
    -----
    The error of an average is about the average of the errors, so a group's term is its mean term over the
    splits: in those in which it is compared it counts about double, in the others not at all. The sum over
    groups of the squared mean terms then holds both the sampling error and what is left of the chance of
    the splits, and dependence between splits needs no model. As with one stratification, strata count as
    given: the estimand is the effect in the strata that these predictions make.
    """
    means = [part.means for part in parts]
    return ArmMeans(
        treated=float(np.mean([mean.treated for mean in means])),
        control=float(np.mean([mean.control for mean in means])),
        treated_terms=np.mean([mean.treated_terms for mean in means], axis=0),
        control_terms=np.mean([mean.control_terms for mean in means], axis=0),
        active=np.any([mean.active for mean in means], axis=0),
    )


def averaged_effect(
    parts: Sequence[StratumEffect], means: ArmMeans, ways: Ways, treated: Booleans, seed: int | None
) -> Effect:
    """Return the table's row of a stratum averaged over the splits; numbers of units are rounded averages."""
    first = parts[0].effect
    name, level = first.subgroup, first.level
    effect, error, freedom = joint_levels((name,), [means], ways, treated).contrast(np.ones(1))
    statistic, p_value, low, high = t_test(effect, error, freedom, level)
    control_error, _ = one_effect(means.control_terms, means.active, ways, treated)
    percent, reach, denominator = np.nan, np.nan, first.denominator
    if means.control > _CLEARLY_POSITIVE * control_error:
        share, share_error, _ = joint_percents((name,), [means], ways, treated).contrast(np.ones(1))
        percent, reach = 100 * share, 100 * critical_value(freedom, level) * share_error
        denominator = CONTROL_MEAN
    else:
        denominator = _NO_DENOMINATOR
    over: dict[str, Any] = {
        field: float(np.mean([getattr(part.effect, field) for part in parts])) for field in _AVERAGED
    }
    counts: dict[str, Any] = {
        field: round(float(np.mean([getattr(part.effect, field) for part in parts])))
        for field in _AVERAGED_COUNTS
    }
    return replace(
        first,
        estimate=effect,
        std_error=error,
        statistic=statistic,
        p_value=p_value,
        conf_low=low,
        conf_high=high,
        control_mean=means.control,
        percent_effect=percent,
        percent_conf_low=percent - reach,
        percent_conf_high=percent + reach,
        population=_TREATED if counts["n_treated"] == counts["n_treated_total"] else _MATCHED_TREATED,
        denominator=denominator,
        degrees_of_freedom=freedom,
        variance=Text(
            "{variance}; terms averaged over {parts} splits",
            "{variance}; términos promediados sobre {parts} divisiones",
            variance=first.variance,
            parts=len(parts),
        ),
        seed=seed,
        **over,
        **counts,
    )
