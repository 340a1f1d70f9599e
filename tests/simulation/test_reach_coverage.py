"""Coverage of what reaches beyond the survey: transport, exposure, changes of subprojects, weights to all, variance shares."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im

pytestmark = pytest.mark.slow

LOW, HIGH = 0.929, 0.971  # 0.95 within three binomial standard errors of 1,000 draws
DRAWS = 1000
STRATEGY = im.NearestNeighbor(im.Mahalanobis(), ratio=2)


def survey(rng, groups=100, size=8, effect=None):
    """Treated and waiting groups alike but for age; the effect is given by group."""
    group = np.repeat(np.arange(groups), size)
    treated = (group % 2).astype(bool)
    region = np.array(["Norte", "Valles", "Tropico"])[rng.choice(3, groups, p=(0.5, 0.3, 0.2))][group]
    dose = rng.uniform(0, 5, groups)[group]
    frame = pd.DataFrame(
        {
            "group": group,
            "treated": treated,
            "age": rng.normal(40, 10, len(group)),
            "region": region,
            "dose": dose,
        }
    )
    noise = rng.normal(0, 60, groups)[group] + rng.normal(0, 120, len(group))
    frame["income"] = 1000 + 5 * frame["age"] + noise + np.where(treated, effect(frame), 0.0)
    roles = {"covariates": ["age"], "outcomes": ["income"], "cluster": "group", "group_assigned": True}
    return im.Sample(frame, treatment="treated", **roles)


def test_the_transported_effect_covers():
    """Effects of 100, 200 and 400 by region; the programme has another mix, and a region that was not surveyed."""
    rng, hits = np.random.default_rng(31), 0
    by_region = {"Norte": 100.0, "Valles": 200.0, "Tropico": 400.0}
    programme = pd.DataFrame({"region": ["Norte"] * 20 + ["Valles"] * 30 + ["Tropico"] * 40 + ["Lago"] * 10})
    truth = (20 * 100 + 30 * 200 + 40 * 400) / 90
    for _ in range(DRAWS):
        sample = survey(rng, effect=lambda frame: frame["region"].map(by_region))
        found = im.transported_effects(sample, STRATEGY, programme, ["region"], ["income"])
        assert found.share_supported == pytest.approx(0.9)
        row = found.frame.set_index("population").loc["programme"]
        hits += row["conf_low"] <= truth <= row["conf_high"]
    assert LOW <= hits / DRAWS <= HIGH, hits / DRAWS


@pytest.mark.parametrize("degree", [1, 2])
def test_the_band_of_the_dose_response_covers_the_whole_curve(degree):
    rng, band, points = np.random.default_rng(32), 0, np.zeros(9)
    grid = np.linspace(0.5, 4.5, 9)
    truth = 100 + 60 * grid - 6 * (degree - 1) * grid**2
    for draw in range(DRAWS):
        sample = survey(rng, effect=lambda f: 100 + 60 * f["dose"] - 6 * (degree - 1) * f["dose"] ** 2)
        curve = im.dose_response(
            im.match(sample, STRATEGY), "income", "dose", degree, grid, replications=499, seed=draw
        ).frame
        band += bool(((curve["band_low"] <= truth) & (truth <= curve["band_high"])).all())
        points += (curve["conf_low"] <= truth).to_numpy() & (truth <= curve["conf_high"]).to_numpy()
    shares = np.r_[band, points] / DRAWS
    assert ((shares >= LOW) & (shares <= HIGH)).all(), shares


@pytest.fixture(scope="module")
def programme():
    """Every subproject of a large twin with what its net income became, reported or not."""
    tables = im.synthetic.rural_programme(97, alliances=20_000)
    finance = tables["subproject_finance"]
    third = finance[finance["year"] == 3].set_index("group_id")
    record = tables["subproject_record"].set_index("group_id")
    record["after"] = (third["gross_with"] - third["opcost_with"]) / record["members_start"]
    return record.join(tables["group"].set_index("group_id")[["region", "members_approval"]]).reset_index()


def changes(frame):
    rise = frame["after"] - frame["net_income_before"]
    return np.array([rise.mean(), 100 * rise.sum() / frame["net_income_before"].sum(), (rise < 0).mean()])


def covered(frame, truth):
    row = frame.iloc[0]
    ends = [
        ("conf_low", "conf_high"),
        ("percent_conf_low", "percent_conf_high"),
        ("losing_conf_low", "losing_conf_high"),
    ]
    return np.array([row[low] <= value <= row[high] for (low, high), value in zip(ends, truth, strict=True)])


def test_changes_of_subprojects_cover(programme):
    rng, hits, truth = np.random.default_rng(33), np.zeros(3), changes(programme)
    for _ in range(DRAWS):
        sample = programme.iloc[rng.choice(len(programme), 140, replace=False)]
        hits += covered(im.before_after(sample, "net_income_before", "after").frame, truth)
    assert ((hits / DRAWS >= LOW) & (hits / DRAWS <= HIGH)).all(), hits / DRAWS


def test_weights_to_all_cover_where_larger_subprojects_report(programme):
    """768 subprojects, of which those with more members report more often and gain less."""
    rng, hits, plain = np.random.default_rng(34), np.zeros(3), np.zeros(3)
    size = np.log(programme["members_approval"] / programme["members_approval"].mean())
    tilted = programme.assign(after=programme["after"] - 4_000 * size, size=size)
    truth = changes(tilted)
    for _ in range(DRAWS):
        all_ = tilted.iloc[rng.choice(len(tilted), 768, replace=False)].reset_index(drop=True)
        all_["told"] = rng.random(768) < 1 / (1 + np.exp(1.4 - 1.5 * all_["size"]))
        all_["w"] = im.response_weights(all_, "told", ["size", "region"])
        told = all_[all_["told"]]
        hits += covered(im.before_after(told, "net_income_before", "after", weights="w").frame, truth)
        plain += covered(im.before_after(told, "net_income_before", "after").frame, truth)
    assert (hits / DRAWS >= LOW).all(), hits / DRAWS  # known weights err on the wide side
    assert plain[0] / DRAWS < 0.9  # without the weights the bias shows


def test_intraclass_correlations_cover():
    """Log income of the twin by producer group, 60 groups of unequal size."""
    rng, hits = np.random.default_rng(35), 0
    household = im.synthetic.rural_alliances(77, groups=3000).household
    household = household.assign(y=np.log(household["income_pc_month"]))
    truth = im.variance_shares(household, "y", ["group_id"]).frame["icc"].iloc[0]
    members = household.groupby("group_id").indices
    names = np.array(list(members))
    for _ in range(DRAWS):
        rows = np.concatenate([members[name] for name in rng.choice(names, 60, replace=False)])
        row = im.variance_shares(household.iloc[rows], "y", ["group_id"]).frame.iloc[0]
        hits += row["conf_low"] <= truth <= row["conf_high"]
    assert LOW <= hits / DRAWS <= HIGH, hits / DRAWS


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
    ratio = errors.mean(axis=0) / estimates.std(axis=0, ddof=1)
    covered = ((ends[..., 0] <= estimates.mean(axis=0)) & (estimates.mean(axis=0) <= ends[..., 1])).mean(
        axis=0
    )
    assert ((ratio > 0.85) & (ratio < 1.2)).all(), ratio  # 300 draws
    assert ((covered >= 0.912) & (covered <= 0.988)).all(), covered
