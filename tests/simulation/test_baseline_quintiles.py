"""Fifths of a baseline that is close to untreated income show the pattern that was put in.

The survey's default baseline keeps .70 of a household's own shock and its fifths mix neighbours (docs/quintiles.md). With a baseline of
persistence 1 – untreated income itself – the programme's 160, 40, 52, 30 and 25 % must come out: the flattening is the baseline's, not
the estimator's. 100 draws; each fifth's mean must lie within three Monte Carlo standard errors plus the bias that the linear adjustment
leaves in skewed incomes (docs/simulation.md), half an SD of one draw.
"""

import warnings

import numpy as np
import pytest

import impact as im

DRAWS, PATTERN = 100, np.array([160.0, 40.0, 52.0, 30.0, 25.0])
STRATEGY = im.NearestNeighbor(im.Mahalanobis(), ratio=4)


def fifths(seed, persistence):
    survey = im.synthetic.rural_alliances(seed, baseline=True, persistence=persistence)
    roles = survey.roles() | {"outcomes": ["income_agr_pc_month"], "sampling_weight": None}
    roles["covariates"] = [*roles["covariates"], "income_pre"]
    sample = im.Sample(survey.household, **roles)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        table = im.quintile_effects(sample, STRATEGY, "income_agr_pc_month", by=im.Baseline("income_pre"))
    return table.frame["percent_effect"].to_numpy()


@pytest.mark.slow
def test_a_close_baseline_shows_who_gained():
    effects = np.array([fifths(seed, 1.0) for seed in range(DRAWS)])
    spread = effects.std(0, ddof=1)
    print(np.round(effects.mean(0), 1), np.round(spread, 1))
    assert (np.abs(effects.mean(0) - PATTERN) < 3 * spread / np.sqrt(DRAWS) + spread / 2 + 5).all()
    assert effects.mean(0)[0] / effects.mean(0)[1] == pytest.approx(4, rel=0.15)
