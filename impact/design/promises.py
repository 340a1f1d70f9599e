"""What makes a proposal true: every promise of a strategy checked at run time, a user's own strategy too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array
from impact.design.pairs import Pairs, TiedPairs
from impact.design.promised_pairs import (
    CLOSE,
    certify_cells,
    certify_distances,
    certify_pairs,
    certify_rules,
    require,
)
from impact.design.proposal import Assignment, Strategy
from impact.design.units import Units, focal_units, strata_codes, weights_both_arms
from impact.errors import EstimationError
from impact.language import Text
from impact.survey.clusters import sums_by_code

_FINITE = Text("weights must be finite", "los pesos deben ser finitos")
_NOT_NEGATIVE = Text("weights must not be negative", "los pesos no deben ser negativos")
_NO_WEIGHT = Text("discarded units must have weight 0", "las unidades descartadas deben tener peso 0")
_WEIGHT_ONE = Text(
    "matched focal units must have weight 1", "las unidades focales emparejadas deben tener peso 1"
)


def certify_proposal(strategy: Strategy, assignment: Assignment, units: Units) -> None:
    """Raise an EstimationError, naming rule and units, if the pairs of a proposal break what it promised.

    Parameters
    ----------
    strategy : Strategy
        Named in the message.
    assignment : Assignment
        The proposal.
    units : Units
        The units, ``eligible`` false for the discarded.
    """
    if assignment.pairs is None:
        return
    name, pairs = type(strategy).__name__, assignment.pairs
    if isinstance(pairs, TiedPairs):
        certify_cells(name, assignment.rules, pairs, units, assignment.measure)
        pairs = pairs.firsts()
    certify_pairs(name, pairs, units)
    certify_rules(name, assignment.rules, pairs, units, assignment.measure)
    if assignment.measure is not None:
        certify_distances(name, assignment.measure, pairs)


def certify_weights(strategy: Strategy, assignment: Assignment, units: Units, weights: Array) -> None:
    """Raise an EstimationError if match weights are not sound, or do not agree with the proposal.

    Parameters
    ----------
    strategy, assignment, units
        As for ``certify_proposal``.
    weights : float64 array, shape (n,)
        The match weights made from the proposal.
    """
    name = type(strategy).__name__
    _certify_weights(name, units, weights)
    if assignment.pairs is not None:
        _certify_agreement(name, assignment.pairs, units, weights)
    if assignment.subclass is not None:
        _certify_sets(name, assignment.subclass, units, weights)
        _certify_exact_sets(name, assignment, assignment.subclass, units, weights)


def _certify_weights(name: str, units: Units, weights: Array) -> None:
    used = weights > 0
    require(name, _FINITE, units, ~np.isfinite(weights))
    require(name, _NOT_NEGATIVE, units, weights < 0)
    require(name, _NO_WEIGHT, units, ~units.eligible & used)
    focal = focal_units(units) & used
    if not weights_both_arms(units.estimand):
        require(name, _WEIGHT_ONE, units, focal & ((weights < 1 - CLOSE) | (weights > 1 + CLOSE)))
    for arm in (units.treatment, ~units.treatment):
        total, expected = float(weights.compress(arm).sum()), float(focal.sum())
        if weights_both_arms(units.estimand):
            expected = total if total > 0 else expected
        if abs(total - expected) > CLOSE * max(expected, 1.0) or total == 0:
            raise EstimationError(
                Text(
                    (
                        "{name} is not certified: the weights of each arm must sum to the {expected:,.0f} matched units; got "
                        "{total:,.6f}."
                    ),
                    (
                        "{name} no se certifica: los pesos de cada brazo deben sumar las {expected:,.0f} unidades "
                        "emparejadas; suman {total:,.6f}."
                    ),
                    name=name,
                    expected=expected,
                    total=total,
                )
            )


def _certify_agreement(name: str, pairs: Pairs | TiedPairs, units: Units, weights: Array) -> None:
    """Weights must be those that the pairs imply, up to the scale of each arm."""
    survey = units.sampling_weight
    implied = pairs.collected(survey)
    implied /= survey
    implied += pairs.focal_marks(len(units))
    for arm in (units.treatment, ~units.treatment):
        share, stated = implied.compress(arm), weights.compress(arm)
        total = share.sum()
        if total == 0:
            continue
        share /= total
        stated /= max(stated.sum(), 1e-300)
        share -= stated
        if np.abs(share, out=share).max() > CLOSE:
            raise EstimationError(
                Text(
                    "{name} is not certified: the weights do not agree with the pairs.",
                    "{name} no se certifica: los pesos no concuerdan con los pares.",
                    name=name,
                )
            )


def _certify_sets(name: str, subclass: NDArray[np.intp], units: Units, weights: Array) -> None:
    used = weights > 0
    require(
        name,
        Text(
            "units with weight must belong to a matched set",
            "las unidades con peso deben pertenecer a un conjunto emparejado",
        ),
        units,
        used & (subclass < 0),
    )
    sets = subclass[used]
    both = np.bincount(sets, units.treatment[used]) * np.bincount(sets, ~units.treatment[used])
    empty = np.flatnonzero((np.bincount(sets) > 0) & (both == 0))
    require(
        name,
        Text("every matched set must hold both arms", "todo conjunto emparejado debe tener ambos brazos"),
        units,
        used & np.isin(subclass, empty),
    )
    # Whatever the estimand, the two arms of a set stand for the same units: their shares of the arms' weight agree.
    survey = weights * units.sampling_weight
    number = int(sets.max()) + 1
    treated = sums_by_code(sets, (survey * units.treatment)[used], number)
    control = sums_by_code(sets, (survey * ~units.treatment)[used], number)
    apart = np.abs(treated / treated.sum() - control / control.sum()) > CLOSE
    rule = Text(
        "the two arms of a matched set must carry the same share of the weight",
        "los dos brazos de un conjunto emparejado deben llevar la misma parte del peso",
    )
    require(name, rule, units, used & np.isin(subclass, np.flatnonzero(apart)))


def _certify_exact_sets(
    name: str, assignment: Assignment, subclass: NDArray[np.intp], units: Units, weights: Array
) -> None:
    if not assignment.rules.exact:
        return
    used = weights > 0
    codes = strata_codes(units, assignment.rules.exact)
    low = np.full(int(subclass.max()) + 1, np.iinfo(np.intp).max)
    high = np.full(int(subclass.max()) + 1, -1)
    np.minimum.at(low, subclass[used], codes[used])
    np.maximum.at(high, subclass[used], codes[used])
    rule = Text(
        "units of a matched set must agree on {exact}",
        "las unidades de un conjunto emparejado deben coincidir en {exact}",
        exact=checks.listed(assignment.rules.exact),
    )
    require(name, rule, units, used & (low[subclass] != high[subclass]))
