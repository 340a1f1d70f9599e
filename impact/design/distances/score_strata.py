"""Strata of a score: cut at its quantiles, none without units of both arms."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Positions, sorting
from impact.design.label_order import label_order, steady
from impact.design.units import Units, focal_units
from impact.errors import OverlapWarning, SupportError
from impact.language import Text
from impact.warn import warn


def score_strata(score: Array, units: Units, number: int, minimum: int) -> Positions:
    """Return the stratum of each eligible unit, from 0 by increasing score; -1 for the others.

    Parameters
    ----------
    score : float64 array, shape (n,)
    units : Units
        Whose estimand says at whose quantiles the score is cut.
    number : int
        Strata wanted.
    minimum : int
        Units of each arm that a stratum must hold.
    """
    inside = label_order(units)
    inside = inside[units.eligible[inside]]
    scaled, treated = steady(score[inside]), units.treatment[inside]
    cuts = np.quantile(scaled[focal_units(units)[inside]], np.arange(1, number) / number)
    sets = np.searchsorted(cuts, scaled, side="right").astype(np.intp)
    sets = _without_empty(sets, number)
    for arm in (treated, ~treated):
        sets[arm] = with_minimum(sets[arm], scaled[arm], int(sets.max()) + 1, minimum)
    strata = np.full(len(units), -1, dtype=np.intp)
    strata[inside] = sets
    return strata


def _without_empty(sets: Positions, number: int) -> Positions:
    present, renumbered = np.unique(sets, return_inverse=True)
    if len(present) < number:
        warn(
            Text(
                "The score has so few values that {number} subclasses were formed where {number_2} were asked for.",
                "El puntaje tiene tan pocos valores que se formaron {number} subclases donde se pidieron {number_2}.",
                number=len(present),
                number_2=number,
            ),
            OverlapWarning,
        )
    return renumbered.astype(np.intp)


def with_minimum(sets: Positions, score: Array, number: int, minimum: int) -> Positions:
    """Return the subclasses of one arm, changed so that each holds at least ``minimum`` of its units.

    Parameters
    ----------
    sets : int array, shape (m,)
        Subclass of each unit, from 0, ordered by score.
    score : float64 array, shape (m,)
    number : int
        Number of subclasses.
    minimum : int
        Units that each must hold.

    Notes
    -----
    An empty subclass draws from the left if the units that can be spared there, each over its distance in
    subclasses, weigh at least as much as those on the right. Filling for a minimum of k is filling k times,
    each time setting the units already counted aside.
    """
    if len(sets) < number * minimum:
        raise SupportError(
            Text(
                "{number:,} units of one arm cannot fill {number_2} subclasses with {minimum} each. Use fewer subclasses.",
                (
                    "{number:,} unidades de un brazo no alcanzan para {number_2} subclases con {minimum} cada una. Use "
                    "menos subclases."
                ),
                number=len(sets),
                number_2=number,
                minimum=minimum,
            )
        )
    order = sorting(score)
    counts = np.bincount(sets, minlength=number) - minimum
    while (counts < 0).any():
        lacking = int(np.flatnonzero(counts < 0)[0])
        step = -1 if _spare(counts[:lacking][::-1]) >= _spare(counts[lacking + 1 :]) else 1
        donors = (
            np.flatnonzero(counts[:lacking] > -minimum)
            if step < 0
            else lacking + 1 + np.flatnonzero(counts[lacking + 1 :] > -minimum)
        )
        donor = int(donors[-1] if step < 0 else donors[0])
        members = order[sets[order] == donor]
        sets[members[-1] if step < 0 else members[0]] = lacking
        counts[donor] -= 1
        counts[lacking] += 1
    return sets


def _spare(counts: Positions) -> float:
    """Return how many units the subclasses, nearest first, can spare, each over its distance."""
    return float((np.maximum(counts, 0) / np.arange(1, len(counts) + 1)).sum())
