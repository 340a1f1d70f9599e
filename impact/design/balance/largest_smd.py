"""The largest standardised difference alone, for estimates that print it."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np

from impact.arrays import Array, Booleans, parts_of, two_valued
from impact.design.balance.columns import COVARIATE, balance_columns
from impact.design.balance.denominators import DEFAULT_DENOMINATOR, DENOMINATORS, Denominator
from impact.design.balance.measured.smd import standardized_difference
from impact.design.balance.statistics import Comparison, CovariateValues, rounding_of
from impact.design.matched_sample import MatchedSample

_HEAD = 64
"""First units, among whom most covariates of more than two values already have three."""
_FAR = 1e4
"""Squared distance of an arm's mean from where squares are taken, in variances of the arm, beyond which these lose digits."""
_FLAT = 1e-5
"""SD, in distances of the mean from zero, below which what varies may be rounding."""

_NOTICED = 1e-6
"""Difference that is no rounding of a covariate whose squares are sure, which is not that many SDs from zero."""
_ALONE = 1e-12
"""Share that all units but one have, at which that one is the arm."""

_KNOWN: WeakKeyDictionary[MatchedSample, float] = WeakKeyDictionary()
"""Of the matches that are still in use: a match never changes, and every table of its effects prints it."""


def largest_smd(matched: MatchedSample) -> float:
    """Return ``balance(matched).max_abs_smd`` without the rest of the table, measured once a match."""
    if matched not in _KNOWN:
        _KNOWN[matched] = _measured(matched)
    return _KNOWN[matched]


def _measured(matched: MatchedSample) -> float:
    """Return the largest difference by sums of all covariates at once; those whose sums say little are measured one by one."""
    columns = [column.values for column in balance_columns(matched, False) if column.role == COVARIATE]
    if not columns:
        return 0.0
    shares, heads = _shares(matched), np.stack([values[:_HEAD] for values in columns])
    centre = heads.mean(axis=1)
    means, squares = _sums(columns, centre, shares)
    variances = squares - means[:2] ** 2
    sure = ((means[:2] ** 2 <= _FAR * variances) & (variances > (_FLAT * centre) ** 2)).all(axis=0)
    variances /= np.where(_of_two_values(columns, heads), 1.0, _left_by_one(shares[:2])[:, None])
    divide = DENOMINATORS[DEFAULT_DENOMINATOR[matched.estimand]]
    gaps = np.abs(means[2] - means[3])
    differences = np.array(
        [
            gap / divide.root(arms) if said else _alone(values, divide, shares)
            for values, gap, arms, said in zip(columns, gaps, variances.T, sure, strict=True)
        ]
    )
    for place in np.flatnonzero(sure & ~(differences > _NOTICED)):
        values = columns[place]
        if gaps[place] <= rounding_of(values.min(), values.max()):
            differences[place] = 0.0
    return float(differences.max())


def _shares(matched: MatchedSample) -> Array:
    """Return what each unit is of the treated and of the controls before matching, and of the two after it, shape (4, n)."""
    treated, survey = matched.sample.treated, matched.sampling_weight
    result = np.empty((4, len(survey)))
    for (of_treated, of_controls), weight in zip(
        (result[:2], result[2:]), (survey, matched.weights.to_numpy() * survey), strict=True
    ):
        np.multiply(weight, treated, out=of_treated)
        np.subtract(weight, of_treated, out=of_controls)
    result /= result.sum(axis=1, keepdims=True)
    return result


def _sums(columns: Sequence[Array], centre: Array, shares: Array) -> tuple[Array, Array]:
    """Return Σ share × (x less the centre) by each of the shares, and Σ share × square by the first two."""
    means, squares = np.zeros((len(shares), len(columns))), np.zeros((2, len(columns)))
    for part in parts_of(shares.shape[1]):
        values = np.stack([values[part] for values in columns])
        values -= centre[:, None]
        means += shares[:, part] @ values.T
        squares += shares[:2, part] @ np.multiply(values, values, out=values).T
    return means, squares


def _left_by_one(shares: Array) -> Array:
    """Return 1 − Σ share² of each arm, by which the variance about its own mean is divided; missing for one unit alone."""
    left = 1 - np.einsum("sn,sn->s", shares, shares)
    return np.where(left > _ALONE, left, np.nan)


def _of_two_values(columns: Sequence[Array], heads: Array) -> Booleans:
    """Return which columns have no more than two values: only those whose heads have are read."""
    found = two_valued(heads)
    for place in np.flatnonzero(found).tolist():
        found[place] = two_valued(columns[place])
    return found


def _alone(values: Array, divide: Denominator, shares: Array) -> float:
    """Return one covariate's difference as the table measures it."""
    treated, control, treated_after, control_after = shares
    covariate = CovariateValues.unsorted(values)
    denominator = divide.of(covariate, treated, control)
    arms = Comparison(covariate, treated_after, control_after, denominator, np.empty(0))
    return abs(standardized_difference(arms))
