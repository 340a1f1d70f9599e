"""The adjustment with a log link: statsmodels' Poisson, explicit refits, exactness on its own curve, derivatives, refusals."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

import impact as im
from impact.effects.arm_means.linearization import linearize
from impact.effects.arm_means.mean_model import LogLink
from impact.effects.arm_means.residuals import BiasReduced, InSample

LOG = im.LogLinkAdjustment()


@pytest.fixture(scope="module")
def arm():
    generator = np.random.default_rng(5)
    terms = generator.normal(size=(400, 3))
    weights = np.where(generator.random(400) < 0.2, 0.0, generator.uniform(0.2, 5, 400))
    outcomes = generator.poisson(np.exp(0.5 + terms @ [[0.4, 0.1], [-0.3, 0.2], [0.0, 0.5]])).astype(float)
    return outcomes * [1.0, 250.0], terms, weights, generator.integers(0, 40, 400)


def poisson(outcome, terms, weights):
    return sm.GLM(outcome, sm.add_constant(terms), family=sm.families.Poisson(), var_weights=weights).fit(
        tol=1e-12
    )


def sales_survey(seed=2, groups=60):
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), 10)
    treated = group % 2 == 0
    x = generator.normal(size=groups)[group] * 0.5 + generator.normal(size=len(group)) + 0.5 * treated
    mean = np.exp(4 + 0.6 * x)
    noise = generator.lognormal(-0.08, 0.4, len(group))
    frame = pd.DataFrame({"treated": treated, "x": x, "mean": mean, "group": group, "kind": group % 3})
    return frame.assign(sales=mean * noise * np.where(treated, 1.25, 1.0))


def matched_of(frame, outcomes=("sales",), **options):
    sample = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=list(outcomes), cluster="group")
    return im.match(sample, im.NearestNeighbor(im.Mahalanobis(), **options))


def test_it_is_the_weighted_poisson_regression_of_statsmodels(arm):
    outcomes, terms, weights, groups = arm
    fitted = LogLink().regression(outcomes, terms, weights, groups)
    used = weights > 0
    for k in range(2):
        expected = poisson(outcomes[used, k], terms[used], weights[used]).predict(sm.add_constant(terms))
        np.testing.assert_allclose(fitted.fitted[:, k], expected, rtol=1e-8)
    np.testing.assert_allclose(weights @ fitted.residuals, 0, atol=1e-6)


def test_residuals_left_out_are_near_those_of_refits_without_the_group(arm):
    outcomes, terms, weights, groups = arm
    found = LogLink().regression(outcomes, terms, weights, groups)
    own, plain = found.left_out[:, 0], found.residuals[:, 0]
    for group in (0, 7, 31):
        inside = (groups == group) & (weights > 0)
        others = (groups != group) & (weights > 0)
        refit = poisson(outcomes[others, 0], terms[others], weights[others]).predict(sm.add_constant(terms))
        exact = outcomes[inside, 0] - refit[inside]
        # a one-step deletion: a tenth of what leaving the group out changes
        assert np.abs(own[inside] - exact).max() < 0.1 * np.abs(plain[inside] - exact).max() + 1e-3
    reduced = LogLink().regression(outcomes, terms, weights, groups, BiasReduced()).left_out[:, 0]
    sizes = [np.abs(part[weights > 0]).sum() for part in (plain, reduced, own)]
    assert sizes[0] < sizes[1] < sizes[2]


def test_on_its_own_curve_it_leaves_no_bias_where_a_straight_line_does():
    frame = sales_survey()
    matched = matched_of(frame.assign(sales=frame["mean"] * np.where(frame["treated"], 1.25, 1.0)))
    effect = im.estimate(matched, bias_adjustment=LOG).one("sales")
    truth = 0.25 * frame.loc[frame["treated"], "mean"].mean()
    assert effect.estimate == pytest.approx(truth, rel=1e-8)
    assert effect.percent_effect == pytest.approx(25, rel=1e-8)
    assert abs(im.estimate(matched, bias_adjustment="linear").one("sales").estimate / truth - 1) > 1e-3
    assert effect.bias_adjustment == "log link"


@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
def test_the_estimated_slopes_are_the_derivative_by_each_outcome(estimand):
    frame = sales_survey(groups=24)
    sample = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["sales"])
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2), estimand)
    values = frame[["sales"]].to_numpy()
    linear = linearize(matched, values, None, LOG, None, InSample(), estimated_slopes=True)
    for unit in np.flatnonzero(matched.weights.to_numpy() > 0)[[0, 50, -1]]:
        moved = []
        for step in (1e-3, -1e-3):
            other = values.copy()
            other[unit] += step
            moved.append(linearize(matched, other, None, LOG, None).effect[0])
        numeric = (moved[0] - moved[1]) / 2e-3
        # ψ moves with the outcome as the effect does: compare the residual's weight
        weight = _weight_of(matched, linear, values, unit, estimand)
        assert weight == pytest.approx(numeric, rel=1e-4)


def _weight_of(matched, linear, values, unit, estimand):
    """The weight of the unit's residual in the effect, from the linearisation's own parts."""
    treated = matched.sample.treated
    focal = np.where(matched.kept, 1.0, 0.0)
    arm = treated if treated[unit] else ~treated
    if not (focal > 0)[~arm].any():
        return (1 if treated[unit] else -1) / focal.sum()
    weight = np.where(arm, matched.weights.to_numpy(), 0.0)
    as_match = np.maximum(weight - focal * arm, 0.0)
    regression = LogLink().regression(values, matched.sample.matrix.to_numpy(), as_match, None, InSample())
    share = weight / weight.sum()
    used = share + regression.loading(focal / focal.sum() - share)[:, 0]
    assert linear.effect_terms()[unit, 0] != 0
    return used[unit] * (1 if treated[unit] else -1)


@pytest.mark.parametrize(
    "variance",
    [
        None,
        im.AbadieImbens(),
        im.CR1(),
        im.CR2(True),
        im.WildBootstrap(99),
        im.ClusterRobust(BiasReduced(), True),
    ],
    ids=repr,
)
def test_every_variance_takes_it(variance):
    frame = sales_survey()
    effect = im.estimate(matched_of(frame), variance=variance, bias_adjustment=LOG).one("sales")
    assert 0 < effect.std_error < 0.2 * effect.control_mean
    scaled = frame.assign(sales=1000 * frame["sales"])
    other = im.estimate(matched_of(scaled), variance=variance, bias_adjustment=LOG).one("sales")
    assert other.std_error == pytest.approx(1000 * effect.std_error, rel=1e-6)
    assert other.percent_conf_high == pytest.approx(effect.percent_conf_high, rel=1e-6)


def test_zeros_throughout_and_zero_effects_in_a_category():
    frame = sales_survey().assign(nothing=0.0)
    effect = im.estimate(matched_of(frame, ["nothing"]), bias_adjustment=LOG).one("nothing")
    assert effect.estimate == 0 and effect.std_error == 0


def test_negative_outcomes_are_refused_with_the_remedy():
    frame = sales_survey()
    frame.loc[3, "sales"] = -2.0
    with pytest.raises(
        im.EstimationError, match=r"'sales' is negative in 1 row \(smallest -2\)\. Use im\.Linear"
    ):
        im.estimate(matched_of(frame), bias_adjustment=LOG)


def test_a_category_that_holds_only_zeros_is_predicted_as_zero():
    frame = sales_survey(groups=180).assign(kind=lambda table: pd.Categorical(table["kind"]))
    frame.loc[(frame["kind"] == 2) & ~frame["treated"], "sales"] = 0.0
    sample = im.Sample(
        frame, treatment="treated", covariates=["x", "kind"], outcomes=["sales"], cluster="group"
    )
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), exact=("kind",)))
    effect = im.estimate(matched, bias_adjustment=LOG).one("sales")
    within = frame["treated"] & (frame["kind"] == 2)
    others = im.estimate(
        im.match(
            im.Sample(
                frame[frame["kind"] != 2].assign(
                    kind=lambda table: table["kind"].cat.remove_unused_categories()
                ),
                treatment="treated",
                covariates=["x", "kind"],
                outcomes=["sales"],
                cluster="group",
            ),
            im.NearestNeighbor(im.Mahalanobis(), exact=("kind",)),
        ),
        bias_adjustment=LOG,
    ).one("sales")
    share = within.sum() / frame["treated"].sum()
    expected = share * frame.loc[within, "sales"].mean() + (1 - share) * others.estimate
    assert effect.estimate == pytest.approx(expected, rel=0.02) and effect.std_error > 0


@given(seed=st.integers(0, 50), shift=st.floats(-3, 3), scale=st.floats(0.01, 100))
@settings(max_examples=15, deadline=None)
def test_units_and_origins_of_the_covariates_do_not_matter(seed, shift, scale):
    frame = sales_survey(seed, groups=70)
    first, other = (
        im.estimate(matched_of(table), bias_adjustment=LOG).one("sales")
        for table in (frame, frame.assign(x=shift + scale * frame["x"]))
    )
    assert first.estimate == pytest.approx(other.estimate, rel=1e-7)
    assert first.std_error == pytest.approx(other.std_error, rel=1e-6)


@pytest.mark.filterwarnings("ignore::impact.FewClustersWarning")
def test_draws_estimate_the_log_link_anew():
    frame = sales_survey(groups=40)
    sample = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["sales"], cluster="group")
    kernel = im.match(sample, im.Kernel(im.PropensityScore()))
    drawn = im.estimate(kernel, variance=im.Bootstrap(99, seed=1), bias_adjustment=LOG).one("sales")
    linear = im.estimate(kernel, bias_adjustment=LOG).one("sales")
    assert drawn.std_error == pytest.approx(linear.std_error, rel=0.35)
    # reassignments adjust by the same curve: a population on it, without an effect, has none in any of them
    exact = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["mean"], cluster="group")
    matched = im.match(exact, im.NearestNeighbor(im.Mahalanobis()))
    assert im.estimate(matched, bias_adjustment=LOG).one("mean").estimate == pytest.approx(0, abs=1e-6)
    test = im.randomization_test(matched, bias_adjustment=LOG, replications=49, seed=3)
    assert test["failed"].item() == 0 and abs(test["estimate"].item()) < 1e-6


@pytest.mark.filterwarnings("ignore::impact.ImpactWarning")
def test_units_without_weight_neither_overflow_nor_are_refused():
    def effect(frame):
        sample = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["sales"], cluster="group")
        near = im.NearestNeighbor(im.Euclidean(scale="none"), caliper=1.0, caliper_unit="raw")
        return im.estimate(im.match(sample, near), bias_adjustment=LOG).one("sales")

    frame = sales_survey()
    far = frame.index[~frame["treated"]][0]
    plain = effect(frame.drop(index=far))
    frame.loc[far, ["x", "sales"]] = [1e6, -5.0]
    assert effect(frame).std_error == pytest.approx(plain.std_error, rel=1e-9)


def test_a_treated_unit_beyond_all_measure_is_refused():
    frame = sales_survey()
    frame.loc[frame.index[frame["treated"]][0], "x"] = 1e4
    with pytest.raises(im.EstimationError, match="predicts outcomes beyond all measure for units far from"):
        im.estimate(matched_of(frame), bias_adjustment=LOG)


@pytest.mark.parametrize("far", [-50.0, -1000.0])
@pytest.mark.parametrize("variance", [None, im.ClusterRobust(), im.CR2(True)], ids=repr)
def test_a_control_predicted_as_nothing_keeps_its_weight(far, variance):
    frame = sales_survey()
    control = frame.index[~frame["treated"]][0]
    treated = frame.index[frame["treated"]][0]
    frame.loc[[control, treated], ["x", "sales"]] = [[far, 0.0], [far, 0.0]]
    effect = im.estimate(matched_of(frame), variance=variance, bias_adjustment=LOG).one("sales")
    assert 0 < effect.std_error < 0.2 * effect.control_mean


@pytest.mark.parametrize("scale", [1e12, 1e60])
@pytest.mark.parametrize("adjustment", [None, "linear", LOG], ids=["none", "linear", "log"])
def test_large_outcomes_are_no_extrapolation(scale, adjustment):
    frame = sales_survey()
    first, large = (
        im.estimate(matched_of(table), bias_adjustment=adjustment).one("sales").estimate
        for table in (frame, frame.assign(sales=scale * frame["sales"]))
    )
    assert large == pytest.approx(scale * first, rel=1e-9)
