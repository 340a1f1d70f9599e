"""Coverage of every interval of the monitoring tables on the twin: the studies of tests/simulation/monitoring, a thousand draws each.

``python -m benchmarks.coverage_of_monitoring`` runs the same draws and writes them as the table of docs/monitoring_coverage.md.
"""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.simulation.monitoring import alliances, questionnaires, reach
from tests.simulation.monitoring.study import DRAWS, HIGH, LOW

pytestmark = pytest.mark.slow

STUDIES = (*questionnaires.STUDIES, *alliances.STUDIES, *reach.STUDIES)
SMALL = ("logit", "wilson", "korn-graubard", "likelihood", "asin")


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_intervals_cover(study):
    shares = pd.DataFrame(list(study.hits(range(DRAWS)))).mean()
    high = 1.0 if study.conservative else HIGH
    assert shares.between(LOW, high).all(), shares[~shares.between(LOW, high)].to_dict()


@pytest.mark.parametrize("interval", SMALL)
@pytest.mark.parametrize("n", range(16, 27))
def test_small_proportions_cover(interval, n):
    """Every count is possible; coverage is the binomial sum, without draws."""
    from scipy.stats import binom

    ends = []
    for yes in range(n + 1):
        row = im.share(pd.DataFrame({"y": [1] * yes + [0] * (n - yes)}), "y", interval=interval).frame.iloc[0]
        ends.append((row["conf_low"], row["conf_high"]))
    for p in np.arange(0.05, 0.951, 0.005):
        chance = binom.pmf(np.arange(n + 1), n, p)
        covered = sum(c for c, (low, high) in zip(chance, ends, strict=True) if low <= p <= high)
        assert covered >= 0.93, (interval, n, p, covered)


def test_without_weights_the_bias_of_who_reports_shows():
    """Larger subprojects report more often and gain less: the plain interval of the change misses all of them."""
    programme = reach.subprojects()
    size = np.log(programme["members_approval"] / programme["members_approval"].mean())
    tilted = programme.assign(after=programme["after"] - 4_000 * size, size=size)
    rng, truth, hits = np.random.default_rng(34), reach.true_changes(tilted), 0
    for _ in range(300):
        every = tilted.iloc[rng.choice(len(tilted), 768, replace=False)]
        told = every[rng.random(768) < 1 / (1 + np.exp(1.4 - 1.5 * every["size"]))]
        hits += reach.covered(im.before_after(told, "net_income_before", "after").frame, truth)["change"]
    assert hits / 300 < 0.9


def test_the_effect_on_market_outcomes_covers_in_the_twin():
    """Shares sold and prices respond in the twin; the average over large twins is the truth of the matched effect."""
    names, strategy = ["share_sold", "price_received"], im.NearestNeighbor(im.Mahalanobis(), ratio=4)
    estimates, errors, ends = [], [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(300):
            twin = im.synthetic.rural_alliances(seed, groups=120)
            roles = twin.roles() | {"outcomes": names}
            sample = im.Sample(im.market_access(twin.household), **roles)
            frame = im.estimate(im.match(sample, strategy)).frame.set_index("outcome").loc[names]
            estimates.append(frame["estimate"].to_numpy())
            errors.append(frame["std_error"].to_numpy())
            ends.append(frame[["conf_low", "conf_high"]].to_numpy())
    estimates, errors, ends = map(np.array, (estimates, errors, ends))
    middle = estimates.mean(axis=0)
    ratio = errors.mean(axis=0) / estimates.std(axis=0, ddof=1)
    covered = ((ends[..., 0] <= middle) & (middle <= ends[..., 1])).mean(axis=0)
    assert ((ratio > 0.85) & (ratio < 1.2)).all(), ratio  # 300 draws
    assert ((covered >= 0.912) & (covered <= 0.988)).all(), covered
