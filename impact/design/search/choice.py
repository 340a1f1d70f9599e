"""Who is chosen: every focal unit's nearest, or what is left when units can be used only so often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Positions
from impact.design.search.admissible import nearest_admissible
from impact.design.search.neighbors import Neighborhoods
from impact.design.search.one_by_one.greedy import Seeker, match_by_distance, match_in_order
from impact.design.search.one_by_one.line_seeker import LineSeeker
from impact.design.search.one_by_one.space_seeker import SpaceSeeker
from impact.design.search.plan import MatchingPlan
from impact.design.search.ties import first_of_ties, line_precedence

_BY_DISTANCE = ("closest", "farthest")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Choice:
    """Matches of one arm by one plan.

    Attributes
    ----------
    focal, match : int arrays, shape (m,)
        Positions of the units.
    distance : float64 array, shape (m,)
        Scaled distances.
    tied : bool
        Whether the order of the rows decided between equally near units.
    """

    focal: Positions
    match: Positions
    distance: Array
    tied: bool


def chosen_with_replacement(
    plan: MatchingPlan, focal: Positions, pool: Positions, ratio: int, tolerance: float, first: bool
) -> Choice:
    """Return each focal unit's nearest units, with all ties or the first of them."""
    found = nearest_admissible(plan.measure, focal, pool, ratio, tolerance, plan.radius, plan.rules)
    tied = False
    if first:
        found, tied = first_of_ties(found, ratio, _precedence(plan, focal, pool, found))
    return Choice(focal[found.queries], found.points, found.distances, tied)


def chosen_greedily(
    plan: MatchingPlan,
    focal: Positions,
    pool: Positions,
    capacity: Positions,
    order: str,
    turn: Positions,
    quota: Positions,
) -> Choice:
    """Return the matches when a unit can be used only so often.

    Parameters
    ----------
    plan : MatchingPlan
    focal, pool : int arrays
        Positions of the units.
    capacity : int array, shape (n,)
        How often each unit may still be used.
    order : str
        "closest" and "farthest" serve by distance, any other by ``turn``.
    turn : int array
        Numbers of the focal units in the order in which they choose.
    quota : int array
        Matches that each focal unit may have.
    """
    seeker: Seeker
    if plan.on_line:
        values = plan.measure.coordinates[:, 0]
        seeker = line = LineSeeker(values, focal, pool, plan.rules, plan.radius, capacity[pool])
        if line.unrestricted and order not in _BY_DISTANCE and quota.max(initial=0) == 1:
            own, match, distance = (np.array(part) for part in line.sweep(turn))
            return _choice(focal, pool, own, match, distance, line.tied)
    else:
        seeker = SpaceSeeker(plan.measure, focal, pool, plan.rules, plan.radius, capacity[pool])
    if order in _BY_DISTANCE:
        taken = match_by_distance(seeker, turn, quota, farthest=order == "farthest")
    else:
        taken = match_in_order(seeker, turn, quota)
    own, match, distance = np.array(taken.focal), np.array(taken.match), np.array(taken.distance)
    return _choice(focal, pool, own, match, distance, seeker.tied)


def _choice(
    focal: Positions, pool: Positions, own: Array, match: Array, distance: Array, tied: bool
) -> Choice:
    """Return matches given by the numbers of the units as their positions."""
    return Choice(focal[own.astype(np.intp)], pool[match.astype(np.intp)], distance.astype(np.float64), tied)


def _precedence(plan: MatchingPlan, focal: Positions, pool: Positions, found: Neighborhoods) -> Array:
    """Return who comes first among equally near units: the nearer place on a line, the first row in space."""
    if not plan.on_line:
        return found.points.astype(np.float64)
    return line_precedence(found, plan.measure.coordinates[:, 0], focal, pool)
