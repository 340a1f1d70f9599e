"""Terms that are standardised where they are read give what a table of standardised terms gives."""

from __future__ import annotations

import numpy as np
import pytest

from impact.algebra.scaled_terms import ScaledTerms
from impact.arrays import standardised


@pytest.fixture(params=[7, 9_001], ids=["one part", "parts"])
def drawn(request):
    """Return columns of several origins and units, the last of which does not vary where the weights are above zero, and weights."""
    random = np.random.default_rng(4)
    number = request.param
    columns = random.normal(size=(number, 4)) * [1.0, 1e6, 1e-4, 1.0] + [0.0, 0.0, 3.0, 2e9]
    weights = random.uniform(0.5, 2, number) * (np.arange(number) % 5 > 0)
    columns[weights > 0, 3] = 5.0
    return np.asfortranarray(columns), weights


def test_they_are_the_standardised_columns(drawn):
    columns, weights = drawn
    terms = ScaledTerms.of(columns, weights)
    expected = standardised(columns, weights)
    np.testing.assert_allclose(terms.everywhere(), expected, rtol=1e-9, atol=1e-9)
    assert (terms.everywhere()[:, 3] == 0).all()
    np.testing.assert_allclose(terms.spread * terms.scale, [1, 1, 1, 0])
    np.testing.assert_allclose(terms.only([2, 0]).everywhere(), expected[:, [2, 0]], rtol=1e-9, atol=1e-9)


def test_their_sums_are_those_of_a_table(drawn):
    columns, weights = drawn
    terms = ScaledTerms.of(columns, weights)
    table = np.column_stack([np.ones(len(columns)), terms.everywhere()])
    some = np.random.default_rng(5).normal(size=(2, len(columns)))
    np.testing.assert_allclose(terms.summed(some), table.T @ some.T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(terms.crossproducts(some[0]), table.T * some[0] @ table, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(terms.mean(weights), np.zeros(4), atol=1e-12)
    slopes = np.random.default_rng(6).normal(size=(5, 2))
    np.testing.assert_allclose(terms.times(slopes), table @ slopes, rtol=1e-9, atol=1e-9)


def test_members_are_read_less_a_target(drawn):
    columns, weights = drawn
    terms, members = ScaledTerms.of(columns, weights).only([0, 1, 2]), weights > 1
    target = np.array([0.5, -0.1, 0.0])
    expected = (terms.everywhere()[members] - target).T
    np.testing.assert_allclose(terms.among(members, target), expected, rtol=1e-9, atol=1e-9)


def test_a_far_origin_costs_no_digits():
    near = np.random.default_rng(7).integers(-50, 50, size=(6_000, 1)) / 64
    weights = np.ones(len(near))
    far, target = ScaledTerms.of(near + 2.0**30, weights), np.array([0.3])  # the same values, exact in binary
    expected = ScaledTerms.of(near, weights)
    np.testing.assert_allclose(far.everywhere(), expected.everywhere(), rtol=1e-9, atol=1e-12)
    everyone = np.ones(len(near), dtype=bool)
    np.testing.assert_allclose(
        far.among(everyone, target), expected.among(everyone, target), rtol=1e-9, atol=1e-12
    )


def test_widened_terms_are_those_of_their_units(drawn):
    columns, weights = drawn
    terms, inside = ScaledTerms.of(columns, weights), np.arange(len(columns)) * 2 + 1
    wide = terms.widened(inside, 2 * len(columns) + 1)
    np.testing.assert_array_equal(wide.everywhere()[inside], terms.everywhere())
