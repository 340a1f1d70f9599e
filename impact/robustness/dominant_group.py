"""Whether one group carries the answer: its share of the weight and of the variance, and the estimate without it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.design.supports.rule import Support
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.suited import adjustment_of
from impact.effects.effect import Effect
from impact.effects.estimate import estimations
from impact.errors import EstimationError, ImpactWarning, SupportError
from impact.robustness.four_strategies import Specification
from impact.survey.outcome import Outcome

LARGEST_SHARE = 1 / 3
"""Share of an arm's weight or of the variance above which one group carries the answer."""
FEWEST_DEGREES = 10.0
"""Degrees of freedom below which the largest group is looked at in any case."""


@dataclass(frozen=True, slots=True)
class DominantGroup:
    """The group on which an estimate rests more than on any other.

    Attributes
    ----------
    outcome : str
    group : str
        As the sample's cluster column names it.
    treated : bool
        Its arm.
    weight_share : float
        Its share of its arm's weight.
    variance_share : float
        Its share of the sum of the squared group sums of the linearised estimate.
    effect : Effect
        The estimate with it.
    without : Effect or None
        The estimate with the group left out before matching; None where that cannot be estimated.
    """

    outcome: str
    group: str
    treated: bool
    weight_share: float
    variance_share: float
    effect: Effect
    without: Effect | None

    @property
    def share(self) -> float:
        """The larger of the two shares."""
        return max(self.weight_share, self.variance_share)


def group_shares(
    matched: MatchedSample, outcome: str | Outcome, bias_adjustment: Adjustment | str | None = None
) -> pd.DataFrame:
    """Return each group's share of its arm's weight and of the variance of one estimate.

    Parameters
    ----------
    matched : MatchedSample
        Of a sample with a cluster.
    outcome : str or Outcome
    bias_adjustment : Adjustment, "suited", "linear" or None
        As in ``estimate``.

    Returns
    -------
    DataFrame
        ``group``, ``treated``, ``units`` with weight, ``weight_share``, ``variance_share``; the largest share of either first.

    Notes
    -----
    A group's share of the variance is S_g²/Σ S², with S_g the sum of the linearised terms of its units: what the variance by group adds up.
    """
    (_, estimation), *_ = estimations(matched, [outcome], bias_adjustment)
    part = estimation.matched  # the units that have the outcome
    sample = part.sample
    frame = pd.DataFrame(
        {
            "group": sample.frame[sample.cluster].to_numpy(),
            "treated": sample.treated,
            "weight": part.analysis_weight,
            "term": estimation.linear.effect_terms()[:, 0],
        }
    )
    frame["units"] = (frame["weight"] > 0).astype(np.int64)
    table = (
        frame.groupby(["group", "treated"], observed=True, sort=True)[["units", "weight", "term"]]
        .sum()
        .reset_index()
    )
    table["weight_share"] = table["weight"] / table.groupby("treated")["weight"].transform("sum")
    squares: Array = table["term"].to_numpy() ** 2
    table["variance_share"] = squares / max(float(squares.sum()), np.finfo(np.float64).tiny)
    largest = table[["weight_share", "variance_share"]].max(axis=1)
    order = np.argsort(-largest.to_numpy(), kind="stable")
    return table.loc[order, ["group", "treated", "units", "weight_share", "variance_share"]].reset_index(
        drop=True
    )


def dominant_groups(
    specification: Specification,
    matched: MatchedSample,
    effects: Sequence[Effect],
    support: Support | None = None,
) -> tuple[DominantGroup, ...]:
    """Return the largest group of each estimate that rests on one of them, or on few degrees of freedom, with the estimate without it.

    Parameters
    ----------
    specification : Specification
        By which the sample was matched.
    matched : MatchedSample
    effects : sequence of Effect
        Of this match.
    support : Support, optional
    """
    if matched.sample.cluster is None:
        return ()
    return tuple(_dominant(specification, matched, effects, support))


def _dominant(
    specification: Specification, matched: MatchedSample, effects: Sequence[Effect], support: Support | None
) -> Iterator[DominantGroup]:
    for effect in effects:
        outcome = matched.sample.outcome(effect.outcome)
        first = group_shares(matched, outcome, specification.bias_adjustment).iloc[0]
        weight, variance = float(first["weight_share"]), float(first["variance_share"])
        if max(weight, variance) <= LARGEST_SHARE and effect.degrees_of_freedom >= FEWEST_DEGREES:
            continue
        yield DominantGroup(
            outcome=effect.outcome,
            group=str(first["group"]),
            treated=bool(first["treated"]),
            weight_share=weight,
            variance_share=variance,
            effect=effect,
            without=_without(specification, matched, effect, first["group"], support),
        )


def _without(
    specification: Specification,
    matched: MatchedSample,
    effect: Effect,
    group: object,
    support: Support | None,
) -> Effect | None:
    sample = matched.sample
    others = (sample.frame[sample.cluster] != group).to_numpy(dtype=np.bool_)
    adjustment = adjustment_of(specification.bias_adjustment, sample.outcome(effect.outcome), sample)
    same = replace(specification, bias_adjustment=adjustment)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImpactWarning)  # few groups are what the reader is told of
            again = specification.matched(sample.take(others), matched.estimand, support)
            return same.effects(again, effect.level).one(effect.outcome)
    except (SupportError, EstimationError):
        return None
