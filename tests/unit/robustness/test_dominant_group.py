"""One group's share of weight and variance, against sums by hand, and the estimate without it."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.robustness.dominant_group import dominant_groups, group_shares
from impact.robustness.four_strategies import Specification

EXACT = Specification("exact", im.Exact(["kind"]))


def survey_with_a_rich_group(sizes=(2, 2, 2, 2, 2, 2, 2, 2), rich=7):
    """Groups 0-3 treated, 4-7 not; one kind of unit, so that matching weighs every unit of an arm alike."""
    group = np.repeat(np.arange(8), sizes)
    income = np.arange(len(group), dtype=float) % 3 + 10 * (group == rich)
    frame = pd.DataFrame(
        {"treated": group < 4, "kind": np.arange(len(group)) % 2, "group": group, "income": income}
    )
    return im.Sample(frame, "treated", ["kind"], ["income"], cluster="group")


def test_shares_are_those_of_sums_by_hand():
    sample = survey_with_a_rich_group()
    matched = im.match(sample, im.Exact(["kind"]))
    table = group_shares(matched, "income").set_index("group")
    assert table["weight_share"].to_numpy() == pytest.approx(0.25)
    assert table.index[0] == 7 and table["variance_share"].sum() == pytest.approx(1)
    assert table["variance_share"].iloc[0] > 1 / 3 and table["units"].eq(2).all()
    assert list(table.index[table["treated"]].sort_values()) == [0, 1, 2, 3]


def test_the_largest_group_is_named_with_the_estimate_without_it():
    sample = survey_with_a_rich_group()
    matched = im.match(sample, im.Exact(["kind"]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.FewClustersWarning)
        effects = EXACT.effects(matched)
        (found,) = dominant_groups(EXACT, matched, list(effects))
        others = sample.take((sample.frame["group"] != 7).to_numpy())
        expected = EXACT.effects(EXACT.matched(others)).one("income")
    assert (found.group, found.treated, found.outcome) == ("7", False, "income")
    assert found.share == found.variance_share > found.weight_share == pytest.approx(0.25)
    assert found.without.estimate == expected.estimate and found.without.conf_low == expected.conf_low


def test_even_groups_with_enough_degrees_of_freedom_are_left_alone():
    rng = np.random.default_rng(1)
    group = np.repeat(np.arange(60), 5)
    frame = pd.DataFrame(
        {"treated": group % 2, "age": rng.normal(size=300), "group": group, "income": rng.normal(size=300)}
    )
    sample = im.Sample(frame, "treated", ["age"], ["income"], cluster="group")
    kernel = Specification("kernel", im.Kernel(im.PropensityScore()))
    matched = kernel.matched(sample)
    assert dominant_groups(kernel, matched, list(kernel.effects(matched))) == ()
    alone = im.Sample(frame, "treated", ["age"], ["income"])
    assert dominant_groups(kernel, kernel.matched(alone), list(kernel.effects(kernel.matched(alone)))) == ()


def test_where_nothing_is_left_without_the_group_there_is_no_estimate():
    group = np.repeat([0, 1, 2, 3], [4, 4, 12, 4])
    frame = pd.DataFrame(
        {"treated": group < 2, "kind": np.arange(24) % 2, "group": group, "income": np.arange(24.0) ** 2}
    )
    sample = im.Sample(frame, "treated", ["kind"], ["income"], cluster="group")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.FewClustersWarning)
        matched = EXACT.matched(sample)
        (found,) = dominant_groups(EXACT, matched, list(EXACT.effects(matched)))
    assert found.group == "2" and found.weight_share == pytest.approx(0.75)
    assert found.without is None  # one control group is left, which cannot tell its own error
