"""Groups first, then households inside the matched groups."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.matching.exact import Exact
from impact.design.matching.full import Full
from impact.design.matching.group_first import GroupFirst
from impact.design.matching.optimal import Optimal
from impact.errors import DataError, OptionError, OverlapWarning
from tests.surveys import sample_of

FEW_KEPT = "ignore:.* found no comparison:impact.errors.OverlapWarning"
AGE = im.Euclidean("none")
NEAREST = im.NearestNeighbor(AGE)
# group means of age: a 30, b 31, c 60, d 58; the household nearest to a's 20 and 40 overall sits in c and d
HOUSEHOLDS = pd.DataFrame(
    {
        "treated": [1, 1, 0, 0, 1, 1, 0, 0],
        "group": list("aabbccdd"),
        "age": [20.0, 40.0, 24.0, 38.0, 23.0, 97.0, 39.0, 77.0],
        "region": list("nnnnssss"),
    }
)


sample = partial(sample_of, covariates=["age"], outcomes=[])


def pairs(matched):
    return matched.pairs[["treated", "control"]].to_numpy().tolist()


def test_households_are_matched_inside_the_matched_groups_only():
    assert pairs(im.match(sample(HOUSEHOLDS), NEAREST)) == [[0, 2], [1, 6], [4, 2], [5, 7]]
    matched = im.match(sample(HOUSEHOLDS), GroupFirst(groups=NEAREST, within=NEAREST))
    assert pairs(matched) == [[0, 2], [1, 3], [4, 6], [5, 7]]


def test_a_control_group_serves_every_treated_group_matched_to_it():
    frame = HOUSEHOLDS.drop(index=[6, 7])
    matched = im.match(sample(frame), GroupFirst(NEAREST, Optimal(AGE)))
    assert pairs(matched) == [[0, 2], [1, 3], [4, 2], [5, 3]]
    assert matched.weights.tolist() == [1, 1, 2, 2, 1, 1]
    assert matched.rules.reuse == 2
    with pytest.raises(OptionError, match="in several sets"):
        im.match(sample(frame), GroupFirst(NEAREST, Full(AGE)))


def test_sets_of_groups_and_sets_of_households():
    matched = im.match(sample(HOUSEHOLDS), GroupFirst(Full(AGE), Full(AGE)))
    by_set = HOUSEHOLDS.groupby(matched.subclass)["group"].agg(lambda values: "".join(sorted(set(values))))
    assert set(by_set) == {"ab", "cd"}
    assert matched.weights.sum() == 8


@pytest.mark.parametrize(
    ("estimand", "expected"),
    [
        ("ATC", [[0, 2], [1, 3], [4, 6], [5, 7]]),
        ("ATE", [[0, 2], [0, 2], [1, 3], [1, 3], [4, 6], [4, 6], [5, 7], [5, 7]]),
    ],
)
def test_the_other_estimands(estimand, expected):
    matched = im.match(sample(HOUSEHOLDS), GroupFirst(NEAREST, NEAREST), estimand=estimand)
    assert sorted(pairs(matched)) == expected


def test_groups_may_be_matched_on_other_columns_and_exactly():
    frame = HOUSEHOLDS.assign(founded=[5.0, 5, 9, 9, 9, 9, 5, 5])
    matched = im.match(sample(frame), GroupFirst(NEAREST, NEAREST, columns=("founded",)))
    assert pairs(matched) == [[0, 6], [1, 6], [4, 2], [5, 3]]
    held = GroupFirst(im.NearestNeighbor(AGE, exact=("region",)), NEAREST, columns=("founded",))
    assert pairs(im.match(sample(frame), held)) == [[0, 2], [1, 3], [4, 6], [5, 7]]


def test_the_groups_means_are_weighted_and_the_score_is_fitted_on_all_households():
    frame = HOUSEHOLDS.assign(w=[1.0, 1, 1, 1, 99, 1, 99, 1])
    # by weight c's mean is near 23 and d's near 39: now b's 31 is nearest to a's 30 and to c's
    matched = im.match(sample(frame, sampling_weight="w"), GroupFirst(NEAREST, NEAREST))
    assert set(matched.pairs["control"]) == {2, 3}
    generator = np.random.default_rng(0)
    large = pd.DataFrame({"group": np.repeat(np.arange(30), 10), "age": generator.normal(size=300)})
    large["treated"] = large["group"] < 10
    score = im.PropensityScore()
    grouped = im.match(sample(large), GroupFirst(im.NearestNeighbor(AGE, ratio=3), im.NearestNeighbor(score)))
    expected = score.fit(sample(large)).probability
    pd.testing.assert_series_equal(grouped.propensity.probability, expected)
    inside = grouped.pairs.assign(
        g=lambda t: large.loc[t["treated"], "group"].to_numpy(),
        c=lambda t: large.loc[t["control"], "group"].to_numpy(),
    )
    assert inside.groupby("g")["c"].nunique().max() <= 3
    gaps = (
        expected.loc[grouped.pairs["treated"]].to_numpy() - expected.loc[grouped.pairs["control"]].to_numpy()
    )
    np.testing.assert_allclose(grouped.pairs["distance"], np.abs(gaps), atol=1e-12)


@pytest.mark.filterwarnings(FEW_KEPT)
def test_households_of_unmatched_groups_are_unmatched():
    close = im.NearestNeighbor(AGE, caliper=1.5, caliper_unit="raw")
    matched = im.match(sample(HOUSEHOLDS), GroupFirst(close, NEAREST))
    assert matched.unmatched.tolist() == [4, 5]


def test_shuffled_rows_and_other_labels_give_the_same_match():
    first = im.match(sample(HOUSEHOLDS), GroupFirst(NEAREST, Optimal(AGE)))
    second = im.match(sample(HOUSEHOLDS.sample(frac=1, random_state=3)), GroupFirst(NEAREST, Optimal(AGE)))
    pd.testing.assert_series_equal(first.weights, second.weights.loc[first.weights.index])


def test_what_group_matching_needs():
    with pytest.raises(OptionError, match="pass cluster="):
        im.match(im.Sample(HOUSEHOLDS, treatment="treated", covariates=["age"]), GroupFirst(NEAREST, NEAREST))
    mixed = HOUSEHOLDS.assign(treated=[1, 0, 0, 0, 1, 1, 0, 0])
    with pytest.raises(DataError, match="varies within 1 group of 4"):
        im.match(sample(mixed), GroupFirst(NEAREST, NEAREST))
    with pytest.raises(OptionError, match="within must be a strategy with a distance"):
        GroupFirst(NEAREST, Exact())
    with pytest.raises(OptionError, match="varies within 4 groups"):
        im.match(sample(HOUSEHOLDS), GroupFirst(im.NearestNeighbor(AGE, exact=("age",)), NEAREST))
    with pytest.raises(OptionError, match="in pairs or in sets"):
        im.match(sample(HOUSEHOLDS), GroupFirst(im.Kernel(AGE, bandwidth=9.0), NEAREST))


def test_lost_groups_are_warned_of():
    with pytest.warns(OverlapWarning, match="2 of 4 treated units found no comparison"):
        im.match(
            sample(HOUSEHOLDS), GroupFirst(im.NearestNeighbor(AGE, caliper=1.5, caliper_unit="raw"), NEAREST)
        )
