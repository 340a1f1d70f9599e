"""A unit's comparisons are the match's own pairs; who has none is told why."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.errors import OptionError

FRAME = pd.DataFrame(
    {"treated": [1, 1, 1, 0, 0, 0, 0], "age": [30.0, 40.0, 90.0, 31.0, 33.0, 41.0, 60.0]},
    index=list("ABCdefg"),
)


@pytest.fixture
def matched():
    sample = im.Sample(FRAME, "treated", ["age"])
    with pytest.warns(im.OverlapWarning):
        return im.match(
            sample, im.NearestNeighbor(im.Euclidean(scale="none"), ratio=2, caliper=12.0, caliper_unit="raw")
        )


def test_comparisons_distances_and_differences_are_those_of_the_match(matched):
    found = im.explain(matched, "A")
    assert found.frame["unit"].tolist() == ["A", "d", "e"]
    assert found.frame["distance"].tolist()[1:] == [1.0, 3.0] and found.frame["age"].tolist() == [
        30.0,
        31.0,
        33.0,
    ]
    assert found.frame["weight"].iloc[1:].sum() == pytest.approx(1)
    gap = found.differences.iloc[0]
    assert gap["comparisons"] == pytest.approx(32.0)
    assert gap["difference_sd"] == pytest.approx(-2.0 / np.std(FRAME["age"], ddof=1))
    assert found.reason == "Unit A (treated) is compared with 2 of the other arm; its weight is 1."


def test_a_control_shows_whose_comparison_it_is(matched):
    assert set(im.explain(matched, "e").frame["unit"][1:]) == {"A", "B"}


def test_who_has_no_match_is_told_why(matched):
    assert "found no match" in im.explain(matched, "C").reason
    assert "nobody's comparison" in im.explain(matched, "g").reason
    assert len(im.explain(matched, "C").frame) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        supported = im.match(matched.sample, im.NearestNeighbor(im.PropensityScore()), support=im.MinMax())
    gone = supported.discarded[0]
    assert "off support" in im.explain(supported, gone).reason and "fuera del soporte" in im.explain(
        supported, gone
    ).reason.to("es")


def test_sets_and_weights_are_explained_too():
    sample = im.Sample(FRAME, "treated", ["age"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sets = im.match(sample, im.CoarsenedExact({"age": [35.0, 50.0]}))
    inside = im.explain(sets, "A")
    assert set(inside.frame["unit"][1:]) == {"d", "e"} and "matched set" in inside.reason
    weights = im.match(im.Sample(FRAME.drop(index="C"), "treated", ["age"]), im.EntropyBalancing())
    assert "makes no pairs" in im.explain(weights, "A").reason


def test_an_unknown_unit_is_refused_with_some_that_exist(matched):
    with pytest.raises(OptionError, match=r"unit must be one of the sample's 7 labels"):
        im.explain(matched, "Z")
