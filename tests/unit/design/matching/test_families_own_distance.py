"""Optimal, full and generalised full matching on a table of distances, where some pairs are forbidden."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.balance.total_distance import total_distance
from impact.design.distances.own import CustomDistance, DistanceMatrix
from impact.design.matching.full import Full
from impact.design.matching.optimal import Optimal
from impact.design.matching.quick_full import QuickFull
from impact.errors import OverlapWarning

FEW_KEPT = "ignore:.* units found no comparison:impact.errors.OverlapWarning"
FAR = np.inf
TRAVEL = pd.DataFrame(
    [[1.0, 2.0, FAR, FAR], [1.0, 9.0, FAR, FAR], [FAR, FAR, FAR, FAR]],
    index=list("abc"),
    columns=list("wxyz"),
)
SAMPLE = im.Sample(
    pd.DataFrame({"treated": [1] * 3 + [0] * 4, "age": np.arange(7.0)}, index=list("abcwxyz")),
    treatment="treated",
    covariates=["age"],
)


@pytest.mark.filterwarnings(FEW_KEPT)
def test_optimal_pairs_of_a_table():
    matched = im.match(SAMPLE, Optimal(DistanceMatrix(TRAVEL)))
    assert matched.pairs[["treated", "control", "distance"]].to_numpy().tolist() == [
        ["a", "x", 2.0],
        ["b", "w", 1.0],
    ]
    assert matched.unmatched.tolist() == ["c"]


@pytest.mark.filterwarnings(FEW_KEPT)
@pytest.mark.parametrize(
    "family", [Full, QuickFull]
)  # b and x, whom nobody points to, are the seeds of QuickFull
def test_sets_of_a_table_leave_out_who_may_be_paired_with_nobody(family):
    matched = im.match(SAMPLE, family(DistanceMatrix(TRAVEL)))
    assert matched.subclass.notna().tolist() == [True, True, False, True, True, False, False]
    assert total_distance(matched) == 2.0 + 1.0


def test_a_bounded_full_matching_of_a_table():
    table = TRAVEL.iloc[:2].replace(FAR, 20.0)
    with pytest.warns(OverlapWarning, match="found no comparison"):
        design = im.Sample(SAMPLE.frame.drop("c"), treatment="treated", covariates=["age"])
        matched = im.match(
            design, Full(DistanceMatrix(table), caliper=10, caliper_unit="raw", max_controls=1), "ATC"
        )
    assert total_distance(matched) == 3.0


def test_the_city_block_full_matching_is_the_smallest():
    generator = np.random.default_rng(1)
    frame = pd.DataFrame(generator.normal(size=(60, 2)), columns=["age", "herd"])
    frame["treated"] = np.arange(60) < 20
    sample = im.Sample(frame, treatment="treated", covariates=["age", "herd"])

    def city(first, second):
        return np.abs(first.to_numpy()[:, None] - second.to_numpy()).sum(2)

    matched = im.match(sample, Full(CustomDistance(city)))
    free = im.match(sample, Full(CustomDistance(city), min_controls=1 / 20, max_controls=40))
    np.testing.assert_allclose(total_distance(matched), total_distance(free), rtol=1e-9)
    assert total_distance(matched) < total_distance(im.match(sample, QuickFull(CustomDistance(city))))
