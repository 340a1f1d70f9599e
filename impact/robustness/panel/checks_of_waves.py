"""What speaks for and against an effect from waves, asked together."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.design.matched_sample import MatchedSample
from impact.effects.effect import Effect, EffectTable
from impact.effects.panel.estimators.regressions import Ancova, ChangeScore
from impact.effects.panel.estimators.two_periods import DifferenceInDifferences
from impact.effects.panel.goodman_bacon import GoodmanBacon, goodman_bacon
from impact.effects.panel.staggered.group_time import group_time_effects
from impact.effects.panel.staggered.group_time_effects import GroupTimeEffects
from impact.effects.panel.three_estimands import three_estimands
from impact.effects.panel.two_wave import LACK_A_WAVE, two_wave_effects
from impact.errors import ImpactError, ImpactWarning
from impact.robustness.panel.honest_bounds import HonestBounds, honest_bounds
from impact.robustness.panel.lost_households import (
    panel_lee_bounds,
    trends_by_covariate,
    with_response_weights,
)
from impact.robustness.panel.placebo_dates import placebo_dates
from impact.robustness.panel.spillover import without_neighbours
from impact.survey.outcome import Outcome
from impact.survey.panel.panel import Panel
from impact.survey.response.lee import LeeBounds


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ChecksOfWaves:
    """What was asked of an effect from waves; None where the data cannot answer, with the reason.

    Attributes
    ----------
    estimands : EffectTable or None
        Before-after, cross-section and difference-in-differences, first wave against last.
    comparisons : GoodmanBacon or None
        What two-way fixed effects are a mean of, on the households with every wave.
    bounds : HonestBounds or None
        If trends differ after entry as they did before.
    placebo : Effect or None
        Entries moved to earlier waves.
    anticipation : Effect or None
        The overall effect if the programme already acts one wave before entry.
    apart : Effect or None
        The overall effect without comparison households in places in which others enter.
    weighted : Effect or None
        First wave against last, with response weights.
    change : Effect or None
        First wave against last by one regression of the households' changes, one slope for both arms.
    ancova : Effect or None
        First wave against last at equal outcomes in the first: no difference-in-differences.
    lee : LeeBounds or None
    by_covariate : DataFrame or None
        How the comparison households' change differs by baseline covariate.
    reasons : dict of str to str
        By attribute: why it is None.
    """

    estimands: EffectTable | None
    comparisons: GoodmanBacon | None
    bounds: HonestBounds | None
    placebo: Effect | None
    anticipation: Effect | None
    apart: Effect | None
    weighted: Effect | None
    change: Effect | None
    ancova: Effect | None
    lee: LeeBounds | None
    by_covariate: pd.DataFrame | None
    reasons: dict[str, str]


def checks_of_waves(
    panel: Panel,
    outcome: Outcome,
    effects: GroupTimeEffects,
    estimator: DifferenceInDifferences,
    place: str | None = None,
    level: float = 0.95,
    matched: MatchedSample | None = None,
    relative: Sequence[float] = (0.0, 0.5, 1.0, 2.0),
    smoothness: Sequence[float] = (),
) -> ChecksOfWaves:
    """Ask of an effect by cohort and wave what can be asked.

    Parameters
    ----------
    panel : Panel
    outcome : Outcome
    effects : GroupTimeEffects
        Of the panel and the outcome, with ``base="universal"``.
    estimator : DifferenceInDifferences
        With which they were made.
    place : str, optional
        Column of the place for ``im.without_neighbours``.
    level : float
        Confidence level in (0, 1).
    matched : MatchedSample, optional
        By which the effects were made: for the cross-section, the difference-in-differences and the overall effect asked otherwise.
    relative, smoothness : sequence of float
        As in ``im.honest_bounds``.
    """
    checks.between("level", level, 0.0, 1.0)
    ends = panel if len(panel.waves) == 2 else panel.between(panel.waves[0], panel.waves[-1])

    def overall(waves: Panel, anticipation: int = 0) -> Effect:
        found = group_time_effects(
            waves, outcome, estimator, anticipation=anticipation, matched=matched, level=level
        )
        return found.aggregate("simple").effects[0]

    def weighted() -> Effect:
        table = three_estimands(with_response_weights(ends, [outcome]), [outcome], matched, estimator, level)
        return table.effects[-1]

    def regressed(by: ChangeScore | Ancova) -> Effect:
        return two_wave_effects(ends, [outcome], by, matched, level=level).effects[0]

    asked: dict[str, Callable[[], object]] = {
        "estimands": lambda: three_estimands(ends, [outcome], matched, estimator, level),
        "comparisons": lambda: goodman_bacon(_with_every_wave(panel), outcome),
        "bounds": lambda: honest_bounds(effects, 0, relative, smoothness, level),
        "placebo": lambda: placebo_dates(panel, outcome, estimator=estimator, level=level).effects[0],
        "anticipation": lambda: overall(panel, anticipation=_step(panel)),
        "weighted": weighted,
        "change": lambda: regressed(ChangeScore()),
        "ancova": lambda: regressed(Ancova()),
        "lee": lambda: panel_lee_bounds(ends, outcome, level),
        "by_covariate": lambda: trends_by_covariate(panel, outcome),
    }
    if place is not None:
        asked["apart"] = lambda: overall(without_neighbours(panel, place))
    answers: dict[str, Any] = {"apart": None}
    reasons: dict[str, str] = {}
    return ChecksOfWaves(**answers | _answered(asked, reasons), reasons=reasons)


def _answered(asked: Mapping[str, Callable[[], object]], reasons: dict[str, str]) -> dict[str, object]:
    """Return what each question finds, None where the data cannot tell, with why written into ``reasons``."""
    answers: dict[str, object] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImpactWarning)  # the main estimate has warned of the same few groups
        for name, ask in asked.items():
            try:
                answers[name] = ask()
            except ImpactError as reason:
                answers[name], reasons[name] = None, str(reason)
    return answers


def _with_every_wave(panel: Panel) -> Panel:
    """Return the panel of the households that have every wave."""
    whole = np.asarray(panel.observed.all(axis=1))
    rule = LACK_A_WAVE.with_values(households=checks.counted(int((~whole).sum()), "household"))
    return panel if whole.all() else panel.reweighted(whole.astype(np.float64), rule)


def _step(panel: Panel) -> int:
    """Return the distance of neighbouring waves."""
    return int(min(np.diff(panel.waves)))
