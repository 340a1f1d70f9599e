"""The part of a match whose units have an outcome: the same match, without those who lack it."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from impact.arrays import Array, Booleans, Positions
from impact.design.distances.measure import Between, Measure
from impact.design.match import matched_on
from impact.design.match_weights import match_weights
from impact.design.matched_sample import MatchedSample
from impact.design.proposal import Assignment, columns_read
from impact.design.units import Units, focal_units
from impact.errors import ImpactWarning
from impact.survey.sample import Sample


def observed_part(matched: MatchedSample, present: Booleans) -> MatchedSample:
    """Return a match restricted to the units whose outcome was observed.

    Parameters
    ----------
    matched : MatchedSample
    present : bool array, shape (n,)
        Units with a value. The match was made without looking at it.

    Returns
    -------
    MatchedSample
        Of the units present.

    Raises
    ------
    SupportError
        No focal unit that is present keeps a match that is.

    Notes
    -----
    Pairs: those of two units that are present stay, and share their focal unit's weight anew; a focal unit without any is
    unmatched. Sets: units that are present share their set's weight anew. Weights that are no pairs or sets are solved anew among
    the units present, as a balance that held over all units need not hold over them.
    """
    if present.all():
        return matched
    sample = matched.sample.take(present)
    declared = columns_read(matched.strategy)
    units = Units.of(sample, matched.estimand, declared)
    discarded: Booleans = units.index.isin(matched.discarded)
    if matched.pair_positions is None and matched.set_numbers is None:
        return _solved_anew(matched, sample, units, discarded)
    units = replace(units, eligible=~discarded)
    whole = Assignment(pairs=matched.pair_positions, subclass=matched.set_numbers)
    assignment = observed_assignment(whole, present)
    weights = match_weights(assignment, units)
    kept = weights > 0 if assignment.pairs is None else assignment.pairs.focal_marks(len(units))
    return replace(
        matched,
        sample=sample,
        weights=pd.Series(weights, index=units.index, name="match_weight"),
        discarded=units.index[discarded],
        unmatched=units.index[focal_units(units) & ~discarded & ~kept],
        measure=None if matched.measure is None else _measure(matched.measure, present),
        pair_positions=assignment.pairs,
        set_numbers=assignment.subclass,
    )


def _solved_anew(matched: MatchedSample, sample: Sample, units: Units, discarded: Booleans) -> MatchedSample:
    reestimated = matched.measure is not None and not matched.measure.present.all()
    with warnings.catch_warnings():  # what there is to say was said of the whole match
        warnings.simplefilter("ignore", ImpactWarning)
        return matched_on(sample, matched.strategy, units, discarded, reestimated)


def observed_assignment(assignment: Assignment, present: Booleans) -> Assignment:
    """Return the pairs or sets that a strategy proposed, of the units present and addressed by their places among them."""
    place = np.where(present, np.cumsum(present) - 1, -1)
    pairs, subclass = assignment.pairs, assignment.subclass
    return Assignment(
        pairs=None if pairs is None else pairs.among(place),
        subclass=None if subclass is None else subclass[present],
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Part:
    """A distance between units, addressed by their places among those present."""

    between: Between
    origin: Positions

    def __call__(self, rows: Positions, columns: Positions) -> Array:
        return self.between(self.origin[rows], self.origin[columns])


def _measure(measure: Measure, present: Booleans) -> Measure:
    propensity = measure.propensity
    return replace(
        measure,
        coordinates=measure.coordinates[present],
        score=None if measure.score is None else measure.score[present],
        propensity=None if propensity is None else replace(propensity, fit=None),
        between=None if measure.between is None else _Part(measure.between, np.flatnonzero(present)),
    )
