"""The score: separation, convergence, formulas that cannot run code, classifiers."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

import impact as im
from tests.surveys import sample_of, single_units

sample = partial(sample_of, covariates=["age", "herd", "region"], outcomes=[], cluster=None)


def test_a_column_that_separates_the_arms_is_named():
    frame = single_units()
    frame["member"] = frame["treated"] * 1.0 + np.linspace(0, 0.5, len(frame))
    with pytest.raises(im.EstimationError, match=r"'member' predicts the treatment perfectly \(separation\)"):
        im.PropensityScore().fit(sample(frame, covariates=["age", "member"]))


def test_a_category_with_one_arm_only_is_named():
    frame = single_units()
    frame["region"] = np.where(frame["treated"] & (frame["age"] > 45), "new", frame["region"])
    with pytest.raises(im.EstimationError, match=r"region.*new"):
        im.PropensityScore().fit(sample(frame))


def test_columns_that_separate_only_together_are_named():
    frame = single_units()
    frame["herd"] = (
        np.where(frame["treated"], 1.0, -1.0) - frame["age"] / 10 + np.linspace(-0.3, 0.3, len(frame))
    )
    with pytest.raises(
        im.EstimationError, match=r"does not converge.*'age'.*'herd'|does not converge.*'herd'.*'age'"
    ):
        im.PropensityScore().fit(sample(frame, covariates=["age", "herd"]))


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_a_category_with_one_arm_only_is_never_fitted(link):
    # Rounding lets the likelihood come to rest in many ways; none of them is an estimate, nor an error of numpy.
    for seed in range(40):
        frame = single_units(seed, 60)
        rare = np.random.default_rng(seed).random(60) < 0.3
        frame["flag"] = (rare & frame["treated"]).astype(float)
        with pytest.raises(im.EstimationError, match="'flag' predicts the treatment perfectly"):
            im.PropensityScore(link=link).fit(sample(frame, covariates=["age", "flag"]))


def test_weights_over_six_orders_of_magnitude_are_no_separation():
    for seed in range(40):
        frame = single_units(seed, 150).assign(weight=10 ** np.random.default_rng(seed).uniform(-3, 3, 150))
        weighted = im.Sample(
            frame, treatment="treated", covariates=["age", "herd", "region"], sampling_weight="weight"
        )
        fit = im.PropensityScore().fit(weighted).fit
        size = frame["weight"] @ np.abs(np.column_stack([frame["age"], frame["herd"]]))
        assert (np.abs(fit.scores.sum(0)[1:3]) < 1e-10 * size).all()


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_the_score_equations_hold_at_the_estimate(link):
    fitted = im.PropensityScore(link=link).fit(sample(single_units()))
    assert np.abs(fitted.fit.scores.sum(0)).max() < 1e-6


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_the_score_equations_hold_with_a_covariate_of_a_long_tail(link):
    # Controls whose land alone makes them treated for certain, to the last digit, still pull the estimate.
    draws = np.random.default_rng(0)
    land, age = np.exp(2 * draws.normal(size=4_000)), draws.normal(size=4_000)
    treated = draws.random(4_000) < 1 / (1 + np.exp(-2 * np.log(land) - age))
    frame = pd.DataFrame({"treated": treated, "land": land, "age": age})
    fit = im.PropensityScore(link=link).fit(im.Sample(frame, "treated", ["land", "age"])).fit
    step = np.linalg.solve(fit.information, fit.standard.total(fit.pull))
    assert np.abs(step).max() < 1e-10
    if link == "logit":
        np.testing.assert_array_equal(fit.pull, treated - fit.probability)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_many_rows_have_the_score_of_the_few_that_they_repeat(link):
    few = single_units(0, 5_000)
    many = pd.concat([few] * 4, ignore_index=True)
    expected, found = (im.PropensityScore(link=link).fit(sample(frame)) for frame in (few, many))
    np.testing.assert_allclose(found.fit.coefficients, expected.fit.coefficients, rtol=1e-10, atol=1e-12)


def test_what_few_rows_lack_does_not_keep_many_from_their_score():
    # The fit of many rows begins on every fourth of each arm: here they have the flag among the treated alone, or nowhere.
    frame = single_units(0, 20_000)
    for treated_places, control_places in ((range(0, 40, 4), range(1, 40, 4)), (range(1, 40, 4),) * 2):
        flag = np.zeros(len(frame))
        flag[np.flatnonzero(frame["treated"])[treated_places]] = 1.0
        flag[np.flatnonzero(~frame["treated"])[control_places]] = 1.0
        flagged = frame.assign(flag=flag)
        fitted = [
            im.PropensityScore().fit(sample(rows, covariates=["age", "herd", "flag"]))
            for rows in (flagged, flagged.sample(frac=1, random_state=1))
        ]
        np.testing.assert_allclose(fitted[0].probability, fitted[1].probability.sort_index(), rtol=1e-11)
        assert np.abs(fitted[0].fit.scores.sum(0)).max() < 1e-6


def test_units_of_the_covariates_do_not_matter():
    frame = single_units()
    other = frame.assign(age=frame["age"] * 1000 + 5e6, herd=frame["herd"] / 1e6)
    first, second = im.PropensityScore().fit(sample(frame)), im.PropensityScore().fit(sample(other))
    np.testing.assert_allclose(first.probability, second.probability, rtol=1e-8)


def test_a_formula_takes_powers_and_categories():
    frame = single_units()
    fitted = im.PropensityScore(formula="age + I(age**2) + C(region)").fit(sample(frame))
    assert len(fitted.coefficients) == 5
    frame["square"] = frame["age"] ** 2
    plain = im.PropensityScore().fit(sample(frame, covariates=["age", "square", "region"]))
    np.testing.assert_allclose(fitted.probability, plain.probability, rtol=1e-9)


@pytest.mark.parametrize(
    "formula",
    [
        "treated ~ age",
        "__import__('os').getcwd()",
        "age.mean()",
        "income",
        "I(age if True else 0)",
        "open('x')",
        "I([1][0])",
        "age +",
        "I(age.T)",
    ],
)
def test_a_formula_may_hold_nothing_but_covariates_and_arithmetic(formula):
    with pytest.raises(im.OptionError, match="formula"):
        im.PropensityScore(formula=formula).fit(sample(single_units()))


def test_a_classifier_takes_the_place_of_the_link():
    from sklearn.ensemble import RandomForestClassifier

    data = sample(single_units())
    fitted = im.PropensityScore(model=RandomForestClassifier(30, min_samples_leaf=20, random_state=0)).fit(
        data
    )
    assert fitted.link == "RandomForestClassifier" and fitted.coefficients is None
    assert fitted.probability[data.treated].mean() > fitted.probability[~data.treated].mean() + 0.05


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"link": "cauchit"}, "link must be one of"),
        ({"scale": "logit"}, "scale must be one of"),
        ({"model": object()}, "model must be a classifier"),
    ],
)
def test_wrong_options_are_refused(arguments, message):
    with pytest.raises(im.OptionError, match=message):
        im.PropensityScore(**arguments)
