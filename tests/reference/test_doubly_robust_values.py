"""Doubly robust estimates and standard errors of R, Stata's teffects aipw and DoubleML 0.11.4.

Tolerances, relative. 1e-9 to 1e-8 where both sides solve their equations to machine precision (R's formulas, Stata's wnls). DoubleML: our
logit is solved to 1e-12, the peer's logistic regression is an iterative fit that stopped earlier: its estimates lie within 4e-8 of ours
where scores are extreme (nsw_cps) and within 1e-8 elsewhere, whatever solver of scikit-learn, so 5e-8 and 1e-8. The same scores and
regressions put into DoubleML's formulas agree with ours to 1e-11: the last test.

``MEstimation`` is the peers' convention: the influence function's mean square, without a factor for small samples.
"""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import impact as im
from impact.effects.arm_means.fitting import ByItself
from impact.effects.arm_means.regression import ArmRegression, arm_prediction
from tests.reference.cases import ROLES, data_name, load_cases, load_data, load_sample

from .test_weighting_values import births

OUTCOME_TERMS = ("prenatal1_", "mmarried_", "mage", "fbaby_")
SCORE = im.PropensityScore(link="probit", formula="mmarried_ + mage + mage2 + fbaby_ + medu")
TRIMMED = (0.01, 0.99)
"""DoubleML's default bounds of the score, to which scores beyond are moved."""


class RegressionAsKnown:
    """Least squares by itself, its coefficients taken as known: R's influence function "with nuisances treated as known"."""

    label = "as known"
    fitting = ByItself()

    def __init__(self, normalized):
        self.normalized = normalized

    def terms(self, matched):
        return matched.sample.matrix.to_numpy()

    @property
    def model(self):
        return self

    def check(self, outcomes, names):
        pass

    def regression(self, outcomes, terms, weights, groups, rule=None):
        fitted = arm_prediction(outcomes, terms, weights)
        used = np.flatnonzero(weights > 0)
        residuals = (outcomes - fitted)[used]
        return ArmRegression(fitted, residuals, residuals, weights, used, ())


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("name", ["nsw_cps", "synth4000"])
@pytest.mark.parametrize(
    ("estimand", "normalized", "key", "error"),
    [
        ("ATT", False, "att_aipw_ht", "se_if_ht"),
        ("ATT", True, "att_aipw_hajek", "se_if_hajek"),
        ("ATE", False, "ate_aipw", "se_if_ate"),
    ],
)
def test_aipw_by_its_formula_in_r(name, estimand, normalized, key, error):
    expected = load_cases("aipw")[f"aipw.{name}"]["results"]
    matched = im.match(load_sample(name), im.InverseProbability(im.PropensityScore()), estimand)
    adjustment = im.LinearAdjustment(weighted=False, normalized=normalized)
    effect = im.estimate(matched, bias_adjustment=adjustment).effects[0]
    assert effect.estimate == pytest.approx(expected[key], rel=1e-9)
    known = replace(matched, first_stage=None)
    effect = im.estimate(
        known, variance=im.MEstimation(), bias_adjustment=RegressionAsKnown(normalized)
    ).effects[0]
    assert effect.estimate == pytest.approx(expected[key], rel=1e-9)
    assert effect.std_error == pytest.approx(expected[error], rel=1e-8)


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("name", ["nsw_cps", "synth4000"])
@pytest.mark.parametrize(
    ("estimand", "key"), [("ATT", "att_regression_adjustment"), ("ATE", "ate_regression_adjustment")]
)
def test_regression_adjustment_by_its_formula_in_r(name, estimand, key):
    class EveryoneOnce:
        def assign(self, units):
            return im.Assignment(weights=np.ones(len(units)))

    expected = load_cases("aipw")[f"aipw.{name}"]["results"]
    matched = im.match(load_sample(name), EveryoneOnce(), estimand)
    effect = im.estimate(matched, bias_adjustment=im.LinearAdjustment(weighted=False)).effects[0]
    assert effect.estimate == pytest.approx(expected[key], rel=1e-9)


def test_stata_s_aipw_with_weighted_least_squares():
    (effect_row, mean_row, *_) = load_cases("stata_teffects")["stata_teffects.aipw_wls.ate"]["results"][
        "values"
    ]
    matched = im.match(births(), im.InverseProbability(SCORE), "ATE")
    adjustment = im.LeastVarianceAdjustment(OUTCOME_TERMS)
    effect = im.estimate(matched, variance=im.MEstimation(), bias_adjustment=adjustment).one("bweight")
    assert effect.estimate == pytest.approx(effect_row[0], rel=1e-10)
    assert effect.std_error == pytest.approx(effect_row[1], rel=1e-9)
    assert effect.control_mean == pytest.approx(mean_row[0], rel=1e-10)


@pytest.mark.parametrize(
    ("adjustment", "printed"),
    [
        (None, (-230.6886, 3403.4627)),  # the six decimals there are those of a probit that stopped early
        (im.LinearAdjustment(OUTCOME_TERMS, weighted=False), (-230.989201, 3403.355253)),
        (im.LinearAdjustment(OUTCOME_TERMS), (-229.967078, 3403.335639)),
    ],
    ids=["ipw", "aipw", "ipwra"],
)
def test_stata_s_average_effects(adjustment, printed):
    """teffects ipw, aipw and ipwra in [CAUSAL] (Stata 13), as repeated with six decimals in the examples of statsmodels' treatment effects.

    (bweight prenatal1 mmarried mage fbaby) (mbsmoke mmarried c.mage##c.mage fbaby medu, probit).
    """
    matched = im.match(births(), im.InverseProbability(SCORE), "ATE")
    effect = im.estimate(matched, bias_adjustment=adjustment).one("bweight")
    digits = 6e-7 if adjustment else 6e-5
    assert effect.estimate == pytest.approx(printed[0], abs=digits)
    assert effect.control_mean == pytest.approx(printed[1], abs=digits)


DOUBLE = load_cases("doubleml")


def in_named_folds(name):
    frame = load_data(name)
    treatment, outcome, covariates = ROLES[name]
    frame = frame.assign(fold=(frame.index.to_numpy() - 1) % 5)
    return im.Sample(frame, treatment=treatment, covariates=covariates, outcomes=[outcome])


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("case", DOUBLE.values(), ids=DOUBLE)
def test_double_machine_learning_by_doubleml(case):
    score = im.InverseProbability(im.PropensityScore(folds="fold"), clip=TRIMMED)
    estimand = "ATT" if case["settings"]["score"] == "ATTE" else "ATE"
    matched = im.match(in_named_folds(data_name(case)), score, estimand)
    adjustment = im.CrossFitted(LinearRegression(), folds="fold")
    effect = im.estimate(matched, variance=im.MEstimation(), bias_adjustment=adjustment).effects[0]
    tolerance = 5e-8 if data_name(case) == "nsw_cps" else 1e-8
    assert effect.estimate == pytest.approx(case["results"]["est"], rel=tolerance)
    assert effect.std_error == pytest.approx(case["results"]["se"], rel=tolerance + 1e-8)
    assert (effect.conf_low, effect.conf_high) == pytest.approx(tuple(case["results"]["ci95"]), rel=1e-7)


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
def test_doubleml_s_formulas_by_hand(estimand):
    """Chernozhukov et al. (2018), equations 5.3 and 5.4, with fits written out here."""
    sample = in_named_folds("synth4000")
    frame, treated, matrix = sample.frame, sample.treated, sample.matrix.to_numpy()
    y, fold, score = frame["y"].to_numpy(), frame["fold"].to_numpy(), im.PropensityScore(folds="fold")
    matched = im.match(sample, im.InverseProbability(score), estimand)
    e = score.fit(sample).probability.to_numpy()
    mu = np.zeros((2, len(y)))
    for part in range(5):
        for arm in (0, 1):
            train, test = (fold != part) & (treated == arm), fold == part
            mu[arm, test] = LinearRegression().fit(matrix[train], y[train]).predict(matrix[test])
    if estimand == "ATE":
        psi = mu[1] - mu[0] + treated * (y - mu[1]) / e - (1 - treated) * (y - mu[0]) / (1 - e)
        estimate, error = psi.mean(), psi.std() / np.sqrt(len(y))
    else:
        p = treated.mean()
        psi = (treated * (y - mu[0]) - (1 - treated) * e / (1 - e) * (y - mu[0])) / p
        estimate = psi.mean()
        error = np.sqrt(((psi - treated / p * estimate) ** 2).mean() / len(y))
    adjustment = im.CrossFitted(LinearRegression(), folds="fold")
    effect = im.estimate(matched, variance=im.MEstimation(), bias_adjustment=adjustment).effects[0]
    assert effect.estimate == pytest.approx(estimate, rel=1e-11)
    assert effect.std_error == pytest.approx(error, rel=1e-11)
    assert effect.variance == "influence function by unit, normal"
