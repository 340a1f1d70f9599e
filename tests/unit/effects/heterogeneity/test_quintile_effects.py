"""Effects by fifth: by hand, against a match of each fifth by itself, over splits, and refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import impact as im
from impact.effects.heterogeneity.quintiles import quintile_comparison, quintile_effects
from impact.effects.heterogeneity.ranking import PredictedOutcome
from impact.effects.heterogeneity.strata import restricted, strata_of_treated
from tests.surveys import sample_of

NEAREST = im.NearestNeighbor(im.Mahalanobis(), ratio=2)
FIFTHS = ["Q1", "Q2", "Q3", "Q4", "Q5"]


def survey_where_the_poor_gain_more(groups=160, members=5, seed=2):
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), members)
    treated = group % 2 == 0
    x, z, noise = generator.normal(size=(3, len(group)))
    before = np.exp(3 + 0.5 * x + 0.3 * generator.normal(size=groups)[group] + 0.4 * noise)
    gain = np.where(before < 20, 0.8, 0.2)
    return pd.DataFrame(
        {
            "treated": treated,
            "x": x,
            "z": z,
            "before": before,
            "income": before * (1 + gain * treated) * np.exp(0.1 * generator.normal(size=len(group))),
            "group": group,
            "weight": generator.uniform(0.5, 2, len(group)),
        }
    )


@pytest.fixture(scope="module")
def made():
    return sample_of(survey_where_the_poor_gain_more())


def test_two_halves_by_hand():
    # Up to the treated's median baseline, 6: treated 20, 22 against controls 10, 12 (+10 each). Above: 52, 54 against 50, 52 (+2).
    frame = pd.DataFrame(
        {
            "treated": [1, 1, 1, 1, 0, 0, 0, 0],
            "x": [1.0, 2, 1, 2, 1, 2, 1, 2],
            "before": [1.0, 4, 8, 9, 2, 6, 7, 30],
            "income": [20.0, 22, 52, 54, 10, 12, 50, 52],
        }
    )
    halves = sample_of(frame, covariates=["x"], cluster=None)
    table = quintile_effects(
        halves,
        im.NearestNeighbor(im.Euclidean()),
        "income",
        im.Baseline("before"),
        quantiles=2,
        bias_adjustment=None,
        variance=im.ClusterRobust(),
    )
    assert table.frame["subgroup"].tolist() == ["Q1", "Q2"]
    assert table.frame["estimate"].tolist() == [10.0, 2.0]
    assert table.frame["control_mean"].tolist() == [11.0, 51.0]
    assert table.one(subgroup="Q1").percent_effect == pytest.approx(1000 / 11)


def test_each_fifth_is_its_own_match_and_estimate(made):
    table = quintile_effects(made, NEAREST, "income", im.Baseline("before"), bias_adjustment="linear")
    frame = made.frame
    cuts = np.quantile(frame.loc[made.treated, "before"], [0.2, 0.4, 0.6, 0.8])
    numbers = np.searchsorted(cuts, frame["before"])
    assert table.frame["subgroup"].tolist() == FIFTHS
    assert table.frame["n_treated_total"].tolist() == [80] * 5
    for number, name in enumerate(FIFTHS):
        matched = im.match(made.take(numbers == number), NEAREST)
        alone = im.estimate(matched, bias_adjustment="linear").one()
        inside = table.one(subgroup=name)
        for field in ("estimate", "std_error", "conf_low", "control_mean", "percent_conf_high", "n_control"):
            assert getattr(inside, field) == pytest.approx(getattr(alone, field), rel=1e-12)


def test_the_covariance_of_fifths_is_the_sum_over_groups_and_its_diagonal_the_tables_variance(made):
    from impact.effects.arm_means.suited import as_adjustment
    from impact.effects.variances.estimation import linearised_estimation
    from impact.effects.variances.sums.ways import inference_groups

    fifths = {"quantiles": 2, "bias_adjustment": "linear"}
    comparison = quintile_comparison(made, NEAREST, "income", im.Baseline("before"), **fifths)
    errors = comparison.table.frame["std_error"].to_numpy()
    np.testing.assert_allclose(np.diag(comparison.levels.covariance), errors**2, rtol=1e-10)
    frame = comparison.table.frame
    critical = stats.t.ppf(0.975, frame["degrees_of_freedom"])
    points = (frame["percent_conf_high"] - frame["percent_effect"]) / critical
    np.testing.assert_allclose(np.diag(comparison.percents.covariance), (points / 100) ** 2, rtol=1e-9)

    numbers = strata_of_treated(made, made.frame["before"].to_numpy(), 2).numbers
    sums, sizes = [], []
    for number in (1, 2):
        matched = im.match(made.take(numbers == number), NEAREST)
        frame = matched.sample.frame
        values, groups = frame[["income"]].to_numpy(), inference_groups(matched)
        linear = linearised_estimation(matched, values, None, as_adjustment("linear"), groups).linear
        terms = pd.Series(linear.effect_terms()[:, 0], frame.index)[linear.active] / linear.size
        sums.append(terms.groupby(frame["group"]).sum())
        sizes.append(frame[linear.active].groupby("treated")["group"].nunique())
    covariance = 0.0
    for arm in (0.0, 1.0):
        factor = np.prod([size[arm] / (size[arm] - 1) for size in sizes]) ** 0.5
        even = arm == 1.0
        one, two = (total[(total.index % 2 == 0) == even] for total in sums)
        covariance += factor * one.mul(two, fill_value=0).sum()
    assert comparison.levels.covariance[0, 1] == pytest.approx(covariance, rel=1e-9)


def test_fifths_are_fifths_of_the_weight_of_the_treated():
    frame = survey_where_the_poor_gain_more()
    weighted = sample_of(frame, sampling_weight="weight")
    numbers = strata_of_treated(weighted, frame["before"].to_numpy(), 5).numbers
    inside = frame[frame["treated"]].assign(number=numbers[frame["treated"]])
    shares = inside.groupby("number")["weight"].sum() / inside["weight"].sum()
    np.testing.assert_allclose(shares, 0.2, atol=2 / inside["weight"].sum())
    assert inside.groupby("number")["before"].max().is_monotonic_increasing


def test_notes_say_how_strata_were_made_and_whether_they_differ(made):
    comparison = quintile_comparison(made, NEAREST, "income", im.Baseline("before"))
    notes = "\n".join(comparison.table.notes)
    assert (
        "5 quantile groups of baseline 'before'; cut points from the treated; matched anew in each." in notes
    )
    for scale in ("level", "percent"):
        assert repr(comparison.equality(scale)) in notes and repr(comparison.trend(scale)) in notes
        assert repr(comparison.ratio("Q1", "Q2", scale)) in notes
    assert comparison.equality().p_value < 0.01  # 80 % below 20, 20 % above
    assert comparison.trend().slope < 0
    assert repr(comparison).endswith(comparison.table.notes[-1])


def test_one_overall_match_compares_the_matched_controls_of_the_same_fifth(made):
    comparison = quintile_comparison(
        made, NEAREST, "income", im.Baseline("before"), bias_adjustment=None, rematch=False
    )
    matched = im.match(made, NEAREST)
    numbers = strata_of_treated(made, made.frame["before"].to_numpy(), 5).numbers
    for number, effect in enumerate(comparison.table, start=1):
        inside = made.frame.assign(weight=matched.weights).loc[numbers == number]
        means = {
            arm: np.average(rows["income"], weights=rows["weight"]) for arm, rows in inside.groupby("treated")
        }
        assert effect.estimate == pytest.approx(means[1.0] - means[0.0], rel=1e-12)
        assert effect.control_mean == pytest.approx(means[0.0], rel=1e-12)
    assert "one overall match, restricted to each" in comparison.table.notes[0]


def test_restricted_weights_sum_to_the_treated_of_the_stratum_and_its_balance_can_be_looked_at(made):
    matched = im.match(made, im.NearestNeighbor(im.PropensityScore(), caliper=0.05, ratio=1))
    inside = (made.frame["before"] < 20).to_numpy()
    part = restricted(matched, inside)
    treated = part.sample.treated
    assert part.weights[~treated].sum() == pytest.approx(part.weights[treated].sum())
    assert list(part.unmatched) == [unit for unit in matched.unmatched if inside[unit]]
    assert np.isfinite(im.balance(part).max_abs_smd)


def test_unbalanced_fifths_are_named(made):
    table = quintile_effects(
        made, im.NearestNeighbor(im.PropensityScore()), "income", im.Baseline("before"), rematch=False
    )
    apart = [effect.subgroup for effect in table if effect.max_abs_smd > 0.1]
    (note,) = [note for note in table.notes if note.startswith("Largest |SMD| above 0.1")]
    assert apart and all(name in note for name in apart)


def test_splits_average_the_estimates_and_the_terms():
    made = sample_of(survey_where_the_poor_gain_more(groups=200, members=8, seed=3))
    ranking = PredictedOutcome("split", splits=3, seed=5)
    comparison = quintile_comparison(made, NEAREST, "income", ranking, 2, bias_adjustment="linear")
    estimates = []
    for ranked in ranking.rankings(made, made.outcomes[0]):
        numbers = strata_of_treated(made, ranked.values, 2).numbers
        parts = [made.take(ranked.compared & (numbers == number)) for number in (1, 2)]
        tables = [im.estimate(im.match(part, NEAREST), bias_adjustment="linear") for part in parts]
        estimates.append([table.one().estimate for table in tables])
    np.testing.assert_allclose(comparison.table.frame["estimate"], np.mean(estimates, axis=0), rtol=1e-12)
    frame = comparison.table.frame
    assert frame["seed"].tolist() == [5, 5] and frame["n_treated"].tolist() == [400, 400]
    np.testing.assert_allclose(frame["std_error"] ** 2, np.diag(comparison.levels.covariance), rtol=1e-12)
    np.testing.assert_allclose(frame["percent_effect"], 100 * frame["estimate"] / frame["control_mean"])
    assert "terms averaged over 3 splits" in frame.loc[0, "variance"]
    assert "3 repeated splits by group" in comparison.table.notes[0]


def test_the_order_of_the_rows_does_not_matter():
    frame = survey_where_the_poor_gain_more(groups=200, members=8, seed=3)
    shuffled = frame.sample(frac=1, random_state=1)
    for ranking in (PredictedOutcome(), PredictedOutcome("split", splits=2), im.Baseline("before")):
        one, two = (
            quintile_comparison(sample_of(table), NEAREST, "income", ranking, quantiles=2).table.frame
            for table in (frame, shuffled)
        )
        pd.testing.assert_frame_equal(one, two, rtol=1e-9)


def test_another_outcome_by_the_same_fifths(made):
    poor = im.Headcount("income", line=20.0)
    table = quintile_effects(made, NEAREST, poor, PredictedOutcome(of="income"), quantiles=3)
    assert table.frame["outcome"].unique().tolist() == [poor.name]
    assert "'income' predicted without the programme" in table.notes[0]


def test_percent_tests_are_refused_where_a_control_mean_is_not_clearly_positive():
    frame = survey_where_the_poor_gain_more().assign(change=lambda table: table["income"] - table["before"])
    comparison = quintile_comparison(
        sample_of(frame, outcomes=["change"]), NEAREST, "change", im.Baseline("before"), quantiles=2
    )
    assert comparison.percents is None and comparison.scales == ("level",)
    with pytest.raises(im.EstimationError, match=r'clearly above zero.*Pass scale="level"'):
        comparison.equality()
    assert len(comparison.table.notes) == 4 and np.isfinite(comparison.equality("level").p_value)


@pytest.mark.parametrize("by", ["income", im.Baseline("income")], ids=["text", "baseline"])
def test_income_after_the_programme_is_refused(made, by):
    with pytest.raises(im.OptionError, match=r"after the programme.*160/40/52/30/25 % into 46/6/10/3/13 %"):
        quintile_effects(made, NEAREST, "income", by)


def test_other_refusals_say_what_to_do(made):
    with pytest.raises(im.OptionError, match=r'by must be im\.Baseline\("before"\)'):
        quintile_effects(made, NEAREST, "income", "before")
    with pytest.raises(im.OptionError, match=r"by must be im\.Baseline.*got int"):
        quintile_effects(made, NEAREST, "income", 3)
    with pytest.raises(im.OptionError, match="quantiles must be a whole number of at least 2"):
        quintile_effects(made, NEAREST, "income", im.Baseline("before"), quantiles=1)
    with pytest.raises(im.OptionError, match="variance must be None"):
        quintile_effects(
            made, NEAREST, "income", PredictedOutcome("split", splits=2), variance=im.AbadieImbens()
        )
    with pytest.raises(im.OptionError, match="outcome must be one of 'income'"):
        quintile_effects(made, NEAREST, "wealth", im.Baseline("before"))


def test_a_fifth_without_controls_says_so_and_a_ranking_with_few_values_is_refused(made):
    frame = survey_where_the_poor_gain_more()
    poor_only = frame[frame["treated"] | (frame["before"] < 15)]
    with pytest.warns(im.errors.OverlapWarning, match=r"Stratum Q[345] has 80 treated and 0 controls"):
        table = quintile_effects(sample_of(poor_only), NEAREST, "income", im.Baseline("before"))
    assert np.isfinite(table.one("income", subgroup="Q1").estimate)
    assert "Q3" not in {effect.subgroup for effect in table}
    with pytest.raises(im.DataError, match="too few different values"):
        coarse = sample_of(frame.assign(before=frame["before"] > 20))
        quintile_effects(coarse, NEAREST, "income", im.Baseline("before"))


def test_an_error_within_a_fifth_names_it():
    frame = survey_where_the_poor_gain_more().assign(
        region=lambda table: np.where(table["before"] > 60, "high", "low")
    )
    frame.loc[~frame["treated"] & (frame["region"] == "high"), "region"] = "low"
    parts = sample_of(frame, covariates=["x", "region"])
    with pytest.warns(
        im.errors.OverlapWarning, match=r"In stratum Q5 \(80 treated, \d+ controls\): .*region"
    ):
        table = quintile_effects(parts, im.Kernel(im.PropensityScore()), "income", im.Baseline("before"))
    assert np.isfinite(table.one("income", subgroup="Q1").estimate)
    assert [effect.subgroup for effect in table] == ["Q1", "Q2", "Q3", "Q4"]
