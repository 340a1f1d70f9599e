"""Optimal matching, by hand."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.matching.optimal import Optimal
from impact.errors import OptionError, OverlapWarning, SupportError
from tests.surveys import units_by_hand

AGE = im.Euclidean("none")
FEW_KEPT = "ignore:.* units found no comparison:impact.errors.OverlapWarning"


def pairs(matched):
    return matched.pairs[["treated", "control"]].to_numpy().tolist()


def test_the_total_is_smallest_where_greed_pays_more():
    # greedily 36 takes 31 (5) and 30 is left with 44 (14); optimally 30-31 and 36-44 cost 1 + 8
    matched = im.match(units_by_hand([1, 1, 0, 0], [36.0, 30.0, 31.0, 44.0]), Optimal(AGE))
    assert pairs(matched) == [[0, 3], [1, 2]]
    assert matched.pairs["distance"].sum() == 9


def test_two_matches_each_share_the_weight():
    matched = im.match(
        units_by_hand([1, 1, 0, 0, 0, 0], [10.0, 20.0, 9.0, 14.0, 18.0, 25.0]), Optimal(AGE, ratio=2)
    )
    assert pairs(matched) == [[0, 2], [0, 3], [1, 4], [1, 5]]
    assert matched.weights.tolist() == [1, 1, 0.5, 0.5, 0.5, 0.5]


def test_a_caliper_matches_as_many_as_it_allows():
    # nearest first would be 11-10 and leave 12 alone; within 2, 11-9 and 12-10 match both
    with pytest.warns(OverlapWarning):
        matched = im.match(
            units_by_hand([1, 1, 1, 0, 0, 0], [11.0, 12.0, 40.0, 9.0, 10.0, 70.0]),
            Optimal(AGE, caliper=2, caliper_unit="raw"),
        )
    assert pairs(matched) == [[0, 3], [1, 4]]
    assert matched.unmatched.tolist() == [2]


def test_nobody_gets_a_second_match_at_the_expense_of_a_first():
    with pytest.warns(OverlapWarning, match="some get fewer"):
        matched = im.match(units_by_hand([1, 1, 0, 0, 0], [0.0, 100.0, 1.0, 2.0, 3.0]), Optimal(AGE, ratio=2))
    assert np.bincount(matched.pair_positions.focal).tolist() == [2, 1]


def test_exact_columns_and_the_effect_on_the_controls():
    design = units_by_hand([1, 1, 1, 0, 0], [1.0, 2.0, 3.0, 2.9, 1.1], region=list("abbab"))
    matched = im.match(design, Optimal(AGE, exact=("region",)), estimand="ATC")
    assert pairs(matched) == [[0, 3], [1, 4]]
    assert (matched.pairs["focal"] == "control").all()


@pytest.mark.filterwarnings(FEW_KEPT)
def test_more_treated_than_controls_is_named():
    with pytest.warns(OverlapWarning) as caught:
        matched = im.match(units_by_hand([1, 1, 1, 0], [1.0, 2.0, 3.0, 2.2]), Optimal(AGE))
    assert "at least 2 focal units stay unmatched" in str(caught[0].message)
    assert pairs(matched) == [[1, 3]]


def test_a_caliper_that_matches_nobody_is_an_error():
    with pytest.raises(SupportError, match="No unit found a match"):
        im.match(units_by_hand([1, 0, 0], [1.0, 5.0, 9.0]), Optimal(AGE, caliper=1, caliper_unit="raw"))


def test_calipers_in_sds_need_a_score_and_the_ate_is_refused():
    design = units_by_hand([1, 1, 0, 0], [36.0, 30.0, 31.0, 44.0])
    with pytest.raises(OptionError, match="needs a score"):
        im.match(design, Optimal(im.Mahalanobis(), caliper=0.2))
    with pytest.raises(OptionError, match="got 'ATE'"):
        im.match(design, Optimal(AGE), estimand="ATE")


def test_a_problem_too_large_for_memory_says_what_to_do(monkeypatch):
    monkeypatch.setattr("impact.design.matching.optimal._DENSE_CELLS", 10)
    generator = np.random.default_rng(0)
    design = units_by_hand([1] * 5 + [0] * 9, generator.normal(size=14), height=generator.normal(size=14))
    with pytest.raises(OptionError, match="Set a caliper or exact columns"):
        im.match(design, Optimal(im.Mahalanobis()))
    dense = im.match(design, Optimal(im.Mahalanobis(), caliper=10, caliper_unit="raw"))
    assert len(dense.pairs) == 5


def test_ties_follow_labels_not_rows():
    generator = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"treated": generator.random(40) < 0.4, "age": generator.integers(0, 4, 40).astype(float)}
    )
    frame["height"] = generator.integers(0, 3, 40)
    for distance in (im.PropensityScore(), im.Mahalanobis()):
        first, second = (
            im.match(im.Sample(table, treatment="treated", covariates=["age", "height"]), Optimal(distance))
            for table in (frame, frame.sample(frac=1, random_state=5))
        )
        pd.testing.assert_series_equal(first.weights, second.weights.loc[first.weights.index])
