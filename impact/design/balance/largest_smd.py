"""The largest standardised difference alone, for estimates that print it."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from impact.design.balance.columns import COVARIATE, balance_columns
from impact.design.balance.denominators import DEFAULT_DENOMINATOR, DENOMINATORS
from impact.design.balance.measured.smd import standardized_difference
from impact.design.balance.statistics import Comparison, CovariateValues
from impact.design.balance.table import Stage
from impact.design.matched_sample import MatchedSample

_KNOWN: WeakKeyDictionary[MatchedSample, float] = WeakKeyDictionary()
"""Of the matches that are still in use: a match never changes, and every table of its effects prints it."""


def largest_smd(matched: MatchedSample) -> float:
    """Return ``balance(matched).max_abs_smd`` without the rest of the table, measured once a match."""
    if matched not in _KNOWN:
        _KNOWN[matched] = _measured(matched)
    return _KNOWN[matched]


def _measured(matched: MatchedSample) -> float:
    divide = DENOMINATORS[DEFAULT_DENOMINATOR[matched.estimand]].function
    treated, survey = matched.sample.treated, matched.sampling_weight
    before = Stage.of("before", survey, treated)
    after = Stage.of("after", matched.weights.to_numpy() * survey, treated)
    largest = 0.0
    for column in balance_columns(matched, interactions=False):
        if column.role == COVARIATE:
            values = CovariateValues.unsorted(column.values)
            denominator = divide(values, before.treated, before.control)
            arms = Comparison(values, after.treated, after.control, denominator, np.empty(0))
            largest = max(largest, abs(standardized_difference(arms)))
    return largest
