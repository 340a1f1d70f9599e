"""Default errors of weights by a score: those of the strata, bias-reduced without an outcome regression, Welch's t when cross-fitted."""

from functools import partial

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import impact as im
from impact.effects.arm_means.linearization import linearize
from impact.effects.arm_means.residuals import InSample
from impact.effects.variances.sums.group_sums import GroupSums
from tests.surveys import groups_in_turn, sample_of, single_units
from tests.unit.design.weighting.test_weighting import poor_and_rich

SCORE = im.PropensityScore()
ESTIMANDS = ["ATT", "ATC", "ATE", "ATO", "ATM"]
of_units = partial(sample_of, covariates=["age", "herd", "region"], cluster=None)


def villages(**roles):
    """Return 120 groups of five, every second treated."""
    frame = groups_in_turn(120)
    return im.Sample(
        frame, treatment="treated", covariates=["x", "z"], outcomes=["income"], cluster="group", **roles
    )


def test_two_strata_by_hand():
    # Weights 3/2 among the poor, 2/4 among the others; control means 3 and 10, 5.8 over the treated. Treated: Y − 9 less their stratum's
    # control mean − 5.8; controls: their weight times Y less the mean of the stratum's other controls, n/(n − 1) times the residual.
    effect = im.estimate(im.match(poor_and_rich(), im.SubclassWeights(SCORE, 2))).one("income")
    treated = np.array([5.0, 7.0, 9.0, 10.0, 14.0]) - 9 - (np.array([3.0, 3.0, 3.0, 10.0, 10.0]) - 5.8)
    control = np.array([1.5 * 2] * 2 + [0.5 * 4 / 3] * 4) * np.array([-1.0, 1.0, -2.0, -1.0, 2.0, 1.0])
    expected = np.sqrt(5 / 4 * treated @ treated + 6 / 5 * control @ control) / 5
    assert effect.estimate == pytest.approx(9 - 5.8)
    assert effect.std_error == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize("estimand", ESTIMANDS[:3])
def test_errors_of_subclass_weights_are_those_of_the_same_strata(estimand, weight):
    for sample in (villages(sampling_weight=weight), of_units(single_units(), sampling_weight=weight)):
        weighted = im.estimate(im.match(sample, im.SubclassWeights(SCORE, 4), estimand)).one()
        compared = im.estimate(im.match(sample, im.Subclassification(SCORE, 4), estimand)).one()
        for name in ("estimate", "std_error", "conf_low", "percent_conf_high", "degrees_of_freedom"):
            assert getattr(weighted, name) == pytest.approx(getattr(compared, name), rel=1e-9)
        assert weighted.variance == compared.variance


@pytest.mark.parametrize("estimand", ESTIMANDS)
def test_the_influence_function_of_strata_is_the_derivative_by_sampling_weights(estimand):
    frame = single_units(number=120).assign(weight=1.0)

    def linear(frame):
        matched = im.match(of_units(frame, sampling_weight="weight"), im.SubclassWeights(SCORE, 4), estimand)
        return linearize(matched, frame[["income"]].to_numpy(), None, None, None, InSample())

    base = linear(frame)
    psi = base.effect_terms()[:, 0] / base.size
    for row in (0, 17, 63, 99):
        up, down = frame.copy(), frame.copy()
        up.loc[row, "weight"], down.loc[row, "weight"] = 1 + 1e-5, 1 - 1e-5
        slope = (linear(up).effect[0] - linear(down).effect[0]) / 2e-5
        assert psi[row] == pytest.approx(slope, rel=1e-4, abs=1e-7)


@pytest.mark.filterwarnings("ignore::impact.errors.OverlapWarning")
def test_strata_of_a_score_estimated_again_on_support():
    sample = of_units(single_units())
    for estimand in ("ATT", "ATO"):
        matched = im.match(
            sample, im.SubclassWeights(SCORE, 4), estimand, support=im.Crump(0.2, reestimate=True)
        )
        alone = of_units(sample.frame.drop(matched.discarded))
        first, second = (
            im.estimate(one).one("income")
            for one in (matched, im.match(alone, im.SubclassWeights(SCORE, 4), estimand))
        )
        assert first.std_error == pytest.approx(second.std_error, rel=1e-8)


@pytest.mark.parametrize(
    ("strategy", "estimand", "adjustment", "residuals"),
    [
        (im.InverseProbability(SCORE), "ATT", None, im.BiasReduced()),
        (im.InverseProbability(SCORE), "ATO", None, im.BiasReduced()),
        (im.InverseProbability(SCORE), "ATM", None, im.BiasReduced()),
        (im.SubclassWeights(SCORE, 4), "ATT", None, im.BiasReduced()),
        (im.InverseProbability(SCORE), "ATT", "linear", im.LeaveOwnGroupOut()),
        (im.InverseProbability(SCORE), "ATT", im.LinearAdjustment(weighted=False), im.LeaveOwnGroupOut()),
        (im.EntropyBalancing(), "ATT", None, im.LeaveOwnGroupOut()),
        (im.CovariateBalancing(), "ATT", None, im.LeaveOwnGroupOut()),
    ],
)
def test_residuals_of_the_default_by_group(strategy, estimand, adjustment, residuals):
    matched = im.match(villages(), strategy, estimand)
    default = im.estimate(matched, bias_adjustment=adjustment).one()
    named = im.estimate(matched, bias_adjustment=adjustment, variance=im.ClusterRobust(residuals)).one()
    assert default == named or default.std_error == named.std_error
    assert residuals.label in default.variance


def test_cross_fitted_estimates_have_welch_s_degrees_of_freedom():
    # V = 1 + 1 + 4 over 3 sums and 2 + 2 over 2: 10²/(6²/2 + 4²/1)
    sums = GroupSums(
        (np.array([[1.0], [1.0], [2.0], [0.0]]), np.sqrt([[0.0], [2.0], [0.0], [2.0]])),
        (np.array([3.0]), np.array([2.0])),
    )
    assert sums.freedom_of_independent_sums() == pytest.approx([100 / (18 + 16)])
    adjustment = im.CrossFitted(LinearRegression(), normalized=True)
    effect = im.estimate(im.match(villages(), im.InverseProbability(SCORE)), bias_adjustment=adjustment).one()
    assert 59 <= effect.degrees_of_freedom <= 118
