"""Nearest neighbours against brute force, on lines and in space, with many ties."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from impact.design.search.neighbors import TIE, nearest, nearest_others, within_radius

coarse = st.integers(-4, 4).map(lambda k: k / 4)  # a grid makes ties common
fine = st.floats(-3, 3, width=32)


@st.composite
def points_and_queries(draw):
    dimension = draw(st.integers(1, 3))
    element = draw(st.sampled_from([coarse, fine]))
    points = draw(arrays(np.float64, (draw(st.integers(1, 25)), dimension), elements=element))
    queries = draw(arrays(np.float64, (draw(st.integers(1, 12)), dimension), elements=element))
    return queries, points


def brute(queries, points, count, slack, radius):
    squared = ((queries[:, None] - points[None]) ** 2).sum(2)
    last = np.sort(squared, axis=1)[:, min(count, len(points)) - 1]
    return (squared <= (last + slack)[:, None]) & (squared <= radius**2 * (1 + 1e-13)), squared, last


@settings(max_examples=200, deadline=None)
@given(
    points_and_queries(),
    st.integers(1, 6),
    st.sampled_from([0.0, 1e-3, 0.1]),
    st.sampled_from([np.inf, 0.25, 1.0]),
)
def test_nearest_is_brute_force_with_ties(data, count, tolerance, radius):
    queries, points = data
    slack = max(tolerance, TIE)
    found = nearest(queries, points, count, tolerance, radius)
    expected, squared, last = brute(queries, points, count, slack, radius)
    got = np.zeros_like(expected)
    got[found.queries, found.points] = True
    # Points whose distance agrees with an edge to rounding may fall on either side of it.
    edge = np.abs(squared - (last + slack)[:, None]) < 1e-13
    assert ((got == expected) | edge).all()
    np.testing.assert_allclose(found.distances**2, squared[found.queries, found.points], atol=1e-12)
    assert len(set(zip(found.queries.tolist(), found.points.tolist(), strict=True))) == len(found.points)


@settings(max_examples=100, deadline=None)
@given(points_and_queries(), st.sampled_from([0.25, 0.5, 1.0]))
def test_within_is_every_point_inside_the_radius(data, radius):
    queries, points = data
    found = within_radius(queries, points, radius)
    distance = np.sqrt(((queries[:, None] - points[None]) ** 2).sum(2))
    got = np.zeros(distance.shape, dtype=bool)
    got[found.queries, found.points] = True
    assert (got[distance < radius * (1 - 1e-12)]).all() and not got[distance > radius * (1 + 1e-12)].any()


@settings(max_examples=100, deadline=None)
@given(points_and_queries(), st.integers(1, 4))
def test_a_point_is_never_its_own_neighbour_and_has_as_many_as_asked(data, count):
    points = data[1]
    found = nearest_others(points, count)
    assert (found.points != found.queries).all()
    assert (found.counts >= min(count, len(points) - 1)).all()
    for query in range(len(points)):
        others = np.delete(np.sqrt(((points - points[query]) ** 2).sum(1)), query)
        near = np.sort(found.distances[found.queries == query])[: min(count, len(others))]
        np.testing.assert_allclose(near, np.sort(others)[: len(near)], atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(points_and_queries(), st.integers(1, 4), st.randoms(use_true_random=False))
def test_the_order_of_the_points_does_not_matter(data, count, random):
    queries, points = data
    shuffle = list(range(len(points)))
    random.shuffle(shuffle)
    first = nearest(queries, points, count, 0.0)
    second = nearest(queries, points[shuffle], count, 0.0)
    pairs = set(zip(first.queries.tolist(), first.points.tolist(), strict=True))
    assert pairs == {
        (query, shuffle[point])
        for query, point in zip(second.queries.tolist(), second.points.tolist(), strict=True)
    }


def test_no_points_leave_every_query_alone():
    found = nearest(np.zeros((3, 2)), np.empty((0, 2)), 2, 0.0)
    assert found.counts.tolist() == [0, 0, 0] and len(found.points) == 0
