"""Optimal pairs from each unit's nearest, and the prices that prove them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

import impact as im
from impact.design.matching.optimal import Optimal
from impact.design.search import near_links as search
from impact.design.solvers import near_assignment as solver


def dense_total(here, there, ratio):
    distances = np.repeat(cdist(here, there), ratio, axis=0)
    return float(distances[linear_sum_assignment(distances)].sum())


def total(here, there, found):
    row, column = found
    assert len(np.unique(column)) == len(column)
    return float(np.sqrt(((here[row] - there[column]) ** 2).sum(1)).sum())


@pytest.fixture
def few_links(monkeypatch):
    """Begin with two links, so that small problems ask for more; and give up on none."""
    monkeypatch.setattr(solver, "_NEAR", 2)
    monkeypatch.setattr(solver, "_MOST", 1.0)
    monkeypatch.setattr(solver, "_FEW", 0)


@pytest.mark.parametrize("screened", [0, 400_000_000])
@pytest.mark.parametrize("seed", range(40))
def test_the_total_is_that_of_the_whole_matrix(seed, screened, few_links, monkeypatch):
    monkeypatch.setattr(search, "_SCREENED", screened)
    generator = np.random.default_rng(seed)
    ratio, width = int(generator.integers(1, 4)), int(generator.integers(2, 6))
    number = int(generator.integers(3, 30))
    others = int(number * ratio * generator.uniform(1.15, 3)) + 2
    here, there = generator.normal(0.5, 1, (number, width)), generator.normal(0, 1, (others, width))
    if seed % 3 == 0:  # many ties
        here, there = here.round(1), there.round(1)
    found = solver.assign_near(here, there, ratio, matrix=False)
    assert found is not None
    assert np.bincount(found[0]).tolist() == [ratio] * number
    assert total(here, there, found) == pytest.approx(dense_total(here, there, ratio), rel=1e-9)


def test_a_rival_beyond_the_first_links_is_found(few_links):
    # Both treated are next to the same two controls, and one of them must go to the third, far off: the second treated,
    # whose way there is shorter, though it is not among its two nearest.
    here = np.array([[0.0, 0.0], [0.2, 0.0], [0.1, 0.0]])
    there = np.array([[0.05, 0.0], [0.15, 0.0], [5.0, 0.0], [9.0, 0.0]])
    row, column = solver.assign_near(here, there, 1, matrix=False)
    assert row.tolist() == [0, 1, 2]
    assert column[1] == 2 and {column[0], column[2]} == {0, 1}


def test_matching_by_the_nearest_is_matching_by_the_matrix(monkeypatch):
    generator = np.random.default_rng(8)
    frame = {name: generator.normal(size=300) for name in ("age", "land", "rain")}
    treated = generator.random(300) < 0.3 + 0.1 * (frame["age"] > 0)

    sample = im.Sample(
        pd.DataFrame(frame | {"treated": treated}), treatment="treated", covariates=list(frame)
    )
    monkeypatch.setattr(solver, "_FEW", 0)
    near = im.match(sample, Optimal(im.Mahalanobis()))
    monkeypatch.setattr("impact.design.matching.optimal._DENSE_CELLS", 10)  # no matrix is needed
    pd.testing.assert_frame_equal(im.match(sample, Optimal(im.Mahalanobis())).pairs, near.pairs)
    monkeypatch.undo()
    monkeypatch.setattr("impact.design.matching.optimal.assign_near", lambda *given: None)
    dense = im.match(sample, Optimal(im.Mahalanobis()))
    pd.testing.assert_frame_equal(near.pairs, dense.pairs)


def test_where_hardly_anybody_is_left_over_or_many_are_the_same_the_matrix_is_taken():
    generator = np.random.default_rng(0)
    here = generator.normal(size=(50, 3))
    assert solver.assign_near(here, generator.normal(size=(52, 3)), 1, matrix=False) is None
    assert solver.assign_near(here, generator.integers(0, 2, (200, 3)).astype(float), 1, matrix=False) is None


def test_few_pairs_and_points_far_apart_take_the_matrix_where_there_is_one(monkeypatch):
    generator = np.random.default_rng(4)
    here, there = generator.normal(size=(60, 3)), generator.normal(size=(200, 3))
    assert solver.assign_near(here, there, 1, matrix=True) is None
    assert solver.assign_near(here, there, 1, matrix=False) is not None
    monkeypatch.setattr(solver, "_FEW", 0)
    assert solver.assign_near(here, there, 1, matrix=True) is not None
    apart = 0.01 * here + 5  # all want the same few
    assert solver.assign_near(apart, there, 1, matrix=True) is None


@given(
    st.integers(0, 10_000),
    st.integers(1, 3),
    st.sampled_from(["apart", "ties", "repeated", "plain"]),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_any_optimal_match_has_the_total_of_the_whole_matrix(seed, ratio, kind, few):
    generator = np.random.default_rng(seed)
    number = int(generator.integers(2, 25))
    others = ratio * number + int(generator.integers(0, 60))
    values = generator.normal(size=(number + others, 3))
    if kind == "apart":
        values[:number] = 0.1 * values[:number] + 3
    if kind == "ties":
        values = values.round(0)
    if kind == "repeated":
        values[number + others // 2 :] = values[number]
    frame = pd.DataFrame(values, columns=["a", "b", "c"]).assign(treated=np.arange(len(values)) < number)
    sample = im.Sample(frame, treatment="treated", covariates=["a", "b", "c"])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(solver, "_NEAR", 2)
        patched.setattr(solver, "_FEW", 200_000 if few else 0)
        pairs = im.match(sample, Optimal(im.Euclidean("none"), ratio=ratio)).pairs
        assert len(pairs) == number * ratio
        assert pairs["distance"].sum() == pytest.approx(
            dense_total(values[:number], values[number:], ratio), rel=1e-9, abs=1e-9
        )
        again = im.match(
            im.Sample(frame[::-1], treatment="treated", covariates=["a", "b", "c"]),
            Optimal(im.Euclidean("none"), ratio=ratio),
        ).pairs
    by = pairs.columns.tolist()
    pd.testing.assert_frame_equal(
        pairs.sort_values(by).reset_index(drop=True), again.sort_values(by).reset_index(drop=True)
    )


@given(
    st.integers(0, 10_000),
    st.integers(1, 12),
    st.sampled_from([1e-6, 1.0, 1e6]),
    st.sampled_from([0.0, 1e3, 1e8]),
)
@settings(max_examples=40, deadline=None)
def test_no_point_that_is_not_linked_is_nearer_than_the_reach(seed, wanted, spread, origin):
    generator = np.random.default_rng(seed)
    here, there = (spread * generator.normal(size=(size, 3)) + origin * spread for size in (45, 70))
    links = search.near_links(here, there, wanted)
    distances = cdist(here, there)
    linked = np.zeros(distances.shape, dtype=bool)
    linked[links.rows, links.points] = True
    assert (links.counts >= wanted).all()
    nearest = np.argsort(distances, axis=1)[:, :wanted]
    assert np.take_along_axis(linked, nearest, axis=1).all()
    beyond = np.where(linked, np.inf, distances).min(1)
    assert (beyond >= links.reach * (1 - 1e-9)).all()


def test_all_points_are_linked_where_that_many_are_wanted():
    links = search.near_links(np.zeros((2, 1)), np.arange(3.0)[:, None], 5)
    assert links.points.tolist() == [0, 1, 2, 0, 1, 2]
    assert links.distances.tolist() == [0, 1, 2, 0, 1, 2]
    assert np.isinf(links.reach).all()


def test_links_of_some_points_are_replaced_in_place():
    here, there = np.array([[0.0], [10.0]]), np.arange(4.0)[:, None]
    one = search.near_links(here, there, 1)
    more = one.replaced(np.array([False, True]), search.near_links(here[1:], there, 2))
    assert more.counts.tolist() == [1, 2]
    assert more.points.tolist() == [0, 2, 3]
    assert more.distances.tolist() == [0.0, 8.0, 7.0]
