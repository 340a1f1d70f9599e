"""Poverty of the matched treated and controls, as their weights give it and as the effects are measured from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.estimate import default_variance, estimations
from impact.effects.observed import with_values
from impact.effects.variances.estimation import Variance
from impact.survey.outcome import Outcome
from impact.survey.poverty.indices import fgt
from impact.survey.poverty.outcomes import Headcount, PovertyGap
from impact.survey.poverty.table import PovertyTable

POVERTY_ALPHAS = (0.0, 1.0, 2.0)
ADJUSTED = "control, adjusted"
"""The subgroup of the controls' level that the effects are measured from."""


def poverty_levels(
    matched: MatchedSample, adjustment: Adjustment | str | None = None, variance: Variance | None = None, level: float = 0.95
) -> dict[str, PovertyTable]:  # fmt: skip
    """Return poverty among the matched treated and controls at each line that an outcome uses.

    Parameters
    ----------
    matched : MatchedSample
        Its weights count; a household without weight does not.
    adjustment : Adjustment, "suited", "linear" or None
        The bias adjustment of the effects. With one, and the ATT, the controls' level stands a second time, adjusted as the effects are:
        treated less adjusted controls is the effect. The treated's own level needs no adjustment.
    variance : Variance, optional
        That of the effects, for the adjusted levels; by default the one that suits the match.
    level : float
        Confidence level.

    Returns
    -------
    dict of str to PovertyTable
        By the line's name; "treated" and "control" are its subgroups, "control, adjusted" where the effects are. Counting persons where
        an outcome does.
    """
    tables: dict[str, PovertyTable] = {}
    for name, same in _by_line(matched.sample.outcomes).items():
        observed = _observed(matched, same, level)
        adjusts = adjustment is not None and matched.estimand == "ATT"
        tables[name] = _adjusted(observed, matched, same, adjustment, variance) if adjusts else observed
    return tables


def line_name(outcome: Headcount | PovertyGap) -> str:
    """Return what the table of an outcome's line is called."""
    return str(getattr(outcome.line, "name", "") or f"{outcome.income} < {outcome.line}")


def _by_line(outcomes: Iterable[Outcome]) -> dict[str, list[Headcount | PovertyGap]]:
    poverty = [outcome for outcome in outcomes if isinstance(outcome, (Headcount, PovertyGap))]
    lines: dict[str, list[Headcount | PovertyGap]] = {}
    for outcome in poverty:
        name = line_name(outcome)
        same = [other for other in poverty if other.line == outcome.line and other.income == outcome.income]
        lines.setdefault(name, same)
    return lines


def _observed(matched: MatchedSample, same: list[Headcount | PovertyGap], level: float) -> PovertyTable:
    """Return the levels of the arms as their weights give them."""
    part, first = with_values(matched, same), same[0]
    sample, used, persons = part.sample, part.analysis_weight > 0, _persons(same)
    frame = sample.frame.loc[used]
    return fgt(
        frame[first.income],
        first.line,
        alpha=POVERTY_ALPHAS,
        weights=pd.Series(part.analysis_weight[used], index=frame.index),
        cluster=None if sample.cluster is None else frame[sample.cluster],
        persons=None if persons is None else frame[persons],
        by=pd.Series(np.where(sample.treated[used], "treated", "control"), index=frame.index),
        strict=_strict(same),
        level=level,
    )


def _persons(same: Iterable[Headcount | PovertyGap]) -> str | None:
    return next((other.persons for other in same if other.persons), None)


def _strict(same: Iterable[Headcount | PovertyGap]) -> bool:
    return next((other.strict for other in same if isinstance(other, Headcount)), True)


def _adjusted(
    observed: PovertyTable,
    matched: MatchedSample,
    same: list[Headcount | PovertyGap],
    adjustment: Adjustment | str | None,
    variance: Variance | None,
) -> PovertyTable:
    """Return the levels, followed by those of the controls adjusted as the effects are."""
    frame = observed.frame
    measures = dict(_measures(frame, same))
    known = _control_levels(matched, list(measures.values()), adjustment, variance, observed.level)
    records = frame.loc[frame["subgroup"] == "control"].to_dict("records")
    adjusted = [
        record
        | {"subgroup": ADJUSTED}
        | known[measures[(float(record["alpha"]), str(record["population"]))].name]
        for record in records
    ]
    return replace(observed, _frame=pd.concat([frame, pd.DataFrame(adjusted)], ignore_index=True))


def _measures(
    frame: pd.DataFrame, same: list[Headcount | PovertyGap]
) -> Iterator[tuple[tuple[float, str], Headcount | PovertyGap]]:
    """Yield the outcome whose mean each level is, by alpha and population."""
    first = same[0]
    for alpha, population in frame[["alpha", "population"]].drop_duplicates().itertuples(index=False):
        persons = _persons(same) if "person" in str(population) else None
        name = f"{alpha:g} {population}"
        yield (
            (float(alpha), str(population)),
            Headcount(first.income, first.line, persons, name, _strict(same))
            if alpha == 0
            else PovertyGap(first.income, first.line, persons, name, alpha=float(alpha)),
        )


def _control_levels(
    matched: MatchedSample,
    outcomes: list[Headcount | PovertyGap],
    adjustment: Adjustment | str | None,
    variance: Variance | None,
    level: float,
) -> dict[str, dict[str, Any]]:
    """Return the controls' adjusted level of each outcome, with its error and interval, by the outcome's name."""
    levels: dict[str, dict[str, Any]] = {}
    for together, estimation in estimations(matched, outcomes, adjustment):
        known = (variance or default_variance(estimation)).uncertainty(estimation)
        for k, outcome in enumerate(together):
            mean, error = float(estimation.linear.mean_control[k]), float(known.control_mean_std_error[k])
            reach = known.critical(k, level) * error
            levels[outcome.name] = {
                "estimate": mean,
                "std_error": error,
                "conf_low": mean - reach,
                "conf_high": mean + reach,
                "degrees_of_freedom": float(known.degrees_of_freedom[k]),
                "variance": str(known.label),
            }
    return levels
