"""The effect on those who might be in either arm (ATO, ATM): by hand, its balance and influence function, who defines it, its labels."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.arm_means.linearization import linearize
from impact.effects.arm_means.residuals import InSample
from tests.surveys import single_units

from .test_weighting import SCORE, poor_and_rich, sample_with

TILTED = ["ATO", "ATM"]


def test_two_strata_by_hand():
    # Shares treated: 3/5 among the poor (5 units, effect 4), 2/6 among the others (6 units, effect 2).
    sample = poor_and_rich()
    overlap, matching = (im.match(sample, im.InverseProbability(SCORE), estimand) for estimand in TILTED)
    weights = np.array([5 * 3 / 5 * 2 / 5, 6 * 2 / 6 * 4 / 6])
    assert im.estimate(overlap).one("income").estimate == pytest.approx(weights @ [4, 2] / weights.sum())
    weights = np.array([5 * 2 / 5, 6 * 2 / 6])
    assert im.estimate(matching).one("income").estimate == pytest.approx(weights @ [4, 2] / weights.sum())
    treated = overlap.weights[sample.treated].to_numpy()  # 1 − e: 2/5 of three, 4/6 of two
    np.testing.assert_allclose(treated / treated[0], [1, 1, 1, 5 / 3, 5 / 3])
    control = matching.weights[~sample.treated].to_numpy()  # min(1, e/(1 − e)): 1 of two, 1/2 of four
    np.testing.assert_allclose(control / control[0], [1, 1, 0.5, 0.5, 0.5, 0.5])


def test_overlap_weights_of_a_logit_balance_exactly():
    matched = im.match(
        sample_with(single_units(), sampling_weight="weight"), im.InverseProbability(SCORE), "ATO"
    )
    assert im.balance(matched).max_abs_smd < 1e-8


@pytest.mark.parametrize("estimand", TILTED)
@pytest.mark.parametrize("cluster", [None, "village"])
def test_the_influence_function_is_the_derivative_by_each_unit_s_sampling_weight(estimand, cluster):
    frame = single_units(number=120).assign(weight=1.0, village=np.arange(120) % 40)

    def linear(frame):
        matched = im.match(
            sample_with(frame, sampling_weight="weight"), im.InverseProbability(SCORE), estimand
        )
        outcomes = frame[["income"]].to_numpy()
        return linearize(matched, outcomes, None, None, None, InSample())

    base = linear(frame)
    psi = base.effect_terms()[:, 0] / base.size
    for row in (0, 17, 63, 99):
        up, down = frame.copy(), frame.copy()
        up.loc[row, "weight"], down.loc[row, "weight"] = 1 + 1e-5, 1 - 1e-5
        slope = (linear(up).effect[0] - linear(down).effect[0]) / 2e-5
        assert psi[row] == pytest.approx(slope, rel=1e-4, abs=1e-7)


@pytest.mark.parametrize(
    "strategy",
    [
        im.NearestNeighbor(im.Mahalanobis()), im.Kernel(SCORE), im.Full(SCORE), im.Subclassification(SCORE), im.EntropyBalancing(),
        im.CovariateBalancing(), im.ProbabilityTilting(), im.CoarsenedExact(), im.Cardinality(),
    ],
    ids=lambda strategy: type(strategy).__name__,
)  # fmt: skip
@pytest.mark.parametrize("estimand", TILTED)
def test_others_do_not_define_it(strategy, estimand):
    with pytest.raises(
        im.OptionError,
        match=rf"estimand='{estimand}' is not defined by {type(strategy).__name__}, which .* ATT, ATC, ATE",
    ):
        im.match(sample_with(single_units()), strategy, estimand)


def test_it_takes_no_bias_adjustment():
    matched = im.match(sample_with(single_units()), im.InverseProbability(SCORE), "ATO")
    for adjustment in ("linear", im.LinearAdjustment(weighted=False)):
        with pytest.raises(im.OptionError, match="the population of the ATO is made by the weights"):
            im.estimate(matched, bias_adjustment=adjustment)


@pytest.mark.parametrize(
    ("estimand", "population"),
    [
        ("ATO", "all 300 units weighted by overlap, e(1 − e)"),
        ("ATM", "all 300 units weighted by min(e, 1 − e)"),
    ],
)
def test_labels(estimand, population):
    effect = im.estimate(im.match(sample_with(single_units()), im.InverseProbability(SCORE), estimand)).one(
        "income"
    )
    assert (effect.estimand, effect.population) == (estimand, population)
    assert "unidades ponderadas" in effect.population.to("es")


@pytest.mark.filterwarnings("ignore::impact.errors.OverlapWarning")
def test_scores_of_a_classifier_may_be_certain_where_overlap_is_asked():
    from sklearn.tree import DecisionTreeClassifier

    certain = im.PropensityScore(model=DecisionTreeClassifier(max_depth=6, random_state=0))
    matched = im.match(sample_with(single_units()), im.InverseProbability(certain), "ATO")
    score = matched.propensity.probability.to_numpy()
    assert ((score < 1e-6) | (score > 1 - 1e-6)).any()
    assert np.isfinite(matched.weights).all() and (matched.weights >= 0).all()
    assert np.isfinite(im.estimate(matched).one("income").std_error)


def test_subclass_weights_count_sampling_weights_in_each_stratum():
    frame = pd.DataFrame(
        {"treated": [1, 0, 0, 1, 0, 1], "land": [0.0, 0, 0, 1, 1, 1], "weight": [2.0, 1, 3, 1, 2, 3]}
    )
    frame["income"] = [5.0, 1, 2, 7, 3, 9]
    sample = im.Sample(
        frame, treatment="treated", covariates=["land"], outcomes=["income"], sampling_weight="weight"
    )
    matched = im.match(sample, im.SubclassWeights(SCORE, subclasses=2))
    control = matched.weights[~sample.treated].to_numpy()
    # odds by weight: 2/4 and 4/2
    np.testing.assert_allclose(control / control[0], [1, 1, 4])


@pytest.mark.filterwarnings("ignore::impact.errors.OverlapWarning")
def test_options_are_checked():
    with pytest.raises(im.OptionError, match=r"score must be an im.PropensityScore"):
        im.SubclassWeights(im.Mahalanobis())
    with pytest.raises(im.OptionError, match="subclasses must be a whole number of at least 2"):
        im.SubclassWeights(SCORE, subclasses=1)
    with pytest.raises(im.SupportError, match="126 units of one arm cannot fill"):
        im.match(sample_with(single_units()), im.SubclassWeights(SCORE, subclasses=400))
