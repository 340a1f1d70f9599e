"""Symmetric systems have one answer, by Cholesky's factor or by the generalised inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impact.algebra.symmetric import inverse_root, solve_symmetric, solved_surely


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(0, 3), st.floats(-9, 9))
def test_they_are_solved_by_the_generalised_inverse(seed, number, idle, unit):
    """Terms that others reproduce share their coefficient, whatever the unit of all."""
    draws = np.random.default_rng(seed)
    terms = draws.normal(size=(40, number))
    terms = np.column_stack([terms, *(terms @ draws.normal(size=number) for _ in range(idle))])
    moments, cross = 10**unit * terms.T @ terms, 10**unit * terms.T @ draws.normal(size=(40, 2))
    expected = np.linalg.pinv(moments, rcond=1e-10, hermitian=True)
    np.testing.assert_allclose(solve_symmetric(moments, cross), expected @ cross, rtol=1e-6, atol=1e-8)
    root = inverse_root(moments)
    np.testing.assert_allclose(root @ root.T, expected, rtol=1e-6, atol=1e-8 * np.abs(expected).max())
    assert (solved_surely(moments, cross) is None) == (idle > 0)


def test_many_at_once_are_solved_as_each_by_itself():
    draws = np.random.default_rng(1)
    terms = draws.normal(size=(6, 20, 3))
    terms[4:, :, 2] = 0.0
    moments, cross = terms.mT @ terms, terms.mT @ draws.normal(size=(6, 20, 1))
    together = solve_symmetric(moments, cross)
    for one, by_itself in zip(together, map(solve_symmetric, moments, cross), strict=True):
        np.testing.assert_allclose(one, by_itself, rtol=1e-12, atol=1e-14)
    assert not together[4:, 2].any()


@pytest.mark.parametrize(
    "moments", [np.zeros((2, 2)), np.empty((0, 0)), np.diag([1.0, 1e-14]), np.diag([1.0, -1.0])]
)
def test_what_may_be_singular_is_not_solved_surely(moments):
    assert solved_surely(moments, np.ones((len(moments), 1))) is None


def test_by_hand():
    moments, cross = np.array([[4.0, 2.0], [2.0, 3.0]]), np.array([[2.0], [5.0]])
    np.testing.assert_allclose(solve_symmetric(moments, cross), [[-0.5], [2.0]])
