"""Extreme inputs: a clear error or a correct number."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.wild_bootstrap import WildBootstrap

STRATEGIES = {
    "nearest": im.NearestNeighbor(im.Mahalanobis(), ratio=2),
    "kernel": im.Kernel(im.PropensityScore(), bandwidth=0.3),
}
VARIANCES = {"default": None, "wild": WildBootstrap(99)}

pytestmark = [
    pytest.mark.filterwarnings("ignore::impact.ImpactWarning"),
    pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES),
    pytest.mark.parametrize("adjustment", [None, "linear"], ids=["plain", "adjusted"]),
]


def survey(n=200, seed=1):
    generator = np.random.default_rng(seed)
    treated = np.arange(n) % 2 == 0
    x = generator.normal(size=n) + 0.3 * treated
    return pd.DataFrame(
        {
            "treated": treated,
            "x": x,
            "z": generator.normal(size=n),
            "y": 10 + x + treated + generator.normal(size=n),
            "group": np.arange(n) // 10 * 2 + treated,
            "weight": 1.0,
        }
    )


def estimated(frame, strategy, adjustment, variance=None, **roles):
    made = im.Sample(frame, treatment="treated", covariates=["x", "z"], outcomes=["y"], **roles)
    return im.estimate(im.match(made, strategy), variance=variance, bias_adjustment=adjustment).one("y")


def test_one_group_in_an_arm_has_no_standard_error(strategy, adjustment):
    frame = survey().assign(group=lambda table: np.where(table["treated"], -1, table["group"]))
    with pytest.raises(im.EstimationError, match=r"each arm needs at least two groups with weight"):
        estimated(frame, strategy, adjustment, cluster="group")


@pytest.mark.parametrize("variance", VARIANCES.values(), ids=VARIANCES)
@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_constant_outcome_has_effect_zero_and_no_spread(strategy, adjustment, variance, value):
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        effect = estimated(survey().assign(y=value), strategy, adjustment, variance, cluster="group")
    assert effect.estimate == pytest.approx(0, abs=1e-9) and effect.std_error == pytest.approx(0, abs=1e-9)
    assert effect.control_mean == pytest.approx(value, abs=1e-9)
    if value == 0:
        assert np.isnan(effect.percent_effect) and effect.denominator.startswith("none")


def test_outcomes_at_any_scale(strategy, adjustment):
    frame = survey()
    first = estimated(frame, strategy, adjustment, cluster="group")
    for factor in (1e-9, 1e9):
        other = estimated(frame.assign(y=frame["y"] * factor), strategy, adjustment, cluster="group")
        assert other.estimate == pytest.approx(first.estimate * factor, rel=1e-8)
        assert other.std_error == pytest.approx(first.std_error * factor, rel=1e-8)
        assert other.percent_effect == pytest.approx(first.percent_effect, rel=1e-8)


def test_a_far_origin_does_not_cost_digits(strategy, adjustment):
    first = estimated(survey(), strategy, adjustment, cluster="group")
    moved = estimated(
        survey().assign(y=lambda table: table["y"] + 1e8), strategy, adjustment, cluster="group"
    )
    assert moved.std_error == pytest.approx(first.std_error, rel=1e-5)


def test_weights_over_six_orders_of_magnitude(strategy, adjustment):
    generator = np.random.default_rng(0)
    frame = survey().assign(weight=lambda table: 10 ** generator.uniform(-3, 3, len(table)))
    effect = estimated(frame, strategy, adjustment, cluster="group", sampling_weight="weight")
    assert (
        np.isfinite([effect.estimate, effect.std_error, effect.degrees_of_freedom]).all()
        and effect.std_error > 0
    )
    # A weight of practically nothing is nobody: the same survey without those units.
    light = survey().assign(weight=lambda table: np.where(np.arange(len(table)) < 20, 1e-9, 1.0))
    if isinstance(strategy, im.Kernel):
        without = estimated(light.iloc[20:], strategy, adjustment, cluster="group", sampling_weight="weight")
        within = estimated(light, strategy, adjustment, cluster="group", sampling_weight="weight")
        assert within.estimate == pytest.approx(without.estimate, rel=1e-4)


def test_a_control_that_everyone_uses(strategy, adjustment):
    # All controls but one lie far away: the one near carries nearly all weight of a nearest-neighbour match.
    frame = survey()
    far = ~frame["treated"] & (frame.index != 1)
    frame.loc[far, "x"] += 50
    frame.loc[1, "x"] = 0.0
    if isinstance(strategy, im.Kernel):
        with pytest.raises((im.EstimationError, im.SupportError)):
            estimated(frame, strategy, adjustment, cluster="group")
        return
    single = im.NearestNeighbor(im.Mahalanobis(), ratio=1)
    with pytest.raises(im.EstimationError, match="at least two groups with weight"):
        estimated(frame, single, adjustment, cluster="group")
    effect = estimated(frame, strategy, adjustment, cluster="group")
    assert effect.effective_control_clusters < 4 and np.isfinite(effect.std_error)
