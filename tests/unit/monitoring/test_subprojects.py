"""Before and after, variance between and within, who reported: by hand, by simulation, wrong input."""

import numpy as np
import pandas as pd
import pytest

import impact as im


def records(number=768, seed=0):
    rng = np.random.default_rng(seed)
    group = pd.DataFrame(
        {"region": rng.choice(list("NTVC"), number), "product": rng.choice(["milk", "cocoa", "beef"], number),
         "members": rng.integers(10, 60, number), "before": rng.gamma(2, 500, number)}
    )  # fmt: skip
    group["after"] = group["before"] * 1.6 + rng.normal(0, 500, number)
    group["reported"] = rng.random(number) < 1 / (1 + np.exp(2.5 - 0.05 * group["members"]))
    return group


def test_before_and_after_by_hand_with_a_missing_record():
    frame = pd.DataFrame(
        {"before": [10.0, 20, 30, 40, 50], "after": [30, 15, 60, 55, np.nan], "r": list("aabbb")}
    )
    result = im.before_after(frame, "before", "after")
    row = result.frame.iloc[0]
    assert (row["change"], row["percent"], row["share_losing"], row["n"]) == (15.0, 60.0, 0.25, 4)
    # the fifth subproject stays in the design: 5/4 in place of 4/3
    assert row["std_error"] == pytest.approx(np.sqrt(5 / 4 * np.var([20, -5, 30, 15]) * 4) / 4)
    assert row["median"] == 17.5
    assert "not attributable" in row["identification"]
    assert "without both records" in result.notes[1]
    by = im.before_after(frame, "before", "after", by="r").frame
    assert by["change"].tolist() == [7.5, 22.5]
    with pytest.raises(im.DataError, match="No subproject has both"):
        im.before_after(frame.assign(after=np.nan), "before", "after")


def test_the_intraclass_correlation_by_hand_and_its_coverage():
    frame = pd.DataFrame({"y": [1.0, 2, 3, 11, 12, 13], "r": list("aaabbb")})
    row = im.variance_shares(frame, "y", ["r"]).frame.iloc[0]
    assert row["statistic"] == pytest.approx(150.0)
    assert row["icc"] == pytest.approx(149 / 152)
    rng, inside = np.random.default_rng(1), 0
    for _ in range(400):
        sizes = rng.integers(2, 12, 30)
        group = np.repeat(np.arange(30), sizes)
        y = rng.normal(0, np.sqrt(0.3), 30)[group] + rng.normal(0, np.sqrt(0.7), len(group))
        found = im.variance_shares(pd.DataFrame({"y": y, "g": group}), "y", ["g"]).frame.iloc[0]
        inside += found["conf_low"] <= 0.3 <= found["conf_high"]
    assert 0.917 <= inside / 400 <= 0.983  # 0.95 within three binomial standard errors


def test_variance_shares_say_which_factor_holds_the_difference():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"group": np.repeat(np.arange(60), 5), "product": np.tile(list("abcde"), 60)})
    frame["y"] = rng.normal(0, 2, 60)[frame["group"]] + rng.normal(0, 1, 300)
    shares = im.variance_shares(frame, "y", ["group", "product"])
    assert shares.frame["icc"].iloc[0] > 0.6 > 0.05 > shares.frame["icc"].iloc[1]
    assert "between its 60 levels" in shares.notes[0]
    with pytest.raises(im.EstimationError, match="at least 2 levels"):
        im.variance_shares(frame.assign(one="x"), "y", ["one"])
    with pytest.raises(im.EstimationError, match="Nothing varies within"):
        im.variance_shares(frame.assign(y=frame["group"]), "y", ["group"])


def test_reports_at_random_are_seldom_refused_and_chosen_ones_are_found():
    chosen = im.representativeness(records(), "reported", ["region", "product", "members"])
    assert chosen.p_value < 1e-6
    assert chosen.frame.set_index("covariate").loc["members", "difference"] > 0.2
    refused = 0
    for seed in range(200):
        frame = records(140, seed).assign(
            reported=lambda f: np.random.default_rng(len(f)).random(len(f)) < 0.5
        )
        refused += im.representativeness(frame, "reported", ["region", "product", "members"]).p_value < 0.05
    assert refused / 200 <= 0.10


def test_weights_give_the_means_of_all_and_take_the_bias_away():
    frame = records()
    weights = im.response_weights(frame, "reported", ["region", "product", "members"])
    reported = frame["reported"]
    assert weights[reported].sum() == pytest.approx(768)
    assert np.average(frame.loc[reported, "members"], weights=weights[reported]) == pytest.approx(
        frame["members"].mean()
    )
    for region, number in frame["region"].value_counts().items():
        assert weights[reported & (frame["region"] == region)].sum() == pytest.approx(number)
    with pytest.raises(im.SupportError):
        im.response_weights(
            frame.assign(reported=reported & (frame["region"] != "N")), "reported", ["region"]
        )


def test_bounds_of_the_published_shares():
    above = pd.array([True] * 104 + [False] * 36 + [None] * 628, dtype="boolean")
    row = im.share_bounds(pd.DataFrame({"above": above}), "above").iloc[0]
    assert (row["n"], row["n_missing"]) == (768, 628)
    assert (row["low"], row["high"]) == (pytest.approx(104 / 768), pytest.approx(732 / 768))
    assert row["conf_low"] < row["low"] and row["high"] < row["conf_high"]
    with pytest.raises(im.DataError, match="Nobody reported"):
        im.share_bounds(pd.DataFrame({"above": pd.array([None] * 3, dtype="boolean")}), "above")


def test_wrong_reports_are_named():
    with pytest.raises(im.DataError, match="some that reported and some that did not"):
        im.representativeness(records().assign(reported=True), "reported", ["members"])
    with pytest.raises(im.DataError, match="lack covariate 'members'"):
        im.representativeness(records().assign(members=np.nan), "reported", ["members"])
