"""Effects sorted by a learnt score: by hand, against statsmodels, unmoved by what should not move them, refusals, coverage."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeRegressor

import impact as im
from impact.effects.heterogeneity.learned.effect_score import EffectScore
from impact.effects.heterogeneity.learned.judged_half import (
    best_line,
    group_effects,
    judged,
    sorted_groups,
    targeting,
    who_they_are,
)

LINE = LinearRegression()


def survey_with_growing_effects(seed=1, groups=160, size=10, slope=4.0):
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    level, shared = 0.5 * generator.normal(size=groups), 2 * generator.normal(size=groups)
    x = level[group] + generator.normal(size=len(group))
    land = generator.normal(size=len(group))
    treated = (generator.logistic(size=groups) + level > 0)[group]
    effect = 5 + slope * x
    income = 10 + 2 * x + land + shared[group] + treated * effect + 3 * generator.normal(size=len(group))
    frame = pd.DataFrame({"treated": treated, "x": x, "land": land, "income": income, "group": group})
    return frame.assign(effect=effect, size=1 + group % 3, weight=0.5 + group % 4)


def sample_of(frame, **roles):
    standard = {
        "treatment": "treated",
        "covariates": ["x", "land"],
        "outcomes": ["income"],
        "cluster": "group",
    }
    return im.Sample(frame, **(standard | roles))


def score():
    """Ten units, the last five treated ones among them twice as heavy."""
    generator = np.random.default_rng(4)
    weight = np.array([1.0, 0, 1, 1, 0, 2, 1, 0, 2, 2])
    return EffectScore(np.arange(10), np.sort(generator.normal(size=10)), weight, generator.normal(size=10))


def test_groups_of_equal_weight_by_hand():
    # Weights cumulate to 1 1 2 3 3 5 6 6 8 10: middles up to 5 are in the lower half.
    members = sorted_groups(score(), 2, np.arange(10) % 2 == 0)
    assert members[:, 0].tolist() == [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]
    found = group_effects(score(), members)
    low = score().contribution[:6].sum() / 5
    high = score().contribution[6:].sum() / 5
    assert found.value == pytest.approx([low, high, high - low])
    np.testing.assert_allclose(found.terms.sum(0), 0, atol=1e-12)


def test_the_line_is_weighted_least_squares():
    one = score()
    found, used = best_line(one), one.weight > 0
    centred = one.predicted - np.average(one.predicted, weights=one.weight)
    design = np.column_stack([np.ones(10), centred])
    expected = np.linalg.solve((design * one.weight[:, None]).T @ design, design.T @ one.contribution)
    assert found.value == pytest.approx(expected)
    # where every contribution is weight × outcome it is the regression of the outcome, with statsmodels' clustered errors
    outcome = np.arange(10.0) ** 1.5
    one = EffectScore(one.rows, one.predicted, one.weight, one.weight * outcome)
    codes = np.array([0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    fit = sm.WLS(outcome[used], design[used], one.weight[used]).fit(
        cov_type="cluster", cov_kwds={"groups": codes[used], "use_correction": False}
    )
    ours = judged((best_line(one),), one, codes, np.zeros(10, dtype=bool) | (np.arange(10) % 2 == 0))
    assert ours.estimate == pytest.approx(fit.params)
    assert ours.std_error == pytest.approx(np.asarray(fit.bse) * np.sqrt(5 / 4))


def test_who_they_are_and_whom_to_target_by_hand():
    one, land = score(), np.arange(10.0)[:, None]
    members = sorted_groups(one, 2, np.arange(10) % 2 == 0)
    low, high = (0 + 2 + 3 + 2 * 5) / 5, (6 + 2 * 8 + 2 * 9) / 5
    assert who_they_are(one, members, land).value == pytest.approx([low, high, high - low])
    found = targeting(one, np.array([0.5, 1.0])).value
    top, all_ = one.contribution[6:].sum() / 5, one.contribution.sum() / 10
    assert found == pytest.approx([top, all_, top - all_, 0, (top - all_) / 2])


@pytest.fixture(scope="module")
def found():
    return im.sorted_effects(sample_of(survey_with_growing_effects()), "income", LINE, splits=9, seed=3)


def test_the_effect_s_slope_is_found(found):
    line = found.best_linear_predictor.set_index("term")
    assert (
        line.loc["slope", "conf_low"] > 0.5
        and line.loc["slope", "conf_low"] < 1 < line.loc["slope", "conf_high"]
    )
    frame = survey_with_growing_effects()
    true = frame["effect"][frame["treated"]].mean()
    assert line.loc["average effect", "conf_low"] < true < line.loc["average effect", "conf_high"]
    effects = found.groups["estimate"].to_numpy()
    assert (np.diff(effects[:5]) > 0).all() and effects[5] == pytest.approx(effects[4] - effects[0], rel=0.2)
    who = found.who.set_index("covariate")
    assert who.loc["x", "p_value"] < 0.01 < who.loc["land", "p_value"]


def test_tables(found):
    assert found.frame is found.groups
    columns = ["estimate", "std_error", "conf_low", "conf_high", "p_value"]
    assert found.groups.columns.tolist() == ["group", *columns]
    assert found.best_linear_predictor.columns.tolist() == ["term", *columns]
    assert found.targeting["share"].tolist() == pytest.approx(np.arange(1, 11) / 10)
    assert found.targeting.iloc[-1][["gain", "conf_low", "conf_high"]].tolist() == [0, 0, 0]
    assert found.targeting["effect"].is_monotonic_decreasing
    assert "SYNTHETIC" not in repr(found) and "half of the groups (group)" in repr(found)
    assert "<table" in found._repr_html_()


def test_added_to_the_treated_it_is_added_to_every_group(found):
    frame = survey_with_growing_effects().assign(income=lambda d: d["income"] + 7 * d["treated"])
    other = im.sorted_effects(sample_of(frame), "income", LINE, splits=9, seed=3)
    assert other.groups["estimate"][:5].to_numpy() == pytest.approx(
        found.groups["estimate"][:5].to_numpy() + 7
    )
    slopes = [one.best_linear_predictor["estimate"][1] for one in (found, other)]
    assert slopes[1] == pytest.approx(slopes[0])


@pytest.mark.slow
def test_order_of_rows_jobs_and_seeds(found):
    shuffled = survey_with_growing_effects().sample(frac=1, random_state=1)
    again = im.sorted_effects(sample_of(shuffled), "income", LINE, splits=9, seed=3, n_jobs=2)
    np.testing.assert_allclose(again.groups["estimate"], found.groups["estimate"], rtol=1e-8)
    other = im.sorted_effects(sample_of(survey_with_growing_effects()), "income", LINE, splits=9, seed=4)
    assert not np.allclose(other.groups["estimate"], found.groups["estimate"])


def test_weights_and_persons_count():
    frame = survey_with_growing_effects()
    outcome = im.Headcount("income", line=10.0, persons="size")
    weighted = im.sorted_effects(sample_of(frame, sampling_weight="weight"), outcome, LINE, splits=3)
    scaled = sample_of(frame.assign(weight=100 * frame["weight"]), sampling_weight="weight")
    again = im.sorted_effects(scaled, outcome, LINE, splits=3)
    np.testing.assert_allclose(again.groups["std_error"], weighted.groups["std_error"], rtol=1e-8)
    plain = im.sorted_effects(sample_of(frame), outcome, LINE, splits=3)
    assert not np.allclose(plain.groups["estimate"], weighted.groups["estimate"])


def test_average_effects_of_everybody_and_a_classifier_s_score():
    frame = survey_with_growing_effects()
    score = im.PropensityScore(model=LogisticRegression())
    tree = DecisionTreeRegressor(max_depth=3, random_state=0)
    found = im.sorted_effects(sample_of(frame), "income", tree, score, groups=3, splits=5, estimand="ATE")
    low, high = found.best_linear_predictor.loc[0, ["conf_low", "conf_high"]]
    assert low < frame["effect"].mean() < high and len(found.groups) == 4


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"regressor": DummyRegressor()}, im.EstimationError, "predicts the same effect for everybody"),
        ({"regressor": LogisticRegression()}, im.OptionError, "A classifier belongs to the score"),
        ({"groups": 1}, im.OptionError, "groups must be a whole number of at least 2"),
        ({"splits": 0}, im.OptionError, "splits must be a whole number of at least 1"),
        ({"estimand": "ATO"}, im.OptionError, "estimand must be one of 'ATT', 'ATE'"),
        ({"propensity": LINE}, im.OptionError, "propensity must be an im"),
        ({"clip": (0.5, 0.2)}, im.OptionError, "clip must be two increasing bounds"),
        ({"outcome": "nothing"}, im.OptionError, "nothing"),
    ],
)
def test_refusals(options, error, message):
    given = {"outcome": "income", "regressor": LINE, "splits": 2} | options
    with pytest.raises(error, match=message):
        im.sorted_effects(sample_of(survey_with_growing_effects(groups=120)), **given)


def test_few_groups_are_said():
    with pytest.warns(im.FewClustersWarning, match="Half of the groups of an arm are"):
        im.sorted_effects(sample_of(survey_with_growing_effects(groups=60)), "income", LINE, splits=2)
    frame = survey_with_growing_effects(groups=60)
    one_treated = frame[~frame["treated"] | (frame["group"] == frame["group"][frame["treated"]].iloc[0])]
    with (
        pytest.raises(im.OptionError, match="needs a treated cluster at least for each fold"),
        pytest.warns(im.FewClustersWarning),
    ):
        im.sorted_effects(sample_of(one_treated), "income", LINE, splits=2)


def _mean_effects_between(one, members, frame, population):
    """Return the population's mean effect between the limits of the sorted groups; the score of least squares is linear."""
    terms, everybody = (np.column_stack([np.ones(len(d)), d[["x", "land"]]]) for d in (frame, population))
    slopes = np.linalg.lstsq(terms[one.rows], one.predicted, rcond=None)[0]
    ends = [one.predicted[column > 0].max() for column in members.T[:-1]]
    group = np.searchsorted(ends, everybody @ slopes)
    return np.bincount(group, population["effect"], members.shape[1]) / np.bincount(
        group, minlength=members.shape[1]
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
def test_the_fifths_that_a_split_makes_are_covered():
    """One split a survey, 400 surveys: the mean effect on the treated of each fifth, within .95 ± 3 Monte Carlo errors (.033).

    The truth of a fifth is that of the population whose score lies between the fifth's limits: the interval counts how effects differ
    between the treated of a fifth. Against the mean over the very treated of the survey it covers more: .96 to .985.
    """
    from impact.design.distances.propensity import PropensityScore
    from impact.design.units import Units
    from impact.effects.heterogeneity.learned.effect_score import EffectLearner
    from impact.effects.interval import t_test

    population = survey_with_growing_effects(9_999, groups=20_000)
    population = population[population["treated"]]
    hits = []
    for seed in range(400):
        frame = survey_with_growing_effects(seed)
        units = Units.of(sample_of(frame), "ATT")
        learner = EffectLearner(
            units, frame["income"].to_numpy(), np.ones(len(frame)), LINE, PropensityScore(), (0.01, 0.99)
        )
        one = learner.score(seed)
        members = sorted_groups(one, 5, units.treatment)
        estimates = judged((group_effects(one, members),), one, frame["group"].to_numpy(), units.treatment)
        true = _mean_effects_between(one, members, frame, population)
        columns = (estimates.estimate[:5], estimates.std_error[:5], estimates.freedom[:5])
        limits = [t_test(*row, 0.95)[2:] for row in zip(*columns, strict=True)]
        hits.append([low < value < high for (low, high), value in zip(limits, true, strict=True)])
    coverage = np.mean(hits, axis=0)
    assert ((coverage > 0.95 - 0.033) & (coverage < 0.95 + 0.033)).all(), coverage
