"""Weighting by hand: small cases, refusals, and the influence function against perturbed sampling weights."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.units import Units
from impact.design.weighting.covariate_balancing import CovariateBalancing
from impact.design.weighting.entropy_balancing import EntropyBalancing
from impact.design.weighting.equations.balancing_loss import TowardsOneArm
from impact.design.weighting.equations.entropy_dual import unbalanced
from impact.design.weighting.equations.overidentified import BalanceAndLikelihood
from impact.design.weighting.inverse_probability import InverseProbability
from impact.effects.arm_means.linearization import linearize
from impact.effects.arm_means.residuals import InSample
from impact.effects.variances.bootstrap import Bootstrap
from impact.effects.variances.m_estimation import MEstimation
from tests.surveys import sample_of, single_units

SCORE = im.PropensityScore()
ALL = [
    InverseProbability(SCORE), EntropyBalancing(), CovariateBalancing(), im.ProbabilityTilting(),
    CovariateBalancing(overidentified=True),
]  # fmt: skip


sample_with = partial(sample_of, covariates=["age", "herd", "region"], cluster=None)


def poor_and_rich():
    """Return 3 treated and 2 controls who are poor, 2 treated and 4 controls who are not."""
    frame = pd.DataFrame({"treated": [1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0], "poor": [1.0] * 5 + [0.0] * 6})
    frame["income"] = [5.0, 7.0, 9.0, 2.0, 4.0, 10.0, 14.0, 8.0, 9.0, 12.0, 11.0]
    return im.Sample(frame, treatment="treated", covariates=["poor"], outcomes=["income"])


@pytest.mark.parametrize("strategy", ALL, ids=lambda strategy: type(strategy).__name__)
def test_one_two_valued_covariate_is_stratification(strategy):
    # Treated over controls: 3/2 among the poor, 2/4 among the others. Means: poor 7 and 3, others 12 and 10.
    sample = poor_and_rich()
    att, atc, ate = (im.match(sample, strategy, estimand) for estimand in ("ATT", "ATC", "ATE"))
    np.testing.assert_allclose(att.weights[~sample.treated], [1.5, 1.5, 0.5, 0.5, 0.5, 0.5], rtol=1e-9)
    np.testing.assert_allclose(atc.weights[sample.treated], [2 / 3, 2 / 3, 2 / 3, 2.0, 2.0], rtol=1e-9)
    np.testing.assert_allclose(ate.weights[sample.treated], [5 / 3] * 3 + [3.0] * 2, rtol=1e-9)
    assert im.estimate(att).one("income").estimate == pytest.approx((3 * 4 + 2 * 2) / 5)
    assert im.estimate(atc).one("income").estimate == pytest.approx((2 * 4 + 4 * 2) / 6)
    assert im.estimate(ate).one("income").estimate == pytest.approx((5 * 4 + 6 * 2) / 11)


@pytest.mark.parametrize("strategy", ALL, ids=lambda strategy: type(strategy).__name__)
def test_standard_error_of_stratification_by_hand(strategy):
    # The control mean is (3 × 3 + 2 × 10)/5 = 5.8, the treated mean 9. Treated: Y − 9 less the stratum's control mean − 5.8 (the
    # shares of the strata are estimated); controls: minus their weight times Y less the stratum's mean.
    matched = im.match(poor_and_rich(), strategy)
    treated = np.array([5.0, 7.0, 9.0, 10.0, 14.0]) - 9 - (np.array([3.0, 3.0, 3.0, 10.0, 10.0]) - 5.8)
    control = np.array([1.5, 1.5, 0.5, 0.5, 0.5, 0.5]) * np.array([-1.0, 1.0, -2.0, -1.0, 2.0, 1.0])
    expected = np.sqrt(treated @ treated + control @ control) / 5
    effect = im.estimate(matched, variance=MEstimation()).one("income")
    assert effect.std_error == pytest.approx(expected, rel=1e-9)
    assert effect.variance == "M-estimation by unit, normal" and np.isinf(effect.degrees_of_freedom)


def test_entropy_balancing_by_hand():
    # Treated mean .75 on values 0, 1, 2: weights 1, x, x² with (x + 2x²)/(1 + x + x²) = .75, that is 1.25x² + .25x − .75 = 0.
    frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "land": [0.5, 1.0, 0.0, 1.0, 2.0]})
    matched = im.match(im.Sample(frame, treatment="treated", covariates=["land"]), EntropyBalancing())
    x = (-0.25 + np.sqrt(0.25**2 + 4 * 1.25 * 0.75)) / 2.5
    expected = 2 * np.array([1, x, x**2]) / (1 + x + x**2)
    np.testing.assert_allclose(matched.weights[2:], expected, rtol=1e-9)


def test_the_balancing_score_s_own_weights_are_its_odds():
    sample = sample_with(single_units(), sampling_weight="weight")
    matched = im.match(sample, CovariateBalancing())
    score = matched.propensity.probability[~sample.treated]
    ratio = matched.weights[~sample.treated] / (score / (1 - score))
    np.testing.assert_allclose(ratio, ratio.iloc[0], rtol=1e-10)


@pytest.mark.parametrize("adjustment", [None, im.LinearAdjustment(("herd",))], ids=["unadjusted", "adjusted"])
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize(
    "strategy",
    [
        *ALL,
        InverseProbability(im.PropensityScore(link="cloglog", formula="age + herd"), trim=(0.1, 0.9)),
        EntropyBalancing(2),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_the_influence_function_is_the_derivative_by_each_unit_s_sampling_weight(
    strategy, estimand, adjustment
):
    # The infinitesimal jackknife: everything (score, weights, adjustment) is estimated anew with one sampling weight moved.
    frame = single_units()
    matched = im.match(sample_with(frame, sampling_weight="weight"), strategy, estimand)
    values = frame[["income"]].to_numpy()
    linear = linearize(matched, values, None, adjustment, None, InSample(), estimated_slopes=True)
    influence = linear.effect_terms()[:, 0] / linear.size
    for unit in (0, 7, 101, 202, 299):
        moved = []
        for step in (1e-4, -1e-4):
            other = frame.assign(
                weight=frame["weight"] * np.where(np.arange(len(frame)) == unit, 1 + step, 1.0)
            )
            again = im.match(sample_with(other, sampling_weight="weight"), strategy, estimand)
            moved.append(linearize(again, values, None, adjustment, None).effect[0])
        assert influence[unit] == pytest.approx((moved[0] - moved[1]) / 2e-4, rel=2e-4, abs=2e-7)


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.filterwarnings("ignore::impact.errors.OverlapWarning")
def test_trimmed_units_are_discarded_and_the_others_keep_their_weights(estimand):
    sample = sample_with(single_units())
    whole = im.match(sample, InverseProbability(SCORE), estimand)
    trimmed = im.match(sample, InverseProbability(SCORE, trim=(0.2, 0.8)), estimand)
    outside = ~SCORE.fit(sample).probability.between(0.2, 0.8)
    assert outside.sum() > 10 and set(trimmed.discarded) == set(sample.frame.index[outside])
    assert (trimmed.weights[outside] == 0).all() and not trimmed.unmatched.size
    for arm in (sample.treated, ~sample.treated):
        ratio = (trimmed.weights / whole.weights)[arm & ~outside.to_numpy()]
        np.testing.assert_allclose(ratio, ratio.iloc[0], rtol=1e-10)
    assert f"({int(trimmed.kept.sum())} of " in im.estimate(trimmed).one("income").population


@pytest.mark.parametrize(
    ("trim", "message"),
    [
        (0.1, "two bounds"),
        ("no", "two bounds"),
        ((0.1, 0.5, 0.9), "two bounds"),
        ((0.9, 0.1), "increasing"),
        ((-0.1, 0.9), "Each bound"),
    ],
)
def test_bounds_that_are_none(trim, message):
    with pytest.raises(im.OptionError, match=message):
        InverseProbability(SCORE, trim=trim)


def test_bounds_that_leave_nobody():
    with pytest.raises(im.SupportError, match=r"No treated unit has a propensity score in \[0, 0.0001\]"):
        im.match(sample_with(single_units()), InverseProbability(SCORE, trim=(0.0, 0.0001)))


def test_wrong_options():
    with pytest.raises(im.OptionError, match=r"propensity must be an im\.PropensityScore"):
        InverseProbability(im.Mahalanobis())
    with pytest.raises(im.OptionError, match="moments must be one of 1, 2, 3"):
        EntropyBalancing(4)


@dataclass
class Certain:
    """A classifier sure of everybody above 60."""

    def get_params(self, deep=True):
        return {}

    def fit(self, features, response):
        return self

    def predict_proba(self, features):
        sure = np.where(features[:, 0] > 60, 1.0, 0.4)
        return np.column_stack([1 - sure, sure])


@pytest.mark.filterwarnings("ignore::impact.errors.OverlapWarning")
def test_a_classifier_s_weights_count_as_known_and_certainty_is_refused():
    frame = single_units()
    with pytest.raises(im.EstimationError, match="infinite weight"):
        im.match(sample_with(frame), InverseProbability(im.PropensityScore(model=Certain())))
    # beyond the bounds nobody's weight is asked for
    matched = im.match(
        sample_with(frame), InverseProbability(im.PropensityScore(model=Certain()), trim=(0.0, 0.9))
    )
    assert matched.first_stage is None and (matched.discarded == frame.index[frame["age"] > 60]).all()
    np.testing.assert_allclose(
        matched.weights[~matched.sample.treated & (frame["age"] <= 60)].std(), 0.0, atol=1e-12
    )


@pytest.mark.parametrize("strategy", [EntropyBalancing(), CovariateBalancing()], ids=repr)
def test_a_covariate_out_of_reach_is_named(strategy):
    frame = single_units()
    # some of the treated have land, no control has
    frame["land"] = np.where(frame["treated"] & (frame["age"] > 45), frame["herd"], 0.0)
    with pytest.raises(im.ImpactError, match="'land'") as caught:
        im.match(sample_with(frame, covariates=["age", "land"]), strategy)
    assert "age" not in str(caught.value).split("land")[0]


def test_covariates_out_of_reach_together_are_told_from_those_within():
    # The mean (.6, .6) lies within the range of each covariate, but no control has both: the sum of the means is at most 1.
    controls = pd.DataFrame(
        {"treated": 0, "tractor": [0.0, 1, 0, 0, 1], "oxen": [0.0, 0, 1, 0, 0], "age": [30.0, 40, 50, 60, 35]}
    )
    treated = pd.DataFrame(
        {"treated": 1, "tractor": [1.0, 1, 1, 0, 0], "oxen": [1.0, 0, 0, 1, 1], "age": [41.0, 42, 43, 44, 45]}
    )
    frame = pd.concat([controls, treated], ignore_index=True)
    sample = im.Sample(frame, treatment="treated", covariates=["tractor", "oxen", "age"])
    with pytest.raises(
        im.SupportError,
        match=r"all covariates at once: at the nearest, a difference stays in '(tractor|oxen)'",
    ):
        im.match(sample, EntropyBalancing())


def test_means_on_the_edge_are_met_without_the_controls_inside():
    # (.5, .5) lies between (1, 0) and (0, 1): it is met by these two alone.
    controls = pd.DataFrame({"treated": 0, "tractor": [0.0, 1, 0], "oxen": [0.0, 0, 1]})
    treated = pd.DataFrame({"treated": 1, "tractor": [1.0, 0], "oxen": [0.0, 1]})
    frame = pd.concat([controls, treated], ignore_index=True)
    matched = im.match(
        im.Sample(frame, treatment="treated", covariates=["tractor", "oxen"]), EntropyBalancing()
    )
    np.testing.assert_allclose(matched.weights[:3], [0.0, 1.0, 1.0], atol=1e-8)


def test_a_search_that_fails_where_weights_exist_blames_no_covariate():
    error = unbalanced(np.array([[-1.0], [1.0]]), np.array([0.0]), ["age"], "control")
    assert (
        isinstance(error, im.EstimationError) and "did not converge" in str(error) and "age" not in str(error)
    )


def test_the_sandwich_is_for_weights():
    matched = im.match(sample_with(single_units()), im.NearestNeighbor(SCORE))
    with pytest.raises(im.OptionError, match="NearestNeighbor makes pairs or sets"):
        im.estimate(matched, variance=MEstimation())


@pytest.mark.parametrize("strategy", ALL, ids=lambda strategy: type(strategy).__name__)
def test_support_with_the_score_estimated_again(strategy):
    sample = sample_with(single_units())
    matched = im.match(sample, strategy, support=im.Crump(0.2, reestimate=True))
    inside = sample.frame.index.difference(matched.discarded)
    alone = im.match(sample_with(sample.frame.loc[inside]), strategy)
    np.testing.assert_allclose(matched.weights[inside], alone.weights, rtol=1e-8)
    first, second = im.estimate(matched).one("income"), im.estimate(alone).one("income")
    assert first.std_error == pytest.approx(second.std_error, rel=1e-8)


def test_the_default_variance_counts_the_first_stage():
    matched = im.match(sample_with(single_units()), EntropyBalancing())
    effect = im.estimate(matched).one("income")
    stacked = im.estimate(matched, variance=MEstimation()).one("income").std_error
    assert effect.variance == "linearised unit-level, leave-one-out, t"
    assert stacked < effect.std_error < 1.1 * stacked


def test_moments_that_say_the_same_twice_change_nothing():
    # The cube of a covariate with three values follows from its value and its square.
    frame = single_units()
    frame["rooms"] = np.random.default_rng(3).integers(1, 4, len(frame)).astype(float)
    sample = sample_with(frame, covariates=["rooms", "region"])
    two = im.match(sample, EntropyBalancing(2))
    with pytest.warns(im.errors.DataQualityWarning, match=r"'rooms\^3' \(follows from 'rooms', 'rooms\^2'\)"):
        three = im.match(sample, EntropyBalancing(3))
    np.testing.assert_allclose(two.weights, three.weights, rtol=1e-8)
    for variance in (MEstimation(), im.ClusterRobust()):
        errors = [im.estimate(matched, variance=variance).one("income").std_error for matched in (two, three)]
        assert errors[0] == pytest.approx(errors[1], rel=1e-7)


@pytest.mark.parametrize("strategy", ALL, ids=lambda strategy: type(strategy).__name__)
def test_the_bootstrap_agrees_with_the_linearisation(strategy):
    matched = im.match(sample_with(single_units(number=600)), strategy)
    linear = im.estimate(matched).one("income").std_error
    drawn = im.estimate(matched, variance=Bootstrap(replications=199)).one("income").std_error
    assert drawn == pytest.approx(
        linear, rel=0.2
    )  # 199 draws tell an SD to ±5 %; the largest weights make them differ a little more


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize("strategy", ALL, ids=lambda strategy: type(strategy).__name__)
def test_arms_that_are_balanced_already_keep_equal_weights(strategy, estimand):
    frame = pd.DataFrame(
        {"treated": [1, 1, 1, 0, 0, 0, 0, 0, 0], "age": [30.0, 50, 70, 30, 50, 70, 30, 50, 70]}
    )
    frame["income"] = [4.0, 5, 9, 2, 4, 4, 3, 5, 6]
    matched = im.match(
        im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"]), strategy, estimand
    )
    for arm in (matched.sample.treated, ~matched.sample.treated):
        np.testing.assert_allclose(matched.weights[arm], matched.focal.sum() / arm.sum(), rtol=1e-9)
    effect = im.estimate(matched).one("income")
    assert effect.estimate == pytest.approx(2.0) and effect.std_error > 0


def test_a_covariate_far_from_zero_keeps_its_part_in_the_standard_error():
    # A year of birth: location thousands of times its spread.
    frame = single_units()
    other = frame.assign(age=2000 + frame["age"] / 100)
    errors = []
    for one in (frame, other):
        matched = im.match(sample_with(one), InverseProbability(SCORE))
        errors.append(im.estimate(matched).one("income").std_error)
    assert errors[0] == pytest.approx(errors[1], rel=1e-6)


@pytest.mark.parametrize("estimand", ["ATT", "ATE", "ATO"])
@pytest.mark.parametrize("kind", [im.InverseProbability, im.SubclassWeights])
def test_a_score_that_separates_the_arms_is_no_overlap(kind, estimand):
    from sklearn.tree import DecisionTreeClassifier

    land = np.r_[np.linspace(0, 1, 30), np.linspace(2, 3, 30)]
    frame = pd.DataFrame({"treated": land < 1.5, "land": land, "noise": np.arange(60) % 7})
    sample = im.Sample(frame, treatment="treated", covariates=["land", "noise"])
    score = im.PropensityScore(model=DecisionTreeClassifier())
    with pytest.raises(im.SupportError, match="No overlap"):
        im.match(sample, kind(score), estimand)


def test_where_the_search_for_entropy_weights_begins_does_not_move_where_it_ends(monkeypatch):
    """Many units begin at the multipliers of every eighth of them; some of these parts have no solution, and begin at zero."""
    from impact.design.weighting.equations import entropy_dual

    drawn = np.random.default_rng(3)
    for target in (np.array([0.3, -0.2, 0.1]), np.array([2.2, 0.0, 0.0])):
        terms = drawn.normal(size=(2_000, 3))
        given = (terms, np.full(len(terms), 1.0), target, ("a", "b", "c"), "control")
        from_zero, multipliers = entropy_dual.entropy_weights(*given)
        monkeypatch.setattr(entropy_dual, "_MANY", 1_000)
        from_a_part, nearly = entropy_dual.entropy_weights(*given)
        monkeypatch.undo()
        assert np.abs(from_zero @ terms - target).max() < 1e-10
        np.testing.assert_allclose(from_a_part, from_zero, rtol=1e-7, atol=1e-15)
        np.testing.assert_allclose(nearly, multipliers, rtol=1e-7)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "not determined.*StableBalancing"),
        pytest.param("es", "no determinan.*StableBalancing", marks=pytest.mark.slow),
    ],
)
def test_an_over_identified_score_that_the_units_leave_open_is_refused(language, told):
    """A survey of 50 groups of which its standard error was 8e8, and the balance 1.5 SD."""
    from impact.language import speaking

    strategy = CovariateBalancing(overidentified=True)
    with speaking(language), pytest.raises(im.EstimationError, match=told):
        im.match(im.RuralAlliancesTwin(groups=50).draw(29).sample, strategy)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("draw", [0, 18, 41])
def test_an_over_identified_score_of_few_groups_that_is_determined_is_kept(draw):
    sample = im.RuralAlliancesTwin(groups=50).draw(draw).sample
    kept = im.match(sample, CovariateBalancing(overidentified=True))
    assert 100 < im.estimate(kept, ["income_agr_pc_month"]).frame["std_error"].iloc[0] < 900


def test_an_over_identified_score_that_starts_at_certainty_is_told_before_its_equations_are_infinite():
    units = Units.of(sample_with(single_units()), "ATT")
    design = np.column_stack([np.ones(len(units)), units.matrix.to_numpy()])
    equations = BalanceAndLikelihood(design, units, TowardsOneArm(focal_treated=True))
    with pytest.raises(im.EstimationError, match="nearly all the weight goes to a few units"):
        equations.coefficients(np.full(design.shape[1], 50.0))


@pytest.mark.parametrize("number", [400, 3_000, 40_000])
@pytest.mark.parametrize("seed", range(4))
def test_entropy_balancing_leaves_rounding_only(number, seed):
    """Newton's last step squares what is left: means agree to the last digits, not to the tolerance at which steps end."""
    draws = np.random.default_rng(seed)
    covariates = draws.normal(size=(number, 5))
    covariates[:, 4] = covariates[:, 4] > 0.5
    treated = draws.random(number) < 1 / (1 + np.exp(1 - 0.5 * covariates[:, 0]))
    frame = pd.DataFrame(covariates, columns=list("abcde")).assign(treated=treated)
    for estimand in ("ATT", "ATC", "ATE"):
        matched = im.match(im.Sample(frame, "treated", list("abcde")), im.EntropyBalancing(), estimand)
        means = [
            np.average(covariates[arm], axis=0, weights=matched.weights[arm]) for arm in (treated, ~treated)
        ]
        assert np.abs(means[0] - means[1]).max() < 1e-13
