"""Survival curves: by hand, the jackknife by brute force, ends of the intervals, wrong input."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import survdiff

import impact as im


@pytest.fixture(scope="module")
def spells():
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "years": np.round(rng.exponential(5, 60) + 0.1, 1),
            "ended": rng.random(60) < 0.6,
            "weight": rng.uniform(0.5, 3, 60),
            "town": rng.integers(0, 12, 60),
            "region": rng.choice(["a", "b", "c"], 60),
        }
    )


def weighted_survival(frame, weight, time):
    alive = 1.0
    for step in sorted(frame.loc[frame["ended"], "years"].unique()):
        if step <= time:
            ended = (weight * ((frame["years"] == step) & frame["ended"])).sum()
            alive *= 1 - ended / (weight * (frame["years"] >= step)).sum()
    return alive


def test_by_hand_with_ties_and_censoring():
    frame = pd.DataFrame({"years": [1, 2, 2, 3, 5], "ended": [1, 1, 0, 1, 0]})
    table = im.survival(frame, "years", "ended", times=[0, 1, 2.5, 3, 6]).frame
    assert table["survival"].round(12).tolist()[:4] == [1.0, 0.8, 0.6, 0.3]
    assert np.isnan(table["survival"].iloc[-1])  # beyond the last observation nothing is known
    assert table["at_risk"].tolist() == [5, 5, 2, 2, 0]
    greenwood = 0.6 * np.sqrt(1 / (5 * 4) + 1 / (4 * 3))
    assert table["std_error"].iloc[2] == pytest.approx(greenwood)


def test_the_robust_error_is_the_jackknife_of_weights_by_cluster(spells):
    table = im.survival(spells, "years", "ended", weights="weight", cluster="town", times=[2, 6]).frame
    weight, step = spells["weight"].to_numpy(), 1e-5
    for time, error, alive in table[["time", "std_error", "survival"]].itertuples(index=False):
        unit = np.eye(len(spells)) * step
        slopes = [
            (
                weighted_survival(spells, weight * (1 + e), time)
                - weighted_survival(spells, weight * (1 - e), time)
            )
            / (2 * step)
            for e in unit
        ]
        assert alive == pytest.approx(weighted_survival(spells, weight, time))
        assert error == pytest.approx(
            np.sqrt((pd.Series(slopes).groupby(spells["town"]).sum() ** 2).sum()), rel=1e-6
        )


def test_row_order_unit_of_time_and_scale_of_weights_change_nothing(spells):
    first = im.survival(spells, "years", "ended", weights="weight", cluster="town").frame
    moved = spells.sample(frac=1, random_state=0).assign(
        years=lambda f: f["years"] * 12, weight=lambda f: f["weight"] * 3
    )
    other = im.survival(moved, "years", "ended", weights="weight", cluster="town").frame
    names = ["survival", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(first[names], other[names], rtol=1e-9)


def test_nobody_ended_and_everybody_ended():
    frame = pd.DataFrame({"years": [3.0] * 16, "ended": False})
    row = im.survival(frame, "years", "ended", times=[1]).frame.iloc[0]
    assert (row["survival"], row["conf_high"]) == (1.0, 1.0)
    assert row["conf_low"] == pytest.approx(0.025 ** (1 / 16))
    ended = im.survival(frame.assign(ended=True), "years", "ended", times=[3, 9]).frame
    assert ended["survival"].tolist() == [0.0, 0.0]
    assert ended["conf_low"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("interval", ["log-log", "log", "plain", "logit", "korn-graubard"])
def test_intervals_hold_the_curve(spells, interval):
    table = im.survival(spells, "years", "ended", by="region", interval=interval).frame.dropna()
    inner = table[(table["survival"] > 0) & (table["survival"] < 1)]
    assert (inner["conf_low"] < inner["survival"]).all() and (inner["survival"] < inner["conf_high"]).all()
    assert (table["conf_low"] >= 0).all() and (table["conf_high"] <= 1).all()


def test_the_log_rank_test_is_that_of_survdiff_and_sees_clusters(spells):
    test = im.log_rank(spells, "years", "ended", by="region")
    statistic, p_value = survdiff(spells["years"], spells["ended"].astype(float), spells["region"])
    assert test.statistic == pytest.approx(statistic, rel=1e-10)
    assert test.p_value == pytest.approx(p_value, rel=1e-8)
    assert test.frame["observed"].sum() == pytest.approx(test.frame["expected"].sum())
    clustered = im.log_rank(spells, "years", "ended", by="region", cluster="town")
    assert clustered.degrees_of_freedom == (2.0, 10.0)


def test_log_rank_scores_add_up_to_observed_less_expected(spells):
    from impact.monitoring.survival.log_rank import _at_risk_by, _scores
    from impact.monitoring.survival.spells import RiskSet, read_spells

    read = read_spells(spells, "years", "ended", "weight", None)
    member, risk = pd.factorize(spells["region"], sort=True)[0], RiskSet.of(read)
    share = _at_risk_by(read, risk, member, 3) / risk.at_risk
    scores = read.weight @ _scores(read, risk, member, share)
    test = im.log_rank(spells, "years", "ended", by="region", weights="weight")
    np.testing.assert_allclose(scores, test.frame["observed"] - test.frame["expected"], atol=1e-10)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"years": -1.0}, im.DataError, "end before they start"),
        ({"years": np.nan}, im.DataError, "lack a finite number"),
        ({"ended": None}, im.DataError, "survival_bounds"),
        ({"ended": 2}, im.DataError, "yes/no or 0/1"),
        ({"weight": 0.0}, im.DataError, "all 0"),
    ],
)
def test_wrong_spells_are_named(spells, change, error, message):
    frame = spells.astype({"ended": object}).assign(**change)
    with pytest.raises(error, match=message):
        im.survival(frame, "years", "ended", weights="weight")


def test_wrong_options_are_named(spells):
    with pytest.raises(im.OptionError, match="interval must be one of"):
        im.survival(spells, "years", "ended", interval="arcsin")
    with pytest.raises(im.DataError, match="times must be finite"):
        im.survival(spells, "years", "ended", times=[-1])
    with pytest.raises(im.EstimationError, match="at least 2 subgroups"):
        im.log_rank(spells.assign(region="a"), "years", "ended", by="region")
    with pytest.raises(im.EstimationError, match="separates"):
        im.hazards(
            spells.assign(never=lambda f: (~f["ended"]).astype(float), years=1.0 + np.arange(60)),
            "years",
            "ended",
            ["never"],
        )
    with pytest.raises(im.EstimationError, match="collinear"):
        im.hazards(spells.assign(twice=lambda f: 2 * f["weight"]), "years", "ended", ["weight", "twice"])


def test_768_alliances_and_29_000_producers_take_less_than_two_seconds():
    import time

    rng = np.random.default_rng(0)
    n = 29_000
    frame = pd.DataFrame(
        {"years": rng.integers(1, 4000, n) / 365, "ended": rng.random(n) < 0.4, "w": rng.random(n) + 0.5,
         "g": rng.integers(0, 768, n), "q": rng.choice(list("abcd"), n)}
    )  # fmt: skip
    frame["r"] = frame["g"] % 6
    start = time.process_time()
    im.survival(frame, "years", "ended", by="r", weights="w", cluster="g")
    im.share(frame, "q", "w", "g", "r", by="r")
    assert time.process_time() - start < 2


def incidence_by_hand(frame, weight, time, cause):
    alive, taken = 1.0, 0.0
    for step in sorted(frame["years"].unique()):
        if step <= time:
            at_risk, now = (weight * (frame["years"] >= step)).sum(), frame["years"] == step
            taken += alive * (weight * (now & (frame["end"] == cause))).sum() / at_risk
            alive *= 1 - (weight * (now & frame["end"].notna())).sum() / at_risk
    return taken


@pytest.mark.slow
def test_cumulative_incidence_and_its_jackknife(spells):
    kinds = np.random.default_rng(9).choice(["new buyer", "open market"], len(spells))
    frame = spells.assign(end=np.where(spells["ended"], kinds, None))
    table = im.cumulative_incidence(
        frame, "years", "end", weights="weight", cluster="town", times=[2, 6]
    ).frame
    weight, step = frame["weight"].to_numpy(), 1e-5
    for time, cause, taken, error in table[["time", "cause", "incidence", "std_error"]].itertuples(
        index=False
    ):
        assert taken == pytest.approx(incidence_by_hand(frame, weight, time, cause), abs=1e-12)
        unit = np.eye(len(frame)) * step
        slopes = [
            (
                incidence_by_hand(frame, weight * (1 + e), time, cause)
                - incidence_by_hand(frame, weight * (1 - e), time, cause)
            )
            / (2 * step)
            for e in unit
        ]
        assert error == pytest.approx(
            np.sqrt((pd.Series(slopes).groupby(frame["town"]).sum() ** 2).sum()), rel=1e-6
        )
    alive = im.survival(frame, "years", "ended", weights="weight", times=[2, 6]).frame["survival"].to_numpy()
    np.testing.assert_allclose(table.groupby("time")["incidence"].sum() + alive, 1.0)


def test_one_cause_is_one_less_survival_with_the_same_error(spells):
    frame = spells.assign(end=np.where(spells["ended"], "end", None))
    taken = im.cumulative_incidence(frame, "years", "end", cluster="town").frame
    alive = im.survival(frame, "years", "ended", cluster="town").frame
    np.testing.assert_allclose(1 - taken["incidence"], alive["survival"])
    np.testing.assert_allclose(taken["std_error"], alive["std_error"].fillna(0), atol=1e-12)
    np.testing.assert_allclose(1 - taken["conf_high"], alive["conf_low"])


def test_unknown_fates_as_bounds():
    seen = pd.DataFrame({"years": [7, 2, None, 3, 7], "ended": [0, 1, None, None, 0], "asked": 7})
    table = im.survival_bounds(seen, "years", "ended", "asked", times=[1, 5]).frame
    assert table["survival_low"].tolist() == pytest.approx([0.8, 0.8 * 3 / 4 * 2 / 3])
    assert table["survival_high"].tolist() == pytest.approx([1.0, 0.8])
    assert table["survival"].tolist() == pytest.approx([1.0, 2 / 3])
    assert (table["conf_low"] <= table["survival_low"]).all() and (
        table["conf_high"] >= table["survival_high"]
    ).all()
    assert table["share_unknown"].tolist() == [0.4, 0.4]
    with pytest.raises(im.DataError, match="seen after their horizon"):
        im.survival_bounds(seen.assign(asked=5), "years", "ended", "asked")
    with pytest.raises(im.DataError, match="must hold one of"):
        im.cumulative_incidence(seen.assign(end="x"), "asked", "end", causes=["y"])


def test_alliances_end_in_three_ways_and_a_status_that_is_none_is_named():
    group = pd.DataFrame(
        {"disb1_date": pd.Timestamp("2010-01-01"), "interview_start": pd.Timestamp("2014-01-01"),
         "buyer_status": ["original", "new", "free_market", "dissolved", None, "unknown"] * 5,
         "buyer_change_date": pd.to_datetime([None, "2011-01-01", "2012-01-01", "2013-01-01", None, None] * 5)}
    )  # fmt: skip
    spells = im.alliance_spells(group)
    assert spells["ending"].dropna().value_counts().to_dict() == {
        "another buyer": 5,
        "open market": 5,
        "dissolved": 5,
    }
    assert spells["ended"].isna().sum() == 10
    known = spells[spells["ended"].notna()]
    incidence = im.cumulative_incidence(known, "years", "ending", times=[3.5]).frame.set_index("cause")[
        "incidence"
    ]
    assert incidence.to_dict() == pytest.approx(
        dict.fromkeys(["another buyer", "open market", "dissolved"], 0.25)
    )
    with pytest.raises(
        im.DataError, match="must be original, new, free_market, dissolved, or unknown; got 'nuevo'"
    ):
        im.alliance_spells(group.assign(buyer_status="nuevo"))
