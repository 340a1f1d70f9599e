"""An outcome that some units lack leaves those units out of that outcome, and changes nothing else."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.joint import joint_effects
from impact.effects.randomization import randomization_test


def survey_by_zone(n=480, seed=3) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    group = np.arange(n) // 8
    age = generator.normal(40, 8, n) + generator.normal(0, 3, n // 8)[group]
    zone = generator.integers(0, 3, n)
    treated = (generator.random(n // 8) < 0.45)[group].astype(float)
    income = 50 + age + 3 * zone + 5 * treated + generator.normal(0, 4, n)
    return pd.DataFrame(
        {
            "treated": treated,
            "age": age,
            "zone": pd.Categorical(zone.astype(str)),
            "group": group,
            "size": generator.integers(1, 7, n),
            "income": income,
            "land": generator.gamma(2, 2, n) + treated,
            "income_pre": age + generator.normal(0, 2, n),
        }
    )


def with_gaps(frame, outcome="income", share=0.2, seed=9):
    lacking = np.random.default_rng(seed).random(len(frame)) < share
    return frame.assign(**{outcome: frame[outcome].mask(lacking)})


def sample_with(frame, **more):
    roles = {
        "treatment": "treated",
        "covariates": ["age", "zone"],
        "outcomes": ["income", "land"],
        "cluster": "group",
        "missing": "drop",
    }
    return im.Sample(frame, **(roles | more))


SCORE = im.PropensityScore()
STRATEGIES = [
    im.NearestNeighbor(SCORE),
    im.NearestNeighbor(SCORE, ratio=3, replace=False, caliper=1.0),
    im.NearestNeighbor(im.Mahalanobis(), ratio=4),
    im.Kernel(SCORE),
    im.Radius(SCORE, caliper=0.1),
    im.Optimal(SCORE),
    im.Full(SCORE),
    im.Subclassification(SCORE),
    im.CoarsenedExact(cutpoints={"age": 4}),
    im.InverseProbability(SCORE),
    im.EntropyBalancing(),
    im.CovariateBalancing(),
]
quiet = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")


@quiet
@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: type(strategy).__name__)
@pytest.mark.parametrize("adjustment", [None, "linear"])
def test_blanking_an_outcome_leaves_the_match_and_the_other_outcomes_identical(strategy, adjustment):
    whole, gaps = sample_with(survey_by_zone()), sample_with(with_gaps(survey_by_zone()))
    first, second = im.match(whole, strategy), im.match(gaps, strategy)
    pd.testing.assert_series_equal(first.weights, second.weights, check_exact=True)
    if first.pairs is not None:
        pd.testing.assert_frame_equal(first.pairs, second.pairs, check_exact=True)
    complete, partial = (im.estimate(one, bias_adjustment=adjustment) for one in (first, second))
    columns = [
        "estimate",
        "std_error",
        "control_mean",
        "n_treated",
        "n_treated_total",
        "n_control",
        "max_abs_smd",
    ]
    land = [table.frame.set_index("outcome").loc["land", columns].tolist() for table in (complete, partial)]
    assert land[0] == pytest.approx(land[1], rel=1e-10)
    income = partial.one("income")
    present = gaps.frame["income"].notna().to_numpy()
    assert income.n_treated_total == int((present & gaps.treated).sum()) < complete.one("income").n_treated
    assert income.n_control <= int((present & ~gaps.treated).sum())
    assert income.estimate == pytest.approx(complete.one("income").estimate, abs=3 * income.std_error)
    assert 0.6 < income.std_error / complete.one("income").std_error < 1.8


@quiet
def test_pairs_by_hand():
    frame = pd.DataFrame(
        {
            "treated": [1, 1, 1, 1, 0, 0, 0, 0],
            "x": [1.0, 2.0, 3.0, 4.0, 1.1, 2.1, 3.1, 4.1],
            "y": [10.0, 20.0, np.nan, 50.0, 8.0, np.nan, 25.0, 41.0],
        }
    )
    sample = im.Sample(frame, "treated", ["x"], ["y"], missing="drop")
    effect = im.estimate(im.match(sample, im.NearestNeighbor(im.Euclidean(), replace=False))).one()
    assert effect.estimate == pytest.approx((2.0 + 9.0) / 2)
    assert (effect.n_treated, effect.n_treated_total, effect.n_control) == (2, 3, 2)
    assert effect.population == "matched treated (2 of 3)"


def test_a_focal_units_other_match_takes_the_weight_of_the_one_that_lacks_the_outcome():
    frame = pd.DataFrame(
        {
            "treated": [1, 1, 0, 0, 0, 0],
            "x": [1.0, 9.0, 1.1, 1.2, 9.1, 9.2],
            "y": [10.0, 30.0, np.nan, 7.0, 20.0, 22.0],
        }
    )
    sample = im.Sample(frame, "treated", ["x"], ["y"], missing="drop")
    effect = im.estimate(im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=2))).one()
    assert effect.estimate == pytest.approx(((10 - 7) + (30 - 21)) / 2)


@quiet
def test_within_cells_it_is_the_comparison_of_those_who_answered():
    frame = with_gaps(survey_by_zone())
    cells = {"covariates": ["zone"], "outcomes": ["income"]}
    exact = im.Exact()
    gaps = im.estimate(im.match(sample_with(frame, **cells), exact)).one()
    answered = im.estimate(im.match(sample_with(frame[frame["income"].notna()], **cells), exact)).one()
    assert gaps.estimate == pytest.approx(answered.estimate, rel=1e-12)
    assert gaps.std_error == pytest.approx(answered.std_error, rel=1e-12)
    assert gaps.max_abs_smd == pytest.approx(answered.max_abs_smd, rel=1e-12)


@quiet
@pytest.mark.parametrize("strategy", [STRATEGIES[3], *STRATEGIES[-3:]], ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
def test_weights_are_solved_anew_among_those_who_answered(strategy, estimand):
    frame = with_gaps(survey_by_zone(), share=0.3)
    gaps = im.estimate(im.match(sample_with(frame), strategy, estimand)).one("income")
    answered = sample_with(frame[frame["income"].notna()])
    alone = im.estimate(im.match(answered, strategy, estimand)).one("income")
    for name in ("estimate", "std_error", "control_mean", "degrees_of_freedom", "ess_control", "n_control"):
        assert getattr(gaps, name) == pytest.approx(getattr(alone, name), rel=1e-9)


def test_answering_more_often_where_life_is_better_leaves_balance_to_be_restored():
    frame = survey_by_zone(2400, seed=5)
    chance = np.where(frame["treated"] == 1, 1.0, 1 / (1 + np.exp(-(frame["age"] - 40) / 4)))
    frame["income"] = frame["income"].mask(np.random.default_rng(2).random(len(frame)) > chance)
    effect = im.estimate(im.match(sample_with(frame), im.EntropyBalancing())).one("income")
    assert effect.estimate == pytest.approx(5.0, abs=3 * effect.std_error)
    assert effect.max_abs_smd < 1e-6


def test_persons_missing_are_missing_for_the_outcome_over_persons_alone():
    frame = survey_by_zone()
    frame["size"] = frame["size"].astype(float).where(np.arange(len(frame)) % 10 > 0)
    outcomes = ["income", im.Column("income", persons="size", label="income_by_person")]
    frame["income2"] = frame["income"]
    outcomes[1] = im.Column("income2", persons="size", label="income_by_person")
    sample = sample_with(frame, outcomes=outcomes)
    table = im.estimate(im.match(sample, im.NearestNeighbor(SCORE)))
    assert table.one("income").n_treated_total == sample.treated.sum()
    assert (
        table.one("income_by_person").n_treated_total
        == (sample.treated & frame["size"].notna().to_numpy()).sum()
    )


def test_the_flow_counts_who_lacks_what():
    frame = with_gaps(survey_by_zone())
    frame.loc[[3, 5], "age"] = np.nan
    sample = sample_with(frame)
    lacking = int(sample.frame["income"].isna().sum())
    assert len(sample) == len(frame) - 2
    assert sample.gaps == {"income": lacking}
    assert ("lack income, left out of it only", lacking) in list(
        sample.flow.itertuples(index=False, name=None)
    )


def test_missing_raise_still_refuses():
    with pytest.raises(im.DataError, match="rows lack 'income'"):
        sample_with(with_gaps(survey_by_zone()), missing="raise")


def test_nobody_with_a_value_in_an_arm_is_a_named_error():
    frame = survey_by_zone()
    frame["income"] = frame["income"].where(frame["treated"] == 0)
    matched = im.match(sample_with(frame), im.NearestNeighbor(SCORE))
    with pytest.raises(im.EstimationError, match="No treated unit has a value of 'income'"):
        im.estimate(matched)


@quiet
@pytest.mark.parametrize(
    "strategy",
    [STRATEGIES[0], STRATEGIES[3], STRATEGIES[6], STRATEGIES[9]],
    ids=lambda strategy: type(strategy).__name__,
)
def test_joint_tests_have_the_tables_errors(strategy):
    matched = im.match(sample_with(with_gaps(survey_by_zone())), strategy)
    table = im.estimate(matched, variance=im.ClusterRobust())
    joint = joint_effects({"one": matched}, variance=im.ClusterRobust())
    errors = np.sqrt(np.diag(joint.sums.covariance))
    assert joint.estimates == pytest.approx([effect.estimate for effect in table], rel=1e-12)
    if matched.set_numbers is None:
        assert errors == pytest.approx([effect.std_error for effect in table], rel=1e-9)


@quiet
def test_fifths_and_subgroups_by_those_who_answered():
    frame = with_gaps(survey_by_zone(960))
    sample = sample_with(frame, covariates=["age"])
    strategy = im.NearestNeighbor(SCORE, ratio=2)
    for rematch in (True, False):
        table = im.quintile_effects(
            sample, strategy, "income", by=im.Baseline("income_pre"), quantiles=3, rematch=rematch
        )
        assert (
            sum(effect.n_treated for effect in table)
            <= (sample.treated & frame["income"].notna().to_numpy()).sum()
        )
        assert sum(effect.n_treated_total for effect in table) == pytest.approx(
            (sample.treated & frame["income"].notna().to_numpy()).sum(), abs=1
        )
    by_zone = im.subgroup_effects(sample, strategy, ["income", "land"], by="zone").table
    income, land = (
        sum(effect.n_treated_total for effect in by_zone if effect.outcome == name)
        for name in ("income", "land")
    )
    assert income < land == sample.treated.sum()
    predicted = im.quintile_effects(sample, strategy, "income", by=im.PredictedOutcome(), quantiles=2)
    assert np.isfinite([effect.estimate for effect in predicted]).all()


@quiet
def test_randomisation_distribution_poverty_and_power_take_gaps():
    sample = sample_with(with_gaps(survey_by_zone(), share=0.1), covariates=["age"])
    matched = im.match(sample, im.NearestNeighbor(SCORE))
    drawn = randomization_test(matched, replications=49)
    assert drawn["estimate"].to_numpy() == pytest.approx([effect.estimate for effect in im.estimate(matched)])
    assert np.isfinite(im.quantile_effects(matched, "income", [0.5]).frame["effect"]).all()
    poverty = im.poverty_effects(matched, "income", lines=[95.0], alphas=[0])
    assert poverty.one().n_treated_total < sample.treated.sum()
    assert len(im.poverty_curve(matched, "income", lines=[90.0, 95.0])) == 2
    twin = im.SampleTwin(sample, {"income": 0.1})
    assert np.isfinite(twin.draw(1).truth(0, twin.draw(1).sample.treated)[0])
