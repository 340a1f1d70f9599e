"""Quantile effects on the treated over many draws of the synthetic survey: bias, coverage, and the band.

The weights are Firpo's, the odds of the logit score. (Four Mahalanobis neighbours, which no bias adjustment can
help here, left a bias of .1 SD at the lowest and 1 SD at the highest of these quantiles.) The truth is the
difference of the quantiles of both potential outcomes among the treated of one survey of 20,000 groups.
``python -m pytest -m slow -s tests/simulation/test_quantile_effects.py`` prints the numbers.
"""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.distribution.quantiles import quantile_effects
from impact.synthetic.result import CONFOUNDERS


class Odds:
    """Firpo's weights for the treated: the odds of the fitted score, with the same sum as the treated."""

    def assign(self, units):
        probability = im.PropensityScore().fit(units).probability.to_numpy()
        odds = np.where(units.treatment, 0.0, probability / (1 - probability))
        return im.Assignment(
            weights=np.where(units.treatment, 1.0, odds * units.treatment.sum() / odds.sum())
        )


DRAWS = 300
OUTCOME = "income_pc_month"
QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9]


def truth():
    known = im.synthetic.rural_alliances(10_000, groups=20_000).truth
    treated = known.traits["treated"].to_numpy(dtype=bool)
    ends = [np.quantile(table.loc[treated, OUTCOME], QUANTILES) for table in (known.treated, known.untreated)]
    return ends[0] - ends[1]


def one_draw(seed):
    survey = im.synthetic.rural_alliances(seed)
    sample = im.Sample(
        survey.household,
        treatment="treated",
        covariates=list(CONFOUNDERS),
        outcomes=[OUTCOME],
        cluster="group_id",
        group_assigned=True,
    )
    matched = im.match(sample, Odds())
    return quantile_effects(matched, OUTCOME, QUANTILES, seed=seed).frame.assign(draw=seed)


@pytest.fixture(scope="module")
def draws():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        table = pd.concat([one_draw(seed) for seed in range(DRAWS)])
    table["truth"] = np.tile(truth(), DRAWS)
    return table


@pytest.mark.slow
def test_intervals_cover_each_quantile_and_the_band_all_of_them(draws):
    for column in ("conf", "band"):
        draws[f"in_{column}"] = draws["truth"].between(draws[f"{column}_low"], draws[f"{column}_high"])
    draws["error"] = draws["effect"] - draws["truth"]
    by_quantile = draws.groupby("quantile").agg(
        truth=("truth", "mean"),
        bias=("error", "mean"),
        spread=("error", "std"),
        std_error=("std_error", "mean"),
        coverage=("in_conf", "mean"),
    )
    together = draws.groupby("draw")["in_band"].all().mean()
    print(f"\n{by_quantile.round(3)}\nband covers all: {together:.3f}")
    margin = 3 * np.sqrt(0.95 * 0.05 / DRAWS)
    assert ((by_quantile["coverage"] - 0.95).abs() < margin).all()
    assert abs(together - 0.95) < margin
