"""Assignment of points from each one's nearest alone, with prices that prove that no pair further off would do better."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.design.search.alike import cells_by
from impact.design.search.near_links import NearLinks, near_links

_NEAR = 16
"""Points that each one is linked to first, per match."""
_MORE = 4
"""How many times as many where the prices ask for points further off."""
_FEW = 200_000
"""Pairs up to which the whole matrix is quicker."""
_PLENTY = 1.1
"""Points per match wanted below which so many prices are high that the whole matrix is as quick."""
_MOST = 0.25
"""Share of all pairs beyond which the matrix is as quick."""
_ROUNDING = 1e-12


def assign_near(here: Array, there: Array, ratio: int, matrix: bool) -> tuple[Positions, Positions] | None:
    """Return rows and columns of the assignment of ``ratio`` points to each with the smallest total distance, if the nearest tell it.

    Parameters
    ----------
    here : float64 array, shape (q, k)
    there : float64 array, shape (r, k)
        Scaled coordinates.
    ratio : int
    matrix : bool
        Whether the whole matrix of distances fits in memory, to be taken where that is quicker.

    Returns
    -------
    here, there : int arrays, shape (q × ratio,), or None
        None where r is hardly more than q × ``ratio``, where many of the points are the same, and where it takes most of the pairs. With a
        matrix to fall back on, also where pairs are few, and where the 16 nearest allow no complete assignment: the points lie so far
        apart that most links would be needed.

    Notes
    -----
    min Σ d x over the complete assignments along the links of each point to its nearest. With x come prices v ≤ 0 of the points assigned
    and u of those they are assigned to, such that u_i + v_j ≤ d_ij along every link, with equality where x = 1: the largest such v are the
    shortest ways in the graph of what an exchange costs. A point that i is not linked to is no nearer than its reach; where u_i is not
    above it, u_i + v_j ≤ u_i ≤ d_ij there too, and x is the best of all (weak duality). Where u_i is above, i is linked to more.

    References
    ----------
    Jonker & Volgenant (1987), Computing 38, 325-340, doi:10.1007/BF02278710; Ahuja, Magnanti & Orlin (1993), Network Flows, section 9.3.
    """
    few = matrix and len(here) * ratio * len(there) <= _FEW
    scarce = len(there) < _PLENTY * len(here) * ratio
    if few or scarce or cells_by(list(there.T), np.arange(len(there))) is not None:
        return None
    wanted = _NEAR * ratio
    links = near_links(here, there, wanted)
    while len(links.points) <= _MOST * len(here) * len(there):
        column = _complete(links, len(there), ratio)
        if column is None and matrix:
            return None
        if column is None:
            short = links.counts < len(there)
        else:
            short = _prices(links, column, len(there), ratio) > links.reach
            if not short.any():
                return np.repeat(np.arange(len(here)), ratio), column
        wanted *= _MORE
        links = links.replaced(short, near_links(here[short], there, wanted))
    return None


def _complete(links: NearLinks, others: int, ratio: int) -> Positions | None:
    """Return the match of each row's copies in the best complete assignment along the links, if there is one."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    # A sparse graph has no edges of cost zero, so as much is added to each: the same for every complete assignment.
    cost = links.distances + (float(links.distances.max()) or 1.0)
    graph = csr_array((cost, links.points, links.offsets), shape=(len(links.reach), others))
    if ratio > 1:
        graph = graph[np.repeat(np.arange(len(links.reach)), ratio)]
    try:
        column: Positions = min_weight_full_bipartite_matching(graph)[1]
    except ValueError:  # the links allow no complete assignment
        return None
    return column


def _prices(links: NearLinks, column: Positions, others: int, ratio: int) -> Array:
    """Return u, the price of a match of each row in the best assignment along the links, less what rounding may add."""
    rows, match = links.rows, column.reshape(-1, ratio)
    own = _along(links, rows, match)
    by = np.argsort(links.points, kind="stable")
    starts = np.flatnonzero(np.diff(links.points[by], prepend=-1))
    reached, row, distance = links.points[by[starts]], rows[by], links.distances[by]
    tolerance = _ROUNDING * float(links.distances.max())
    price = np.zeros(others)
    while True:
        exchange = (price[match] - own).min(1)
        lower = np.minimum(np.minimum.reduceat(distance + exchange[row], starts), 0.0)
        if (price[reached] - lower).max() <= tolerance:
            highest: Array = -exchange - tolerance
            return highest
        price[reached] = lower


def _along(links: NearLinks, rows: Positions, match: Positions) -> Array:
    """Return the distances of each row's matches, shape (q, ratio)."""
    holder = np.full(int(links.points.max()) + 1, -1, dtype=np.intp)
    holder[match] = np.arange(len(match))[:, None]
    taken: Booleans = holder[links.points] == rows
    place = np.empty(len(holder))
    place[links.points[taken]] = links.distances[taken]
    result: Array = place[match]
    return result
