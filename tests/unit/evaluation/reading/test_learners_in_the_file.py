"""Scikit-learn's learners named in evaluation.toml: built with their options, refused by name, reproducible without a seed of their own."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import Lasso, LinearRegression
from sklearn.neighbors import KNeighborsRegressor

import impact as im
from impact.evaluation.configuration import read_configuration
from tests.surveys import coded_households
from tests.unit.evaluation.test_does_it_hold import TOML

LEARNT = """
[[strategies]]
name = "Learnt"
type = "inverse probability"
propensity = { type = "propensity score", model = { type = "random forest", max_depth = 3, n_estimators = 15 }, folds = 5 }
bias_adjustment = { type = "cross fitted", regressor = REGRESSOR, folds = 4 }
"""


def configured(tmp_path, regressor):
    coded_households().to_csv(tmp_path / "survey.csv", index=False)
    text = TOML.format(language="en") + LEARNT.replace("REGRESSOR", regressor)
    (tmp_path / "evaluation.toml").write_text(text, encoding="utf-8")
    return tmp_path / "evaluation.toml"


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_a_file_names_learners_as_python_does(tmp_path):
    file = configured(tmp_path, '{ type = "Lasso", alpha = 0.01 }')
    learnt = read_configuration(file).specification("Learnt")
    model = learnt.strategy.propensity.model
    assert isinstance(model, RandomForestClassifier) and (model.max_depth, model.n_estimators) == (3, 15)
    assert isinstance(learnt.bias_adjustment.regressor, Lasso)
    effect = im.evaluate(file).effects.one("income", "Learnt")
    sample = im.Sample(
        coded_households(),
        treatment="treated",
        covariates=["age", "educ"],
        outcomes=["income"],
        cluster="group",
        id="code",
    )
    score = im.PropensityScore(model=RandomForestClassifier(max_depth=3, n_estimators=15), folds=5)
    adjustment = im.CrossFitted(Lasso(alpha=0.01), folds=4)
    alone = im.estimate(im.match(sample, im.InverseProbability(score)), bias_adjustment=adjustment)
    assert effect.estimate == alone.one("income").estimate
    assert effect.std_error == alone.one("income").std_error


@pytest.mark.parametrize(
    ("regressor", "kind"),
    [('"linear regression"', LinearRegression), ('{ type = "random forest" }', RandomForestRegressor)],
)
def test_words_and_the_learner_s_own_name_are_understood(tmp_path, regressor, kind):
    chosen = read_configuration(configured(tmp_path, regressor)).specification("Learnt").bias_adjustment
    assert type(chosen.regressor) is kind


def test_a_learner_within_a_learner(tmp_path):
    file = configured(tmp_path, '{ type = "bagging", estimator = { type = "ridge", alpha = 2.0 } }')
    assert read_configuration(file).specification("Learnt").bias_adjustment.regressor.estimator.alpha == 2.0


@pytest.mark.parametrize(
    ("regressor", "message"),
    [
        (
            '{ type = "random forrest" }',
            r"'type' must name a scikit-learn regressor.*Did you mean 'RandomForestRegressor'",
        ),
        ('"logistic regression"', "must name a scikit-learn regressor"),
        ('{ type = "lasso", alpah = 1 }', r"unknown key 'alpah'. Did you mean 'alpha'"),
        ('{ type = "lasso", alpha = -1 }', r"Lasso refuses an option: The 'alpha' parameter"),
        ("{ alpha = 1 }", "must name a scikit-learn regressor, or be a table with its type"),
        ("3", "must name a scikit-learn regressor"),
        ('{ type = "voting" }', r"'estimators' is missing; VotingRegressor needs it"),
    ],
)
def test_what_no_learner_is_stands_by_its_line(tmp_path, regressor, message):
    with pytest.raises(im.OptionError, match=rf"evaluation.toml, line \d+.*{message}"):
        read_configuration(configured(tmp_path, regressor))


def learnt(regressor, weight=None):
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"land": generator.normal(size=120), "w": 1.0 + np.arange(120) % 3})
    frame["treated"] = (np.arange(120) + (frame["land"] > 0)) % 2
    frame["income"] = frame["land"] + frame["treated"] + generator.normal(size=120)
    sample = im.Sample(
        frame, treatment="treated", covariates=["land"], outcomes=["income"], sampling_weight=weight
    )
    matched = im.match(sample, im.InverseProbability(im.PropensityScore()))
    return im.estimate(matched, bias_adjustment=im.CrossFitted(regressor)).one("income")


def test_a_learner_that_draws_gives_one_result():
    forest = RandomForestRegressor(n_estimators=5)
    assert learnt(forest).estimate == learnt(forest).estimate
    assert forest.random_state is None
    other = RandomForestRegressor(n_estimators=5, random_state=7)
    assert learnt(other).estimate != learnt(forest).estimate


def test_a_learner_without_weights_is_refused_where_the_survey_has_some():
    assert np.isfinite(learnt(KNeighborsRegressor()).estimate)
    with pytest.raises(
        im.OptionError, match=r"KNeighborsRegressor cannot be fitted with .* sampling weights"
    ):
        learnt(KNeighborsRegressor(), "w")
