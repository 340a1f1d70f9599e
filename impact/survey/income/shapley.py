"""The Shapley value of factors that are multiplied: what each contributes to the difference of two products."""

from __future__ import annotations

from itertools import product
from math import factorial, prod

import numpy as np

from impact.arrays import Array

Subset = tuple[bool, ...]


def subsets(factors: int) -> list[Subset]:
    """Return every subset of the factors, as marks of those inside."""
    return list(product((False, True), repeat=factors))


def shapley_coefficients(factors: int) -> Array:
    """Return how much each subset's value counts in each factor's Shapley value.

    Parameters
    ----------
    factors : int
        Number of factors n, at least 1.

    Returns
    -------
    float64 array, shape (n, 2ⁿ)
        c_k(S), subsets in the order of ``subsets``: φ_k = Σ_S c_k(S) v(S).

    Notes
    -----
    φ_k = Σ_{S∌k} |S|!(n − |S| − 1)!/n! [v(S ∪ k) − v(S)]: the average, over every order in which the factors can be
    changed one after the other, of what changing k brings. The n values add up to v(all) − v(none).

    References
    ----------
    Shapley (1953), in Contributions to the Theory of Games II, 307-317; Shorrocks (2013), Journal of Economic
    Inequality 11(1), 99-126, doi:10.1007/s10888-011-9214-z.

    Examples
    --------
    >>> from impact.survey.income.shapley import shapley_coefficients
    >>> shapley_coefficients(2).tolist()  # v(none), v(second), v(first), v(both)
    [[-0.5, -0.5, 0.5, 0.5], [-0.5, 0.5, -0.5, 0.5]]
    """
    every = subsets(factors)
    result = np.zeros((factors, len(every)))
    for k in range(factors):
        for place, inside in enumerate(every):
            others = sum(inside) - inside[k]
            share = factorial(others) * factorial(factors - others - 1) / factorial(factors)
            result[k, place] = share if inside[k] else -share
    return result


def monomials(factors: list[Array], complement: bool) -> list[Array]:
    """Return, for every subset, the product of the factors inside it, or of those outside.

    Parameters
    ----------
    factors : list of float64 arrays, each of shape (m, grades)
    complement : bool
        True: of the factors outside the subset.
    """
    ones = np.ones_like(factors[0])
    return [
        prod((x for x, inside in zip(factors, marks, strict=True) if inside != complement), start=ones)
        for marks in subsets(len(factors))
    ]
