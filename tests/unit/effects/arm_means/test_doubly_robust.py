"""Outcome regressions that are not weighted as the match is: by hand, robust to one wrong model, by any learner, and their refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeRegressor

import impact as im
from impact.effects.estimate import estimations
from impact.effects.variances.redrawn.redraws import RedrawnSurveys

AIPW = im.LinearAdjustment(weighted=False)
IPW = im.InverseProbability(im.PropensityScore())


def curved_survey(seed=3, groups=140, effect=20.0):
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), 8)
    x = 0.6 * generator.normal(size=groups)[group] + generator.normal(size=len(group))
    land = generator.normal(size=len(group))
    level = np.bincount(group, x) / 8
    treated = (level + generator.logistic(size=groups) > 0)[group]
    income = (
        200 + 30 * x + 10 * land + 5 * x**2 + effect * treated + generator.normal(scale=20, size=len(group))
    )
    frame = pd.DataFrame({"treated": treated, "x": x, "land": land, "income": income, "group": group})
    return frame.assign(poor=(income < 190).astype(float), size=1 + group % 4, weight=0.5 + (group % 5) / 4)


def sample_of(frame, cluster="group", **roles):
    return im.Sample(
        frame, treatment="treated", covariates=["x", "land"], outcomes=["income"], cluster=cluster, **roles
    )


@pytest.fixture(scope="module")
def sample():
    return sample_of(curved_survey())


def by_hand():
    """Two kinds of land; treated 1 of 4 and 3 of 4; the outcome regression is each kind's mean of the controls."""
    frame = pd.DataFrame({"treated": [1, 0, 0, 0, 1, 1, 1, 0], "land": [0, 0, 0, 0, 1, 1, 1, 1.0]})
    return frame.assign(income=[10.0, 4, 6, 8, 20, 22, 27, 12])


def test_att_by_hand():
    """Treated mean 19.75; controls predicted 6, 12, 12, 12 with nothing left: 10.5."""
    sample = im.Sample(by_hand(), treatment="treated", covariates=["land"], outcomes=["income"])
    effect = im.estimate(im.match(sample, IPW), bias_adjustment=AIPW, variance=im.MEstimation()).effects[0]
    assert (effect.estimate, effect.control_mean) == pytest.approx((9.25, 10.5))
    # ψ = W (Y − μ̂0 − τ̂) − odds (Y − μ̂0) over four treated; slopes and score add nothing where cells are saturated
    treated = np.array([10 - 6, 20 - 12, 22 - 12, 27 - 12]) - 9.25
    control = np.array([4 - 6, 0, 8 - 6, 0]) * [1 / 3, 1 / 3, 1 / 3, 3]
    assert effect.std_error == pytest.approx(np.sqrt((treated**2).sum() + (control**2).sum()) / 4)


def test_a_wrong_regression_is_put_right_by_the_weights_by_hand():
    """Regression on a constant alone: μ̂0 = 7.5; odds 1/3 and 3 leave (−3.5 − 1.5 + .5)/3 + 3 × 4.5 = 12 over four: 10.5 again."""
    frame = by_hand().assign(nothing=[0.0, 1, 0, 1, 0, 1, 0, 1])
    sample = im.Sample(frame, treatment="treated", covariates=["land", "nothing"], outcomes=["income"])
    matched = im.match(sample, im.InverseProbability(im.PropensityScore(formula="land")))
    learner = im.CrossFitted(_MeanOfControls(), folds=2)
    effect = im.estimate(matched, bias_adjustment=learner).effects[0]
    assert effect.control_mean == pytest.approx(7.5 + ((4 + 6 + 8 - 3 * 7.5) / 3 + 3 * (12 - 7.5)) / 4)


class _MeanOfControls(LinearRegression):
    """7.5 plus nothing to speak of that varies."""

    def fit(self, X, y, sample_weight=None):
        return self

    def predict(self, X):
        return 7.5 + 1e-13 * np.arange(len(X))


def test_a_tall_weight_moves_what_is_left_by_as_much_as_it_was_estimated(sample):
    matched = im.match(sample, IPW)
    raw, e = matched.raw_scale, matched.propensity.probability
    odds = (e / (1 - e))[~sample.treated]
    np.testing.assert_allclose(matched.weights[~sample.treated] * raw[1], odds)
    assert raw[0] == 1.0
    plain = im.estimate(matched, bias_adjustment=AIPW).effects[0]
    scaled = im.estimate(
        matched, bias_adjustment=im.LinearAdjustment(weighted=False, normalized=True)
    ).effects[0]
    y, terms = sample.frame["income"].to_numpy(), np.column_stack([np.ones(len(sample)), sample.matrix])
    control = ~sample.treated
    beta = np.linalg.lstsq(terms[control], y[control], rcond=None)[0]
    left, predicted = (y - terms @ beta)[control], (terms @ beta)[sample.treated].mean()
    assert plain.control_mean == pytest.approx(predicted + odds @ left / sample.treated.sum())
    assert scaled.control_mean == pytest.approx(predicted + odds @ left / odds.sum())


@pytest.mark.parametrize("strategy", [im.EntropyBalancing(), im.CovariateBalancing()])
def test_weights_that_balance_the_regression_s_terms_leave_it_nothing(sample, strategy):
    """Augmented balancing with linear terms is balancing: Σ w (Y − Zβ) + Σ Zβ = Σ w Y, whatever β."""
    matched = im.match(sample, strategy)
    plain = im.estimate(matched).effects[0].estimate
    for adjustment in ("linear", AIPW, im.LinearAdjustment(weighted=False, normalized=True)):
        assert im.estimate(matched, bias_adjustment=adjustment).effects[0].estimate == pytest.approx(
            plain, rel=1e-9
        )


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize(
    "adjustment", [AIPW, im.LeastVarianceAdjustment(), im.CrossFitted(LinearRegression())]
)
def test_added_to_the_treated_it_is_added_to_the_effect(sample, estimand, adjustment):
    frame = sample.frame.assign(income=lambda d: d["income"] + 7 * d["treated"])
    effects = [
        im.estimate(im.match(one, IPW, estimand), bias_adjustment=adjustment).effects[0]
        for one in (sample, sample_of(frame))
    ]
    assert effects[1].estimate == pytest.approx(effects[0].estimate + 7)
    assert effects[1].std_error == pytest.approx(effects[0].std_error)


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize(
    "adjustment", [AIPW, im.LeastVarianceAdjustment(), im.LinearAdjustment(weighted=False, normalized=True)]
)
def test_the_influence_function_is_the_derivative_by_a_unit_s_weight(estimand, adjustment):
    """The infinitesimal jackknife: with every step refitted, ψ_i/N is the change per unit of sampling weight."""
    frame = curved_survey(groups=30)
    frame["weight"] = 1.0
    step, rows = 1e-5, [0, 13, 40, 77, 101]

    def linear(weights):
        sample = sample_of(frame.assign(weight=weights), cluster=None, sampling_weight="weight")
        (_, estimation), *_ = estimations(im.match(sample, IPW, estimand), None, adjustment)
        return im.ClusterRobust(im.InSample(), estimated_slopes=True).linearization(estimation)

    base = linear(np.ones(len(frame)))
    psi = base.effect_terms()[:, 0] / base.size
    for row in rows:
        weights = np.ones(len(frame))
        weights[row] += step
        up = linear(weights).effect[0]
        weights[row] -= 2 * step
        assert psi[row] == pytest.approx((up - linear(weights).effect[0]) / (2 * step), rel=1e-5, abs=1e-7)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=5, deadline=None)
def test_rows_in_another_order_give_the_same(seed):
    frame = curved_survey()
    shuffled = frame.sample(frac=1, random_state=seed)
    tree = im.CrossFitted(DecisionTreeRegressor(max_depth=4, random_state=0), folds=4, seed=2)
    score = im.PropensityScore(model=LogisticRegression(), folds=4, seed=2)
    first, second = (
        im.estimate(im.match(sample_of(one), im.InverseProbability(score)), bias_adjustment=tree).effects[0]
        for one in (frame, shuffled)
    )
    assert second.estimate == pytest.approx(first.estimate, rel=1e-9)
    assert second.std_error == pytest.approx(first.std_error, rel=1e-9)


def test_folds_of_score_and_regression_are_the_same_and_keep_groups_whole(sample):
    matched = im.match(sample, im.InverseProbability(im.PropensityScore(folds=5, seed=4)))
    drawn = im.CrossFitted(LinearRegression(), seed=4).model_for(matched).fold
    assert pd.Series(drawn).groupby(sample.frame["group"].to_numpy()).nunique().max() == 1
    named = sample.frame.assign(fold=drawn)
    by_name = im.match(sample_of(named), im.InverseProbability(im.PropensityScore(folds="fold")))
    np.testing.assert_allclose(by_name.weights, matched.weights, rtol=1e-12)
    effects = [
        im.estimate(one, bias_adjustment=im.CrossFitted(LinearRegression(), folds=folds, seed=seed)).effects[
            0
        ]
        for one, folds, seed in ((matched, 5, 4), (by_name, "fold", 0))
    ]
    assert effects[0].estimate == pytest.approx(effects[1].estimate, rel=1e-12)
    assert [effect.variance for effect in effects] == ["linearised by group, cross-fitted, t"] * 2


def test_a_distance_s_fold_column_reaches_every_strategy(sample):
    frame = sample.frame.assign(fold=lambda d: d["group"] // 2 % 3)
    nearest = im.NearestNeighbor(im.PropensityScore(folds="fold"))
    assert im.match(sample_of(frame), nearest).share_on_support == 1
    support = im.MinMax(im.PropensityScore(folds="fold"))
    assert len(
        im.match(sample_of(frame), im.NearestNeighbor(im.Mahalanobis()), support=support).weights
    ) == len(frame)


def test_persons_and_sampling_weights_count_in_fit_and_mean():
    frame = curved_survey()
    outcome = im.Headcount("income", line=190.0, persons="size")
    weighted = sample_of(frame, sampling_weight="weight")
    doubled = sample_of(
        pd.concat([frame, frame.assign(group=frame["group"])], ignore_index=True).assign(
            weight=lambda d: d["weight"] / 2
        ),
        sampling_weight="weight",
    )
    effects = [
        im.estimate(im.match(one, IPW), [outcome], bias_adjustment=AIPW).effects[0]
        for one in (weighted, doubled)
    ]
    assert effects[0].estimate == pytest.approx(effects[1].estimate, rel=1e-9)
    assert effects[0].std_error == pytest.approx(effects[1].std_error, rel=1e-6)


def test_the_bootstrap_redraws_weights_and_regression(sample):
    matched = im.match(sample, IPW)
    effect = im.estimate(matched, bias_adjustment=AIPW).effects[0]
    drawn = im.estimate(
        matched, bias_adjustment=AIPW, variance=im.Bootstrap(replications=199, seed=1)
    ).effects[0]
    assert drawn.std_error == pytest.approx(effect.std_error, rel=0.25)
    (_, estimation), *_ = estimations(matched, None, AIPW)
    survey_itself = RedrawnSurveys.of(estimation)
    alone = tuple(np.array([group]) for group in np.unique(survey_itself.groups.codes))
    everybody = replace(survey_itself, groups=replace(survey_itself.groups, strata=alone))
    treated, control = everybody.means(seed=0, number=0)  # each group drawn among itself
    assert treated - control == pytest.approx([effect.estimate])


def test_matches_may_be_adjusted_by_a_regression_of_its_own(sample):
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2))
    y, terms = sample.frame["income"].to_numpy(), np.column_stack([np.ones(len(sample)), sample.matrix])
    control = ~sample.treated
    beta = np.linalg.lstsq(terms[control], y[control], rcond=None)[0]
    left, weight = y - terms @ beta, matched.weights.to_numpy()
    expected = left[sample.treated].mean() - weight[control] @ left[control] / weight[control].sum()
    for variance in (None, im.AbadieImbens()):
        effect = im.estimate(matched, bias_adjustment=AIPW, variance=variance).effects[0]
        assert effect.estimate == pytest.approx(expected)
    with pytest.raises(im.OptionError, match="CR2 is of a regression weighted as the match is"):
        im.estimate(matched, bias_adjustment=AIPW, variance=im.CR2())
    with pytest.raises(im.OptionError, match="belongs to weights such as im"):
        im.estimate(matched, bias_adjustment=im.LeastVarianceAdjustment())


class Nothing(LinearRegression):
    def predict(self, X):
        return np.full(len(X), np.nan)


@pytest.mark.parametrize(
    ("adjustment", "error", "message"),
    [
        (
            lambda: im.CrossFitted(Nothing()),
            im.EstimationError,
            "Nothing predicts outcomes that are not finite",
        ),
        (
            lambda: im.CrossFitted(DummyRegressor()),
            im.EstimationError,
            "predicts the same outcome for everybody",
        ),
        (lambda: im.CrossFitted(LinearRegression), im.OptionError, "got <class"),
        (lambda: im.CrossFitted(LogisticRegression()), im.OptionError, "A classifier belongs to the score"),
        (lambda: im.CrossFitted("forest"), im.OptionError, "must be a scikit-learn regressor"),
        (
            lambda: im.CrossFitted(LinearRegression(), folds=1),
            im.OptionError,
            "folds must be a whole number of at least 2",
        ),
        (
            lambda: im.CrossFitted(LinearRegression(), folds="fold", seed=3),
            im.OptionError,
            "column 'fold' names them",
        ),
        (
            lambda: im.CrossFitted(LinearRegression(), folds=90),
            im.OptionError,
            "needs a treated cluster at least for each fold",
        ),
        (
            lambda: im.CrossFitted(LinearRegression(), folds="nowhere"),
            im.OptionError,
            "'nowhere', which the table does not have",
        ),
        (lambda: im.LinearAdjustment(normalized=True), im.OptionError, "Leave it out, or add weighted=False"),
    ],
)
def test_what_cannot_be_cross_fitted_says_why(sample, adjustment, error, message):
    with pytest.raises(error, match=message):
        im.estimate(im.match(sample, IPW), bias_adjustment=adjustment())


@pytest.mark.parametrize(
    ("folds", "message"),
    [
        (lambda d: 0, "must name two folds at least"),
        (
            lambda d: np.arange(len(d)) % 2,
            "keep each group of 'group' in one fold; 140 groups lie in several",
        ),
        (lambda d: d["treated"].astype(int), "must have both arms in every fold; fold 0 has no treated unit"),
    ],
)
def test_bad_fold_columns(sample, folds, message):
    frame = sample.frame.assign(fold=folds)
    with pytest.raises(im.DataError, match=message):
        im.match(sample_of(frame), im.InverseProbability(im.PropensityScore(folds="fold")))


def test_a_fold_of_one_group():
    frame = curved_survey()
    frame.loc[frame["group"] == 0, "treated"] = np.arange(8) % 2 == 0
    frame["fold"] = np.minimum(frame["group"], 1)
    with pytest.raises(im.DataError, match="several groups in every fold; fold 0 is one group"):
        im.match(sample_of(frame), im.InverseProbability(im.PropensityScore(folds="fold")))


def test_a_cross_fitted_adjustment_is_not_redrawn(sample):
    with pytest.raises(im.OptionError, match="its influence function is the variance"):
        im.estimate(
            im.match(sample, IPW),
            bias_adjustment=im.CrossFitted(LinearRegression()),
            variance=im.Bootstrap(replications=49),
        )


def test_clipped_scores_keep_everybody_and_bound_the_weights(sample):
    matched = im.match(sample, im.InverseProbability(im.PropensityScore(), clip=(0.3, 0.6)))
    assert len(matched.discarded) == 0
    raw = matched.weights[~sample.treated] * matched.raw_scale[1]
    assert (raw.min(), raw.max()) == pytest.approx((3 / 7, 1.5))
    e = matched.propensity.probability.to_numpy()
    beyond = (e < 0.3) | (e > 0.6)
    assert (matched.first_stage.weight_jacobian[beyond] == 0).all()
    with pytest.raises(im.OptionError, match="clip must be two increasing bounds"):
        im.InverseProbability(im.PropensityScore(), clip=(0.9, 0.1))


def test_a_classifier_that_learns_nothing_is_refused(sample):
    score = im.PropensityScore(model=DummyClassifier())
    with pytest.raises(im.EstimationError, match="DummyClassifier gives everybody the same score"):
        im.match(sample, im.InverseProbability(score))
