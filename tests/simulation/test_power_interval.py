"""The Monte Carlo interval of a minimum detectable effect covers the one that normal theory knows: z-tests, drawn 300 times.

With common draws the interval should cover about 95 %; with draws of their own for each effect it is on the wide side.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from impact.robustness.certification import DRAW_COLUMNS, Certification
from impact.robustness.power_curve import PowerCurve

pytestmark = pytest.mark.slow

EFFECTS = np.array([0.0, 1.0, 1.75, 2.5, 3.25, 4.0])  # in standard errors
REPEATS, DRAWS = 300, 200
KNOWN = brentq(lambda effect: norm.sf(1.96 - effect) + norm.cdf(-1.96 - effect) - 0.8, 0, 6)


def certification(statistics):
    blank = dict.fromkeys(DRAW_COLUMNS, 1.0) | {
        "strategy": "s",
        "outcome": "y",
        "variance": "v",
        "problem": "",
    }
    frame = pd.DataFrame([blank]).loc[np.zeros(DRAWS, dtype=int)].reset_index(drop=True)
    numbers = {"draw": np.arange(DRAWS), "p_value": 2 * norm.sf(np.abs(statistics))}
    return Certification(frame.assign(**numbers), 0.95, "z-tests", 0)


def intervals(common):
    generator = np.random.default_rng(11)
    rows = []
    for _ in range(REPEATS):
        noise = generator.normal(size=(len(EFFECTS), DRAWS))
        noise = noise[[0] * len(EFFECTS)] if common else noise
        made = {effect: certification(effect + draws) for effect, draws in zip(EFFECTS, noise, strict=True)}
        rows.append(PowerCurve(made).minimum_detectable_effect(0.8).iloc[0])
    return pd.DataFrame(rows)


@pytest.fixture(scope="module", params=[True, False], ids=["common draws", "own draws"])
def table(request):
    return intervals(request.param).assign(common=request.param)


def test_the_interval_covers(table):
    covered = ((table["effect_low"] <= KNOWN) & (table["effect_high"] >= KNOWN)).mean()
    error = np.sqrt(0.95 * 0.05 / REPEATS)
    assert covered > 0.95 - 3 * error
    if table["common"].all():
        assert covered < 0.95 + 3 * error


def test_the_estimate_is_in_the_middle(table):
    error = table["effect"].std() / np.sqrt(REPEATS)
    assert abs(table["effect"].mean() - KNOWN) < 3 * error + 0.01 * KNOWN
