"""Exact and coarsened exact matching, by hand."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.matching.exact import CoarsenedExact, Exact
from impact.errors import OptionError, OverlapWarning, SupportError
from tests.surveys import sample_of, units_by_hand

FEW_KEPT = "ignore:.* units found no comparison:impact.errors.OverlapWarning"


def regions(**changes):
    columns = {"treated": [1, 0, 0, 1, 1, 0, 0, 1], "region": list("nnnsssen")}
    return sample_of(pd.DataFrame(columns | changes), ["region"], [], None)


@pytest.mark.filterwarnings("ignore::impact.errors.OverlapWarning")
@pytest.mark.parametrize(
    ("estimand", "expected"),
    [
        # north: 2 treated, 2 controls; south: 2 treated, 1 control; east: 1 control alone
        ("ATT", [1, 1, 1, 1, 1, 2, 0, 1]),
        ("ATC", [1, 1, 1, 1 / 2, 1 / 2, 1, 0, 1]),
        # each arm stands for 4 + 3 units, within the set in equal shares
        ("ATE", [2, 2, 2, 3 / 2, 3 / 2, 3, 0, 2]),
    ],
)
def test_weights_of_exact_sets(estimand, expected):
    weights = im.match(regions(), Exact(("region",)), estimand=estimand).weights
    np.testing.assert_allclose(weights, expected, rtol=1e-12)


@pytest.mark.filterwarnings(FEW_KEPT)
def test_cells_without_the_other_arm_are_listed_with_their_counts():
    with pytest.warns(OverlapWarning, match=r"region=e \(1\)"):
        matched = im.match(regions(treated=[1, 0, 0, 1, 0, 0, 1, 1]), Exact(("region",)))
    assert matched.unmatched.tolist() == [6]
    assert matched.subclass.isna().tolist() == [False] * 6 + [True, False]


def test_no_cell_with_both_arms_is_an_error_that_lists_them():
    with pytest.raises(SupportError, match=r"region=a \(1\), region=b \(1\)"):
        im.match(regions(treated=[1, 1, 0, 0], region=list("abcd")), Exact())


def test_exact_columns_may_lie_outside_the_covariates():
    frame = pd.DataFrame({"treated": [1, 0, 0], "age": [1.0, 2.0, 3.0], "village": ["x", "x", "y"]})
    matched = im.match(im.Sample(frame, treatment="treated", covariates=["age"]), Exact(("village",)))
    assert matched.weights.tolist() == [1.0, 1.0, 0.0]


def test_sampling_weights_share_a_set_among_its_controls():
    frame = pd.DataFrame(
        {"treated": [1, 0, 0, 1, 0], "region": list("nnnss"), "w": [6.0, 1.0, 3.0, 1.0, 2.0]}
    )
    design = im.Sample(frame, treatment="treated", covariates=["region"], sampling_weight="w")
    matched = im.match(design, Exact())
    # north's controls stand for a weight of 6, south's for 1: with their own weights 1, 3 and 2 that is 6/4,
    # 6/4, 1/2
    expected = np.array([6 / 4, 6 / 4, 1 / 2]) * 2 / (6 / 4 + 6 / 4 + 1 / 2)
    np.testing.assert_allclose(matched.weights.iloc[[1, 2, 4]], expected, rtol=1e-12)


AGES = {"treated": [1, 0, 1, 0, 0, 1], "age": [20.0, 30.0, 30.0, 49.0, 60.0, 60.0]}


@pytest.mark.filterwarnings("ignore::impact.errors.OverlapWarning")
@pytest.mark.parametrize(
    ("cutpoints", "expected"),
    [
        (
            [30, 50],
            [0, 1, 1, 1, 1, 1],
        ),  # a unit at a cutpoint is in the bin above: 20 alone; 30, 30, 49; 60, 60
        (2, [1, 2, 1, 1 / 2, 1 / 2, 1]),  # cut at 40: 20, 30, 30 against 49, 60, 60
        (1, [1] * 6),  # one bin: everybody
    ],
)
def test_cutpoints_as_edges_and_as_number_of_bins(cutpoints, expected):
    weights = im.match(units_by_hand(**AGES), CoarsenedExact(cutpoints={"age": cutpoints})).weights
    expected = np.asarray(expected, dtype=float)
    control = np.asarray(AGES["treated"]) == 0
    treated = ~control
    np.testing.assert_allclose(weights[treated], expected[treated])
    np.testing.assert_allclose(weights[control].sum(), expected[treated].sum())
    shares = {"[30, 50]": [1 / 2, 1 / 2, 1], "2": [2, 1 / 2, 1 / 2], "1": [1, 1, 1]}[str(cutpoints)]
    np.testing.assert_allclose(weights[control], shares)


def test_sturges_bins_by_default():
    # 8 units: log2(8) + 1 = 4 bins of width 10 over 0 to 40
    frame = {"treated": [1, 0] * 4, "age": [0.0, 9.0, 10.0, 11.0, 20.0, 31.0, 29.0, 40.0]}
    with pytest.warns(OverlapWarning):
        matched = im.match(units_by_hand(**frame), CoarsenedExact())
    assert matched.weights.tolist() == [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]


def test_grouped_levels_count_as_one():
    columns = {"treated": [1, 0, 1, 0], "region": list("nesw")}
    matched = im.match(
        sample_of(pd.DataFrame(columns), ["region"], [], None),
        CoarsenedExact(grouping={"region": [["n", "e"], ["s", "w"]]}),
    )
    assert matched.subclass.tolist() == [0, 0, 1, 1]


def test_k2k_keeps_pairs_of_smallest_total_distance():
    columns = {"treated": [1, 1, 0, 0, 0], "age": [30.0, 36.0, 31.0, 44.0, 5.0]}
    matched = im.match(units_by_hand(**columns), CoarsenedExact({"age": 1}, k2k=im.Euclidean("none")))
    assert matched.pairs[["treated", "control", "distance"]].to_numpy().tolist() == [[0, 2, 1], [1, 3, 8]]
    with pytest.raises(OptionError, match="k2k"):
        im.match(units_by_hand(**columns), CoarsenedExact({"age": 1}, k2k=im.Mahalanobis()), estimand="ATE")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cutpoints": {"age": 0}}, "cutpoints"),
        ({"cutpoints": {"age": [3.0, 2.0]}}, "increasing"),
        ({"grouping": {"region": [["n"], ["n", "s"]]}}, "different names"),
        ({"k2k": "mahalanobis"}, "k2k must be"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        CoarsenedExact(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cutpoints": {"agge": 3}}, "Did you mean 'age'"),
        ({"cutpoints": {"region": 3}}, "has categories"),
        ({"grouping": {"age": [["1"]]}}, "numeric"),
        ({"grouping": {"region": [["x", "n"]]}}, "'x'"),
    ],
)
def test_options_that_do_not_fit_the_table_are_refused(options, message):
    design = units_by_hand(treated=[1, 0, 1, 0], age=[1.0, 1.0, 2.0, 3.0], region=list("nnss"))
    with pytest.raises(OptionError, match=message):
        im.match(design, CoarsenedExact(**options))
