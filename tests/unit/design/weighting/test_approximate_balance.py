"""Balance within a tolerance: by hand, against a general solver, its edges, its influence function, where exact balance does not exist."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

import impact as im
from impact.effects.arm_means.linearization import linearize
from impact.effects.arm_means.residuals import InSample
from tests.surveys import single_units

from .test_weighting import sample_with

WITHIN = [im.EntropyBalancing(tolerance=0.08), im.StableBalancing(tolerance=0.08)]
SMOOTH = [*WITHIN, im.StableBalancing(tolerance=0), im.EntropyBalancing(moments=2, tolerance=0.1)]


def land(treated=(0.5, 1.0), control=(0.0, 1.0, 2.0)):
    frame = pd.DataFrame({"treated": [1] * len(treated) + [0] * len(control), "land": [*treated, *control]})
    return im.Sample(frame.assign(income=1.0), treatment="treated", covariates=["land"], outcomes=["income"])


def test_least_variance_by_hand():
    # Mean .75 on 0, 1, 2: 2 × (α + λc) with α + λ = 1/3 and 2λ = −1/4, the straight line about 1.
    matched = im.match(land(), im.StableBalancing(tolerance=0))
    np.testing.assert_allclose(
        matched.weights[2:], 2 * np.array([1 / 3 + 1 / 8, 1 / 3, 1 / 3 - 1 / 8]), rtol=1e-12
    )


def test_a_weight_of_zero_by_hand():
    # Mean .3: the line would give 2 a weight of 1/3 − .35 < 0; without it .7 and .3.
    matched = im.match(land(treated=(0.1, 0.5)), im.StableBalancing(tolerance=0))
    np.testing.assert_allclose(matched.weights[2:], 2 * np.array([0.7, 0.3, 0.0]), atol=1e-12)


@pytest.mark.parametrize("strategy", [im.EntropyBalancing(tolerance=4), im.StableBalancing(tolerance=4)])
def test_a_tolerance_that_does_not_bind_leaves_the_base_weights(strategy):
    np.testing.assert_allclose(im.match(land(), strategy).weights[2:], 2 / 3, rtol=1e-9)


def test_a_tolerance_that_binds_is_used_up_by_hand():
    # SD of the treated, as a population of two: .25; the controls' mean of 1 is brought to .75 + .5 × .25 = .875.
    matched = im.match(land(), im.EntropyBalancing(tolerance=0.5))
    assert matched.weights[2:] @ [0, 1, 2] / 2 == pytest.approx(0.875)
    ratio = matched.weights[2:].to_numpy()
    assert ratio[1] ** 2 == pytest.approx(ratio[0] * ratio[2])  # exponential in land


@pytest.mark.parametrize("weighted", [None, "weight"])
@pytest.mark.parametrize("tolerance", [0.0, 0.05, 0.3])
def test_least_variance_is_a_general_solver_s(tolerance, weighted):
    sample = sample_with(single_units(number=120), sampling_weight=weighted)
    matched = im.match(sample, im.StableBalancing(tolerance))
    control, matrix = ~sample.treated, sample.matrix.to_numpy()
    survey_weight = matched.sampling_weight
    target = np.average(matrix[~control], axis=0, weights=survey_weight[~control])
    spread = np.sqrt(np.average((matrix[~control] - target) ** 2, axis=0, weights=survey_weight[~control]))
    share = survey_weight[control] / survey_weight[control].sum()
    apart = (matrix[control] - target) / spread
    cons = [{"type": "eq", "fun": lambda r: share @ r - 1}]
    cons += [
        {"type": "ineq", "fun": lambda r, sign=sign: tolerance - sign * (share * r) @ apart}
        for sign in (1, -1)
    ]
    found = minimize(
        lambda r: share @ r**2, np.ones(len(share)), jac=lambda r: 2 * share * r, bounds=[(0, None)] * len(share),
        constraints=cons, method="SLSQP", options={"maxiter": 500, "ftol": 1e-13},
    )  # fmt: skip
    ours = matched.weights[control].to_numpy()
    ours = ours / (share @ ours)
    assert share @ ours**2 == pytest.approx(found.fun, rel=1e-6)
    np.testing.assert_allclose(ours, found.x, atol=2e-3)


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize("strategy", SMOOTH, ids=repr)
def test_every_difference_stays_within_the_tolerance_and_some_reach_it(strategy, estimand):
    matched = im.match(sample_with(single_units(), sampling_weight="weight"), strategy, estimand)
    smd = im.balance(matched).frame.query("stage == 'after'")["smd"].abs()
    assert smd.max() <= strategy.tolerance + 1e-9
    if estimand != "ATE" and strategy.tolerance:
        assert smd.max() > 0.95 * strategy.tolerance
    exact = im.match(sample_with(single_units(), sampling_weight="weight"), im.EntropyBalancing(), estimand)
    arm = "treated" if estimand == "ATC" else "control"
    if strategy.tolerance:
        assert matched.ess[arm] > exact.ess[arm]


@pytest.mark.parametrize("adjustment", [None, "linear"], ids=["unadjusted", "adjusted"])
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize("strategy", SMOOTH, ids=repr)
def test_the_influence_function_is_the_derivative_by_each_unit_s_sampling_weight(
    strategy, estimand, adjustment
):
    """But for the SDs that the tolerance is measured in, and the standardisation of the moments, which are taken as known."""
    frame = single_units(number=150).assign(weight=1.0)
    adjustment = im.LinearAdjustment() if adjustment else None

    def linear(frame):
        matched = im.match(sample_with(frame, sampling_weight="weight"), strategy, estimand)
        return linearize(matched, frame[["income"]].to_numpy(), None, adjustment, None, InSample(), True)

    base = linear(frame)
    psi = base.effect_terms()[:, 0] / base.size
    near = 1e-4 if strategy.tolerance == 0 else 0.01 if adjustment else 0.2  # of the largest
    for row in (0, 17, 63, 99, 120):
        up, down = frame.copy(), frame.copy()
        up.loc[row, "weight"], down.loc[row, "weight"] = 1 + 1e-5, 1 - 1e-5
        slope = (linear(up).effect[0] - linear(down).effect[0]) / 2e-5
        assert psi[row] == pytest.approx(slope, abs=near * np.abs(psi).max())


def few_groups():
    """Six treated and six control villages whose mean yields do not reach each other's."""
    village = np.repeat(np.arange(12), 8)
    treated = village % 2 == 0
    yields = np.where(treated, 10.0 + village / 10, 9.8 - village / 10) + np.tile([-0.1, 0.1], 48)
    frame = pd.DataFrame(
        {"treated": treated, "yields": yields, "land": np.arange(96) % 7 * 1.0, "village": village}
    )
    return im.Sample(
        frame.assign(income=yields), treatment="treated", covariates=["yields", "land"], outcomes=["income"]
    )


@pytest.mark.parametrize("exact", [im.EntropyBalancing(), im.StableBalancing(tolerance=0)])
@pytest.mark.parametrize("near", [im.EntropyBalancing, im.StableBalancing])
def test_where_exact_balance_does_not_exist_a_tolerance_helps(exact, near):
    with pytest.raises(im.SupportError, match="can balance 'yields'"):
        im.match(few_groups(), exact)
    with pytest.raises(im.SupportError, match="can balance 'yields'"):
        im.match(few_groups(), near(tolerance=0.1))
    assert im.balance(im.match(few_groups(), near(tolerance=3.5))).max_abs_smd <= 3.5


@pytest.mark.parametrize("strategy", WITHIN, ids=repr)
def test_other_units_and_another_order_change_nothing(strategy):
    frame = single_units()
    plain = im.match(sample_with(frame), strategy).weights
    rescaled = frame.assign(age=1e6 * frame["age"] + 5)
    np.testing.assert_allclose(im.match(sample_with(rescaled), strategy).weights, plain, rtol=1e-5, atol=1e-6)
    shuffled = frame.sample(frac=1, random_state=1)
    np.testing.assert_allclose(
        im.match(sample_with(shuffled), strategy).weights.loc[plain.index], plain, rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("strategy", [im.EntropyBalancing, im.StableBalancing])
def test_options_are_checked(strategy):
    with pytest.raises(im.OptionError, match="tolerance must be a number of at least 0"):
        strategy(tolerance=-0.1)
    with pytest.raises(im.OptionError, match="moments must be one of 1, 2, 3"):
        strategy(moments=4)


def test_the_largest_difference_of_an_estimate_is_the_balance_table_s():
    for strategy in (im.EntropyBalancing(tolerance=0.08), im.NearestNeighbor(im.PropensityScore())):
        for estimand in ("ATT", "ATC", "ATE"):
            matched = im.match(sample_with(single_units(), sampling_weight="weight"), strategy, estimand)
            largest = im.balance(matched).max_abs_smd  # the same sums in another order
            assert im.estimate(matched).one("income").max_abs_smd == pytest.approx(largest, rel=1e-13)


@pytest.mark.parametrize(
    "strategy", [im.EntropyBalancing(tolerance=0.05), im.StableBalancing(0.05), im.EntropyBalancing()]
)
def test_means_that_no_weights_reach_together_are_an_error_that_names_them(strategy):
    """Each mean lies within its covariate's range, both at once beyond the edge: the weight runs to one unit."""
    frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "a": [0.9, 1.1, 1.5, 0, 0], "b": [1.1, 0.9, 0, 1.5, 0]})
    sample = im.Sample(frame, treatment="treated", covariates=["a", "b"])
    with pytest.raises(im.SupportError, match=r"difference stays in '(a|b)'"):
        im.match(sample, strategy)


@pytest.mark.parametrize("number", [56, 78])
def test_weight_that_runs_to_one_unit_is_the_same_error(number):
    """Surveys of 50 groups without a solution: weights that collapse on one control, and a search that would go on for minutes."""
    sample = im.RuralAlliancesTwin(groups=50).draw(number).sample
    with pytest.raises(im.SupportError, match="at the nearest, a difference stays"):
        im.match(sample, im.EntropyBalancing(tolerance=0.05))
