"""Full matching with bounds on the composition of the sets: a minimum-cost flow, solved by HiGHS."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions
from impact.design.distances.measure import Measure
from impact.design.search.counterparts import distance_blocks
from impact.errors import EstimationError
from impact.language import Text

_NEAR = 10
"""Links of each unit with which the search begins: fewer price the units so badly that it takes more rounds."""
_AT_ONCE = 24
"""Links added to a unit in a round."""
_SLACK = 1.0
"""How much too long an added link may be, in mean prices: most lower the total only once the prices have moved."""
_GAIN = 1e-9


@dataclass(frozen=True, slots=True)
class LinkBounds:
    """How many links a unit of one arm has: at least ``low``, at most ``high``."""

    low: int = 1
    high: int | None = None


def cover_with_bounds(
    measure: Measure,
    here: Positions,
    there: Positions,
    radius: float,
    bounds_here: LinkBounds,
    bounds_there: LinkBounds,
) -> tuple[Positions, Positions] | None:
    """Return links that keep every unit within its bounds with the smallest total distance, if there are any.

    Parameters
    ----------
    measure : Measure
    here : int array, shape (q,)
    there : int array, shape (r,)
        Units of the two arms by position.
    radius : float
        Largest distance of a link; may be infinite.
    bounds_here, bounds_there : LinkBounds

    Returns
    -------
    here, there : int arrays, shape (m,), or None
        The ends of each link; None if no links keep the bounds.

    Notes
    -----
    min Σ d x over links with low ≤ Σ x ≤ high at every unit and 0 ≤ x ≤ 1. The matrix is that of a bipartite
    graph, so the simplex method ends at a whole-numbered solution. It starts with each unit's nearest links;
    the prices of the units tell which of all other links would lower the total, and the nearest of those are
    added until there is none.

    References
    ----------
    Hansen & Klopfer (2006), Journal of Computational and Graphical Statistics 15(3), 609-627,
    doi:10.1198/106186006X137047.
    """
    links = _first_links(measure, here, there, radius)
    while True:
        distances = measure.along(here[links[0]], there[links[1]])
        chosen, prices, lacking = _solved(links, distances, len(here), len(there), bounds_here, bounds_there)
        added = _cheaper_links(measure, here, there, radius, prices, links)
        if len(added[0]) == 0:
            return None if lacking else (links[0][chosen], links[1][chosen])
        links = np.concatenate([links[0], added[0]]), np.concatenate([links[1], added[1]])


def _first_links(
    measure: Measure, here: Positions, there: Positions, radius: float
) -> tuple[Positions, Positions]:
    """Return the links of each unit to its nearest units of the other arm."""
    row, column = _nearest_few(measure, here, there, radius)
    other_row, other_column = _nearest_few(measure, there, here, radius)
    keys = np.unique(np.concatenate([row * len(there) + column, other_column * len(there) + other_row]))
    return keys // len(there), keys % len(there)


def _nearest_few(
    measure: Measure, here: Positions, there: Positions, radius: float
) -> tuple[Positions, Positions]:
    rows, columns = [], []
    for start, distances in distance_blocks(measure, here, there):
        best = np.argpartition(distances, min(_NEAR, len(there) - 1), axis=1)[:, :_NEAR]
        near = np.take_along_axis(distances, best, axis=1)
        row, place = np.nonzero((near <= radius * (1 + 1e-14)) & np.isfinite(near))
        rows.append(row + start)
        columns.append(best[row, place])
    return np.concatenate(rows), np.concatenate(columns)


def _solved(
    links: tuple[Positions, Positions],
    distances: Array,
    number: int,
    others: int,
    bounds_here: LinkBounds,
    bounds_there: LinkBounds,
) -> tuple[NDArray[np.bool_], Array, bool]:
    """Return the links chosen, the price of each unit, and whether some unit lacks links."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, eye_array, hstack

    units = number + others
    count = len(distances)
    ends = np.concatenate([links[0], number + links[1]])
    degree = coo_array(
        (np.ones(2 * count), (ends, np.tile(np.arange(count), 2))), shape=(units, count)
    ).tocsr()
    low = np.repeat([float(bounds_here.low), float(bounds_there.low)], [number, others])
    high = np.repeat(
        [float(_or_all(bounds_here.high, others)), float(_or_all(bounds_there.high, number))],
        [number, others],
    )
    # A link that is missing costs more than any way of rearranging those there are.
    penalty = 1.0 + 2.0 * units * (float(distances.max(initial=0.0)) + 1.0)
    each = eye_array(units, format="csr")
    solution = linprog(
        np.concatenate([distances, np.full(units, penalty), np.zeros(units)]),
        A_eq=hstack([degree, each, -each], format="csr"),  # links + missing = what a unit has
        b_eq=np.zeros(units),
        bounds=np.column_stack(
            [
                np.concatenate([np.zeros(count + units), low]),
                np.concatenate(
                    [np.ones(count), low, np.maximum(low, high)]
                ),  # too few there: the rest is missing
            ]
        ),
        method="highs-ds",
        options={"presolve": False, "simplex_dual_edge_weight_strategy": "devex"},  # a third of the time
    )
    if solution.status != 0:
        raise EstimationError(
            Text(
                "The minimum-cost flow of full matching was not solved: {message}",
                "No se resolvió el flujo de costo mínimo del emparejamiento completo: {message}",
                message=solution.message,
            )
        )
    missing = solution.x[count : count + units]
    return solution.x[:count] > 0.5, solution.eqlin.marginals, bool(missing.max() > 0.5)


def _or_all(high: int | None, everyone: int) -> int:
    return everyone if high is None else high


def _cheaper_links(
    measure: Measure,
    here: Positions,
    there: Positions,
    radius: float,
    prices: Array,
    links: tuple[Positions, Positions],
) -> tuple[Positions, Positions]:
    """Return links to add to the problem; none if no link is shorter than the prices of its ends.

    Prices are rarely unique: with the links that would lower the total come those that nearly would, a few
    for each unit.
    """
    slack = _SLACK * float(np.abs(prices).mean())
    rows, columns, lowers = [], [], False
    for start, distances in distance_blocks(measure, here, there):
        stop = start + len(distances)
        reduced = distances - prices[start:stop, None] - prices[len(here) :]
        reduced[distances > radius * (1 + 1e-14)] = np.inf
        inside = (links[0] >= start) & (links[0] < stop)
        reduced[links[0][inside] - start, links[1][inside]] = np.inf
        lowers |= bool((reduced < -_GAIN).any())
        best = np.argpartition(reduced, min(_AT_ONCE, len(there) - 1), axis=1)[:, :_AT_ONCE]
        row, place = np.nonzero(np.take_along_axis(reduced, best, axis=1) < slack)
        rows.append(row + start)
        columns.append(best[row, place])
    empty = np.empty(0, dtype=np.intp)
    return (np.concatenate(rows), np.concatenate(columns)) if lowers else (empty, empty)
