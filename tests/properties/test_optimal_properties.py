"""Optimal matching against brute force, against greed, and under permuted rows."""

from itertools import permutations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from impact.design.matching.optimal import assign_densely, assign_sparsely
from impact.design.solvers.line_assignment import assign_on_line

scores = st.lists(st.one_of(st.integers(0, 6).map(float), st.floats(-3, 3)), min_size=1, max_size=5)
radii = st.sampled_from([np.inf, 0.4, 1.0, 2.5])


def outcome(here, there, row, column):
    """Return focal units matched, matches, total distance."""
    distance = np.sqrt(((here[row] - there[column]) ** 2).sum(1))
    return len(np.unique(row)), len(row), float(distance.sum())


def brute_force(here, there, ratio, radius):
    """Return the best outcome over every assignment of copies to units or to nobody."""
    copies = np.repeat(np.arange(len(here)), ratio)
    slots = list(range(len(there))) + [-1] * len(copies)
    best = (0, 0, 0.0)
    for choice in set(permutations(slots, len(copies))):
        used = np.array(choice)
        row, column = copies[used >= 0], used[used >= 0]
        if (np.sqrt(((here[row] - there[column]) ** 2).sum(1)) > radius * (1 + 1e-14)).any():
            continue
        found = outcome(here, there, row, column)
        best = max(best, found, key=lambda result: (result[0], result[1], -result[2]))
    return best


@given(scores.map(lambda x: x[:3]), scores.map(lambda x: x[:4]), st.sampled_from([1, 2]), radii)
@settings(max_examples=40, deadline=None)
def test_no_assignment_is_better_on_a_line(focal, pool, ratio, radius):
    ratio = ratio if len(focal) < 3 else 1
    here, there = np.array(focal)[:, None], np.array(pool)[:, None]
    row, column = assign_on_line(here[:, 0], there[:, 0], ratio, radius)
    assert len(np.unique(column)) == len(column)
    np.testing.assert_allclose(
        outcome(here, there, row, column), brute_force(here, there, ratio, radius), atol=1e-9
    )


@given(
    st.integers(0, 10_000),
    st.integers(1, 30),
    st.integers(1, 30),
    st.sampled_from([1, 2, 3]),
    radii,
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_the_solvers_agree_on_a_line(seed, number, others, ratio, radius, rounded):
    generator = np.random.default_rng(seed)
    here, there = generator.normal(0.5, 1, (number, 1)), generator.normal(0, 1, (others, 1))
    if rounded:
        here, there = here.round(1), there.round(1)
    expected = outcome(here, there, *assign_densely(cdist(here, there), ratio, radius))
    found = outcome(here, there, *assign_on_line(here[:, 0], there[:, 0], ratio, radius))
    np.testing.assert_allclose(found, expected, atol=1e-9)


@given(st.integers(0, 10_000), st.sampled_from([1, 2]), st.sampled_from([0.5, 1.0, 3.0]))
@settings(max_examples=30, deadline=None)
def test_the_solvers_agree_in_space_and_no_greedy_match_is_shorter(seed, ratio, radius):
    generator = np.random.default_rng(seed)
    here, there = generator.normal(0.3, 1, (8, 2)).round(1), generator.normal(0, 1, (17, 2)).round(1)
    dense = outcome(here, there, *assign_densely(cdist(here, there), ratio, radius))
    np.testing.assert_allclose(
        outcome(here, there, *assign_sparsely(here, there, ratio, radius)), dense, atol=1e-9
    )
    optimal = outcome(here, there, *assign_densely(cdist(here, there), 1, np.inf))
    assert optimal[2] <= greedy_total(here, there) + 1e-9
    shuffled = generator.permutation(len(here))
    again = outcome(
        here[shuffled], there[::-1], *assign_densely(cdist(here[shuffled], there[::-1]), ratio, radius)
    )
    np.testing.assert_allclose(again, dense, atol=1e-9)


def greedy_total(here, there):
    left, total = list(range(len(there))), 0.0
    for point in here:
        distances = [float(np.sqrt(((point - there[other]) ** 2).sum())) for other in left]
        total += min(distances)
        left.pop(int(np.argmin(distances)))
    return total
