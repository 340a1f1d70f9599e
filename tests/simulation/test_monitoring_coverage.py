"""Coverage on the twin of what is said of alliances: survival, hazards, ends, concentration, return."""

import numpy as np
import pandas as pd
import pytest

import impact as im

pytestmark = pytest.mark.slow

LOW, HIGH = 0.929, 0.971  # 0.95 within three binomial standard errors of 1,000 draws
DRAWS = 1000


@pytest.mark.parametrize("interval", ["log-log", "logit"])
def test_survival_covers_in_the_twin(interval):
    large = im.alliance_spells(im.synthetic.rural_programme(99, alliances=20_000)["group"])
    truth = im.survival(large, "years", "ended", times=[1, 3], interval=interval).frame["survival"].to_numpy()
    rng, hits = np.random.default_rng(8), np.zeros(2)
    for _ in range(DRAWS):
        sample = large.iloc[rng.choice(len(large), 120, replace=False)]
        row = im.survival(sample, "years", "ended", times=[1, 3], interval=interval).frame
        hits += (row["conf_low"].to_numpy() <= truth) & (truth <= row["conf_high"].to_numpy())
    assert ((hits / DRAWS >= LOW) & (hits / DRAWS <= HIGH)).all(), hits / DRAWS


def test_incidences_cover_in_the_twin():
    large = im.alliance_spells(im.synthetic.rural_programme(99, alliances=20_000)["group"])
    options = {"times": [1, 3], "interval": "logit"}
    truth = im.cumulative_incidence(large, "years", "ending", **options).frame["incidence"].to_numpy()
    rng, hits = np.random.default_rng(8), np.zeros(4)
    for _ in range(DRAWS):
        sample = large.iloc[rng.choice(len(large), 150, replace=False)]
        row = im.cumulative_incidence(sample, "years", "ending", **options).frame
        hits += (row["conf_low"].to_numpy() <= truth) & (truth <= row["conf_high"].to_numpy())
    assert ((hits / DRAWS >= LOW) & (hits / DRAWS <= HIGH)).all(), hits / DRAWS


def test_concentration_covers_by_municipality():
    rng, hits = np.random.default_rng(4), np.zeros(2)
    large = pd.DataFrame({"need": rng.normal(size=200_000)})
    large["funds"] = rng.gamma(1.5, 1.0, len(large)) * np.exp(0.3 * large["need"])
    whole = im.concentration(large, "need", "funds", replications=99)
    truth = np.array([whole.index, whole.share_of_upper(0.43)["amount_share"]])
    for draw in range(DRAWS):
        sample = large.iloc[rng.choice(len(large), 110, replace=False)]
        curve = im.concentration(sample, "need", "funds", replications=299, seed=draw)
        upper = curve.share_of_upper(0.43)
        hits += [
            curve.conf_low <= truth[0] <= curve.conf_high,
            upper["conf_low"] <= truth[1] <= upper["conf_high"],
        ]
    assert ((hits / DRAWS >= LOW) & (hits / DRAWS <= HIGH)).all(), hits / DRAWS


def test_the_return_on_the_effect_covers():
    """Groups of 8: a gain of 200 a year at a cost of 500 or 700, effect and cost of a group apart."""
    rng, hits, rates = np.random.default_rng(6), 0, 0
    annuity = (1 - 1.12**-10) / 0.12
    true_npv = annuity * 200 - 600
    true_irr = im.economic_return(pd.DataFrame([[-600.0] + [200.0] * 10])).frame["irr"].iloc[0]
    for draw in range(DRAWS):
        group = np.repeat(np.arange(80), 8)
        treated = (group % 2).astype(bool)
        frame = pd.DataFrame({"group": group, "treated": treated, "age": rng.normal(40, 10, 640)})
        frame["income"] = (
            1000 + 5 * frame["age"] + rng.normal(0, 60, 80)[group] + rng.normal(0, 90, 640) + 200 * treated
        )
        cost = pd.Series(rng.choice([500.0, 700.0], 80)[group], index=frame.index)
        sample = im.Sample(
            frame,
            treatment="treated",
            covariates=["age"],
            outcomes=["income"],
            cluster="group",
            group_assigned=True,
        )
        matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2))
        found = im.attributable_return(matched, "income", cost, seed=draw, replications=499)
        hits += found.npv_conf_low <= true_npv <= found.npv_conf_high
        rates += found.irr_conf_low <= true_irr <= found.irr_conf_high
    shares = {"npv": hits / DRAWS, "irr": rates / DRAWS}
    assert all(LOW <= share <= HIGH for share in shares.values()), shares


@pytest.mark.parametrize("cluster", [None, "muni_code"])
def test_hazard_ratios_cover(cluster):
    """150 alliances of a large twin, by themselves; 60 whole municipalities whose alliances end together."""
    rng, hits = np.random.default_rng(21), np.zeros(2)
    large = im.alliance_spells(im.synthetic.rural_programme(99, alliances=6000)["group"])
    large = large.assign(norte=large["region"] == "Norte", milk=large["alliance_product"] == "milk")
    large["muni_code"] = rng.integers(0, 600, len(large))
    if cluster:
        large["years"] *= np.exp(0.5 * rng.normal(size=600))[large["muni_code"]]
    covariates = ["norte", "milk"]
    truth = im.hazards(large, "years", "ended", covariates).frame["hazard_ratio"].to_numpy()
    members = large.groupby("muni_code").indices
    for _ in range(DRAWS):
        rows = (
            rng.choice(len(large), 150, replace=False)
            if cluster is None
            else np.concatenate([members[code] for code in rng.choice(600, 60, replace=False)])
        )
        row = im.hazards(large.iloc[rows], "years", "ended", covariates, cluster=cluster).frame
        hits += (row["conf_low"].to_numpy() <= truth) & (truth <= row["conf_high"].to_numpy())
    assert ((hits / DRAWS >= LOW) & (hits / DRAWS <= HIGH)).all(), hits / DRAWS


@pytest.mark.parametrize("cluster", [None, "town"])
def test_the_log_rank_test_rejects_as_often_as_it_says(cluster):
    """Three kinds of town that survive alike; where towns are named, their alliances end together."""
    rng, rejected = np.random.default_rng(22), 0
    for _ in range(DRAWS):
        town = np.repeat(np.arange(40), rng.integers(2, 7, 40))
        frailty = 0.6 * rng.normal(size=40)[town] if cluster else 0.0
        ending, seen = rng.exponential(np.exp(frailty), len(town)), rng.uniform(0.5, 2.0, len(town))
        kind = np.array(["a", "b", "c"])[rng.integers(0, 3, 40)][town]
        spells = pd.DataFrame(
            {"years": np.minimum(ending, seen), "ended": ending <= seen, "kind": kind, "town": town}
        )
        rejected += im.log_rank(spells, "years", "ended", "kind", cluster=cluster).p_value < 0.05
    assert 1 - HIGH <= rejected / DRAWS <= 1 - LOW, rejected / DRAWS


def test_bounds_of_survival_cover_whatever_became_of_the_unknown():
    rng, hits = np.random.default_rng(23), 0
    large = im.alliance_spells(im.synthetic.rural_programme(99, alliances=20_000)["group"])
    truth = float(im.survival(large, "years", "ended", times=[3]).frame["survival"].iloc[0])
    for _ in range(DRAWS):
        sample = large.iloc[rng.choice(len(large), 108, replace=False)]
        silent = rng.random(108) < np.where(sample["ended"] == 1, 0.6, 0.25)  # the broken ones stay away
        seen = sample.assign(ended=sample["ended"].mask(silent), years=sample["years"].mask(silent))
        row = im.survival_bounds(seen, "years", "ended", "horizon", times=[3]).frame.iloc[0]
        hits += row["conf_low"] <= truth <= row["conf_high"]
    assert hits / DRAWS >= 0.95
