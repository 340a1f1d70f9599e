"""Weights, estimates and standard errors of R's WeightIt 1.4.0 and ebal 0.1.8, and of Stata's teffects ipw and ipwra.

Tolerances, relative. 1e-8 where both sides solve their equations to machine precision. Probit by WeightIt: 2e-6, because R's glm stops
at a relative change of the deviance of 1e-8 (Stata's probit on the same data agrees with ours to 1e-9). ``ebal`` on nsw_cps: 2e-5 for
the estimate, because the peer stopped before balance; ``cbps`` has the same weights in theory, converged there, and agrees to 1e-9.

Standard errors: ``MEstimation`` is the peers' convention (stacked sandwich, no factor for small samples); WeightIt's clustered one has
G/(G − 1) besides. WeightIt's ``ebal`` takes the target means as known, ours as estimated: with the target's part struck out of the
estimating functions ours gives WeightIt's number, and with it ``ipt`` and ``cbps``, whose ATT weights are the same.

Over-identified CBPS: the peer minimises its objective by BFGS on numerical derivatives and stops at a relative change of 1e-10 of a flat
root; ours solves the derivative to 1e-13. Scores agree to 1e-3, estimates to 1e-4 (nsw_cps) and 1e-5. It prints no M-estimation error.
``subclass``: the peer takes the derivative of the score's own weights, as ours does.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import impact as im
from impact.design.weighting.covariate_balancing import CovariateBalancing
from impact.design.weighting.entropy_balancing import EntropyBalancing
from impact.design.weighting.inverse_probability import InverseProbability
from impact.effects.variances.m_estimation import MEstimation
from tests.reference.cases import data_name, load_cases, load_data, load_sample

NOT_BALANCED = 1e-4
"""Standardised difference that WeightIt's ebal leaves on nsw_cps: 5.5e-5; ours leaves 1e-10."""

CASES = {name: case for name, case in load_cases("weightit").items() if ".over." not in name}
OVER = {name: case for name, case in load_cases("weightit").items() if ".over." in name}


def strategies(case):
    """Return the strategies whose weights the case has."""
    settings = case["settings"]
    if settings["method"] == "glm":
        score = im.PropensityScore(link=settings.get("link", "logit"))
        if "subclass" in settings:
            return [im.SubclassWeights(score, settings["subclass"])]
        return [InverseProbability(score)]
    if settings["method"] == "ebal":
        return [EntropyBalancing(settings.get("moments", 1))]
    if settings["method"] == "ipt" and settings["estimand"] == "ATE":
        return [im.ProbabilityTilting()]
    if settings["method"] == "ipt":
        return [im.ProbabilityTilting(), EntropyBalancing(), CovariateBalancing()]
    return (
        [CovariateBalancing()]
        if settings["estimand"] == "ATE"
        else [CovariateBalancing(), EntropyBalancing()]
    )


def tolerance(case):
    if case["settings"]["estimand"] == "ATO" and data_name(case) == "lalonde614":
        return 1.5e-8  # overlap weights balance as far as R's glm has converged: it leaves 1.2e-8 standard deviations
    if case["settings"].get("link") == "probit":
        return 2e-6
    return 2e-5 if case["id"] == "weightit.ebal.att.nsw_cps" else 1e-8


@cache
def matched_by(name, strategy, estimand, sampling_weight=None, cluster=None):
    return im.match(load_sample(name, sampling_weight=sampling_weight, cluster=cluster), strategy, estimand)


def matched_as(case, strategy, cluster=None):
    weight = "sw" if "s.weights" in case["settings"] else None
    return matched_by(data_name(case), strategy, case["settings"]["estimand"], weight, cluster)


def target_known(matched):
    """Return entropy balancing with the target means as known: estimating functions of the weighted units alone."""
    stage = matched.first_stage
    own = np.where(matched.focal[:, None], 0.0, stage.scores)
    # the ATE has every unit in the target and weighted: what stays is the weighted part, -w z
    scores = -stage.weight_jacobian if matched.estimand == "ATE" else own
    return replace(matched, first_stage=im.FirstStage(scores, stage.hessian, stage.weight_jacobian))


PAIRS = [
    pytest.param(case, strategy, id=f"{name}-{type(strategy).__name__}")
    for name, case in CASES.items()
    for strategy in strategies(case)
]


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize(("case", "strategy"), PAIRS)
def test_weights_and_estimate(case, strategy):
    matched, result = matched_as(case, strategy), case["results"]
    weights, treated = matched.analysis_weight, matched.sample.treated
    for name, arm in (("treated", treated), ("control", ~treated)):
        expected = result["weights"][name]
        # WeightIt's weights sum to something else: compare what does not depend on the scale
        scale = expected["sum"] / weights[arm].sum()
        assert (weights[arm] > 0).sum() == expected["n_pos"]
        assert (weights[arm] * scale).max() == pytest.approx(expected["max"], rel=10 * tolerance(case))
        assert (weights[arm] ** 2).sum() * scale**2 == pytest.approx(
            expected["sumsq"], rel=10 * tolerance(case)
        )
        first = arm[:20]
        peers = np.array(result["weights_first20"])[first]
        np.testing.assert_allclose(
            matched.weights.to_numpy()[:20][first] * scale, peers, rtol=10 * tolerance(case)
        )
    effect = im.estimate(matched).effects[0]
    assert effect.estimate == pytest.approx(result["est"], rel=tolerance(case))


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize(("case", "strategy"), PAIRS)
def test_standard_error_of_the_stacked_equations(case, strategy):
    matched = matched_as(case, strategy)
    if case["settings"]["method"] == "ebal":
        matched = target_known(matched)
    effect = im.estimate(matched, variance=MEstimation()).effects[0]
    assert effect.std_error == pytest.approx(case["results"]["se_mestimation_asympt"], rel=tolerance(case))


CLUSTERED = [pair for pair in PAIRS if "se_mestimation_cluster" in pair.values[0]["results"]]


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize(("case", "strategy"), CLUSTERED)
def test_clustered_standard_error_but_for_the_peer_s_factor(case, strategy):
    matched = matched_as(case, strategy, cluster="cluster")
    if case["settings"]["method"] == "ebal":
        matched = target_known(matched)
    groups = matched.sample.frame["cluster"].nunique()
    effect = im.estimate(matched, variance=MEstimation()).effects[0]
    expected = case["results"]["se_mestimation_cluster"] * np.sqrt((groups - 1) / groups)
    assert effect.std_error == pytest.approx(expected, rel=1e-8)


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize(("case", "strategy"), PAIRS)
def test_balance_after_weighting_is_cobalt_s(case, strategy):
    table = case["results"]["cobalt_balance"]
    column = table["columns"].index("Diff.Adj")
    peers = {row: values[column] for row, values in zip(table["rows"], table["values"], strict=True)}
    ours = (
        im.balance(matched_as(case, strategy)).frame.query("stage == 'after'").set_index("covariate")["smd"]
    )
    shared = [name for name in ours.index if name in peers]
    assert len(shared) >= 4
    np.testing.assert_allclose(
        ours[shared],
        [peers[name] for name in shared],
        atol=NOT_BALANCED if tolerance(case) == 2e-5 else max(1e-8, tolerance(case)),
    )


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("case", OVER.values(), ids=OVER)
def test_balance_weighed_against_likelihood(case):
    matched = matched_as(case, CovariateBalancing(overidentified=True))
    result, control = case["results"], ~matched.sample.treated
    near = 1e-4 if data_name(case) == "nsw_cps" else 1e-5
    assert im.estimate(matched).effects[0].estimate == pytest.approx(result["est"], rel=near)
    score = matched.propensity.probability.to_numpy()
    np.testing.assert_allclose(score[:10], result["ps_first10"], rtol=1e-3)
    odds = (score / (1 - score))[control]
    assert odds.sum() == pytest.approx(result["weights"]["control"]["sum"], rel=near)
    assert matched.ess["control"] == pytest.approx(result["weights"]["control"]["ess"], rel=near)


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("case", load_cases("ebal").values(), ids=str)
def test_entropy_balancing_by_ebal(case):
    matched, result = (
        matched_as(case | {"settings": {"estimand": "ATT"}}, EntropyBalancing()),
        case["results"],
    )
    weights = matched.weights[~matched.sample.treated].to_numpy()
    np.testing.assert_allclose(weights[:10], result["w_first10"], rtol=1e-9)
    assert weights.sum() == pytest.approx(result["w_sum"], rel=1e-11)
    assert matched.ess["control"] == pytest.approx(result["w_ess"], rel=1e-10)
    assert im.estimate(matched).effects[0].estimate == pytest.approx(result["att"], rel=1e-10)


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("name", ["nsw_cps", "synth4000"])
def test_inverse_probability_and_weighted_regression_by_their_formulas_in_r(name):
    result = load_cases("aipw")[f"aipw.{name}"]["results"]
    strategy, sample = InverseProbability(im.PropensityScore()), load_sample(name)
    for estimand, key, adjustment in (
        ("ATT", "ipw_att_hajek", None),
        ("ATE", "ipw_ate_hajek", None),
        ("ATT", "att_ipwra", "linear"),
    ):
        effect = im.estimate(im.match(sample, strategy, estimand), bias_adjustment=adjustment).effects[0]
        assert effect.estimate == pytest.approx(result[key], rel=1e-8), key


def births():
    covariates = ["mmarried_", "mage", "mage2", "fbaby_", "medu", "prenatal1_"]
    return im.Sample(
        load_data("cattaneo2"), treatment="mbsmoke_", covariates=covariates, outcomes=["bweight"]
    )


@pytest.mark.parametrize(
    ("name", "adjustment"),
    [("ipw", None), ("ipwra", im.LinearAdjustment(("prenatal1_", "mmarried_", "mage", "fbaby_")))],
)
def test_stata_s_teffects(name, adjustment):
    table = load_cases("stata_teffects")[f"stata_teffects.{name}.att"]["results"]
    score = im.PropensityScore(link="probit", formula="mmarried_ + mage + mage2 + fbaby_ + medu")
    matched = im.match(births(), InverseProbability(score))
    effect = im.estimate(matched, variance=MEstimation(), bias_adjustment=adjustment).one("bweight")
    assert effect.estimate == pytest.approx(table["values"][0][0], rel=1e-9)
    assert effect.std_error == pytest.approx(table["values"][0][1], rel=1e-8)
    assert effect.control_mean == pytest.approx(table["values"][1][0], rel=1e-9)


class EveryoneOnce:
    """Everybody compared with everybody, each with weight one: what an adjustment makes of it is regression adjustment."""

    def assign(self, units):
        return im.Assignment(weights=np.ones(len(units)))


def test_stata_s_regression_adjustment():
    table = load_cases("stata_teffects")["stata_teffects.ra.att"]["results"]
    matched = im.match(births(), EveryoneOnce())
    adjustment = im.LinearAdjustment(("prenatal1_", "mmarried_", "mage", "fbaby_"))
    effect = im.estimate(matched, variance=MEstimation(), bias_adjustment=adjustment).one("bweight")
    assert effect.estimate == pytest.approx(table["values"][0][0], rel=1e-9)
    assert effect.std_error == pytest.approx(table["values"][0][1], rel=1e-8)
    assert effect.control_mean == pytest.approx(table["values"][1][0], rel=1e-9)
