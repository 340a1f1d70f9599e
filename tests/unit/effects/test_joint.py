"""Joint inference: wild draws, covariance over outcomes and strategies, families of tests."""

import numpy as np
import pytest
from scipy.special import ndtr

import impact as im
from impact.effects.joint import joint_effects
from impact.effects.multiplicity import holm, romano_wolf, sharpened_q
from impact.effects.variances.sums.group_sums import GroupSums
from impact.effects.variances.wild_bootstrap import Rademacher, Webb, WildBootstrap

OUTCOMES = [
    "income_agr_pc_month",
    "income_labour",
    im.Headcount("income_pc_month", line=580.0, persons="hh_size_pre"),
]


@pytest.fixture(scope="module")
def matched():
    survey = im.synthetic.rural_alliances(11, groups=120)
    sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": OUTCOMES}))
    return {s.name: one for s, one in im.matched_strategies(sample, im.FOUR_STRATEGIES[1:3]).items()}


@pytest.fixture(scope="module")
def joint(matched):
    return joint_effects(matched, bias_adjustment="linear")


def test_the_diagonal_is_the_printed_standard_error(matched, joint):
    errors = np.sqrt(np.diag(joint.covariance))
    for (strategy, outcome), value, error in zip(joint.labels, joint.estimates, errors, strict=True):
        effect = im.estimate(matched[strategy], bias_adjustment="linear").one(outcome)
        assert (value, error) == pytest.approx((effect.estimate, effect.std_error), rel=1e-12)
        variance, freedom = joint.sums.combination(
            np.eye(len(errors))[joint.labels.index((strategy, outcome))]
        )
        assert (variance, freedom) == pytest.approx(
            (effect.std_error**2, effect.degrees_of_freedom), rel=1e-10
        )


def test_a_difference_has_the_variance_of_the_difference(joint):
    kernel, nearest = [label for label in joint.labels if label[1] == "income_labour"]
    contrast = joint.difference(nearest, kernel)
    table = joint.covariance
    variance = table.loc[nearest, nearest] + table.loc[kernel, kernel] - 2 * table.loc[nearest, kernel]
    assert contrast.std_error == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert contrast.std_error < np.sqrt(table.loc[nearest, nearest] + table.loc[kernel, kernel])
    assert contrast.conf_low < contrast.estimate < contrast.conf_high and 0 < contrast.p_value <= 1
    assert joint.difference(kernel, kernel).std_error == 0


def test_wild_draws_by_hand():
    # One arm, two groups with sums 1 and -1: signs alike give t* = 0, signs unlike ±2 over √(2·(2 - 4/2)/1) = 0, so 0 again.
    sums = GroupSums((np.array([[1.0], [-1.0]]),), (np.array([2.0]),))
    assert sums.studentised(np.array([[1.0, 1.0], [1.0, -1.0]])).tolist() == [[0.0], [0.0]]
    # Three groups 1, 1, -2 and signs (1, 1, -1): t* = 4, variance (6 - 16/3)·3/2 = 1.
    sums = GroupSums((np.array([[1.0], [1.0], [-2.0]]),), (np.array([3.0]),))
    assert sums.studentised(np.array([[1.0, 1.0, -1.0]])) == pytest.approx(np.array([[4.0]]))


@pytest.mark.parametrize("multipliers", [Rademacher(), Webb()])
def test_multipliers_have_mean_zero_and_variance_one(multipliers):
    draws = multipliers.draw(np.random.default_rng(0), (2000, 50))
    assert abs(draws.mean()) < 4 / np.sqrt(draws.size) and abs((draws**2).mean() - 1) < 0.01


@pytest.mark.parametrize("multipliers", [Rademacher(), Webb()])
def test_wild_interval_is_near_the_t_interval_with_many_groups(matched, multipliers):
    one = matched["Propensity kernel"]
    plain = im.estimate(one, bias_adjustment="linear")
    wild = im.estimate(one, variance=WildBootstrap(1999, 5, multipliers), bias_adjustment="linear")
    for outcome in ("income_labour", "headcount_580_persons"):
        first, second = plain.one(outcome), wild.one(outcome)
        assert (second.std_error, second.estimate) == (first.std_error, first.estimate)
        assert (second.conf_high - second.estimate) / (first.conf_high - first.estimate) == pytest.approx(
            1, abs=0.15
        )
        normal = 2 * ndtr(
            -abs(first.statistic)
        )  # signs on heavy-tailed sums lie between the normal and the cautious t
        assert normal - 0.01 < second.p_value < first.p_value + 0.01 and second.seed == 5
        assert second.variance.startswith(
            f"wild bootstrap ({multipliers.label}, 1,999 draws) of: linearised by group"
        )


def test_wild_draws_do_not_depend_on_the_order_of_rows(matched):
    sample = matched["Mahalanobis 1-NN"].sample
    turned = im.Sample(
        sample.frame.iloc[::-1],
        treatment="treated", covariates=sample.covariates, outcomes=OUTCOMES, cluster="group_id", sampling_weight="weight",
    )  # fmt: skip
    first, second = (
        im.estimate(im.match(one, im.NearestNeighbor(im.Mahalanobis())), variance=WildBootstrap(199, 1)).one(
            "income_labour"
        )
        for one in (sample, turned)
    )
    assert (first.conf_low, first.conf_high) == pytest.approx((second.conf_low, second.conf_high), rel=1e-9)


def test_family_of_outcomes(joint):
    family = joint.family("Mahalanobis 1-NN", WildBootstrap(999, 3))
    assert len(family) == 3 and (family["holm"] >= family["p_value"]).all()
    assert (family["romano_wolf"] >= family["p_value"] - 1e-12).all()
    assert (family["romano_wolf"] <= family["holm"] + 1e-12).all()
    assert len(joint.family(bootstrap=WildBootstrap(99, 3))) == 6
    with pytest.raises(
        im.OptionError, match="strategy must be one of 'Propensity kernel', 'Mahalanobis 1-NN'; got 'x'"
    ):
        joint.family("x")


def test_holm_and_bonferroni_by_hand():
    assert holm([0.01, 0.02, 0.03, 0.5]).tolist() == pytest.approx([0.04, 0.06, 0.06, 0.5])
    assert holm([0.4, 0.9]).tolist() == pytest.approx([0.8, 0.9])


def test_sharpened_q_values_by_hand():
    # m = 3, q' = q/(1 + q). At q = .004, q' = .00398 and .001 <= q'/3: the first falls; at .003 it does not.
    # At q = .25, q' = .2: stage one rejects the first only, stage two has rate .2·3/2 = .3, and .2 <= .3·2/3: the second falls.
    # At q = .429, q' = .3002: stage one rejects two, stage two has rate .9006, and .9 <= .9006: the third falls.
    assert sharpened_q([0.001, 0.2, 0.9]).tolist() == [0.004, 0.25, 0.429]
    assert sharpened_q([1.0, 1.0]).tolist() == [1.0, 1.0]
    generator = np.random.default_rng(0)
    values = np.concatenate([generator.random(6) / 50, generator.random(6)])
    assert sharpened_q(values).tolist() == pytest.approx(brute_force_q(values))
    assert (sharpened_q(values[::-1])[::-1] == sharpened_q(values)).all()


def brute_force_q(values):
    """Anderson's published loop, hypothesis by hypothesis."""
    number, result = len(values), [1.0] * len(values)

    def rejected(rate):
        ranks = sorted(values)
        passed = [rank for rank, value in enumerate(ranks, 1) if value <= rate * rank / number]
        return max(passed, default=0)

    for step in range(1000, 0, -1):
        rate = step / 1000
        first = rate / (1 + rate)
        count = rejected(first)
        limit = rejected(first * number / (number - count)) if count < number else number
        cut = sorted(values)[limit - 1] if limit else -1
        result = [rate if value <= cut else old for value, old in zip(values, result, strict=True)]
    return result


def test_romano_wolf_by_hand():
    # |t| = 3, 2: the largest draw beats 3 in 1 of 4 draws, the second hypothesis alone beats 2 in 2 of 4.
    draws = np.array([[1.0, 0.5], [-3.5, 1.0], [0.2, -2.5], [0.3, 2.1]])
    assert romano_wolf([3.0, -2.0], draws).tolist() == pytest.approx([2 / 5, 3 / 5])
    # Stepdown p-values never fall: a weaker hypothesis cannot look stronger.
    assert romano_wolf([3.0, 2.9], np.array([[4.0, 0.0], [0.0, 0.0]])).tolist() == pytest.approx(
        [2 / 3, 2 / 3]
    )


def test_joint_effects_need_one_sample(matched):
    first, second = matched.values()
    other = im.Sample(
        first.sample.frame, treatment="treated", covariates=["education_index"], outcomes=["income_labour"]
    )
    alone = im.match(other, im.NearestNeighbor(im.Mahalanobis()))
    with pytest.raises(im.OptionError, match="needs one sample, matched in different ways"):
        joint_effects({"one": second, "alone": alone})


@pytest.mark.filterwarnings("ignore::impact.LittleBiasRemovedWarning", "ignore::impact.OverlapWarning")
def test_without_groups_each_unit_stands_for_itself(matched):
    frame = next(iter(matched.values())).sample.frame
    sample = im.Sample(
        frame, treatment="treated", covariates=["education_index", "assets_pre"], outcomes=["income_labour"]
    )
    near = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2))
    once = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), replace=False, order="closest"))
    joint = joint_effects({"near": near, "once": once})
    by_unit = im.estimate(near, variance=im.ClusterRobust()).one("income_labour")
    assert joint.covariance.loc[("near", "income_labour"), ("near", "income_labour")] == pytest.approx(
        by_unit.std_error**2, rel=1e-12
    )
    contrast = joint.difference(("near", "income_labour"), ("once", "income_labour"))
    assert 0 < contrast.std_error < by_unit.std_error * 2


@pytest.mark.parametrize(
    "variance",
    [im.ClusterRobust(im.BiasReduced(), estimated_slopes=True), im.ClusterRobust(im.InSample())],
    ids=repr,
)
def test_other_linearisations_come_jointly_too(matched, variance):
    joint = joint_effects(matched, bias_adjustment="linear", variance=variance)
    name, one = next(iter(matched.items()))
    effect = im.estimate(one, variance=variance, bias_adjustment="linear").one("income_labour")
    label = (name, "income_labour")
    assert joint.covariance.loc[label, label] == pytest.approx(effect.std_error**2, rel=1e-12)
    wild = im.WildBootstrap(199, linearised=variance)
    table = joint.family(bootstrap=wild).set_index(["strategy", "outcome"])
    drawn = im.estimate(one, variance=wild, bias_adjustment="linear").one("income_labour")
    assert table.loc[label, "p_value"] == drawn.p_value and drawn.std_error == effect.std_error
    with pytest.raises(im.OptionError, match="must draw the terms of this table"):
        joint.family(bootstrap=im.WildBootstrap(199, linearised=im.ClusterRobust()))
    with pytest.raises(im.OptionError, match=r"variance must be an im.ClusterRobust\(\); got CR1"):
        joint_effects(matched, variance=im.CR1())
