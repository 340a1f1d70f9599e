"""Power: the textbook formula by hand, its limits, and a simulation of the same plan."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as student

import impact as im
from impact.robustness.planning.power_formula import (
    SurveyPlan,
    groups_needed,
    minimum_detectable_effect,
    power_of,
)

PLAN = SurveyPlan(groups=40, members=10, icc=0.2)


def test_the_formula_by_hand():
    # (.2 + .8/10) (1/20 + 1/20) = .028; 38 degrees of freedom.
    assert PLAN.variance == pytest.approx(0.028, rel=1e-12) and PLAN.degrees_of_freedom == 38
    expected = (student.ppf(0.975, 38) + student.ppf(0.8, 38)) * 3 * np.sqrt(0.028)
    assert minimum_detectable_effect(PLAN, 3.0) == pytest.approx(expected, rel=1e-10)


def test_more_of_everything_detects_less():
    base = minimum_detectable_effect(PLAN, 1.0)
    for better in (
        {"groups": 80},
        {"members": 20.0},
        {"icc": 0.1},
        {"group_r_squared": 0.5},
        {"unit_r_squared": 0.5},
    ):
        assert minimum_detectable_effect(replace(PLAN, **better), 1.0) < base
    for worse in ({"treated_share": 0.2}, {"effective_share": 0.4}):
        assert minimum_detectable_effect(replace(PLAN, **worse), 1.0) > base


def test_without_clusters_it_is_the_two_sample_formula():
    plan = SurveyPlan(groups=400, members=1, icc=0.3)
    assert plan.variance == pytest.approx(4 / 400, rel=1e-12)


def test_power_at_the_minimum_detectable_effect_is_the_wanted_one():
    effect = minimum_detectable_effect(replace(PLAN, groups=200), 2.0, power=0.9)
    assert power_of(replace(PLAN, groups=200), effect, 2.0) == pytest.approx(0.9, abs=0.005)
    assert power_of(PLAN, 0.0, 1.0) == pytest.approx(0.05, abs=1e-9)


def test_an_effect_beyond_doubt_has_power_one():
    for effect in (3.0, 10.0, 1000.0):  # the noncentral t's lower tail is no number there
        assert power_of(PLAN, effect, 1.0) == power_of(PLAN, -effect, 1.0) == pytest.approx(1.0, abs=1e-12)


def test_groups_needed_is_the_smallest_number():
    number = groups_needed(PLAN, 0.4, 1.0)
    assert minimum_detectable_effect(replace(PLAN, groups=number), 1.0) <= 0.4
    assert minimum_detectable_effect(replace(PLAN, groups=number - 1), 1.0) > 0.4
    with pytest.raises(im.OptionError, match="No survey of up to 100,000 groups"):
        groups_needed(PLAN, 1e-6, 1.0)


def test_formula_agrees_with_simulated_surveys():
    generator = np.random.default_rng(4)
    effect, draws, found = minimum_detectable_effect(PLAN, 1.0), 2000, 0
    shocks = generator.normal(size=(draws, 40)) * np.sqrt(0.2) + generator.normal(size=(draws, 40)) * np.sqrt(
        0.8 / 10
    )
    shocks[:, :20] += effect
    first, second = shocks[:, :20], shocks[:, 20:]
    error = np.sqrt((first.var(1, ddof=1) + second.var(1, ddof=1)) / 20)
    found = (np.abs(first.mean(1) - second.mean(1)) / error > student.ppf(0.975, 38)).mean()
    assert abs(found - 0.8) < 3 * np.sqrt(0.8 * 0.2 / draws)


@pytest.mark.parametrize(
    "wrong", [{"groups": 4}, {"icc": 1.2}, {"treated_share": 1.0}, {"effective_share": 0.0}, {"members": 0.5}]
)
def test_impossible_plans_are_refused(wrong):
    with pytest.raises(im.OptionError, match=next(iter(wrong))):
        replace(PLAN, **wrong)
