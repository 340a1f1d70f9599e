"""Full matching in space: the shortest links that reach every unit, and the sets they make."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.search.counterparts import distance_blocks, nearest_counterpart


def cover_space(
    measure: Measure, here: Positions, there: Positions, radius: float
) -> tuple[Positions, Positions]:
    """Return links between two arms that reach every unit with the smallest total distance.

    Parameters
    ----------
    measure : Measure
    here : int array, shape (q,)
    there : int array, shape (r,)
        Units of the two arms by position; each must have a unit of the other arm within the radius.
    radius : float
        Largest distance of a link; may be infinite.

    Returns
    -------
    here, there : int arrays, shape (m,)
        The ends of each link, by place in ``here`` and ``there``.

    Notes
    -----
    Linking each unit to its nearest costs Σμ. A link i–j that serves both saves μᵢ + μⱼ − dᵢⱼ; links that
    save are a matching, so the best choice is a matching of largest weight on the pairs with a saving, which
    are few. scipy's sparse assignment solver finds it, with a dummy for each row that may stay single.

    References
    ----------
    Schrijver (2003), Combinatorial Optimization, section 19.3 (minimum-weight edge covers by matchings).
    Jonker & Volgenant (1987), Computing 38, 325-340, doi:10.1007/BF02278710.
    """
    near_here, reach_here = nearest_counterpart(measure, here, there, radius)
    near_there, reach_there = nearest_counterpart(measure, there, here, radius)
    row, column, saving = _savings(measure, here, there, reach_here, reach_there, radius)
    shared = _heaviest_matching(row, column, saving, len(here), len(there))
    first, second = row[shared], column[shared]
    single_here = np.setdiff1d(np.arange(len(here)), first)
    single_there = np.setdiff1d(np.arange(len(there)), second)
    return (
        np.concatenate([first, single_here, near_there[single_there]]),
        np.concatenate([second, near_here[single_here], single_there]),
    )


def stars(
    first: Positions, second: Positions, number_here: int, number_there: int
) -> tuple[Positions, Positions]:
    """Return the matched set of every unit, of both arms, without links that neither end needs."""
    here, there = np.bincount(first, minlength=number_here), np.bincount(second, minlength=number_there)
    kept = np.ones(len(first), dtype=np.bool_)
    for link in np.flatnonzero((here[first] > 1) & (there[second] > 1)):
        if here[first[link]] > 1 and there[second[link]] > 1:
            kept[link] = False
            here[first[link]] -= 1
            there[second[link]] -= 1
    first, second = first[kept], second[kept]
    sets_here, sets_there = np.full(number_here, -1, np.intp), np.full(number_there, -1, np.intp)
    centre_here = here[first] > 1
    name = np.where(centre_here, first, number_here + second)
    numbers = np.unique(name, return_inverse=True)[1]
    sets_here[first], sets_there[second] = numbers, numbers
    return sets_here, sets_there


def _savings(
    measure: Measure, here: Positions, there: Positions, reach_here: Array, reach_there: Array, radius: float
) -> tuple[Positions, Positions, Array]:
    """Return the pairs within the radius whose link would save distance, and how much."""
    rows, columns, savings = [], [], []
    for start, distances in distance_blocks(measure, here, there):
        saving = reach_here[start : start + len(distances), None] + reach_there - distances
        row, column = np.nonzero((saving > 0) & (distances <= radius * (1 + 1e-14)))
        rows.append(row + start)
        columns.append(column)
        savings.append(saving[row, column])
    return np.concatenate(rows), np.concatenate(columns), np.concatenate(savings)


def _heaviest_matching(
    row: Positions, column: Positions, weight: Array, number: int, others: int
) -> NDArray[np.bool_]:
    """Return True for the pairs of a matching with the largest total weight."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    if len(row) == 0:
        return np.zeros(0, dtype=np.bool_)
    # A sparse graph has no edges of cost zero: every cost is counted from above the largest saving.
    ceiling = 1.0 + 2.0 * float(weight.max())
    dummy = np.arange(number)
    cost = np.concatenate([ceiling - weight, np.full(number, ceiling)])
    ends = (np.concatenate([row, dummy]), np.concatenate([column, others + dummy]))
    chosen, partner = min_weight_full_bipartite_matching(
        coo_array((cost, ends), shape=(number, others + number)).tocsr()
    )
    partners = np.empty(number, dtype=np.intp)
    partners[chosen] = partner
    matched: NDArray[np.bool_] = partners[row] == column
    return matched
