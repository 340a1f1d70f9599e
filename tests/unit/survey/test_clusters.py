import numpy as np
import pandas as pd
import pytest

from impact.errors import DataError
from impact.survey.clusters import (
    SurveyDesign,
    cluster_totals,
    group_codes,
    stratified_cluster_covariance,
    stratified_cluster_variance,
)

SCORES = np.array([1.0, 2.0, 4.0, -3.0, 5.0, 0.5])
CLUSTER = ["a", "b", "a", "c", "d", "c"]
STRATUM = ["north", "north", "north", "south", "south", "south"]


def test_group_codes_follow_the_sorted_labels_whatever_the_row_order():
    assert group_codes(["b", "a", "c", "a"]).tolist() == [1, 0, 2, 0]
    assert group_codes(pd.Categorical(["b", "a"], categories=["b", "a", "never"])).tolist() == [0, 1]


def test_totals_by_cluster_of_one_and_of_several_columns():
    codes = group_codes(CLUSTER)
    assert cluster_totals(SCORES, codes).tolist() == [5.0, 2.0, -2.5, 5.0]
    both = cluster_totals(np.column_stack([SCORES, np.ones(6)]), codes)
    assert both.tolist() == [[5.0, 2.0], [2.0, 1.0], [-2.5, 2.0], [5.0, 1.0]]


def test_variance_by_hand():
    # north: totals 5 and 2, mean 3.5: 2/1 * (1.5² + 1.5²) = 9
    # south: totals −2.5 and 5, mean 1.25: 2/1 * (3.75² + 3.75²) = 56.25
    assert stratified_cluster_variance(SCORES, CLUSTER, STRATUM) == pytest.approx(9 + 56.25, rel=1e-14)
    # one stratum: totals 5, 2, −2.5, 5, mean 2.375: 4/3 * (2.625² + .375² + 4.875² + 2.625²)
    assert stratified_cluster_variance(SCORES, CLUSTER) == pytest.approx(4 / 3 * 37.6875, rel=1e-14)
    # no cluster: n/(n−1) times the sum of squares about the mean
    assert stratified_cluster_variance(SCORES) == pytest.approx(6 * np.var(SCORES, ddof=1), rel=1e-14)


def test_covariance_holds_the_variances_and_is_that_of_sums():
    other = np.array([0.0, 1.0, -1.0, 2.0, 2.0, 3.0])
    covariance = stratified_cluster_covariance(np.column_stack([SCORES, other]), CLUSTER, STRATUM)
    alone = (SCORES, other, SCORES + other)
    variances = [stratified_cluster_variance(column, CLUSTER, STRATUM) for column in alone]
    assert np.diag(covariance) == pytest.approx(variances[:2], rel=1e-14)
    assert covariance.sum() == pytest.approx(variances[2], rel=1e-14)


def test_degrees_of_freedom_are_clusters_less_strata():
    assert SurveyDesign.of(6).degrees_of_freedom() == 5
    assert SurveyDesign.of(6, CLUSTER).degrees_of_freedom() == 3
    design = SurveyDesign.of(6, CLUSTER, STRATUM)
    assert design.degrees_of_freedom() == 2
    assert design.degrees_of_freedom(np.array([True, True, False, True, False, False])) == 1


def test_a_lonely_cluster_is_an_error_that_names_the_stratum():
    with pytest.raises(DataError, match=r"1 stratum of 2 holds one \(first: south\)\. Merge"):
        stratified_cluster_variance(SCORES[:4], CLUSTER[:4], STRATUM[:4])
    with pytest.raises(DataError, match="at least 2 clusters; got 1"):
        stratified_cluster_variance(SCORES, ["a"] * 6)


def test_a_cluster_in_two_strata_is_an_error():
    message = r"1 cluster of 2 lies in two or more \(first: 1\).*join stratum and cluster"
    with pytest.raises(DataError, match=message):
        stratified_cluster_variance(SCORES[:4], [1, 2, 1, 2], ["n", "n", "s", "n"])


def test_missing_labels_and_unequal_lengths_are_errors():
    with pytest.raises(DataError, match="cluster must name a group for every row; 1 row of 3"):
        group_codes(["a", None, "b"])
    with pytest.raises(DataError, match="got 6, 5 and 6"):
        stratified_cluster_variance(SCORES, CLUSTER[:5])
