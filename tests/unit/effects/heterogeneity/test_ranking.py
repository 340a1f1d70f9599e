"""What units are ranked by: by hand, against an explicit refit, and what is refused."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.heterogeneity.ranking import predicted_without_programme
from impact.survey.outcome import Column
from tests.surveys import groups_in_turn, sample_of

INCOME = Column("income")


def fitted_without(frame, rows, weights, points):
    design = np.column_stack([np.ones(len(frame)), frame[["x", "z"]]])
    root = np.sqrt(weights[rows])[:, None]
    solution = np.linalg.lstsq(root * design[rows], root[:, 0] * frame["income"].to_numpy()[rows], rcond=None)
    return design[points] @ solution[0]


def test_prediction_of_four_controls_by_hand():
    # Controls (x, y): group a (0, 0), (1, 1); group b (0, 2), (1, 5). Without b the line is y = x, without a
    # y = 2 + 3x; all four together y = 1 + 2x, which predicts the treated units at 0 and 2.
    frame = pd.DataFrame(
        {
            "treated": [0, 0, 0, 0, 1, 1],
            "x": [0.0, 1, 0, 1, 0, 2],
            "income": [0.0, 1, 2, 5, 99, 99],
            "group": list("aabbcd"),
        }
    )
    made = sample_of(frame, covariates=["x"])
    predicted = predicted_without_programme(made, INCOME, np.ones(6, dtype=bool))
    np.testing.assert_allclose(predicted, [2, 5, 0, 1, 1, 5], atol=1e-12)


@pytest.mark.parametrize("weight", [None, "weight"])
def test_a_control_is_predicted_by_a_refit_without_its_group_and_a_treated_unit_by_all_controls(weight):
    frame = groups_in_turn(24, 4)
    weights = np.ones(len(frame)) if weight is None else frame[weight].to_numpy()
    control = ~frame["treated"].to_numpy()
    everyone = np.ones(len(frame), dtype=bool)
    predicted = predicted_without_programme(sample_of(frame, sampling_weight=weight), INCOME, everyone)
    for number in frame.loc[control, "group"].unique():
        own = (frame["group"] == number).to_numpy()
        np.testing.assert_allclose(
            predicted[own], fitted_without(frame, control & ~own, weights, own), rtol=1e-9
        )
    np.testing.assert_allclose(
        predicted[~control], fitted_without(frame, control, weights, ~control), rtol=1e-9
    )


def test_units_of_a_group_with_both_arms_are_all_predicted_without_it():
    frame = groups_in_turn(24, 4).assign(treated=lambda table: np.arange(len(table)) % 3 == 0)
    control, ones = ~frame["treated"].to_numpy(), np.ones(len(frame))
    predicted = predicted_without_programme(sample_of(frame), INCOME, ones > 0)
    for number in (0, 5, 11):
        own = (frame["group"] == number).to_numpy()
        np.testing.assert_allclose(
            predicted[own], fitted_without(frame, control & ~own, ones, own), rtol=1e-9
        )


def test_controls_outside_the_donors_get_the_full_prediction_of_the_donors():
    frame = groups_in_turn(24, 4)
    donors = (frame["group"] % 4 == 1).to_numpy()
    control, ones = ~frame["treated"].to_numpy(), np.ones(len(frame))
    predicted = predicted_without_programme(sample_of(frame), INCOME, donors)
    others = control & ~donors
    np.testing.assert_allclose(
        predicted[others], fitted_without(frame, control & donors, ones, others), rtol=1e-9
    )


def test_outcomes_of_the_treated_do_not_move_the_ranking():
    frame = groups_in_turn(24, 4)
    lifted = frame.assign(income=frame["income"] + 1000 * frame["treated"])
    for ranking in (im.PredictedOutcome(), im.PredictedOutcome("split", splits=3)):
        first, second = (ranking.rankings(sample_of(table), INCOME) for table in (frame, lifted))
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(one.values, other.values)


def test_a_control_whose_outcome_leaps_moves_only_the_rank_of_other_groups():
    frame = groups_in_turn(24, 4)
    leaping = frame.copy()
    leaping.loc[4, "income"] += 500.0  # group 1, a control
    first, second = (
        im.PredictedOutcome().rankings(sample_of(table), INCOME)[0] for table in (frame, leaping)
    )
    own = (frame["group"] == 1).to_numpy()
    np.testing.assert_allclose(second.values[own], first.values[own], rtol=1e-12)
    assert (np.abs(second.values - first.values)[~own] > 0.1).any()


def test_splits_compare_every_treated_unit_with_whole_control_groups_that_did_not_predict():
    frame = groups_in_turn(24, 4)
    control = ~frame["treated"].to_numpy()
    splits = im.PredictedOutcome("split", splits=20, seed=3).rankings(sample_of(frame), INCOME)
    times = np.zeros(len(frame))
    for ranked in splits:
        assert ranked.compared[~control].all()
        donors = control & ~ranked.compared
        assert not set(frame["group"][donors]) & set(frame["group"][ranked.compared])
        assert frame["group"][donors].nunique() == 6  # half of twelve
        np.testing.assert_allclose(
            ranked.values[ranked.compared],
            fitted_without(frame, donors, np.ones(len(frame)), ranked.compared),
            rtol=1e-9,
        )
        times += ranked.compared
    assert len(splits) == 20 and (times[control] > 2).all() and (times[control] < 18).all()


@pytest.mark.parametrize("cluster", ["group", None])
def test_one_seed_gives_one_set_of_splits_whatever_the_order_of_the_rows(cluster):
    frame = groups_in_turn(24, 4)
    ranking = im.PredictedOutcome("split", splits=4, seed=1)
    shuffled = frame.sample(frac=1, random_state=0)
    first, again, moved = (
        ranking.rankings(sample_of(table, cluster=cluster), INCOME) for table in (frame, frame, shuffled)
    )
    other = im.PredictedOutcome("split", splits=4, seed=2).rankings(sample_of(frame, cluster=cluster), INCOME)
    for one, two, three in zip(first, again, moved, strict=True):
        np.testing.assert_array_equal(one.compared, two.compared)
        np.testing.assert_array_equal(one.compared[shuffled.index], three.compared)
    assert any((one.compared != two.compared).any() for one, two in zip(first, other, strict=True))


def test_another_outcome_may_make_the_prediction():
    frame = groups_in_turn(24, 4).assign(land=lambda table: table["z"] + table["size"])
    made = sample_of(frame, outcomes=["income", "land"])
    by_income = im.PredictedOutcome(of="income").rankings(made, Column("land"))[0]
    np.testing.assert_array_equal(by_income.values, im.PredictedOutcome().rankings(made, INCOME)[0].values)
    assert "'income' predicted" in im.PredictedOutcome(of="income").label


def test_baseline_is_the_column_itself():
    frame = groups_in_turn(24, 4)
    (ranked,) = im.Baseline("before").rankings(sample_of(frame), INCOME)
    np.testing.assert_array_equal(ranked.values, frame["before"])
    assert ranked.compared.all()


@pytest.mark.parametrize(
    ("column", "outcomes"),
    [
        ("income", ["income"]),
        ("before", ["income", "before"]),
        ("size", [im.PerCapita("income", members="size")]),
        ("income", [im.Headcount("income", line=20.0)]),
        ("income_total", ["income"]),  # by the survey's schema, though no outcome reads it here
        ("coll_price", ["income"]),
    ],
)
def test_what_was_measured_after_the_programme_is_refused_with_the_remedy(column, outcomes):
    frame = groups_in_turn(24, 4).assign(income_total=1.0, coll_price=1.0)
    made = sample_of(frame, outcomes=outcomes, schema=im.load_schema())
    remedy = r"after the programme.*im\.Baseline\(\"income_pre\"\).*im\.PredictedOutcome\(\)"
    with pytest.raises(im.OptionError, match=remedy):
        im.Baseline(column).rankings(made, made.outcomes[0])


def test_a_missing_or_textual_or_absent_baseline_is_an_error_that_says_so():
    frame = groups_in_turn(24, 4)
    frame.loc[[3, 9], "before"] = np.nan
    with pytest.raises(im.DataError, match=r"missing for 2 units \(first: 3, 9\)"):
        im.Baseline("before").rankings(sample_of(frame), INCOME)
    with pytest.raises(im.DataError, match="must hold numbers"):
        im.Baseline("word").rankings(sample_of(frame.assign(word="low")), INCOME)
    with pytest.raises(im.OptionError, match="Did you mean 'before'"):
        im.Baseline("befor").rankings(sample_of(frame), INCOME)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "leave-one-out"}, "method must be one of"),
        ({"splits": 5}, 'need method="split"'),
        ({"seed": 5}, 'need method="split"'),
        ({"method": "split", "splits": 1}, "splits must be a whole number of at least 2"),
        ({"method": "split", "seed": -1}, "seed must be a whole number"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(im.OptionError, match=message):
        im.PredictedOutcome(**options)


def test_one_control_group_cannot_be_left_out():
    frame = groups_in_turn(24, 4).query("treated or group == 1")
    with pytest.raises(im.DataError, match="at least two groups"):
        im.PredictedOutcome().rankings(sample_of(frame), INCOME)
