"""The four strategies and their table."""

import numpy as np
import pytest

import impact as im
from tests.surveys import alliances_sample


@pytest.fixture(scope="module")
def sample():
    outcomes = ["income_agr_pc_month", im.Headcount("income_pc_month", line=580.0, persons="hh_size_pre")]
    return alliances_sample(11, 120, outcomes=outcomes)


@pytest.fixture(scope="module")
def table(sample):
    return im.four_strategies(sample)


def test_the_four_strategies_are_the_declared_ones():
    nearest, kernel, single, four = im.FOUR_STRATEGIES
    assert nearest.strategy == im.NearestNeighbor(im.PropensityScore(scale="linear"), ratio=1, caliper=0.2)
    assert kernel.strategy == im.Kernel(im.PropensityScore(), "epanechnikov", 0.06)
    assert single.strategy == im.NearestNeighbor(im.Mahalanobis(), ratio=1)
    assert four.strategy == im.NearestNeighbor(im.Mahalanobis(), ratio=4)
    assert {specification.bias_adjustment for specification in im.FOUR_STRATEGIES} == {"suited"}


def test_rows_are_strategies_by_outcomes_by_group(table, sample):
    frame = table.frame
    assert frame["strategy"].drop_duplicates().tolist() == [
        specification.name for specification in im.FOUR_STRATEGIES
    ]
    assert len(frame) == 4 * len(sample.outcomes)
    assert frame["variance"].str.contains(r"by group, bias-reduced \(CR2\), slopes estimated").all()
    assert (frame["effective_control_clusters"] < frame["n_clusters"]).all()
    assert ((frame["share_on_support"] > 0.9) & (frame["share_on_support"] <= 1)).all()
    assert table.synthetic and "SYNTHETIC" in repr(table)


def test_the_note_says_which_strategies_and_that_the_report_names_none(table):
    assert any("section 4.9" in note and "names none" in note for note in table.notes)


def test_one_strategy_of_the_table_is_the_estimate_by_itself(table, sample):
    kernel = im.FOUR_STRATEGIES[1]
    line = im.LinearAdjustment()  # 120 groups are too few for the squares of these covariates
    alone = im.estimate(im.match(sample, kernel.strategy), bias_adjustment=line).one("income_agr_pc_month")
    row = table.one("income_agr_pc_month", strategy=kernel.name)
    for name in ("estimate", "std_error", "conf_low", "percent_effect", "ess_control", "max_abs_smd"):
        assert getattr(alone, name) == getattr(row, name)


def test_unadjusted_rows_are_added_on_request(sample):
    frame = im.four_strategies(sample, im.FOUR_STRATEGIES[1:2], unadjusted=True).frame
    assert frame["strategy"].unique().tolist() == ["Propensity kernel", "Propensity kernel, unadjusted"]
    assert frame["bias_adjustment"].unique().tolist() == ["linear", "none"]
    assert not np.allclose(frame["estimate"].iloc[:2], frame["estimate"].iloc[2:])


def test_names_must_differ(sample):
    kernel = im.FOUR_STRATEGIES[1]
    with pytest.raises(
        im.OptionError, match=r"specifications must have different names; 'Propensity kernel' appears twice"
    ):
        im.four_strategies(sample, [kernel, kernel])
