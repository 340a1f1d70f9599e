"""estimate(): hand-computed cases, labels, defaults and refusals."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.surveys import groups_in_turn, sample_of

sample = partial(sample_of, cluster=None)
NEAREST = im.NearestNeighbor(im.Mahalanobis(), ratio=2)


def test_att_of_four_units_by_hand():
    # Treated 10 at 0 and 14 at 5; controls 7 at 1, 9 at 4, 100 at 50. Nearest: 7 and 9. ATT = ((10 - 7) + (14 - 9)) / 2 = 4.
    frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "x": [0.0, 5, 1, 4, 50], "y": [10.0, 14, 7, 9, 100]})
    made = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["y"])
    matched = im.match(made, im.NearestNeighbor(im.Euclidean(scale="none")))
    effect = im.estimate(matched, variance=im.AbadieImbens(neighbors=1)).one("y")
    assert (effect.estimate, effect.control_mean) == (4.0, 8.0)
    assert effect.n_treated == 2 and effect.n_control == 2 and effect.ess_control == 2
    # Theorem 7: (1/4) [(3 - 4)² + (5 - 4)²] and no reuse term, as K² = K' for controls used once.
    assert effect.std_error == pytest.approx(np.sqrt(0.5), rel=1e-12)


def test_linear_bias_adjustment_by_hand():
    # The controls lie on y = 2 + 3x, so each treated unit is compared with 2 + 3x at its own x.
    frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "x": [0.0, 5, 1, 4, 6], "y": [10.0, 30, 5, 14, 20]})
    made = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["y"])
    matched = im.match(made, im.NearestNeighbor(im.Euclidean(scale="none"), ratio=2))
    effect = im.estimate(matched, variance=im.AbadieImbens(neighbors=None), bias_adjustment="linear").one("y")
    assert effect.estimate == pytest.approx(((10 - 2) + (30 - 17)) / 2, rel=1e-12)


@pytest.mark.parametrize(
    "strategy", [NEAREST, im.Kernel(im.PropensityScore(), bandwidth=0.2)], ids=["nearest", "kernel"]
)
@pytest.mark.parametrize("adjustment", [None, "linear"])
@pytest.mark.parametrize("cluster", [None, "group"])
def test_a_constant_added_to_the_treated_moves_only_the_effect(strategy, adjustment, cluster):
    frame = groups_in_turn(members=4)
    moved = frame.assign(income=frame["income"] + 7 * frame["treated"])
    first, second = (
        im.estimate(im.match(sample(table, cluster=cluster), strategy), bias_adjustment=adjustment).one(
            "income"
        )
        for table in (frame, moved)
    )
    assert second.estimate - first.estimate == pytest.approx(7, rel=1e-9)
    assert second.std_error == pytest.approx(first.std_error, rel=1e-9)
    assert second.control_mean == pytest.approx(first.control_mean, rel=1e-9)


@pytest.mark.parametrize("cluster", [None, "group"])
def test_units_of_measurement_do_not_matter(cluster):
    frame = groups_in_turn(members=4)
    first = im.estimate(im.match(sample(frame, cluster=cluster), NEAREST), bias_adjustment="linear").one(
        "income"
    )
    second = im.estimate(
        im.match(
            sample(frame.assign(income=frame["income"] * 7, x=frame["x"] * 1000 + 5), cluster=cluster),
            NEAREST,
        ),
        bias_adjustment="linear",
    ).one("income")
    assert second.estimate == pytest.approx(7 * first.estimate, rel=1e-8)
    assert second.std_error == pytest.approx(7 * first.std_error, rel=1e-8)
    for name in ("percent_effect", "percent_conf_low", "percent_conf_high"):
        assert getattr(second, name) == pytest.approx(getattr(first, name), rel=1e-8)


def test_rescaled_sampling_weights_change_nothing():
    frame = groups_in_turn(members=4)
    first, second = (
        im.estimate(
            im.match(sample(table, sampling_weight="weight", cluster="group"), NEAREST),
            bias_adjustment="linear",
        ).one("income")
        for table in (frame, frame.assign(weight=frame["weight"] * 1000))
    )
    assert second.estimate == pytest.approx(first.estimate, rel=1e-10)
    assert second.std_error == pytest.approx(first.std_error, rel=1e-10)


def test_cluster_variance_of_unadjusted_means_without_covariate_spread():
    # One exact cell: matching compares arm means, μ̂0 is the control mean, and S_g are sums of deviations. Two groups an arm.
    frame = pd.DataFrame(
        {"treated": [1, 1, 1, 1, 0, 0, 0, 0], "x": [0.0, 1, 0, 1, 0, 1, 0, 1], "group": list("aabbccdd"),
         "y": [4.0, 4, 8, 8, 1, 1, 5, 5]}
    )  # fmt: skip
    made = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["y"], cluster="group")
    with pytest.warns(im.FewClustersWarning, match="about 2 groups"):
        matched = im.match(made, im.NearestNeighbor(im.Euclidean(scale="none")))
        effect, default = (
            im.estimate(matched, variance=variance, bias_adjustment="linear").one("y")
            for variance in (im.ClusterRobust(), None)
        )
    assert effect.estimate == default.estimate == pytest.approx(3.0)
    # Treated sums: ±4. Control residuals are predicted from the other group: 1 - 5 and 5 - 1, so the sums are ±8.
    variance = (2 / 1) * (16 + 16) / 16 + (2 / 1) * (64 + 64) / 16
    assert effect.std_error == pytest.approx(np.sqrt(variance), rel=1e-12)
    # By default they are scaled by (1 - 1/2)^(-1/2): sums of ±4√2.
    assert default.std_error == pytest.approx(np.sqrt((2 / 1) * (16 + 16 + 32 + 32) / 16), rel=1e-12)
    first, second = 2 * 32 / 16, 2 * 128 / 16
    assert effect.degrees_of_freedom == pytest.approx(
        (first + second) ** 2 / (first**2 / 2 + second**2 / 2), rel=1e-12
    )
    assert effect.n_clusters == 4 and effect.effective_control_clusters == pytest.approx(2.0)


def test_percent_effect_is_refused_with_its_reason_where_the_control_mean_is_not_clearly_positive():
    frame = groups_in_turn(members=4).assign(income=lambda table: table["income"] - 20)
    effect = im.estimate(im.match(sample(frame, cluster="group"), NEAREST)).one("income")
    assert np.isnan(effect.percent_effect) and np.isnan(effect.percent_conf_low)
    assert effect.denominator.startswith("none: the matched control mean is not clearly positive (t = ")


def test_persons_count_each_household_once_per_person():
    frame = groups_in_turn(members=4)
    outcome = im.Column("income", persons="size", label="income_of_persons")
    matched = im.match(sample(frame, outcomes=[outcome, "income"], cluster="group"), NEAREST)
    effect = im.estimate(matched).one("income_of_persons")
    weight = matched.weights * frame["size"]
    treated = frame["treated"]
    by_hand = np.average(frame["income"][treated], weights=weight[treated]) - np.average(
        frame["income"][~treated], weights=weight[~treated]
    )
    assert effect.estimate == pytest.approx(by_hand, rel=1e-12)
    assert "persons (size)" in effect.weights


def test_every_row_carries_its_labels():
    frame = groups_in_turn(members=4)
    table = im.estimate(
        im.match(sample(frame, cluster="group", comparator="pipeline producers"), NEAREST),
        bias_adjustment="linear",
    )
    row = table.frame.iloc[0]
    assert (
        row["estimand"] == "ATT"
        and row["population"] == "all 120 treated"
        and row["comparator"] == "matched pipeline producers"
    )
    assert row["denominator"] == "matched control mean" and row["bias_adjustment"] == "linear"
    assert (
        "by group, bias-reduced (CR2), slopes estimated" in row["variance"]
        and row["n_treated"] == row["n_treated_total"] == 120
    )
    assert row["n_clusters"] == 60 and 0 < row["share_on_support"] <= 1 and row["max_abs_smd"] > 0
    assert (
        row["conf_low"] < row["estimate"] < row["conf_high"]
        and row["percent_conf_low"] < row["percent_effect"]
    )


def test_the_population_says_when_treated_were_lost():
    frame = groups_in_turn(200, members=4)
    with pytest.warns(im.OverlapWarning):
        matched = im.match(
            sample(frame, cluster="group"),
            im.NearestNeighbor(im.Mahalanobis(), caliper=0.15, caliper_unit="raw"),
        )
    effect = im.estimate(matched).one("income")
    assert (
        effect.population == f"matched treated ({effect.n_treated} of 400)"
        and effect.share_on_support == effect.n_treated / 400
    )


def test_default_variance_is_by_group_where_there_are_groups_and_by_pairs_else():
    frame = groups_in_turn(members=4)
    assert "by group" in im.estimate(im.match(sample(frame, cluster="group"), NEAREST)).one("income").variance
    assert "Abadie-Imbens" in im.estimate(im.match(sample(frame), NEAREST)).one("income").variance
    kernel = im.match(sample(frame), im.Kernel(im.PropensityScore(), bandwidth=0.2))
    assert "unit-level" in im.estimate(kernel).one("income").variance


@pytest.mark.parametrize("estimand", ["ATC", "ATE"])
def test_other_estimands_recover_a_constant_effect(estimand):
    frame = groups_in_turn(400, members=4, effect=3.0)
    for strategy in (NEAREST, im.Kernel(im.PropensityScore(), bandwidth=0.1)):
        effect = im.estimate(
            im.match(sample(frame, cluster="group"), strategy, estimand), bias_adjustment="linear"
        ).one("income")
        assert abs(effect.estimate - 3.0) < 4 * effect.std_error < 1.0


def test_abadie_imbens_refuses_weights_without_pairs():
    matched = im.match(sample(groups_in_turn(members=4)), im.Kernel(im.PropensityScore(), bandwidth=0.2))
    with pytest.raises(im.OptionError, match=r"AbadieImbens needs the pairs.*ClusterRobust"):
        im.estimate(matched, variance=im.AbadieImbens())


def test_unknown_outcome_and_design_columns_are_refused():
    matched = im.match(sample(groups_in_turn(members=4)), NEAREST)
    with pytest.raises(im.OptionError, match="'incme'"):
        im.estimate(matched, outcomes=["incme"])
    with pytest.raises(im.OptionError, match="which the design used to match"):
        im.estimate(matched, outcomes=["x"])
    with pytest.raises(im.OptionError, match="bias_adjustment must be None"):
        im.estimate(matched, bias_adjustment="quadratic")
    with pytest.raises(im.OptionError, match="level must be a number in"):
        im.estimate(matched, level=95)


def test_an_outcome_named_only_here_is_checked_for_missing_incomes_and_sizes():
    frame = groups_in_turn(members=4)
    matched = im.match(
        sample(frame.assign(pc=[np.nan, *frame["income"].iloc[1:]], members=0.0), cluster="group"), NEAREST
    )
    with pytest.raises(im.EstimationError, match=r"Outcome 'headcount_20' must be finite; 1 row is not"):
        im.estimate(matched, outcomes=[im.Headcount("pc", line=20.0)])
    with pytest.raises(im.DataError, match=r"'members' \(household sizes\) must be above 0; 240 rows"):
        im.estimate(matched, outcomes=[im.Headcount("income", line=20.0, persons="members")])


def test_no_percent_of_a_control_mean_of_zero():
    frame = groups_in_turn(members=4).assign(income=lambda table: table["income"] * table["treated"])
    effect = im.estimate(im.match(sample(frame, cluster="group"), NEAREST)).one("income")
    assert (
        np.isnan(effect.percent_effect)
        and effect.control_mean == 0
        and "not clearly positive" in effect.denominator
    )
