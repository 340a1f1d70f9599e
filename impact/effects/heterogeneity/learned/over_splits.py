"""Estimates of many splits into halves, and the tables of their medians."""

from __future__ import annotations

import itertools
from functools import partial

import numpy as np
import pandas as pd

from impact.arrays import Positions
from impact.design.units import Units
from impact.effects.heterogeneity.learned.effect_score import EffectLearner
from impact.effects.heterogeneity.learned.judged_half import (
    JudgedEstimates,
    best_line,
    group_effects,
    judged,
    sorted_groups,
    targeting,
    who_they_are,
)
from impact.effects.interval import t_test
from impact.language import Text
from impact.parallel import Lost, fits
from impact.views import kept_texts

_LINE = (Text("average effect", "efecto medio"), Text("slope", "pendiente"))
_APART = Text("most − least", "más − menos")
SHARES = np.arange(1, 11) / 10
"""Shares of the population, from those who are predicted to gain most, at which the targeting curve is drawn."""


def over_splits(
    learner: EffectLearner, codes: Positions, groups: int, splits: int, seed: int, n_jobs: int | None
) -> JudgedEstimates:
    """Return the estimates of every split that was not lost, shape (splits, k)."""
    seeds = [int(one) for one in np.random.SeedSequence(seed).generate_state(splits)]
    judged_by = dict(fits(partial(_one_split, learner, codes, groups), seeds, n_jobs))
    found = [one for _, one in sorted(judged_by.items()) if not isinstance(one, Lost)]
    return JudgedEstimates(
        *(np.stack([getattr(one, name) for one in found]) for name in ("estimate", "std_error", "freedom"))
    )


def _one_split(learner: EffectLearner, codes: Positions, groups: int, seed: int) -> JudgedEstimates:
    score, treated = learner.score(seed), learner.units.treatment
    members = sorted_groups(score, groups, treated)
    covariates = learner.units.matrix.to_numpy()
    parts = (
        best_line(score),
        group_effects(score, members),
        who_they_are(score, members, covariates),
        targeting(score, SHARES),
    )
    return judged(parts, score, codes, treated)


def tables_of_medians(
    medians: pd.DataFrame, units: Units, groups: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return line, sorted groups, who they are, targeting curve and mean gain."""
    names = [str(name) for name in units.matrix.columns]
    ends = np.cumsum([0, 2, groups + 1, *(len(names),) * 3, *(len(SHARES),) * 2, 1])
    line, sorted_, least, most, apart, top, gain, mean = (
        medians.iloc[start:end].reset_index(drop=True) for start, end in itertools.pairwise(ends)
    )
    line.insert(0, "term", kept_texts(_LINE))
    sorted_.insert(0, "group", kept_texts([*map(str, range(1, groups + 1)), _APART]))
    apart.insert(0, "covariate", names)
    apart.insert(1, "mean_least", least["estimate"])
    apart.insert(2, "mean_most", most["estimate"])
    gain = gain.rename(columns={"estimate": "gain"})
    gain.insert(0, "share", SHARES)
    gain.insert(1, "effect", top["estimate"])
    gain.loc[gain["share"] == 1, ["conf_low", "conf_high"]] = 0.0  # everybody gains nothing over everybody
    return line, sorted_, apart, gain, mean


def medians_over_splits(found: JudgedEstimates, level: float) -> pd.DataFrame:
    """Return medians over splits of estimates and limits, and twice the median p-value."""
    tested = np.array(
        [
            [
                t_test(value, error, freedom, (1 + level) / 2)
                for value, error, freedom in zip(*one, strict=True)
            ]
            for one in zip(found.estimate, found.std_error, found.freedom, strict=True)
        ]
    )
    middle = np.median(tested, axis=0)
    return pd.DataFrame(
        {
            "estimate": np.median(found.estimate, axis=0),
            "std_error": np.median(found.std_error, axis=0),
            "conf_low": middle[:, 2],
            "conf_high": middle[:, 3],
            "p_value": np.minimum(2 * middle[:, 1], 1.0),
        }
    )
