"""Quantile effects on the treated, by hand and against closed forms; matched differences by hand."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import impact as im
from impact.effects.distribution.matched_differences import matched_differences
from impact.effects.distribution.quantile_bootstrap import bootstrap_quantile_effects
from impact.effects.distribution.quantiles import QUANTILE_COLUMNS, quantile_effects, sparsity
from tests.surveys import groups_in_turn, sample_of

KERNEL = im.Kernel(im.PropensityScore(), bandwidth=0.2)
NEAREST = im.NearestNeighbor(im.Mahalanobis(), ratio=2)


sample = partial(sample_of, covariates=["x"])


@pytest.fixture(scope="module")
def matched():
    return im.match(sample(groups_in_turn(120)), KERNEL)


def weighted_cdf(values, weights, at):
    return weights[values <= at].sum() / weights.sum()


def test_quantiles_are_those_of_the_treated_and_of_the_weighted_controls(matched):
    found = quantile_effects(matched, "income", [0.25, 0.5, 0.9]).frame
    treated, values = matched.sample.treated, matched.sample.frame["income"].to_numpy()
    for arm, column in ((treated, "treated_quantile"), (~treated, "control_quantile")):
        weights = matched.weights.to_numpy()[arm]
        for at, located in zip(found["quantile"], found[column], strict=True):
            assert weighted_cdf(values[arm], weights, located) >= at - 1e-9
            assert weighted_cdf(values[arm], weights, located - 1e-9) <= at + 1e-9
    np.testing.assert_allclose(found["effect"], found["treated_quantile"] - found["control_quantile"])


def test_matched_control_weights_of_firpos_estimator_by_hand():
    # Controls 1, 2, 3, 4 with odds 1, 1, 1, 3: half of the weight lies at or below 3, so the median is 3.5.
    frame = pd.DataFrame(
        {
            "treated": [1] * 6 + [0] * 4,
            "x": [0, 1, 2, 3, 3, 3, 0, 1, 2, 3],
            "income": [11.0, 12, 13, 14, 15, 16, 1, 2, 3, 4],
        }
    )
    matched = im.match(sample(frame, cluster=None), im.NearestNeighbor(im.Euclidean()))
    assert matched.weights.tolist()[6:] == [1, 1, 1, 3]
    found = quantile_effects(matched, "income", [0.5]).frame
    assert (found.loc[0, "treated_quantile"], found.loc[0, "control_quantile"]) == (13.5, 3.5)
    assert found.loc[0, "effect"] == 10.0


def test_standard_error_of_independent_normals_is_the_textbook_one():
    generator = np.random.default_rng(1)
    number = 3000
    frame = pd.DataFrame(
        {
            "treated": np.arange(number) % 3 == 0,
            "x": generator.integers(0, 2, number),
            "income": generator.normal(size=number),
        }
    )
    matched = im.match(sample(frame, cluster=None), im.Kernel(im.PropensityScore()))
    with pytest.warns(
        im.errors.DataQualityWarning, match=r"'score\^2' \(follows from 'score'\)"
    ):  # x has two values
        found = quantile_effects(matched, "income", [0.1, 0.5, 0.75]).frame
    for at, error in zip(found["quantile"], found["std_error"], strict=True):
        variance = at * (1 - at) / stats.norm.pdf(stats.norm.ppf(at)) ** 2
        assert error == pytest.approx(np.sqrt(variance * (1 / 1000 + 1 / 2000)), rel=0.12)


def test_sparsity_of_a_uniform_is_its_width_whatever_the_sign():
    values = np.linspace(-3, 5, 8001)
    for at in (0.05, 0.5, 0.95):
        assert sparsity(values, np.ones(8001), at) == pytest.approx(8.0, rel=1e-3)
        assert sparsity(2 * values - 9, np.ones(8001), at) == pytest.approx(16.0, rel=1e-3)


def test_a_constant_gain_moves_every_quantile_by_it_and_no_standard_error(matched):
    other = im.match(sample(groups_in_turn(120, effect=7.0)), KERNEL)
    first, second = (quantile_effects(made, "income").frame for made in (matched, other))
    np.testing.assert_allclose(second["effect"] - first["effect"], 5.0, rtol=1e-9)
    np.testing.assert_allclose(second["std_error"], first["std_error"], rtol=1e-9)


def test_the_band_holds_the_pointwise_intervals_and_one_quantile_needs_no_wider_one(matched):
    found = quantile_effects(matched, "income").frame
    assert (found["band_low"] < found["conf_low"]).all() and (found["band_high"] > found["conf_high"]).all()
    alone = quantile_effects(matched, "income", [0.5]).frame
    width = (alone["band_high"] - alone["conf_high"]) / alone["std_error"]
    assert width.abs().max() < 0.1


def test_bootstrap_and_influence_function_agree():
    matched = im.match(sample(groups_in_turn(80, seed=3)), KERNEL)
    quantiles = [0.25, 0.5, 0.75]
    drawn = bootstrap_quantile_effects(matched, "income", quantiles, replications=99, seed=4).frame
    linear = quantile_effects(matched, "income", quantiles).frame
    np.testing.assert_allclose(drawn["effect"], linear["effect"])
    np.testing.assert_allclose(drawn["std_error"], linear["std_error"], rtol=0.3)
    assert (drawn["conf_low"] < drawn["effect"]).all() and (drawn["band_high"] > drawn["effect"]).all()
    assert (
        drawn["variance"].iloc[0]
        == "bootstrap by group, match estimated anew in each of 99 draws; percentile"
    )
    again = bootstrap_quantile_effects(matched, "income", quantiles, replications=99, seed=4).frame
    pd.testing.assert_frame_equal(drawn, again)


def test_clusters_widen_the_intervals_of_outcomes_that_groups_share():
    frame = groups_in_turn(120).assign(income=lambda table: table["group"] * 7 % 60 + table["treated"] * 1.0)
    by_group, by_unit = (
        quantile_effects(im.match(sample(frame, cluster=cluster), KERNEL), "income", [0.5]).frame
        for cluster in ("group", None)
    )
    assert by_group.loc[0, "std_error"] > 1.5 * by_unit.loc[0, "std_error"]
    assert "by group" in by_group.loc[0, "variance"] and "by unit" in by_unit.loc[0, "variance"]


def test_sampling_weights_and_persons_count_in_both_arms():
    frame = groups_in_turn(120)
    copies = frame.loc[frame.index.repeat(frame["size"])].reset_index(drop=True)
    plain = im.Column("income", persons="size")
    persons = im.match(sample(frame, outcomes=[plain]), NEAREST)
    found = quantile_effects(persons, plain, [0.3, 0.6]).frame
    treated = frame["treated"]
    by_person = np.sort(copies.loc[copies["treated"], "income"])
    assert found["treated_quantile"].tolist() == pytest.approx(
        np.quantile(by_person, [0.3, 0.6], method="averaged_inverted_cdf").tolist()
    )
    weighted = im.match(sample(frame, sampling_weight="weight"), NEAREST)
    located = quantile_effects(weighted, "income", [0.5]).frame.loc[0, "treated_quantile"]
    values, weights = frame.loc[treated, "income"].to_numpy(), frame.loc[treated, "weight"].to_numpy()
    assert weighted_cdf(values, weights, located) >= 0.5 >= weighted_cdf(values, weights, located - 1e-9)


def test_order_of_rows_does_not_matter():
    frame = groups_in_turn(120)
    shuffled = frame.sample(frac=1, random_state=2)
    for cluster in ("group", None):
        one, two = (
            quantile_effects(im.match(sample(table, cluster=cluster), NEAREST), "income").frame
            for table in (frame, shuffled)
        )
        pd.testing.assert_frame_equal(one, two, rtol=1e-9)


def test_columns_labels_and_notes(matched):
    found = quantile_effects(matched, "income", seed=9)
    assert list(found.frame.columns) == list(QUANTILE_COLUMNS)
    assert found.frame["seed"].unique().tolist() == [9] and found.frame["estimand"].unique().tolist() == [
        "ATT"
    ]
    assert "not quantiles of the differences" in repr(found)
    synthetic = quantile_effects(im.match(sample(groups_in_turn(120), synthetic=True), KERNEL), "income")
    assert repr(synthetic).startswith("SYNTHETIC DATA") and "SYNTHETIC DATA" in synthetic._repr_html_()


def test_matched_differences_by_hand_and_their_mean_is_the_effect():
    frame = pd.DataFrame(
        {"treated": [1, 1, 0, 0, 0], "x": [0.0, 5, 1, 4, 50], "income": [10.0, 14, 7, 9, 100]}
    )
    made = im.match(sample(frame, cluster=None), im.NearestNeighbor(im.Euclidean(scale="none"), ratio=2))
    found = matched_differences(made, "income", [0.25, 0.75])
    assert found.differences.tolist() == [2.0, 6.0]  # 10 - (7 + 9)/2 and 14 - 8
    assert found.frame["difference"].tolist() == [2.0, 6.0] and found.share_positive == 1.0
    assert "not of effects" in repr(found)


@pytest.mark.parametrize("weight", [None, "weight"])
def test_mean_matched_difference_is_the_unadjusted_effect(weight):
    made = im.match(sample(groups_in_turn(120), sampling_weight=weight), NEAREST)
    found = matched_differences(made, "income")
    effect = im.estimate(made).one("income").estimate
    assert np.average(found.differences, weights=found.weights) == pytest.approx(effect, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda made: quantile_effects(made, "income", [0.5, 0.5]), "at least one number, rising"),
        (lambda made: quantile_effects(made, "income", []), "at least one number, rising"),
        (lambda made: quantile_effects(made, "income", [0.0, 0.5]), "quantiles must be a number in"),
        (lambda made: matched_differences(made, "income"), "Kernel forms no pairs"),
        (lambda made: quantile_effects("sample", "income"), "must be an im.MatchedSample"),
    ],
)
def test_refusals(matched, call, message):
    with pytest.raises(im.OptionError, match=message):
        call("sample" if "sample" in message else matched)


def test_the_bootstrap_of_nearest_neighbours_and_other_estimands_are_refused(matched):
    with pytest.raises(im.OptionError, match=r"not valid for NearestNeighbor.*Use quantile_effects"):
        bootstrap_quantile_effects(im.match(matched.sample, NEAREST), "income")
    with pytest.raises(im.OptionError, match='match with estimand="ATT"'):
        quantile_effects(im.match(matched.sample, KERNEL, "ATE"), "income")
    trimmed = im.match(matched.sample, KERNEL, support=im.MinMax())
    with pytest.raises(im.OptionError, match="discarded by a support rule"):
        bootstrap_quantile_effects(trimmed, "income")


def test_an_outcome_that_does_not_vary_has_no_density(matched):
    frame = groups_in_turn(120).assign(poor=lambda table: (table["income"] < 21) * 1.0)
    made = im.match(sample(frame, outcomes=["poor"]), KERNEL)
    with pytest.raises(im.EstimationError, match=r"does not vary around its 0\.1 quantile"):
        quantile_effects(made, "poor", [0.1])
