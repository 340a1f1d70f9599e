"""How units are to be paired: by which distance, within which calipers, under which rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.design.distances.calipers import resolve_calipers
from impact.design.distances.coordinates import Distance, mahalanobis_measure
from impact.design.distances.measure import Measure
from impact.design.search.pair_rules import PairRules
from impact.design.units import Units, strata_codes
from impact.errors import OptionError
from impact.language import Text
from impact.survey.covariates import encode, prepare_covariate


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MatchingPlan:
    """A strategy's options, resolved on its units.

    Attributes
    ----------
    measure : Measure
        The distance to be made small.
    score : float64 array, shape (n,), or None
        The scaled score, which decides who chooses first.
    radius : float
        Largest scaled distance; infinite without a caliper on it.
    rules : PairRules
        Which pairs are allowed.
    score_width : float or None
        Largest difference of the score, on its own scale, where the distance is another one.
    column_calipers : tuple of (str, float)
        Columns, and the largest difference within a pair.
    """

    measure: Measure
    score: Array | None
    radius: float
    rules: PairRules
    score_width: float | None
    column_calipers: tuple[tuple[str, float], ...]

    @property
    def on_line(self) -> bool:
        """Whether the distance is that of one coordinate."""
        return self.measure.between is None and self.measure.coordinates.shape[1] == 1


def matching_plan(
    units: Units,
    distance: Distance,
    caliper: float | Mapping[str, float] | None,
    caliper_unit: str,
    exact: tuple[str, ...],
    anti_exact: tuple[str, ...],
    mahalanobis_on: tuple[str, ...],
) -> MatchingPlan:
    """Measure the units and resolve calipers and columns."""
    measure = distance.measure(units)
    calipers = resolve_calipers(caliper, caliper_unit, measure, units)
    plan = MatchingPlan(
        measure=measure,
        score=measure.coordinates[:, 0] if measure.score is not None else None,
        radius=calipers.radius,
        rules=PairRules(
            strata=strata_codes(units, exact),
            limits=tuple((values, width) for _, values, width in calipers.columns),
            unlike=tuple(strata_codes(units, (name,)) for name in anti_exact),
        ),
        score_width=None,
        column_calipers=tuple((name, width) for name, _, width in calipers.columns),
    )
    return _within_score(plan, units, mahalanobis_on) if mahalanobis_on else plan


def preferring(plan: MatchingPlan, units: Units, columns: tuple[str, ...]) -> MatchingPlan:
    """Return the plan with pairs that also agree on the preferred columns."""
    return replace(plan, rules=replace(plan.rules, strata=strata_codes(units, columns)))


def _within_score(plan: MatchingPlan, units: Units, columns: tuple[str, ...]) -> MatchingPlan:
    """Return the plan with the Mahalanobis distance on some columns, and the score's caliper as a limit beside it."""
    score = plan.measure.score
    if score is None:
        raise OptionError(
            Text(
                "mahalanobis_on needs a score such as im.PropensityScore(); got {label}.",
                "mahalanobis_on necesita un puntaje como PropensityScore; se dio {label}.",
                label=plan.measure.label,
            )
        )
    table = pd.concat([prepare_covariate(units.column(name)) for name in columns], axis=1)
    measure = mahalanobis_measure(encode(table, list(columns)), units, "pooled")
    label = Text(
        "{distance} on {columns} within a caliper of the {score}",
        "{distance} en {columns} dentro de un caliper del {score}",
        distance=measure.label,
        columns=columns,
        score=plan.measure.label,
    )
    width = plan.radius * plan.measure.unit
    return replace(
        plan,
        measure=replace(measure, score=score, propensity=plan.measure.propensity, label=label),
        radius=np.inf,
        rules=replace(plan.rules, limits=((score, width), *plan.rules.limits)),
        score_width=width,
    )
