"""One way of summing, one answer: tables, joint tests, subgroups and bands have the same error for the same estimate."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.heterogeneity.quintiles import quintile_comparison
from impact.effects.joint import joint_effects
from impact.effects.variances.sums.group_sums import GroupSums, Ways
from impact.effects.variances.sums.side_by_side import Terms, side_by_side

pytestmark = pytest.mark.filterwarnings("ignore::impact.ImpactWarning")

INDEX = im.PropensityScore(scale="linear")
ONCE = {
    "once": im.NearestNeighbor(INDEX, replace=False, order="closest"),
    "optimal": im.Optimal(im.Mahalanobis()),
    "full": im.Full(im.Mahalanobis()),
    "subclasses": im.Subclassification(INDEX, subclasses=4),
    "kernel": im.Kernel(INDEX, bandwidth=0.5),
}


def bending_survey(groups=60, size=5, seed=3):
    """Draw groups of households whose outcome bends in the covariates, where sets matter."""
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    x, z = generator.normal(size=(2, groups))[:, group] * 0.5 + generator.normal(size=(2, len(group)))
    treated = (generator.random(groups) < 0.33)[group]
    income = 9 + 2 * np.sin(2.5 * x) + z + treated + generator.normal(size=groups)[group] * 0.4
    return pd.DataFrame(
        {
            "treated": treated,
            "x": x,
            "z": z,
            "group": group,
            "income": income + generator.normal(size=len(group)),
        }
    ).assign(sales=lambda table: np.exp(table["income"] / 6))


def bending_sample(cluster, **changes):
    frame = bending_survey(**changes)
    return im.Sample(frame, "treated", ["x", "z"], ["income", "sales"], cluster=cluster)


@pytest.mark.parametrize("adjustment", [None, "linear"])
@pytest.mark.parametrize("cluster", ["group", None])
def test_joint_effects_have_the_errors_of_the_table(cluster, adjustment):
    data = bending_sample(cluster)
    matched = {name: im.match(data, strategy) for name, strategy in ONCE.items()}
    by = im.ClusterRobust()
    joint = joint_effects(matched, bias_adjustment=adjustment, variance=by)
    errors = np.sqrt(np.diag(joint.covariance))
    for (strategy, outcome), error in zip(joint.labels, errors, strict=True):
        effect = im.estimate(matched[strategy], variance=by, bias_adjustment=adjustment).one(outcome)
        assert error == pytest.approx(effect.std_error, rel=1e-9), (strategy, outcome)


def test_two_ways_differ_from_one_here():
    data = bending_sample("group")
    matched = im.match(data, ONCE["optimal"])
    error = im.estimate(matched).one("income").std_error
    sums = joint_effects({"optimal": matched}).sums
    assert error < 0.9 * np.sqrt(sums.by_group[0, 0])


@pytest.mark.parametrize("cluster", ["group", None])
def test_the_same_match_under_two_names_has_no_difference(cluster):
    matched = im.match(bending_sample(cluster), ONCE["optimal"])
    joint = joint_effects(
        {"one": matched, "two": matched, "kernel": im.match(matched.sample, ONCE["kernel"])}
    )
    contrast = joint.difference(("one", "income"), ("two", "income"))
    assert contrast.std_error < 1e-6 * joint.difference(("one", "income"), ("kernel", "income")).std_error


@pytest.mark.parametrize("strategy", ["optimal", "full", "subclasses", "kernel"])
@pytest.mark.parametrize("cluster", ["group", None])
def test_tests_of_subgroups_have_the_errors_of_their_rows(cluster, strategy):
    data = bending_sample(cluster, groups=120)
    found = quintile_comparison(
        data, ONCE[strategy], "income", by=im.Baseline("x"), quantiles=2, variance=im.ClusterRobust()
    )
    for k, row in enumerate(found.table.effects):
        value, error, freedom = found.levels.contrast(np.eye(2)[k])
        assert (value, error) == pytest.approx((row.estimate, row.std_error), rel=1e-9)
        assert freedom == pytest.approx(row.degrees_of_freedom, rel=1e-9)
        percent = found.percents.contrast(np.eye(2)[k])
        reach = (row.percent_conf_high - row.percent_conf_low) / (row.conf_high - row.conf_low)
        assert 100 * percent[1] / row.std_error == pytest.approx(reach, rel=1e-8)


def test_two_ways_by_hand():
    # Units a, b treated in groups 0, 1; c, d controls in groups 2, 3; sets {a, c}, {b, d}; terms 1, 2, -3, 1.
    terms, treated = np.array([[1.0], [2.0], [-3.0], [1.0]]), np.array([True, True, False, False])
    ways = Ways(np.arange(4), np.array([0, 1, 0, 1]))
    sums = ways.sums(terms, np.ones(4, dtype=bool), treated)
    # by group 2·(1 + 4) + 2·(9 + 1) = 30; by set 2·(4 + 9) = 26; by both as by group: 26
    assert sums.by_group[0, 0] == pytest.approx(30) and sums.variances()[0] == pytest.approx([26])
    # degrees of freedom by group: 30² / (4·(1 + 16) + 4·(81 + 1))
    assert sums.combination(np.ones(1)) == pytest.approx((26, 900 / 396))


def test_where_two_ways_are_not_positive_the_larger_stands():
    sums = GroupSums((np.array([[1.0], [1.0]]),), (np.array([2.0]),), (np.array([[0.5]]), np.array([[4.0]])))
    assert sums.variances()[0] == pytest.approx([2.0]) and sums.fallen_back.tolist() == [True]
    assert sums.covariance.tolist() == [[2.0]]


def test_a_unit_in_no_set_counts_by_its_group_alone():
    terms, treated = np.ones((6, 1)), np.array([True] * 3 + [False] * 3)
    sets = np.array([0, 1, -1, 0, 1, -1])
    ways, active = Ways(np.arange(6), sets), np.array([True, True, True, True, True, False])
    sums = ways.sums(terms, active, treated)
    # by group 1.5·3 + 2·2 = 8.5; by set 2·(4 + 4); by both 2·2 + 2·2
    assert sums.variances()[0] == pytest.approx([8.5 + 16 - 8])


def test_draws_by_unit_do_not_depend_on_the_order_of_the_rows():
    frame = bending_survey().set_index(pd.Index([f"h{k:03d}" for k in range(300)]))
    drawn = []
    for table in (frame, frame.sample(frac=1, random_state=1)):
        data = im.Sample(table, "treated", ["x", "z"], ["income"])
        matched = im.match(data, ONCE["kernel"])
        drawn.append(im.estimate(matched, variance=im.WildBootstrap(199, seed=4)).one("income"))
    assert drawn[0].conf_low == pytest.approx(drawn[1].conf_low, rel=1e-9)
    assert drawn[0].p_value == drawn[1].p_value


def test_arms_of_one_match_stay_pooled_beside_another_by_arm():
    treated = np.array([True, True, False, False])
    terms, everyone = np.array([[1.0], [2.0], [3.0], [4.0]]), np.ones(4, dtype=bool)
    parts = [Terms(terms, everyone, pooled, Ways(np.arange(4))) for pooled in (False, True)]
    sums = side_by_side(parts, treated, np.arange(4))
    assert np.diag(sums.covariance) == pytest.approx([2 * 5 + 2 * 25, 4 / 3 * 30])
