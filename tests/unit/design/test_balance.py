"""Balance, computed by hand and under awkward input."""

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.balance.joint import balance_jointly
from impact.design.balance.statistics import BalanceStatistic
from impact.design.balance.table import BALANCE_COLUMNS

FRAME = pd.DataFrame(
    {
        "treated": [1, 1, 1, 0, 0, 0, 0],
        "age": [20.0, 30.0, 40.0, 20.0, 28.0, 41.0, 90.0],
        "literate": [1, 0, 1, 1, 0, 0, 0],
        "region": ["valle", "chaco", "chaco", "valle", "norte", "chaco", "norte"],
        "sw": [1.0, 2.0, 1.0, 1.0, 1.0, 3.0, 1.0],
    }
)


def matched_on_age(**roles):
    roles = {"covariates": ["age", "literate"]} | roles
    strategy = im.NearestNeighbor(im.PropensityScore(formula="age"))
    return im.match(im.Sample(FRAME, treatment="treated", **roles), strategy)


def rows(table, stage):
    return table.frame[table.frame["stage"] == stage].set_index("covariate")


def test_every_number_by_hand():
    matched = matched_on_age()
    assert matched.weights.tolist() == [1, 1, 1, 1, 1, 1, 0]
    table = im.balance(matched)
    before, after = rows(table, "before"), rows(table, "after")
    # age: treated 20, 30, 40 (variance 100); controls 20, 28, 41, 90, matched 20, 28, 41
    assert before.loc["age", ["mean_treated", "mean_control"]].tolist() == pytest.approx([30, 44.75])
    assert before.loc["age", "smd"] == pytest.approx((30 - 44.75) / 10)
    assert before.loc["age", "variance_ratio"] == pytest.approx(100 / np.var([20, 28, 41, 90], ddof=1))
    assert after.loc["age", "smd"] == pytest.approx((30 - 89 / 3) / 10)
    assert after.loc["age", "variance_ratio"] == pytest.approx(100 / np.var([20, 28, 41], ddof=1))
    # at 20, 28, 30, 40, 41, 90: F1 = 1/3 1/3 2/3 1 1 1; F0 = 1/4 1/2 1/2 1/2 3/4 1, matched 1/3 2/3 2/3 2/3 1 1
    assert before.loc["age", "ecdf_mean"] == pytest.approx((1 / 12 + 1 / 6 + 1 / 6 + 1 / 2 + 1 / 4) / 6)
    assert before.loc["age", "ecdf_max"] == pytest.approx(1 / 2)
    assert after.loc["age", "ecdf_mean"] == pytest.approx((0 + 1 / 3 + 0 + 1 / 3) / 6)
    # literate: 2/3 of the treated, 1/4 of the controls, 1/3 of the matched; SD of the treated √(2/3 · 1/3)
    assert before.loc["literate", "smd"] == pytest.approx((2 / 3 - 1 / 4) / np.sqrt(2 / 9))
    assert after.loc["literate", ["ecdf_mean", "ecdf_max"]].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert np.isnan(after.loc["literate", "variance_ratio"])
    assert after.loc["age", ["n_treated", "n_control", "ess_treated", "ess_control"]].tolist() == [3, 3, 3, 3]
    assert table.max_abs_smd == pytest.approx((2 / 3 - 1 / 3) / np.sqrt(2 / 9))


def test_columns_and_their_order():
    table = im.balance(matched_on_age())
    assert tuple(table.frame.columns[:10]) == BALANCE_COLUMNS
    assert table.frame["covariate"].tolist() == ["distance", "age", "literate"] * 2
    assert table.frame["role"].tolist() == ["score", "covariate", "covariate"] * 2


@pytest.mark.parametrize(
    ("denominator", "variance"),
    [
        ("treated", 100),
        ("control", np.var([20, 28, 41, 90], ddof=1)),
        ("pooled", (100 + np.var([20, 28, 41, 90], ddof=1)) / 2),
    ],
)
def test_the_denominator_is_fixed_before_matching_and_named(denominator, variance):
    table = im.balance(matched_on_age(), denominator=denominator)
    assert rows(table, "after").loc["age", "smd"] == pytest.approx((30 - 89 / 3) / np.sqrt(variance))
    assert set(table.frame["denominator"]) == {denominator}
    assert f"({denominator})" in repr(table) and f"({denominator})" in table._repr_html_()


@pytest.mark.parametrize(
    ("estimand", "denominator"), [("ATT", "treated"), ("ATC", "control"), ("ATE", "pooled")]
)
def test_the_estimand_chooses_the_denominator(estimand, denominator):
    sample = im.Sample(FRAME, treatment="treated", covariates=["age"])
    table = im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean()), estimand=estimand))
    assert (table.denominator, table.estimand) == (denominator, estimand)


def test_raw_differences_of_shares():
    table = im.balance(matched_on_age(), binary="raw")
    assert rows(table, "before").loc["literate", "smd"] == pytest.approx(2 / 3 - 1 / 4)
    assert rows(table, "before").loc["literate", "denominator"] == "none"
    assert "plain differences of shares" in table.note


def test_sampling_weights_enter_before_after_and_the_denominator():
    matched = matched_on_age(covariates=["age"], sampling_weight="sw")
    before = rows(im.balance(matched), "before").loc["age"]
    treated, weight = np.array([20, 30, 40]), np.array([1, 2, 1]) / 4
    variance = (weight @ (treated - 30) ** 2) / (1 - weight @ weight)
    control = (20 + 28 + 3 * 41 + 90) / 6
    assert before["mean_control"] == pytest.approx(control)
    assert before["smd"] == pytest.approx((30 - control) / np.sqrt(variance))
    assert before["ess_control"] == pytest.approx(36 / 12)
    plain = im.balance(matched, sampling_weights=False)
    assert rows(plain, "before").loc["age", "mean_control"] == pytest.approx(44.75)
    weights = matched.weights.to_numpy()[3:]
    assert rows(plain, "after").loc["age", "mean_control"] == pytest.approx(
        np.average([20, 28, 41, 90], weights=weights)
    )
    assert "sampling weight 'sw'" in repr(im.balance(matched)) and "'sw' left out" in repr(plain)


def test_all_levels_of_a_category_with_more_than_two():
    table = im.balance(matched_on_age(covariates=["age", "region"]))
    assert rows(table, "before").index.tolist() == [
        "distance",
        "age",
        "regionchaco",
        "regionnorte",
        "regionvalle",
    ]
    assert rows(table, "before").loc["regionchaco", "mean_treated"] == pytest.approx(2 / 3)


def test_squares_and_products():
    table = im.balance(matched_on_age(covariates=["age", "literate", "region"]), interactions=True)
    extra = rows(table, "before").query("role == 'interaction'")
    assert "age²" in extra.index and "age × literate" in extra.index
    assert not any(
        name.count("region") > 1 for name in extra.index
    )  # two levels of one category exclude each other
    assert "literate²" not in extra.index
    assert extra.loc["age²", "mean_treated"] == pytest.approx(np.mean([400, 900, 1600]))
    assert (
        table.max_abs_smd == im.balance(matched_on_age(covariates=["age", "literate", "region"])).max_abs_smd
    )


def test_summary_counts_what_misses_the_thresholds():
    summary = im.balance(matched_on_age()).summary.set_index("stage")
    assert summary.loc["before", ["rows", "smd_missed", "variance_ratio_missed"]].tolist() == [2, 2, 1]
    assert summary.loc["after", ["rows", "smd_missed", "variance_ratio_missed"]].tolist() == [2, 1, 0]
    assert summary["ess_control"].tolist() == pytest.approx([4, 3])


def test_a_constant_arm_has_an_infinite_difference_and_is_not_hidden():
    frame = FRAME.assign(age=[30.0, 30.0, 30.0, 20.0, 28.0, 41.0, 90.0])
    sample = im.Sample(frame, treatment="treated", covariates=["age", "literate"])
    table = im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean())))
    assert np.isneginf(rows(table, "before").loc["age", "smd"])
    assert rows(table, "before").loc["age", "variance_ratio"] == 0


def test_one_treated_unit_has_no_standard_deviation():
    sample = im.Sample(FRAME.iloc[2:], treatment="treated", covariates=["age"])
    table = im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean())))
    assert np.isnan(table.max_abs_smd)
    assert (
        im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean())), denominator="control").max_abs_smd
        > 0
    )


def test_a_covariate_called_distance_stays_a_covariate():
    frame = FRAME.rename(columns={"age": "distance"})
    sample = im.Sample(frame, treatment="treated", covariates=["distance", "literate"])
    table = im.balance(im.match(sample, im.NearestNeighbor(im.PropensityScore(formula="distance"))))
    assert table.frame["role"].tolist()[:3] == ["score", "covariate", "covariate"]
    assert table.frame["mean_treated"][1] == pytest.approx(30)


def test_a_score_estimated_again_on_support_is_compared_where_it_exists():
    rng = np.random.default_rng(5)
    age = rng.normal(40, 10, 300)
    frame = pd.DataFrame({"treated": rng.random(300) < 1 / (1 + np.exp(-(age - 45) / 4)), "age": age})
    sample = im.Sample(frame, treatment="treated", covariates=["age"])
    with pytest.warns(im.OverlapWarning):
        matched = im.match(
            sample, im.NearestNeighbor(im.PropensityScore()), support=im.MinMax(reestimate=True)
        )
    score = matched.measure.score
    assert np.isnan(score).any()
    before = rows(im.balance(matched), "before")
    known = np.isfinite(score)
    assert before.loc["distance", "mean_treated"] == pytest.approx(score[known & sample.treated].mean())
    assert (
        before.loc["distance", "n_treated"] == (known & sample.treated).sum() < before.loc["age", "n_treated"]
    )


def test_a_further_statistic_is_one_entry():
    gap = BalanceStatistic("gap", lambda arms: arms.difference, (-1.0, 1.0), "plain difference")
    table = im.balance(matched_on_age(covariates=["age"]), further=[gap])
    assert rows(table, "before").loc["age", "gap"] == pytest.approx(-14.75)
    assert table.summary["gap_missed"].tolist() == [1, 0]
    with pytest.raises(im.OptionError, match="'smd' already"):
        im.balance(matched_on_age(), further=[dataclasses.replace(gap, name="smd")])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"denominator": "sd"}, "denominator must be one of 'treated', 'control', 'pooled'; got 'sd'"),
        ({"binary": "no"}, "binary must be one of 'std', 'raw'; got 'no'"),
        ({"further": ["smd"]}, "further must be a sequence of BalanceStatistic; got str"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(im.OptionError, match=message):
        im.balance(matched_on_age(), **options)


def test_wrong_matched_sample():
    with pytest.raises(im.OptionError, match=r"matched must be an im\.MatchedSample; got DataFrame"):
        im.balance(FRAME)


def test_views_escape_labels_and_say_synthetic():
    frame = FRAME.rename(columns={"age": "<b>age</b>"})
    sample = im.Sample(frame, treatment="treated", covariates=["<b>age</b>"], synthetic=True)
    table = im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean())))
    assert "&lt;b&gt;age&lt;/b&gt;" in table._repr_html_() and "<b>" not in table._repr_html_()
    assert repr(table).startswith("SYNTHETIC DATA") and "SYNTHETIC DATA" in table._repr_html_()


def test_frozen_and_picklable():
    table = im.balance(matched_on_age())
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.binary = "raw"
    assert pickle.loads(pickle.dumps(table)).frame.equals(table.frame)


def clustered(seed=0, groups=40):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), 5)
    shared = rng.normal(size=groups)
    treated = (shared + rng.normal(size=groups) > 0)[group]
    frame = pd.DataFrame(
        {"treated": treated, "x": shared[group] + rng.normal(size=len(group)), "group": group}
    )
    frame["z"] = rng.normal(size=len(group))
    return frame


def test_rubin_with_one_covariate_is_the_pooled_difference():
    sample = im.Sample(clustered(), treatment="treated", covariates=["x"])
    matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=3))
    joint = balance_jointly(matched).frame
    pooled = im.balance(matched, denominator="pooled").frame
    assert joint.loc[0, "rubin_b"] == pytest.approx(100 * abs(pooled.loc[0, "smd"]))
    assert joint["rubin_r"].tolist() == pytest.approx(pooled["variance_ratio"].tolist())


def test_joint_test_by_hand():
    frame = clustered()
    sample = im.Sample(frame, treatment="treated", covariates=["x", "z"], cluster="group")
    joint = balance_jointly(im.match(sample, im.NearestNeighbor(im.Euclidean()))).frame.loc[0]
    design = np.column_stack([np.ones(len(frame)), frame[["x", "z"]]])
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ frame["treated"]
    sums = (
        pd.DataFrame(design * (frame["treated"] - design @ beta).to_numpy()[:, None])
        .groupby(frame["group"])
        .sum()
    )
    n, groups = len(frame), 40
    covariance = groups / (groups - 1) * (n - 1) / (n - 3) * bread @ (sums.T @ sums).to_numpy() @ bread
    statistic = beta[1:] @ np.linalg.solve(covariance[1:, 1:], beta[1:]) / 2
    assert joint["f_statistic"] == pytest.approx(statistic, rel=1e-9)
    assert joint[["df_numerator", "df_denominator", "n_clusters"]].tolist() == [2, 39, 40]


def test_a_joint_test_that_cannot_be_had_says_why():
    frame = clustered(groups=3)
    frame["treated"] = frame["group"] > 0
    rng = np.random.default_rng(1)
    frame[["a", "b"]] = rng.normal(size=(len(frame), 2))
    sample = im.Sample(frame, treatment="treated", covariates=["z", "a", "b"], cluster="group")
    joint = balance_jointly(im.match(sample, im.NearestNeighbor(im.Euclidean()))).frame
    assert np.isnan(joint.loc[0, "p_value"])
    assert joint.loc[0, "reason"] == "F: 3 covariates are too many for 3 clusters."


def test_separation_leaves_rubin_missing_with_the_reason():
    frame = pd.DataFrame({"treated": [0] * 6 + [1] * 6, "x": np.arange(12.0)})
    sample = im.Sample(frame, treatment="treated", covariates=["x"])
    joint = balance_jointly(im.match(sample, im.NearestNeighbor(im.Euclidean()))).frame
    assert np.isnan(joint.loc[0, "rubin_b"]) and joint.loc[0, "reason"].startswith("B and R: ")
    assert joint.loc[0, "f_statistic"] > 0
