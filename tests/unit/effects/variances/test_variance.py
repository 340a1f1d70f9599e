"""The variance by group: its residuals against explicit refits, its formula by hand, what must not move it."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.arm_means.linearization import linearize
from impact.effects.arm_means.regression import arm_prediction, arm_regression
from impact.effects.arm_means.residuals import BiasReduced, GroupedFit, InSample, LeaveOwnGroupOut
from impact.effects.variances.cluster_robust import ClusterRobust
from tests.surveys import groups_in_turn

UNITS, TERMS, GROUPS = 60, 3, 9


@pytest.fixture(scope="module")
def arm():
    generator = np.random.default_rng(8)
    weights = np.where(generator.random(UNITS) < 0.2, 0.0, generator.uniform(0.2, 5, UNITS))
    return (
        generator.normal(size=(UNITS, 2)),
        generator.normal(size=(UNITS, TERMS)),
        weights,
        generator.integers(0, GROUPS, UNITS),
    )


def least_squares(outcomes, terms, weights):
    design = np.column_stack([np.ones(len(terms)), terms])
    root = np.sqrt(weights)[:, None]
    return design @ np.linalg.lstsq(root * design, root * outcomes, rcond=None)[0]


def test_fit_is_weighted_least_squares_for_every_unit(arm):
    outcomes, terms, weights, _ = arm
    assert arm_prediction(outcomes, terms, weights) == pytest.approx(
        least_squares(outcomes, terms, weights), abs=1e-10
    )


@pytest.mark.parametrize("by_unit", [False, True])
def test_left_out_residuals_are_those_of_explicit_refits_without_the_group(arm, by_unit):
    outcomes, terms, weights, groups = arm
    codes = np.arange(UNITS) if by_unit else groups
    fit = arm_regression(outcomes, terms, weights, None if by_unit else groups)
    for code in np.unique(codes):
        own = codes == code
        refit = least_squares(outcomes, terms, np.where(own, 0.0, weights))
        expected = np.where((own & (weights > 0))[:, None], outcomes - refit, 0.0)
        assert fit.left_out[own] == pytest.approx(expected[own], abs=1e-9)


def test_where_the_others_do_not_determine_a_coefficient_they_predict_their_average():
    # The second group alone varies in x: without it the others can only give their mean, 2.
    outcomes = np.array([[1.0], [3.0], [7.0], [9.0]])
    fit = arm_regression(outcomes, np.array([[0.0], [0.0], [1.0], [2.0]]), np.ones(4), np.array([0, 0, 1, 1]))
    assert fit.left_out[2:, 0] == pytest.approx([5.0, 7.0])
    shifted = arm_regression(
        outcomes + 1e4, np.array([[0.0], [0.0], [1.0], [2.0]]), np.ones(4), np.array([0, 0, 1, 1])
    )
    assert shifted.left_out == pytest.approx(fit.left_out, abs=1e-6)


def test_bias_reduced_residuals_are_scaled_by_the_inverse_root(arm):
    outcomes, terms, weights, groups = arm
    fit = arm_regression(outcomes, terms, weights, groups, BiasReduced())
    used = weights > 0
    design = np.column_stack([np.ones(UNITS), terms])[used]
    root = np.sqrt(weights[used])
    hat = (
        (root[:, None] * design)
        @ np.linalg.inv((design.T * weights[used]) @ design)
        @ (design * root[:, None]).T
    )
    codes = groups[used]
    for code in np.unique(codes):
        own = codes == code
        values, vectors = np.linalg.eigh(np.eye(own.sum()) - hat[np.ix_(own, own)])
        scaled = vectors @ np.diag(values**-0.5) @ vectors.T @ (root[own, None] * fit.residuals[used][own])
        assert fit.left_out[used][own] == pytest.approx(scaled / root[own, None], abs=1e-9)


def test_a_group_that_alone_determines_a_coefficient_is_not_taken_for_certain():
    # Group 1 alone varies in x, so that the regression passes through its slope: scaled residuals of what is left would be far too small.
    outcomes = np.array([[1.0], [3.0], [2.0], [17.0], [29.0]])
    terms, groups = np.array([[0.0], [0.0], [0.0], [1.0], [2.0]]), np.array([0, 0, 2, 1, 1])
    reduced, left_out, plain = (
        arm_regression(outcomes, terms, np.ones(5), groups, rule).left_out[:, 0]
        for rule in (BiasReduced(), LeaveOwnGroupOut(), InSample())
    )
    assert left_out[3:] == pytest.approx([15.0, 27.0])  # less the others' average, 2
    assert reduced[3:] == pytest.approx(left_out[3:], rel=0.01) and np.abs(plain[3:]).max() < 2
    moved = arm_regression(outcomes - 500, terms, np.ones(5), groups, BiasReduced()).left_out[:, 0]
    assert moved == pytest.approx(reduced, abs=1e-8)
    # the other groups keep their own scaling
    assert (reduced[:3] ** 2).sum() > (plain[:3] ** 2).sum() and reduced[:3] != pytest.approx(left_out[:3])


def test_bias_reduced_variance_is_unbiased_where_errors_have_variance_one_over_k():
    # E[S_g²] under the working model is K_g'K_g⁻¹K_g summed = the group's weight, for any design: exact, no simulation.
    generator = np.random.default_rng(1)
    terms, weights = generator.normal(size=(40, 2)), generator.uniform(0.5, 3, 40)
    groups = np.repeat(np.arange(8), 5)
    design = np.column_stack([np.ones(40), terms])
    errors = np.diag(
        weights**-0.5
    )  # its columns span the errors: summing squares over columns is the expectation
    hat = design @ np.linalg.inv((design.T * weights) @ design) @ (design.T * weights)
    fit = GroupedFit(
        design,
        weights,
        errors,
        errors - hat @ errors,
        groups,
        (design.T * weights) @ design,
        (design.T * weights) @ errors,
    )
    sums = np.stack([np.bincount(groups, weights * column) for column in BiasReduced().of(fit).T])
    assert (sums**2).sum(0) == pytest.approx(np.bincount(groups, weights), rel=1e-9)
    too_small = np.stack([np.bincount(groups, weights * column) for column in InSample().of(fit).T])
    too_large = np.stack([np.bincount(groups, weights * column) for column in LeaveOwnGroupOut().of(fit).T])
    assert ((too_small**2).sum(0) < np.bincount(groups, weights)).all()
    assert ((too_large**2).sum(0) > np.bincount(groups, weights)).all()


STRATEGIES = [im.NearestNeighbor(im.Mahalanobis(), ratio=2), im.Kernel(im.PropensityScore(), bandwidth=0.1)]


@pytest.fixture(scope="module", params=STRATEGIES, ids=["nearest", "kernel"])
def matched(request):
    frame = groups_in_turn(30)
    made = im.Sample(frame, treatment="treated", covariates=["x", "z"], outcomes=["income"], cluster="group")
    return im.match(made, request.param)


@pytest.mark.filterwarnings("ignore::impact.FewClustersWarning")
def test_leave_own_group_out_is_the_published_formula_written_out(matched):
    effect = im.estimate(matched, variance=ClusterRobust(), bias_adjustment="linear").one("income")
    frame, treated = matched.sample.frame, matched.sample.treated
    outcome, weight = frame["income"].to_numpy(), matched.weights.to_numpy()
    design = np.column_stack([np.ones(len(frame)), frame[["x", "z"]].to_numpy()])
    group = frame["group"].to_numpy()

    def control_fit(rows):
        moments = (design[rows].T * weight[rows]) @ design[rows]
        return design @ np.linalg.solve(moments, (design[rows].T * weight[rows]) @ outcome[rows])

    controls, kept = ~treated & (weight > 0), treated & (weight > 0)
    size = kept.sum()
    gain = outcome - control_fit(controls)
    assert effect.estimate == pytest.approx(gain[kept].mean(), rel=1e-10)
    left_out = np.zeros(len(frame))
    for name in np.unique(group[controls]):
        own = controls & (group == name)
        left_out[own] = (outcome - control_fit(controls & ~own))[own]
    centred = left_out - (weight * left_out)[controls].sum() / weight[controls].sum()
    terms = np.where(kept, gain - gain[kept].mean(), np.where(controls, -weight * centred, 0.0))
    parts = []
    for arm in (kept, controls):
        sums = pd.Series(terms[arm]).groupby(group[arm]).sum().to_numpy()
        number, squares = len(sums), (sums**2).sum()
        parts.append((number / (number - 1) * squares / size**2, squares**2 / (sums**4).sum()))
    (first, first_freedom), (second, second_freedom) = parts
    assert effect.std_error == pytest.approx(np.sqrt(first + second), rel=1e-10)
    freedom = (first + second) ** 2 / (first**2 / first_freedom + second**2 / second_freedom)
    assert effect.degrees_of_freedom == pytest.approx(freedom, rel=1e-10)


@pytest.mark.filterwarnings("ignore::impact.FewClustersWarning")
def test_corrections_are_ordered_and_named(matched):
    errors = {
        rule: im.estimate(matched, variance=ClusterRobust(rule), bias_adjustment="linear").one("income")
        for rule in (InSample(), BiasReduced(), LeaveOwnGroupOut())
    }
    in_sample, reduced, left_out = errors.values()
    assert in_sample.std_error < reduced.std_error < left_out.std_error
    assert len({effect.variance for effect in errors.values()}) == 3
    assert in_sample.estimate == reduced.estimate == left_out.estimate
    assert left_out == im.estimate(matched, variance=ClusterRobust(), bias_adjustment="linear").one("income")


@pytest.mark.filterwarnings("ignore::impact.FewClustersWarning")
@pytest.mark.parametrize("adjustment", [None, "linear"])
def test_percent_interval_is_the_delta_method_s(matched, adjustment):
    # d(μT/μC) = dμT/μC − (μT/μC²) dμC: the effect on an outcome whose arms are rescaled by 1/μC and μT/μC².
    effect = im.estimate(matched, bias_adjustment=adjustment).one("income")
    treated_mean = effect.control_mean + effect.estimate
    scale = np.where(matched.sample.treated, 1 / effect.control_mean, treated_mean / effect.control_mean**2)
    frame = matched.sample.frame.assign(income=lambda table: table["income"] * scale)
    rescaled = im.Sample(
        frame, treatment="treated", covariates=["x", "z"], outcomes=["income"], cluster="group"
    )
    error = (
        im.estimate(im.match(rescaled, matched.strategy), bias_adjustment=adjustment).one("income").std_error
    )
    critical = (effect.conf_high - effect.estimate) / effect.std_error
    assert (effect.percent_conf_high - effect.percent_effect) / critical == pytest.approx(
        100 * error, rel=1e-9
    )


@pytest.mark.filterwarnings("ignore::impact.FewClustersWarning")
@pytest.mark.parametrize("strategy", STRATEGIES, ids=["nearest", "kernel"])
@pytest.mark.parametrize("rule", [LeaveOwnGroupOut(), BiasReduced()], ids=["left out", "bias-reduced"])
def test_the_order_of_rows_and_the_names_of_groups_do_not_matter(strategy, rule):
    frame = groups_in_turn(30)
    other = frame.sample(frac=1, random_state=3).assign(
        group=lambda table: table["group"].map(lambda name: f"x{name}")
    )
    effects = []
    for table in (frame, other):
        made = im.Sample(
            table, treatment="treated", covariates=["x", "z"], outcomes=["income"], cluster="group"
        )
        effects.append(
            im.estimate(im.match(made, strategy), variance=ClusterRobust(rule), bias_adjustment="linear").one(
                "income"
            )
        )
    assert effects[0].estimate == pytest.approx(effects[1].estimate, rel=1e-10)
    assert effects[0].std_error == pytest.approx(effects[1].std_error, rel=1e-9)
    assert effects[0].degrees_of_freedom == pytest.approx(effects[1].degrees_of_freedom, rel=1e-9)


def test_estimated_slopes_weigh_each_residual_as_the_estimate_weighs_the_outcome(matched):
    # The adjusted control mean is linear in the outcomes: its derivative by each is the weight of that unit's residual.
    outcomes, adjustment = matched.sample.frame[["income"]].to_numpy(), im.LinearAdjustment()
    controls = ~matched.sample.treated & (matched.weights.to_numpy() > 0)
    moved = outcomes + np.eye(len(outcomes))[:, controls]
    before, after = (
        linearize(matched, values, None, adjustment, None).mean_control for values in (outcomes, moved)
    )
    weight = np.where(controls, matched.weights, 0.0)
    residuals = outcomes - arm_prediction(outcomes, adjustment.terms(matched), weight)
    psi = linearize(matched, outcomes, None, adjustment, None, InSample(), estimated_slopes=True)
    assert psi.psi_control[controls, 0] / psi.size == pytest.approx(
        (after - before) * residuals[controls, 0], abs=1e-9
    )
    plain = linearize(matched, outcomes, None, adjustment, None, InSample())
    assert np.abs(plain.psi_control - psi.psi_control)[controls].max() > 1e-3  # matching left imbalance


@pytest.mark.filterwarnings("ignore::impact.FewClustersWarning")
def test_estimated_slopes_change_nothing_without_adjustment(matched):
    plain, slopes = (
        im.estimate(matched, variance=ClusterRobust(estimated_slopes=one)).one("income")
        for one in (False, True)
    )
    assert plain == slopes and slopes.variance.endswith("leave-own-group-out, t")


@pytest.mark.filterwarnings("ignore::impact.ImpactWarning")
def test_without_replacement_the_variance_goes_by_group_and_by_matched_set():
    frame = groups_in_turn(30).assign(treated=lambda table: table["treated"] & (table.index % 3 > 0))
    frame["group"] = frame["group"].astype(str) + frame["treated"].map({True: "t", False: "c"})
    strategy = im.NearestNeighbor(im.Mahalanobis(), replace=False)
    roles = {"treatment": "treated", "covariates": ["x", "z"], "outcomes": ["income"]}
    by_set = im.estimate(im.match(im.Sample(frame, **roles), strategy), bias_adjustment="linear").one(
        "income"
    )
    matched = im.match(im.Sample(frame, **roles, cluster="group"), strategy)
    both = im.estimate(matched, variance=ClusterRobust(), bias_adjustment="linear").one("income")
    assert "by matched set" in by_set.variance and "by group and matched set" in both.variance
    linear = linearize(
        matched, frame[["income"]].to_numpy(), None, im.LinearAdjustment(), frame["group"].factorize()[0]
    )
    psi = pd.Series(linear.effect_terms()[:, 0] / linear.size, index=frame.index)
    pairs = matched.pairs
    sets = pd.concat([pd.Series(pairs.index, pairs["treated"]), pd.Series(pairs.index, pairs["control"])])
    psi = psi[sets.index]

    def one_way(codes, arms):
        total = 0.0
        for _, part in psi.groupby(arms):
            sums = part.groupby(codes[part.index]).sum()
            total += len(sums) / (len(sums) - 1) * (sums**2).sum()
        return total

    everyone, arm = pd.Series(0, psi.index), frame["treated"]
    units = pd.Series(
        psi.index, psi.index
    )  # a group and a set meet in one unit: sets have one unit of each arm
    expected = (
        one_way(frame["group"], arm[psi.index]) + one_way(sets, everyone) - one_way(units, arm[psi.index])
    )
    assert both.std_error == pytest.approx(np.sqrt(expected), rel=1e-9)


def test_residuals_must_be_a_rule():
    with pytest.raises(im.OptionError, match=r"residuals must be im\.LeaveOwnGroupOut"):
        ClusterRobust("CR2")


def lone_category(seed=0, groups=40):
    """A category of controls that one group alone has: it alone determines the category's coefficient."""
    frame = groups_in_turn(groups, seed=seed)
    kind = np.where((frame["group"] == frame.loc[~frame["treated"].astype(bool), "group"].iloc[0]), "b", "a")
    mixed = np.where(frame["treated"].astype(bool) & (np.arange(len(frame)) % 5 == 0), "b", kind)
    return frame.assign(kind=pd.Categorical(mixed))


@pytest.mark.filterwarnings("ignore::impact.ImpactWarning")
@pytest.mark.parametrize(
    "adjustment", ["linear", None, im.LogLinkAdjustment()], ids=["linear", "none", "log"]
)
@pytest.mark.parametrize(
    "variance", [None, ClusterRobust(), im.CR2(True), im.CR3(True), im.WildBootstrap(99)], ids=repr
)
def test_the_level_of_the_outcome_does_not_matter_where_a_group_alone_has_a_category(adjustment, variance):
    frame = lone_category()
    frame["income"] = frame["income"] - frame["income"].min() + 1

    def error(outcome):
        sample = im.Sample(
            frame.assign(income=outcome),
            treatment="treated",
            covariates=["x", "z", "kind"],
            outcomes=["income"],
            cluster="group",
        )
        matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2))
        return im.estimate(matched, variance=variance, bias_adjustment=adjustment).one("income").std_error

    first = error(frame["income"])
    assert first > 0
    if isinstance(adjustment, im.LogLinkAdjustment):
        assert error(1e4 * frame["income"]) == pytest.approx(1e4 * first, rel=1e-6)
    else:
        assert error(frame["income"] + 1e4) == pytest.approx(first, rel=1e-6)
