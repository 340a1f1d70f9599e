"""Subclassification on a score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.distances.coordinates import Distance
from impact.design.label_order import label_order, steady
from impact.design.proposal import Assignment, Rules
from impact.design.units import Units
from impact.errors import OptionError, OverlapWarning, SupportError
from impact.warn import warn


@dataclass(frozen=True, slots=True)
class Subclassification:
    """Compare units within subclasses of a score, cut at quantiles of those for whom the effect is asked.

    Parameters
    ----------
    distance : Distance
        A score, such as ``im.PropensityScore()``.
    subclasses : int
        Number of subclasses, from 2.
    minimum : int
        Units of each arm that a subclass must hold; 0 lets units of subclasses without the other arm go
        unmatched.

    Notes
    -----
    Cut points are quantiles (linear interpolation, Hyndman & Fan's type 7) of the treated's scores for the
    ATT, the controls' for the ATC, everybody's for the ATE; a unit at a cut point belongs to the subclass
    above. A subclass that lacks ``minimum`` units of an arm takes them, one at a time, from its neighbours on
    the side where more and nearer units can be spared, as R's MatchIt does: units with the same score may
    then be told apart, in the order of their labels. Weights within a subclass are shared in proportion to
    the sampling weights; the quantiles count units.

    References
    ----------
    Cochran (1968), Biometrics 24(2), 295-313, doi:10.2307/2528036.
    Rosenbaum & Rubin (1984), JASA 79(387), 516-524, doi:10.1080/01621459.1984.10478078.

    Examples
    --------
    >>> import impact as im
    >>> Subclassification(im.PropensityScore(), subclasses=5)  # doctest: +ELLIPSIS
    Subclassification(distance=PropensityScore(...), subclasses=5, minimum=1)
    """

    distance: Distance
    subclasses: int = 6
    minimum: int = 1

    def __post_init__(self) -> None:
        checks.instance(
            "distance",
            self.distance,
            "a score such as im.PropensityScore()",
            isinstance(self.distance, Distance),
        )
        checks.whole("subclasses", self.subclasses, minimum=2)
        checks.whole("minimum", self.minimum, minimum=0)

    def assign(self, units: Units) -> Assignment:
        """Return the subclasses."""
        measure = self.distance.measure(units)
        if measure.score is None:
            raise OptionError(
                f"Subclassification needs a score such as im.PropensityScore(); got {measure.label}."
            )
        inside = label_order(units)
        inside = inside[units.eligible[inside]]
        score, treated = steady(measure.coordinates[inside, 0]), units.treatment[inside]
        target = {"ATT": treated, "ATC": ~treated, "ATE": np.ones(len(inside), dtype=np.bool_)}[
            units.estimand
        ]
        cuts = np.quantile(score[target], np.arange(1, self.subclasses) / self.subclasses)
        sets = np.searchsorted(cuts, score, side="right").astype(np.intp)
        sets = self._without_empty_classes(sets)
        for arm in (treated, ~treated):
            sets[arm] = with_minimum(sets[arm], score[arm], int(sets.max()) + 1, self.minimum)
        subclass = np.full(len(units), -1, dtype=np.intp)
        subclass[inside] = sets
        return Assignment(subclass=subclass, measure=measure, rules=Rules(strata=True))

    def _without_empty_classes(self, sets: Positions) -> Positions:
        present, renumbered = np.unique(sets, return_inverse=True)
        if len(present) < self.subclasses:
            warn(
                f"The score has so few values that {len(present)} subclasses were formed where "
                f"{self.subclasses} were asked for.",
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
            f"{len(sets):,} units of one arm cannot fill {number} subclasses with {minimum} each. Use fewer "
            "subclasses."
        )
    order = np.argsort(score, kind="stable")
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
