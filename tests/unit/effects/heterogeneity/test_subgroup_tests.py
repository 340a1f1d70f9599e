"""Equality, trend and the ratio of subgroup effects, by hand and against their definitions."""

import numpy as np
import pytest
from scipy import stats

from impact.effects.heterogeneity.subgroup_tests import effect_ratio, equality_test, trend_test
from impact.effects.variances.sums.covariance import ArmMeans, EffectsTogether, joint_levels, joint_percents
from impact.effects.variances.sums.group_sums import GroupSums, Ways
from impact.errors import EstimationError, OptionError


def together(names, values, sums, scale):
    """Hold effects together by one array of group contributions, as of one arm."""
    counts = np.full(len(names), float(len(sums)))
    return EffectsTogether(names, values, GroupSums((sums,), (counts,)), scale)


def joint(values, groups=40, seed=0, scale="level"):
    generator = np.random.default_rng(seed)
    common = generator.normal(size=(groups, 1))
    sums = (generator.normal(size=(groups, len(values))) + common) / groups**0.5
    names = tuple(f"Q{number}" for number in range(1, len(values) + 1))
    return together(names, np.array(values, dtype=float), sums, scale)


def test_equality_of_two_effects_is_the_t_test_of_their_difference():
    effects = joint([3.0, 1.0])
    gap, error, freedom = effects.contrast(np.array([-1.0, 1.0]))
    test = equality_test(effects)
    assert test.statistic == pytest.approx((gap / error) ** 2, rel=1e-12)
    assert (test.numerator, test.denominator) == (1, pytest.approx(freedom, rel=1e-12))
    assert test.p_value == pytest.approx(2 * stats.t.sf(abs(gap / error), freedom), rel=1e-10)


def test_equality_by_hand():
    # Independent effects 0, 1, 2 with variance 1 each, in 12 groups: the Wald statistic is the sum of squares
    # around the mean, 2; with |S̃|² summing to m = 2 equally over 12 groups of which each effect has 4.
    sums = np.kron(np.eye(3), np.full((4, 1), 0.5))
    effects = together(("a", "b", "c"), np.array([0.0, 1, 2]), sums, "level")
    np.testing.assert_allclose(effects.covariance, np.eye(3), atol=1e-15)
    test = equality_test(effects)
    # |S̃_g|² = .25 · (I − 1/3)_kk = 1/6 for each of 12 groups; ν = 2·3/(2 · 12/36) = 9, so that F = 2 · 8/(9 · 2).
    assert test.statistic == pytest.approx(2.0, rel=1e-12)
    assert (test.denominator, test.f_statistic) == (pytest.approx(8.0), pytest.approx(8 / 9))
    assert test.p_value == pytest.approx(stats.f.sf(8 / 9, 2, 8), rel=1e-10)


def test_equality_does_not_depend_on_the_order_or_the_unit():
    effects = joint([1.0, 4, 2, 2, 0])
    moved = effects.take([3, 0, 4, 2, 1])
    rescaled = together(effects.names, 7 * effects.values, 7 * effects.sums.contributions, "level")
    for other in (moved, rescaled):
        assert equality_test(other).p_value == pytest.approx(equality_test(effects).p_value, rel=1e-9)
    shifted = together(effects.names, effects.values + 100, effects.sums.contributions, "level")
    assert equality_test(shifted).statistic == pytest.approx(equality_test(effects).statistic, rel=1e-9)


def test_equality_rejects_at_its_level_when_nothing_differs():
    generator = np.random.default_rng(5)
    rejected = 0
    for _ in range(2000):
        sums = generator.normal(size=(60, 5)) @ np.linalg.cholesky(0.5 * np.eye(5) + 0.5).T / 60**0.5
        error = generator.multivariate_normal(np.zeros(5), 0.5 * np.eye(5) + 0.5)
        rejected += equality_test(together(tuple("abcde"), error, sums, "level")).p_value < 0.05
    assert 0.02 < rejected / 2000 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)  # conservative, never liberal


def test_trend_is_the_least_squares_slope_in_the_effects_own_unit_or_points():
    effects = together(("a", "b", "c"), np.array([1.0, 2, 4]), np.eye(3), "level")
    trend = trend_test(effects)
    assert trend.slope == pytest.approx(1.5) and trend.std_error == pytest.approx(np.sqrt(0.5))
    points = trend_test(
        together(effects.names, effects.values / 100, effects.sums.contributions / 100, "percent")
    )
    assert points.slope == pytest.approx(1.5) and points.conf_low == pytest.approx(trend.conf_low)
    reach = stats.t.ppf(0.975, 2) * np.sqrt(0.5)
    assert (trend.conf_low, trend.conf_high) == (pytest.approx(1.5 - reach), pytest.approx(1.5 + reach))


def test_every_ratio_inside_fiellers_interval_is_not_rejected_and_every_one_outside_is():
    effects = joint([40.0, 10.0], scale="percent")
    found = effect_ratio(effects, "Q1", "Q2", level=0.9)
    assert found.ratio == 4.0 and found.shape == "interval" and found.conf_low < 4 < found.conf_high
    _, _, freedom = effects.contrast(np.array([1.0, -4.0]))
    critical = stats.t.ppf(0.95, freedom)
    for end in (found.conf_low, found.conf_high):
        gap, error, _ = effects.contrast(np.array([1.0, -end]))
        assert abs(gap / error) == pytest.approx(critical, rel=1e-9)
    gap, error, _ = effects.contrast(np.array([1.0, -(found.conf_high + 0.1)]))
    assert abs(gap / error) > critical


def test_the_ratio_turned_round_has_the_inverse_interval():
    effects = joint([40.0, 10.0])
    one, other = effect_ratio(effects, "Q1", "Q2"), effect_ratio(effects, "Q2", "Q1")
    assert other.conf_low == pytest.approx(1 / one.conf_high, rel=1e-9)
    assert other.conf_high == pytest.approx(1 / one.conf_low, rel=1e-9)


def test_where_the_denominator_may_be_zero_nothing_bounds_the_ratio_and_the_text_says_so():
    outside = effect_ratio(joint([40.0, 0.5]), "Q1", "Q2")
    assert outside.shape == "outside" and outside.conf_low < 0 < outside.conf_high
    assert "may be zero" in repr(outside) and "up to" in repr(outside)
    everything = effect_ratio(joint([0.3, 0.2]), "Q1", "Q2")
    assert (everything.shape, everything.conf_low, everything.conf_high) == ("everything", -np.inf, np.inf)
    assert "every number" in repr(everything)


def test_unknown_subgroups_and_single_ones_and_too_few_groups_are_refused():
    with pytest.raises(OptionError, match="'Q9'"):
        effect_ratio(joint([1.0, 2.0]), "Q1", "Q9")
    with pytest.raises(EstimationError, match="at least two subgroups"):
        equality_test(joint([1.0]))
    with pytest.raises(EstimationError, match="singular"):
        equality_test(joint([1.0, 2, 3, 4, 5], groups=3))
    with pytest.raises(EstimationError, match="needs more groups"):
        equality_test(joint([1.0, 2, 3, 4, 5], groups=4))


def arm_means(treated, control, terms, active):
    return ArmMeans(treated, control, np.asarray(terms, float), np.zeros(len(terms)), np.asarray(active))


def test_covariance_runs_over_the_groups_that_subgroups_share():
    # Units 0-5 treated in groups 0, 0, 1, 1, 2, 2; subgroup a holds units 0, 2, 4 and b units 1, 3, 5.
    codes = np.array([0, 0, 1, 1, 2, 2, 3, 4])
    treated = np.array([True] * 6 + [False] * 2)
    first = np.array([1.0, 0, 2, 0, 3, 0, 0, 0])
    second = np.array([0, 4.0, 0, 5, 0, 6, 0, 0])
    everyone = np.ones(8, dtype=bool)
    means = [arm_means(3.0, 1.0, terms, everyone) for terms in (first, second)]
    found = joint_levels(("a", "b"), means, Ways(codes), treated)
    np.testing.assert_allclose(found.covariance, 1.5 * np.array([[14.0, 32], [32, 77]]))
    np.testing.assert_allclose(found.values, [2.0, 2.0])


def test_percents_are_linearised_ratios():
    codes, treated = np.arange(4), np.array([True, True, False, False])
    means = ArmMeans(6.0, 4.0, np.array([1.0, -1, 0, 0]), np.array([0, 0, 0.5, -0.5]), np.ones(4, dtype=bool))
    found = joint_percents(("a",), [means], Ways(codes), treated)
    assert found.values[0] == pytest.approx(0.5)
    # (ψT − 1.5 ψC)/4: variance 2 (2 · 1² + 2 · .75²)/16
    assert found.covariance[0, 0] == pytest.approx(2 * (2 + 2 * 0.75**2) / 16)
