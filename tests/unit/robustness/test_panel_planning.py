"""Plans with waves: by hand, by their limits, and against drawn group means."""

import math

import numpy as np
import pytest

import impact as im
from impact.robustness.planning.panel_plan import group_mean_moments
from impact.robustness.planning.power_formula import groups_needed, minimum_detectable_effect, power_of

BASE = {"groups": 100, "members": 10, "icc": 0.2, "group_correlation": 0.6, "unit_correlation": 0.3}


def drawn_group_means(plan, waves, draws, seed=0):
    """Return means of every group by wave over many surveys, of an outcome with variance 1: households one by one."""
    generator = np.random.default_rng(seed)
    shape = (draws, plan.groups, waves)

    def correlated(size, correlation, variance):
        shared = generator.standard_normal((*size[:-1], 1)) * math.sqrt(correlation)
        return math.sqrt(variance) * (shared + generator.standard_normal(size) * math.sqrt(1 - correlation))

    groups = correlated(shape, plan.group_correlation, plan.icc)
    members = correlated((draws, plan.groups, int(plan.members), waves), plan.unit_correlation, 1 - plan.icc)
    return groups + members.mean(2)


def test_two_waves_by_hand():
    """v = .2 + .8/10 = .28, c = .2 × .6 + .08 × .3 = .144, R = .5143; 50 groups an arm."""
    v, c = 0.28, 0.144
    expected = {
        "difference-in-differences": 2 * (v - c) * 2 / 50,
        "ancova": v * (1 - (c / v) ** 2) * 2 / 50,
        "follow-up": v * 2 / 50,
    }
    for analysis, variance in expected.items():
        assert im.PanelPlan(**BASE, analysis=analysis).variance == pytest.approx(variance)


def test_the_follow_up_alone_is_the_plain_plan():
    plain = im.SurveyPlan(groups=100, members=10, icc=0.2, effective_share=0.4)
    plan = im.PanelPlan(**BASE, analysis="follow-up", effective_share=0.4)
    assert plan.variance == pytest.approx(plain.variance)
    assert plan.degrees_of_freedom == pytest.approx(plain.degrees_of_freedom)


@pytest.mark.parametrize("before", [1, 2, 3])
@pytest.mark.parametrize("after", [1, 2, 4])
@pytest.mark.parametrize("correlations", [(0.0, 0.0), (0.3, 0.9), (0.9, 0.2)])
def test_ancova_is_never_worse(before, after, correlations):
    plans = {
        analysis: im.PanelPlan(100, 8, 0.3, *correlations, analysis, before, after).variance
        for analysis in ("difference-in-differences", "ancova", "follow-up")
    }
    assert plans["ancova"] <= min(plans.values()) + 1e-15


@pytest.mark.parametrize("analysis", ["difference-in-differences", "ancova", "follow-up"])
def test_the_variance_is_that_of_drawn_surveys(analysis):
    plan = im.PanelPlan(**BASE, analysis=analysis, baseline_waves=2, follow_up_waves=2)
    means = drawn_group_means(plan, 4, draws=1_500)
    before, after = means[..., :2].mean(2), means[..., 2:].mean(2)
    _, correlation = group_mean_moments(plan)
    slope = {  # of the follow-up mean on the baseline mean: 2R/(1 + R) for two waves each
        "difference-in-differences": 1.0, "follow-up": 0.0, "ancova": 2 * correlation / (1 + correlation),
    }[analysis]  # fmt: skip
    adjusted = after - slope * before
    effects = adjusted[:, :50].mean(1) - adjusted[:, 50:].mean(1)
    assert effects.var() == pytest.approx(plan.variance, rel=4 * math.sqrt(2 / 1_500))


@pytest.mark.parametrize("not_yet_treated", [True, False])
def test_staggered_entry_is_that_of_drawn_surveys(not_yet_treated):
    plan = im.StaggeredPlan(**BASE, waves=4, entry={2: 0.3, 4: 0.3, 0: 0.4}, not_yet_treated=not_yet_treated)
    means = drawn_group_means(plan, 4, draws=1_500, seed=1)
    cohorts = {2: means[:, :30].mean(1), 4: means[:, 30:60].mean(1), 0: means[:, 60:].mean(1)}
    cells = []
    for wave, cohort in ((2, 2), (3, 2), (4, 2), (4, 4)):
        later = [cohorts[0]] if not not_yet_treated or wave == 4 else [cohorts[0], cohorts[4]]
        weights = [40] if len(later) == 1 else [40, 30]
        control = np.average(later, axis=0, weights=weights)
        base = cohort - 2
        change = cohorts[cohort][:, wave - 1] - cohorts[cohort][:, base]
        cells.append(change - (control[:, wave - 1] - control[:, base]))
    effects = np.mean(cells, axis=0)  # the two cohorts are of one size
    assert effects.var() == pytest.approx(plan.variance, rel=4 * math.sqrt(2 / 1_500))


def test_staggered_entry_with_two_waves_is_the_difference():
    staggered = im.StaggeredPlan(**BASE, waves=2, entry={2: 0.5, 0: 0.5})
    assert staggered.variance == pytest.approx(im.PanelPlan(**BASE).variance)


def test_not_yet_treated_controls_help():
    entry = {2: 0.3, 3: 0.4, 4: 0.2, 0: 0.1}
    pipeline, never = (
        im.StaggeredPlan(**BASE, waves=4, entry=entry, not_yet_treated=choice).variance
        for choice in (True, False)
    )
    assert pipeline < never


def test_attrition_and_power_go_the_right_way():
    whole, thinned = im.PanelPlan(**BASE), im.PanelPlan(**BASE, attrition=0.3)
    assert thinned.variance > whole.variance
    effect = minimum_detectable_effect(whole, 1.0)
    assert power_of(whole, effect, 1.0) == pytest.approx(0.8, abs=0.005)
    assert groups_needed(whole, effect, 1.0) == pytest.approx(100, abs=1)


def test_the_cheapest_design_has_about_the_textbook_s_members():
    plan = im.SurveyPlan(groups=100, members=10, icc=0.1)
    table = im.cost_of_designs(plan, 0.15, 1.0, group_cost=400, member_cost=40)
    assert table["cost"].is_monotonic_increasing
    assert abs(table["members"].iloc[0] - math.sqrt(10 * 0.9 / 0.1)) <= 1.5
    assert (table["interviews"] == table["groups"] * table["members"]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"entry": {2: 0.5, 0: 0.4}}, "add up to 1"),
        ({"entry": {1: 0.5, 0: 0.5}}, "wave of entry"),
        ({"entry": {2: 1.0}}, "nobody to compare with"),
        ({"entry": {2: 0.5, 3: 0.5}, "not_yet_treated": False}, "nobody to compare with"),
    ],
)
def test_plans_without_comparison_are_refused(options, message):
    with pytest.raises(im.OptionError, match=message):
        im.StaggeredPlan(**BASE, waves=4, **options)


def test_other_refusals():
    with pytest.raises(im.OptionError, match="analysis must be one of"):
        im.PanelPlan(**BASE, analysis="anova")
    with pytest.raises(im.OptionError, match="every design is free"):
        im.cost_of_designs(im.PanelPlan(**BASE), 0.2, 1.0, 0, 0)
    with pytest.raises(im.OptionError, match="No design"):
        im.cost_of_designs(im.PanelPlan(**BASE), 1e-6, 1.0, 1, 1)
