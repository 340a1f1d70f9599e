"""Optimal matching against R's MatchIt 4.7.1 with optmatch 0.10.8.

Several matches can be optimal, and optmatch rounds distances before it solves: its totals are a little above
the smallest. So the number of matches and the effective size agree exactly, and our total is not above R's;
that it is the smallest there is, is shown by scipy's assignment solver on the whole distance matrix.
"""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import impact as im
from impact.design.matching.optimal import Optimal
from tests.reference.cases import data_name, load_cases, load_sample

CASES = {name: case for name, case in load_cases("matchit").items() if name.startswith("matchit.optimal")}


@pytest.mark.parametrize("name", CASES)
def test_total_distance_counts_and_smallest_total(name):
    case = CASES[name]
    results, sample = case["results"], load_sample(data_name(case))
    ratio = case["settings"].get("ratio", 1)
    distance = im.Mahalanobis() if case["settings"].get("distance") == "mahalanobis" else im.PropensityScore()
    matched = im.match(sample, Optimal(distance, ratio=ratio))
    assert len(matched.pairs) == results["n_pairs"]
    assert len(matched.unmatched) == results["n_focal_unmatched"] == 0
    assert matched.ess["control"] == results["weights"]["control"]["ess"]
    total = matched.pairs["distance"].sum()
    if "sum_abs_distance_in_pairs" in results:
        assert total <= results["sum_abs_distance_in_pairs"] * (1 + 1e-9)
    points = matched.measure.coordinates * matched.measure.unit
    matrix = cdist(points[sample.treated], points[~sample.treated])
    row, column = linear_sum_assignment(np.repeat(matrix, ratio, axis=0))
    np.testing.assert_allclose(total, matrix[row // ratio, column].sum(), rtol=1e-9)
