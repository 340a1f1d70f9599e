"""Extreme inputs: a clear error or a correct number."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.variances.wild_bootstrap import WildBootstrap
from tests.surveys import groups_in_turn

STRATEGIES = {
    "nearest": im.NearestNeighbor(im.Mahalanobis(), ratio=2),
    "kernel": im.Kernel(im.PropensityScore(), bandwidth=0.3),
}
VARIANCES = {"default": None, "wild": WildBootstrap(99)}

DESIGNS = {
    "bias-reduced": (STRATEGIES["nearest"], im.ClusterRobust(im.BiasReduced(), estimated_slopes=True), True),
    "Webb": (STRATEGIES["nearest"], im.WildBootstrap(99, multipliers=im.Webb()), True),
    "bootstrap": (STRATEGIES["kernel"], im.Bootstrap(49), True),
    "CR1": (STRATEGIES["nearest"], im.CR1(), True),
    "CR2": (STRATEGIES["nearest"], im.CR2(estimated_slopes=True), True),
    "CR3 by unit": (STRATEGIES["kernel"], im.CR3(estimated_slopes=True), False),
    "estimated score": (STRATEGIES["kernel"], im.ClusterRobust(estimated_score=True), True),
    "Abadie-Imbens": (STRATEGIES["nearest"], im.AbadieImbens(), False),
    "M-estimation": (im.InverseProbability(im.PropensityScore()), im.MEstimation(), True),
    "M-estimation by unit": (im.InverseProbability(im.PropensityScore()), im.MEstimation(), False),
}

pytestmark = [
    pytest.mark.filterwarnings("ignore::impact.ImpactWarning"),
    pytest.mark.parametrize(
        "adjustment", [None, "linear", im.LogLinkAdjustment()], ids=["plain", "linear", "log"]
    ),
]
every_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
every_design = pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)


def estimated(frame, strategy, adjustment, variance=None, **roles):
    made = im.Sample(frame, treatment="treated", covariates=["x", "z"], outcomes=["income"], **roles)
    return im.estimate(im.match(made, strategy), variance=variance, bias_adjustment=adjustment).one("income")


@every_strategy
def test_one_group_in_an_arm_has_no_standard_error(strategy, adjustment):
    frame = groups_in_turn(20, 10).assign(group=lambda table: np.where(table["treated"], -1, table["group"]))
    with pytest.raises(im.EstimationError, match=r"each arm needs at least two groups with weight"):
        estimated(frame, strategy, adjustment, cluster="group")


@every_strategy
@pytest.mark.parametrize("variance", VARIANCES.values(), ids=VARIANCES)
@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_constant_outcome_has_effect_zero_and_no_spread(strategy, adjustment, variance, value):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        effect = estimated(
            groups_in_turn(20, 10).assign(income=value), strategy, adjustment, variance, cluster="group"
        )
    assert effect.estimate == pytest.approx(0, abs=1e-9) and effect.std_error == pytest.approx(0, abs=1e-9)
    assert effect.control_mean == pytest.approx(value, abs=1e-9)
    if value == 0:
        assert np.isnan(effect.percent_effect) and effect.denominator.startswith("none")


@every_strategy
def test_outcomes_at_any_scale(strategy, adjustment):
    frame = groups_in_turn(20, 10)
    first = estimated(frame, strategy, adjustment, cluster="group")
    for factor in (1e-9, 1e9):
        other = estimated(
            frame.assign(income=frame["income"] * factor), strategy, adjustment, cluster="group"
        )
        assert other.estimate == pytest.approx(first.estimate * factor, rel=1e-8)
        assert other.std_error == pytest.approx(first.std_error * factor, rel=1e-8)
        assert other.percent_effect == pytest.approx(first.percent_effect, rel=1e-8)


@every_strategy
def test_a_far_origin_does_not_cost_digits(strategy, adjustment):
    # Far from zero the exponential is a straight line: there the log link is the linear adjustment.
    straight = "linear" if isinstance(adjustment, im.LogLinkAdjustment) else adjustment
    first = estimated(groups_in_turn(20, 10), strategy, straight, cluster="group")
    moved = estimated(
        groups_in_turn(20, 10).assign(income=lambda table: table["income"] + 1e8),
        strategy,
        adjustment,
        cluster="group",
    )
    assert moved.std_error == pytest.approx(first.std_error, rel=1e-5)


@every_strategy
def test_weights_over_six_orders_of_magnitude(strategy, adjustment):
    generator = np.random.default_rng(0)
    frame = groups_in_turn(20, 10).assign(weight=lambda table: 10 ** generator.uniform(-3, 3, len(table)))
    effect = estimated(frame, strategy, adjustment, cluster="group", sampling_weight="weight")
    assert (
        np.isfinite([effect.estimate, effect.std_error, effect.degrees_of_freedom]).all()
        and effect.std_error > 0
    )
    # A weight of practically nothing is nobody: the same survey without those units.
    light = groups_in_turn(20, 10).assign(
        weight=lambda table: np.where(np.arange(len(table)) < 20, 1e-9, 1.0)
    )
    if isinstance(strategy, im.Kernel):
        without = estimated(light.iloc[20:], strategy, adjustment, cluster="group", sampling_weight="weight")
        within = estimated(light, strategy, adjustment, cluster="group", sampling_weight="weight")
        assert within.estimate == pytest.approx(without.estimate, rel=1e-4)


@every_strategy
def test_a_control_that_everyone_uses(strategy, adjustment):
    # All controls but one lie far away: the one near carries nearly all weight of a nearest-neighbour match.
    frame = groups_in_turn(20, 10)
    far = ~frame["treated"] & (frame.index != 10)
    frame.loc[far, "x"] += 50
    frame.loc[10, "x"] = 0.0
    if isinstance(strategy, im.Kernel):
        with pytest.raises((im.EstimationError, im.SupportError)):
            estimated(frame, strategy, adjustment, cluster="group")
        return
    single = im.NearestNeighbor(im.Mahalanobis(), ratio=1)
    with pytest.raises(im.EstimationError, match="at least two groups with weight"):
        estimated(frame, single, adjustment, cluster="group")
    effect = estimated(frame, strategy, adjustment, cluster="group")
    assert effect.effective_control_clusters < 4 and np.isfinite(effect.std_error)


def designed(frame, design, adjustment, **roles):
    strategy, variance, grouped = design
    roles = roles | ({"cluster": "group"} if grouped else {})
    return estimated(frame, strategy, adjustment, variance, **roles)


def joined(frame, adjustment, **roles):
    made = im.Sample(
        frame,
        treatment="treated",
        covariates=["x", "z"],
        outcomes=["income", "second"],
        cluster="group",
        **roles,
    )
    matched = {specification.name: specification.matched(made) for specification in im.FOUR_STRATEGIES}
    return im.joint_effects(matched, bias_adjustment=adjustment)


def with_second(frame):
    return frame.assign(second=20 + np.random.default_rng(3).normal(size=len(frame)) + frame["x"])


def in_one_group(frame, arm):
    """Return the survey with all units of an arm in one group; of both arms in one group each; or of both in the same."""
    own = {"treated": frame["treated"], "control": ~frame["treated"]}
    inside = own.get(arm, pd.Series(True, frame.index))
    name = -1 - frame["treated"] if arm == "each" else -1
    return frame.assign(group=frame["group"].where(~inside, name))


@every_design
@pytest.mark.parametrize("arm", ["treated", "control", "each", "same"])
def test_no_variance_by_group_without_two_groups_in_an_arm(design, adjustment, arm):
    frame = in_one_group(groups_in_turn(20, 10), arm)
    if design[2]:
        with pytest.raises(im.EstimationError, match="each arm needs at least two groups with weight"):
            designed(frame, design, adjustment)
    else:
        assert designed(frame, design, adjustment).std_error > 0.05


@pytest.mark.parametrize("arm", ["treated", "control", "each", "same"])
def test_no_joint_errors_without_two_groups_in_an_arm(adjustment, arm):
    with pytest.raises(im.EstimationError, match="each arm needs at least two groups with weight"):
        joined(with_second(in_one_group(groups_in_turn(20, 10), arm)), adjustment)


@every_design
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("value", [0.0, 7.0])
def test_rounding_is_no_evidence_of_an_effect(design, adjustment, value, weighted):
    frame = groups_in_turn(20, 10).assign(
        income=value, weight=10 ** np.random.default_rng(0).uniform(-3, 3, 200)
    )
    effect = designed(frame, design, adjustment, **({"sampling_weight": "weight"} if weighted else {}))
    assert effect.estimate == effect.std_error == effect.conf_low == effect.conf_high == 0
    assert np.isnan([effect.statistic, effect.p_value]).all()
    assert effect.control_mean == pytest.approx(value, abs=1e-9)
    if value == 0:
        assert np.isnan(effect.percent_effect) and effect.denominator.endswith("not clearly positive (0)")
    else:
        assert effect.percent_effect == 0 and effect.denominator == "matched control mean"


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_family_refuses_an_outcome_without_spread(adjustment, value):
    joint = joined(with_second(groups_in_turn(20, 10).assign(income=value)), adjustment)
    still = joint.difference(("Mahalanobis 1-NN", "income"), ("Mahalanobis 4-NN", "income"))
    assert still.std_error == 0 and still.estimate == pytest.approx(0, abs=1e-12) and np.isnan(still.p_value)
    with pytest.raises(im.EstimationError, match=r"outcomes that vary.*'income' by Propensity 1-NN"):
        joint.family()


def test_the_four_strategies_of_an_outcome_without_spread(adjustment):
    frame = with_second(groups_in_turn(20, 10).assign(income=7.0))
    roles = {
        "treatment": "treated",
        "covariates": ["x", "z"],
        "outcomes": ["income", "second"],
        "cluster": "group",
    }
    specifications = [replace(one, bias_adjustment=adjustment) for one in im.FOUR_STRATEGIES]
    table = im.four_strategies(im.Sample(frame, **roles), specifications).frame.set_index("outcome")
    assert (table.loc["income", ["estimate", "std_error"]] == 0).all(axis=None) and table.loc[
        "income", "p_value"
    ].isna().all()
    assert (table.loc["second", "std_error"] > 0).all() and table.loc["second", "p_value"].notna().all()


@every_design
def test_controls_without_anything_give_no_percentage(design, adjustment):
    frame = groups_in_turn(20, 10).assign(income=lambda table: table["income"].where(table["treated"], 0.0))
    effect = designed(frame, design, adjustment)
    assert (
        effect.estimate == pytest.approx(frame.loc[frame["treated"], "income"].mean())
        and effect.std_error > 0
    )
    assert np.isnan(effect.percent_effect) and effect.denominator.startswith("none")


@every_design
def test_every_variance_with_weights_over_six_orders_of_magnitude(design, adjustment):
    weight = 10 ** np.random.default_rng(0).uniform(-3, 3, 200)
    first, scaled = (
        designed(
            groups_in_turn(20, 10).assign(weight=factor * weight),
            design,
            adjustment,
            sampling_weight="weight",
        )
        for factor in (1, 1e4)
    )
    assert 0 < first.std_error < 2 and 0 < first.p_value <= 1 and first.degrees_of_freedom > 1
    assert scaled.estimate == pytest.approx(first.estimate, rel=1e-6)
    assert scaled.std_error == pytest.approx(first.std_error, rel=1e-6)


def test_a_family_with_weights_over_six_orders_of_magnitude(adjustment):
    frame = groups_in_turn(20, 10).assign(weight=10 ** np.random.default_rng(0).uniform(-3, 3, 200))
    joint = joined(with_second(frame), adjustment, sampling_weight="weight")
    family = joint.family(bootstrap=im.WildBootstrap(99, multipliers=im.Webb()))
    assert len(family) == 8 and np.isfinite(family.drop(columns=["strategy", "outcome"])).all(axis=None)
    assert (family["holm"] >= family["p_value"]).all() and (family["romano_wolf"] >= family["p_value"]).all()


@every_design
def test_every_variance_with_a_control_that_everyone_uses(design, adjustment):
    frame = groups_in_turn(20, 10)
    far = ~frame["treated"] & (frame.index != 10)
    frame.loc[far, "x"] += 50
    frame.loc[10, "x"] = 0.0
    strategy = design[0]
    if not isinstance(strategy, im.NearestNeighbor):  # all the weight is that unit's
        with pytest.raises(im.EstimationError, match="at least two groups with weight"):
            designed(frame, design, adjustment)
        return
    effect = designed(frame, design, adjustment)
    assert effect.ess_control < 4 and np.isfinite(effect.std_error) and effect.std_error > 0
