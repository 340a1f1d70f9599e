"""Units that are alike in all that a search looks at: they have the same neighbours, so that one of them is searched for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.design.distances.measure import Measure
from impact.design.search.neighbors import TIE, Neighborhoods
from impact.design.search.pair_rules import PairRules

_MANY = 50_000
_TRIED, _TRIED_OF_MANY = (np.sort(np.random.default_rng(0).random(number)) for number in (256, 4_096))
"""Places of the units looked at first, as shares of all: where hardly two of them are alike, cells would save nothing."""
_OFTEN = 0.01
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cells:
    """Units in cells of those that are alike.

    Attributes
    ----------
    first : int array, shape (c,)
        Number of each cell's first unit, rising.
    code : int array, shape (m,)
        Cell of each unit.
    """

    first: Positions
    code: Positions

    @property
    def sizes(self) -> Positions:
        """Units of each cell."""
        return np.bincount(self.code)


def cells_of(measure: Measure, members: Positions, rules: PairRules | None = None) -> Cells | None:
    """Return the cells of units that are the same to the last bit in coordinates and rules; None where less than half would be saved.

    Units whose distance is not one of points are not compared: None.
    """
    if measure.between is not None:
        return None
    columns = list(measure.coordinates.T)
    if rules is not None:
        columns += [values for values, _ in rules.limits]
        columns += [codes.astype(np.float64) for codes in (rules.strata, *rules.unlike) if codes.any()]
    return cells_by(columns, members)


def cells_by(columns: Sequence[Array], members: Positions) -> Cells | None:
    """Return the cells of units that are the same to the last bit in some columns, shape (n,); None where less than half would be saved."""
    if len(members) < 2 or not _often_alike(columns, members):
        return None
    _, first, code = np.unique(_keys(columns, members), return_index=True, return_inverse=True)
    if len(first) > len(members) / 2:
        return None
    order = np.argsort(first)
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    cells = Cells(first[order], place[code])
    alike = all((of[members] == of[members[cells.first]][cells.code]).all() for of in columns)
    return cells if alike else None


def cells_of_both(
    measure: Measure, focal: Positions, pool: Positions, rules: PairRules | None = None
) -> tuple[Cells, Cells] | None:
    """Return the cells of units and of those they are matched to; None where few of these are alike, and ties are few."""
    of_pool = cells_of(measure, pool, rules)
    if of_pool is None:
        return None
    return cells_of(measure, focal, rules) or each_by_itself(len(focal)), of_pool


def each_by_itself(number: int) -> Cells:
    """Return the cells of units none of which are alike."""
    return Cells(np.arange(number), np.arange(number))


def enough(found: Neighborhoods, sizes: Positions, count: int, tolerance: float) -> Booleans:
    """Return which neighbouring cells are needed to have ``count`` units, those tied with the last among them.

    Parameters
    ----------
    found : Neighborhoods
        The ``count`` nearest cells of each query, with ties: each holds a unit at least.
    sizes : int array, shape (m,)
        Units of each neighbouring cell.
    count : int
    tolerance : float
        As in ``nearest``.
    """
    queries = found.queries
    order = np.lexsort((found.distances, queries))
    running = np.cumsum(sizes[order])
    before = np.concatenate([[0], running])[found.offsets[:-1]]
    reached = running - before[queries] >= count  # the queries are in order already
    last = np.full(len(found.offsets) - 1, np.inf)
    np.minimum.at(last, queries[reached], found.distances[order][reached])
    kept: Booleans = found.distances <= np.sqrt(last**2 + max(tolerance, TIE))[queries]
    return kept


def _often_alike(columns: Sequence[Array], members: Positions) -> bool:
    places = (_TRIED if len(members) < _MANY else _TRIED_OF_MANY) * len(members)
    some = members[places.astype(np.intp)]
    keys = np.sort(_keys(columns, some))
    alike, twice = (np.count_nonzero(of[1:] == of[:-1]) for of in (keys, some))
    return bool(alike - twice > _OFTEN * len(some))


def _keys(columns: Sequence[Array], members: Positions) -> Positions:
    """Return a number for each unit that is the same for units that are alike, and hardly ever for others."""
    keys = np.zeros(len(members), dtype=np.uint64)
    for column in columns:
        keys = (keys ^ (column[members] + 0.0).view(np.uint64)) * _ODD  # −0.0 + 0.0 is 0.0
        keys ^= keys >> _SHIFT
    return keys.view(np.intp)
