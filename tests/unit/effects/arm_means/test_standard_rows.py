"""Terms are standardised where they are read: what is read is what a table of them would hold."""

import numpy as np
import pytest

from impact.arrays import standardised
from impact.effects.arm_means.regression import arm_regression, independent_terms
from impact.effects.arm_means.standard_rows import StandardRows


@pytest.fixture(params=[0, 1], ids=["few rows", "rows of several parts"])
def rows(request):
    generator = np.random.default_rng(3)
    number = (60, 20_000)[request.param]
    terms = generator.normal(size=(number, 4)) * [1, 1e-3, 1e6, 1] + [0, 1, 1e9, 7]
    terms[:, 3] = 7.0
    weights = generator.uniform(0.1, 2, number) * (generator.random(number) < 0.6)
    return terms, generator.normal(size=(number, 2)), weights


def test_what_is_read_is_the_table_of_standardised_terms(rows):
    terms, outcomes, weights = rows
    used = np.flatnonzero(weights)
    found = StandardRows.over(terms, outcomes, used, weights[used])
    design = np.column_stack([np.ones(len(terms)), standardised(terms, weights)])
    assert not design[:, 4].any()  # does not vary
    np.testing.assert_allclose(found.standard.everywhere(), design[:, 1:], rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(found.design, design[used], rtol=1e-11, atol=1e-11)
    total = weights.sum()
    moments = (design * weights[:, None]).T @ design
    np.testing.assert_allclose(found.moments, moments, atol=1e-10 * total)
    np.testing.assert_allclose(found.cross, (design * weights[:, None]).T @ outcomes, atol=1e-10 * total)
    beta = np.arange(10.0).reshape(5, 2)
    np.testing.assert_allclose(found.standard.times(beta), design @ beta, rtol=1e-10, atol=1e-10)
    contrast = np.cos(np.arange(len(terms)))
    np.testing.assert_allclose(found.standard.total(contrast), contrast @ design, atol=1e-9)


def test_a_term_left_out_is_zero_everywhere(rows):
    terms, outcomes, weights = rows
    used = np.flatnonzero(weights)
    found = StandardRows.over(terms, outcomes, used, weights[used]).without((1,))
    assert not found.design[:, 2].any() and not found.standard.everywhere()[:, 1].any()
    assert not found.moments[2].any() and not found.moments[:, 2].any() and not found.cross[2].any()
    twice = np.column_stack([terms, terms[:, 0]])
    design, idle = independent_terms(twice, weights)
    assert dict(idle) == {3: (), 4: (0,)} and not design[:, 4:].any()


def test_whole_numbers_are_numbers():
    counts = np.array([[0], [1], [2], [4]])
    found = arm_regression(np.array([[1], [3], [5], [9]]), counts, np.ones(4), None)
    assert found.fitted[:, 0] == pytest.approx([1, 3, 5, 9])
