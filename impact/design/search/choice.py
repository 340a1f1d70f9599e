"""Who is chosen: every focal unit's nearest, or what is left when units can be used only so often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.pairs import Pairs, TiedCells, TiedPairs
from impact.design.search.admissible import nearest_admissible
from impact.design.search.alike import Cells, cells_of_both, enough
from impact.design.search.neighbors import Neighborhoods, within_radius
from impact.design.search.one_by_one.greedy import Seeker, match_by_distance, match_in_order
from impact.design.search.one_by_one.line_seeker import LineSeeker
from impact.design.search.one_by_one.space_seeker import SpaceSeeker
from impact.design.search.pair_rules import PairRules
from impact.design.search.plan import MatchingPlan
from impact.design.search.ties import first_of_cells, first_of_ties, line_groups, line_precedence

_BY_DISTANCE = ("closest", "farthest")
_PAIRS = 100_000
_PAIRS_OF_A_UNIT = 8
"""With more pairs than this, and more than this for each unit, the pairs of units that are alike stay in cells."""


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

    @property
    def served(self) -> Positions:
        """The units that found a match."""
        return self.focal

    def in_cells(self, share: Array, unit: float) -> TiedCells:
        """Return the matches with each unit as a cell of its own, and the distances in the published unit."""
        focal, focal_cell = np.unique(self.focal, return_inverse=True)
        match, match_cell = np.unique(self.match, return_inverse=True)
        return TiedCells(
            focal=focal,
            focal_cell=np.arange(len(focal)),
            match=match,
            match_cell=np.arange(len(match)),
            share=share[match],
            link_focal=focal_cell,
            link_match=match_cell,
            distance=self.distance * unit,
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ChoiceInCells:
    """Matches of one arm by one plan where many units are alike: by cells, each unit of the share 1 and scaled distances."""

    cells: TiedCells
    tied: bool = False

    @property
    def served(self) -> Positions:
        """The units that found a match."""
        return self.cells.focal

    def in_cells(self, share: Array, unit: float) -> TiedCells:
        """Return the matches, counted by the units' shares, and the distances in the published unit."""
        return replace(self.cells, share=share[self.cells.match], distance=self.cells.distance * unit)


def chosen_with_replacement(
    plan: MatchingPlan, focal: Positions, pool: Positions, ratio: int, tolerance: float, first: bool
) -> Choice | ChoiceInCells:
    """Return each focal unit's nearest units, with all ties or the first of them."""
    both = cells_of_both(plan.measure, focal, pool, plan.rules)
    if both is not None:
        heads, others = focal[both[0].first], pool[both[1].first]
        near = nearest_admissible(plan.measure, heads, others, ratio, tolerance, plan.radius, plan.rules)
        cell_at = np.zeros(int(pool.max()) + 1, dtype=np.intp)
        cell_at[others] = np.arange(len(others))
        near = replace(near, points=cell_at[near.points])
        near = near.where(enough(near, both[1].sizes[near.points], ratio, tolerance))
        if not first:
            return _choice_by_cells(focal, pool, *both, near)
        groups = line_groups(plan.measure.coordinates[:, 0], focal, pool) if plan.on_line else None
        found = first_of_cells(near, *both, focal, pool, ratio + 1, groups)
    else:
        found = nearest_admissible(plan.measure, focal, pool, ratio, tolerance, plan.radius, plan.rules)
    tied = False
    if first:
        found, tied = first_of_ties(found, ratio, _precedence(plan, focal, pool, found))
    return Choice(focal[found.queries], found.points, found.distances, tied)


def chosen_within(
    measure: Measure, focal: Positions, pool: Positions, radius: float, strata: Positions
) -> Choice | ChoiceInCells:
    """Return every unit of a focal unit's stratum within a scaled radius (inclusive)."""
    both = cells_of_both(measure, focal, pool, PairRules(strata))
    heads, others = (focal, pool) if both is None else (focal[both[0].first], pool[both[1].first])
    found = within_radius(measure.coordinates[heads], measure.coordinates[others], radius)
    found = found.where(strata[heads[found.queries]] == strata[others[found.points]])
    if both is not None:
        return _choice_by_cells(focal, pool, *both, found)
    return Choice(focal[found.queries], pool[found.points], found.distances, tied=False)


def pairs_of(chosen: Sequence[Choice | ChoiceInCells], share: Array, unit: float) -> Pairs | TiedPairs:
    """Return the matches of all arms and steps, one by one, or, where some are in cells, all in cells.

    Parameters
    ----------
    chosen : sequence of Choice or ChoiceInCells
    share : float64 array, shape (n,)
        What a unit counts by among the matches of a focal unit: its sampling weight.
    unit : float
        Published distance per scaled distance.
    """
    one_by_one = [choice for choice in chosen if isinstance(choice, Choice)]
    if len(one_by_one) < len(chosen):
        return TiedPairs(tuple(choice.in_cells(share, unit) for choice in chosen))
    focal, match = (
        np.concatenate(part) for part in ([c.focal for c in one_by_one], [c.match for c in one_by_one])
    )
    distance = np.concatenate([choice.distance for choice in one_by_one]) * unit
    total = np.bincount(focal, share[match], minlength=len(share))
    return Pairs(focal, match, distance, share[match] / total[focal])


def _choice_by_cells(
    focal: Positions, pool: Positions, by_focal: Cells, by_pool: Cells, found: Neighborhoods
) -> Choice | ChoiceInCells:
    """Return the matches that neighbouring cells make: as they are, or one by one where these are few."""
    everyone = np.ones(len(focal), dtype=np.bool_), np.ones(len(pool), dtype=np.bool_)
    cells = TiedCells(
        focal=focal,
        focal_cell=by_focal.code,
        match=pool,
        match_cell=by_pool.code,
        share=np.ones(len(pool)),
        link_focal=found.queries,
        link_match=found.points,
        distance=found.distances,
    ).without(*everyone)
    if int(cells.link_sizes.sum()) > max(_PAIRS, _PAIRS_OF_A_UNIT * (len(focal) + len(pool))):
        return ChoiceInCells(cells)
    pairs = cells.listed()
    return Choice(pairs.focal, pairs.match, pairs.distance, tied=False)


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
