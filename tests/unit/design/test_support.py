"""Support rules: who is put aside, by hand and against brute force."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import Delaunay

import impact as im
from impact.design.supports.convex_hull import ConvexHull, inside_hull
from impact.design.units import Units

FRAME = pd.DataFrame(
    {
        "treated": [1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0],
        "age": [30.0, 55.0, 41.0, 20.0, 40.0, 39.0, 50.0, 36.0, 35.0, 45.0, 31.0, 28.0],
        "herd": [1.0, 9.0, 3.0, 2.0, 4.0, 1.0, 6.0, 2.0, 8.0, 2.0, 5.0, 0.0],
    }
)


def units_of(frame=FRAME):
    sample = im.Sample(frame, treatment="treated", covariates=["age", "herd"])
    return sample, Units.of(sample, "ATT")


@pytest.mark.parametrize("drop", ["both", "treated", "control"])
def test_min_max_keeps_the_range_of_the_other_arm(drop):
    sample, units = units_of()
    score = im.PropensityScore().fit(sample).probability.to_numpy()
    kept = im.MinMax(drop=drop).on_support(units)
    treated = sample.treated
    for unit in range(len(score)):
        other = score[treated != treated[unit]]
        inside = other.min() <= score[unit] <= other.max()
        may_leave = drop == "both" or (drop == "treated") == treated[unit]
        assert kept[unit] == (inside or not may_leave)


def test_crump_keeps_scores_away_from_zero_and_one():
    sample, units = units_of()
    score = im.PropensityScore().fit(sample).probability.to_numpy()
    assert (im.Crump(0.2).on_support(units) == ((score >= 0.2) & (score <= 0.8))).all()


@pytest.mark.parametrize("dimension", [2, 3])
def test_the_hull_is_the_one_of_a_triangulation(dimension):
    generator = np.random.default_rng(dimension)
    corners, points = generator.normal(size=(30, dimension)), generator.normal(size=(80, dimension))
    expected = Delaunay(corners).find_simplex(points) >= 0
    assert (inside_hull(points, corners) == expected).all() and 0 < expected.sum() < 80
    assert inside_hull(corners, corners).all()


def test_the_hull_puts_aside_units_beyond_the_other_arm():
    sample, units = units_of()
    values, treated = sample.matrix.to_numpy(), sample.treated
    kept = ConvexHull().on_support(units)
    assert (kept[treated] == (Delaunay(values[~treated]).find_simplex(values[treated]) >= 0)).all()
    assert (kept[~treated] == (Delaunay(values[treated]).find_simplex(values[~treated]) >= 0)).all()
    only = ConvexHull(drop="treated").on_support(units)
    assert only[~treated].all() and (only[treated] == kept[treated]).all()


def test_the_hull_of_named_columns():
    _, units = units_of()
    ages, treated = FRAME["age"].to_numpy(), FRAME["treated"].to_numpy() == 1
    kept = ConvexHull(columns=["age"], drop="treated").on_support(units)
    assert (
        kept[treated] == ((ages[treated] >= ages[~treated].min()) & (ages[treated] <= ages[~treated].max()))
    ).all()
    with pytest.raises(im.OptionError, match="columns names 'acres'"):
        ConvexHull(columns=["acres"]).on_support(units)


def test_discarded_units_are_named_and_take_no_part():
    sample, _ = units_of()
    with pytest.warns(im.OverlapWarning):
        matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis()), support=ConvexHull())
    inside = ConvexHull().on_support(Units.of(sample, "ATT"))
    assert set(matched.discarded) == set(sample.frame.index[~inside])
    assert not set(matched.discarded) & (set(matched.pairs["treated"]) | set(matched.pairs["control"]))


def test_a_score_estimated_again_is_that_of_the_units_kept():
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"age": generator.normal(size=300), "herd": generator.normal(size=300)})
    frame["treated"] = generator.random(300) < 1 / (1 + np.exp(-2 * frame["age"]))
    sample, _ = units_of(frame)
    with pytest.warns(im.OverlapWarning):
        matched = im.match(
            sample, im.NearestNeighbor(im.PropensityScore()), support=im.Crump(0.15, reestimate=True)
        )
    kept = ~sample.frame.index.isin(matched.discarded)
    again = im.PropensityScore().fit(sample.take(kept)).probability.to_numpy()
    np.testing.assert_allclose(matched.measure.score[kept], again, rtol=1e-10)
    assert np.isnan(matched.measure.score[~kept]).all()


def test_no_common_support_is_an_error_not_an_empty_match():
    frame = pd.DataFrame(
        {
            "treated": [1] * 6 + [0] * 6,
            "age": [*range(50, 56), *range(20, 26)],
            "herd": [1.0, 2, 3, 4, 5, 6] * 2,
        }
    )
    sample = im.Sample(frame, treatment="treated", covariates=["age", "herd"])
    with pytest.raises(im.SupportError, match="common support"):
        im.match(sample, im.NearestNeighbor(im.Mahalanobis()), support=ConvexHull())
    with pytest.raises(im.EstimationError, match="'age' predicts the treatment perfectly"):
        im.match(sample, im.NearestNeighbor(im.Mahalanobis()), support=im.MinMax())


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [(im.MinMax, {"drop": "all"}), (im.Crump, {"alpha": 0.6}), (ConvexHull, {"drop": "x"})],
)
def test_wrong_options_are_refused(rule, arguments):
    with pytest.raises(im.OptionError):
        rule(**arguments)
