"""Full matching against brute force, against other structures, and under permuted rows."""

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.design.distances.measure import Measure
from impact.design.solvers.bounded_cover import LinkBounds, cover_with_bounds
from impact.design.solvers.edge_cover import cover_space, stars
from impact.design.solvers.line_edge_cover import cover_line
from impact.design.solvers.line_flow import flow_on_line

scores = st.lists(st.one_of(st.integers(0, 6).map(float), st.floats(-3, 3)), min_size=1, max_size=3)
seeds = st.integers(0, 100_000)


def arms(here, there):
    """Return two arms as units of one measure, and their positions."""
    points = np.vstack([here, there])
    return Measure(points, 1.0, None, "points"), np.arange(len(here)), np.arange(len(here), len(points))


def distances(here, there):
    return np.sqrt(((here[:, None] - there) ** 2).sum(2))


def total_of_sets(matrix, links):
    """Return the sum of distances within sets, having checked that every unit is in a set that is a star."""
    first, second = stars(*links, *matrix.shape)
    assert (first >= 0).all()
    assert (second >= 0).all()
    together = first[:, None] == second
    assert together.any(1).all()
    assert together.any(0).all()
    assert not (together & (together.sum(1) > 1)[:, None] & (together.sum(0) > 1)).any()
    return matrix[together].sum()


def brute_force(matrix, radius, fits=lambda degrees_here, degrees_there: True):
    """Return the smallest total over all sets of links that reach every unit; None if there are none."""
    best = None
    for chosen in product([False, True], repeat=matrix.size):
        links = np.array(chosen).reshape(matrix.shape)
        here, there = links.sum(1), links.sum(0)
        if (
            here.min() == 0
            or there.min() == 0
            or not fits(here, there)
            or matrix[links].max() > radius * (1 + 1e-14)
        ):
            continue
        total = matrix[links].sum()
        best = total if best is None else min(best, total)
    return best


@given(scores, scores, st.sampled_from([np.inf, 0.5, 1.5, 3.0]))
@settings(max_examples=40, deadline=None)
def test_no_full_matching_is_shorter_on_a_line(here, there, radius):
    here, there = np.array(here)[:, None], np.array(there)[:, None]
    matrix = distances(here, there)
    expected = brute_force(matrix, radius)
    if expected is None:  # some unit has nobody within the radius: the family leaves those out before
        assert (matrix.min(1) > radius).any() or (matrix.min(0) > radius).any()
        return
    links = cover_line(here[:, 0], there[:, 0], radius)
    if links is not None:
        np.testing.assert_allclose(total_of_sets(matrix, links), expected, atol=1e-9)
    np.testing.assert_allclose(
        total_of_sets(matrix, cover_space(*arms(here, there), radius)), expected, atol=1e-9
    )


@given(seeds, st.sampled_from([(1, 2, 1, 1), (1, 2, 1, 2), (2, None, 1, 1), (1, 1, 1, 3)]))
@settings(max_examples=25, deadline=None)
def test_no_bounded_full_matching_is_shorter(seed, bounds):
    generator = np.random.default_rng(seed)
    here, there = (
        generator.normal(0, 1, (generator.integers(1, 4), 2)),
        generator.normal(0.5, 1, (generator.integers(1, 5), 2)),
    )
    low, high, low_there, high_there = bounds
    matrix = distances(here, there)

    def fits(links_here, links_there):
        most = high or matrix.shape[1]
        return (
            low <= links_here.min()
            and links_here.max() <= most
            and low_there <= links_there.min()
            and links_there.max() <= high_there
        )

    expected = brute_force(matrix, np.inf, fits)
    links = cover_with_bounds(
        *arms(here, there), np.inf, LinkBounds(low, high), LinkBounds(low_there, high_there)
    )
    if expected is None or links is None:
        assert expected is None
        assert links is None
    else:
        np.testing.assert_allclose(total_of_sets(matrix, links), expected, atol=1e-7)


@given(seeds, st.booleans())
@settings(max_examples=25, deadline=None)
def test_the_three_solvers_agree_and_no_other_structure_is_shorter(seed, rounded):
    generator = np.random.default_rng(seed)
    here, there = (
        generator.normal(0.4, 1, (generator.integers(2, 30), 1)),
        generator.normal(0, 1, (generator.integers(2, 60), 1)),
    )
    if rounded:
        here, there = here.round(1), there.round(1)
    matrix = distances(here, there)
    total = total_of_sets(matrix, cover_line(here[:, 0], there[:, 0], np.inf))
    np.testing.assert_allclose(
        total_of_sets(matrix, cover_space(*arms(here, there), np.inf)), total, atol=1e-9
    )
    free = cover_with_bounds(*arms(here, there), np.inf, LinkBounds(), LinkBounds())
    np.testing.assert_allclose(total_of_sets(matrix, free), total, atol=1e-6)
    # everybody to the nearest, and everybody in one set, also reach every unit
    assert total <= matrix.min(1).sum() + matrix.min(0).sum() + 1e-9
    assert total <= matrix.sum() + 1e-9
    shuffled, mixed = generator.permutation(len(here)), generator.permutation(len(there))
    again = cover_line(here[shuffled, 0], there[mixed, 0], np.inf)
    np.testing.assert_allclose(total_of_sets(matrix[np.ix_(shuffled, mixed)], again), total, atol=1e-9)


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_prices_prove_that_far_links_are_not_needed(seed):
    # more units than the nearest links that the flow starts from, so that others have to be added
    generator = np.random.default_rng(seed)
    here, there = generator.normal(1.5, 0.3, (25, 1)), generator.normal(0, 1, (50, 1))
    matrix = distances(here, there)
    links = cover_with_bounds(*arms(here, there), np.inf, LinkBounds(2, 2), LinkBounds(1, 1))
    # two controls each, all used: on a line the sorted copies take the sorted controls
    expected = np.abs(np.repeat(np.sort(here[:, 0]), 2) - np.sort(there[:, 0])).sum()
    np.testing.assert_allclose(total_of_sets(matrix, links), expected, atol=1e-6)


@given(
    seeds,
    st.sampled_from([(1, 2, 1, 1), (1, 3, 1, 2), (2, None, 1, 1), (1, 1, 2, 3), (1, None, 1, None)]),
    st.integers(0, 3),
)
@settings(max_examples=40, deadline=None)
def test_the_sweep_of_the_line_finds_what_the_flow_in_space_finds(seed, bounds, digits):
    generator = np.random.default_rng(seed)
    here = generator.normal(0, 1, (generator.integers(1, 12), 1)).round(digits)
    there = generator.normal(0.5, 1, (generator.integers(1, 20), 1)).round(digits)
    matrix = distances(here, there)
    limits = LinkBounds(*bounds[:2]), LinkBounds(*bounds[2:])
    swept = flow_on_line(here[:, 0], there[:, 0], *limits)
    expected = cover_with_bounds(*arms(here, there), np.inf, *limits)
    if swept is None or expected is None:
        assert swept is None
        assert expected is None
        return
    np.testing.assert_allclose(total_of_sets(matrix, swept), total_of_sets(matrix, expected), atol=1e-6)
    for ends, number, limit in ((swept[0], len(here), limits[0]), (swept[1], len(there), limits[1])):
        links = np.bincount(ends, minlength=number)
        assert links.min() >= limit.low
        assert limit.high is None or links.max() <= limit.high
