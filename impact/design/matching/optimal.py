"""Optimal matching: the smallest total distance, each unit used once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.distances.calipers import check_caliper, scaled_radius
from impact.design.distances.coordinates import Distance, require_distance
from impact.design.distances.measure import Measure
from impact.design.label_order import label_order, steady
from impact.design.pairs import Pairs
from impact.design.proposal import Assignment, Rules
from impact.design.search.neighbors import within_radius
from impact.design.solvers.line_assignment import assign_on_line
from impact.design.solvers.near_assignment import assign_near
from impact.design.units import Units, directions, strata_codes
from impact.errors import OptionError, OverlapWarning
from impact.language import Text
from impact.warn import warn

_DENSE_CELLS = 100_000_000
"""Largest distance matrix that is held in memory (800 MB)."""


@dataclass(frozen=True, slots=True)
class Optimal:
    """Match each focal unit to ``ratio`` others, each used once, with the smallest total distance.

    Parameters
    ----------
    distance : Distance
        ``PropensityScore()``, ``Mahalanobis()``, ``Euclidean()`` or an object with ``measure``.
    ratio : int
        Matches per focal unit.
    caliper : float, optional
        Largest distance of a match: in SDs of the score, or in the distance's own unit with
        ``caliper_unit="raw"``.
    exact : tuple of str
        Columns on which matched units must agree.
    caliper_unit : {"sd", "raw"}
        Unit of the caliper. SDs are for scores.

    Notes
    -----
    As many focal units as possible are matched; then as many matches as possible are made; then their total
    distance is the smallest there is. Without a caliper and with enough units to match, that is the problem
    of R's optmatch. A score lies on a line, where the problem is solved exactly without a distance matrix in
    O(n log n) (with a caliper, in time proportional to the combinations within it). In space it is solved along the links of each unit to
    its nearest, and prices prove that no other pair would do better (``assign_near``): no matrix, 100,000 units in half a minute. Where
    pairs are few, hardly more units are there than are to be matched, many are alike, or the nearest allow no complete assignment though
    the matrix would fit in memory, scipy's ``linear_sum_assignment`` takes the whole matrix; with a caliper it does too, or, on the
    caliper graph with a penalised dummy for each focal copy,
    ``min_weight_full_bipartite_matching`` once the matrix would not fit in memory. Several matches may attain
    the smallest total; between them the order of the units' labels decides, not that of the rows. Sampling
    weights enter the score, the distance's scale and the matched means, not the choice of matches.

    References
    ----------
    Rosenbaum (1989), JASA 84(408), 1024-1032, doi:10.1080/01621459.1989.10478868.
    Crouse (2016), IEEE Transactions on Aerospace and Electronic Systems 52(4), 1679-1696,
    doi:10.1109/TAES.2016.140952.

    Examples
    --------
    Greedily the first unit, aged 36, takes 31 and leaves 44 to the second: 5 + 14.

    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "age": [36.0, 30.0, 31.0, 44.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, Optimal(im.Euclidean("none"))).pairs["distance"].tolist()
    [8.0, 1.0]
    """

    distance: Distance
    ratio: int = 1
    caliper: float | None = None
    exact: tuple[str, ...] = ()
    caliper_unit: str = "sd"

    def __post_init__(self) -> None:
        require_distance(self.distance)
        checks.whole("ratio", self.ratio)
        check_caliper(self.caliper, self.caliper_unit)
        object.__setattr__(self, "exact", checks.columns("exact", self.exact))

    @property
    def design_columns(self) -> tuple[str, ...]:
        """Columns beyond the covariates that the strategy reads."""
        return self.exact

    def assign(self, units: Units) -> Assignment:
        """Return the pairs."""
        if units.estimand == "ATE":
            raise OptionError(
                Text(
                    (
                        "Optimal matching uses each unit once, for one of the arms: estimand must be 'ATT' or 'ATC'; got "
                        "'ATE'. im.Full(...) defines the ATE."
                    ),
                    (
                        "El emparejamiento óptimo usa cada unidad una vez, para uno de los brazos: estimand debe ser 'ATT' o "
                        "'ATC'; se dio 'ATE'. Full define el ATE."
                    ),
                )
            )
        measure = self.distance.measure(units)
        radius = scaled_radius(self.caliper, self.caliper_unit, measure)
        strata = strata_codes(units, self.exact)
        rank = np.argsort(label_order(units), kind="stable")
        ((focal, pool),) = directions(units)
        focal, pool = focal[np.argsort(rank[focal])], pool[np.argsort(rank[pool])]
        _warn_of_scarcity(len(focal), len(pool), self.ratio)
        parts = [
            _optimal_pairs(
                measure, focal[strata[focal] == stratum], pool[strata[pool] == stratum], self.ratio, radius
            )
            for stratum in np.unique(strata[focal])
        ]
        chosen, match = (np.concatenate(part) for part in zip(*parts, strict=True))
        pairs = _as_pairs(chosen, match, measure, units)
        caliper = None if np.isinf(radius) else radius * measure.unit
        return Assignment(
            pairs=pairs,
            measure=measure,
            rules=Rules(reuse=1, ratio=self.ratio, ties=False, caliper=caliper, exact=self.exact),
        )


def _warn_of_scarcity(focal: int, pool: int, ratio: int) -> None:
    if focal > pool:
        warn(
            Text(
                (
                    "Without replacement {pool:,} units cannot match {focal:,}: at least {focal_2:,} focal units stay "
                    "unmatched. Match with replacement, or ask for the effect on the smaller arm."
                ),
                (
                    "Sin reemplazo, {pool:,} unidades no alcanzan para emparejar {focal:,}: al menos {focal_2:,} "
                    "unidades focales quedan sin pareja. Empareje con reemplazo, o pida el efecto en el brazo más "
                    "pequeño."
                ),
                pool=pool,
                focal=focal,
                focal_2=focal - pool,
            ),
            OverlapWarning,
        )
    elif focal * ratio > pool:
        warn(
            Text(
                (
                    "Without replacement {pool:,} units cannot give {focal:,} focal units {ratio} matches each: some get "
                    "fewer. Use a smaller ratio."
                ),
                (
                    "Sin reemplazo, {pool:,} unidades no alcanzan para dar a {focal:,} unidades focales {ratio} parejas "
                    "cada una: algunas reciben menos. Use un ratio menor."
                ),
                pool=pool,
                focal=focal,
                ratio=ratio,
            ),
            OverlapWarning,
        )


def _as_pairs(focal: Positions, match: Positions, measure: Measure, units: Units) -> Pairs:
    order = np.lexsort((match, focal))
    focal, match = focal[order], match[order]
    survey = units.sampling_weight[match]
    share = survey / np.bincount(focal, survey, minlength=len(units))[focal]
    return Pairs(focal, match, measure.along(focal, match) * measure.unit, share)


def _optimal_pairs(
    measure: Measure, focal: Positions, pool: Positions, ratio: int, radius: float
) -> tuple[Positions, Positions]:
    """Return focal units and matches of one stratum, by position of the units."""
    if len(focal) == 0 or len(pool) == 0:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    if measure.coordinates.shape[1] == 1:
        line = steady(measure.coordinates[:, 0])
        row, column = assign_on_line(line[focal], line[pool], ratio, radius)
    elif (near := _from_the_nearest(measure, focal, pool, ratio, radius)) is not None:
        row, column = near
    elif len(focal) * ratio * len(pool) <= _DENSE_CELLS:
        row, column = assign_densely(steady(measure.block(focal, pool)), ratio, radius)
    elif np.isfinite(radius) and measure.between is None:
        row, column = assign_sparsely(measure.coordinates[focal], measure.coordinates[pool], ratio, radius)
    else:
        raise OptionError(
            Text(
                (
                    "Optimal matching of {number:,} × {ratio} to {number_2:,} units on {label} needs a matrix of more "
                    "than {dense_cells:,} distances. Set a caliper or exact columns, match on a score, or use "
                    "im.NearestNeighbor."
                ),
                (
                    "El emparejamiento óptimo de {number:,} × {ratio} con {number_2:,} unidades por {label} necesita una "
                    "matriz de más de {dense_cells:,} distancias. Fije un caliper o columnas exactas, empareje por un "
                    "puntaje, o use NearestNeighbor."
                ),
                number=len(focal),
                ratio=ratio,
                number_2=len(pool),
                label=measure.label,
                dense_cells=_DENSE_CELLS,
            )
        )
    return focal[row], pool[column]


def _from_the_nearest(
    measure: Measure, focal: Positions, pool: Positions, ratio: int, radius: float
) -> tuple[Positions, Positions] | None:
    """Return rows and columns of the optimal assignment of points without a caliper, where their nearest tell it."""
    if measure.between is not None or np.isfinite(radius):
        return None
    matrix = len(focal) * ratio * len(pool) <= _DENSE_CELLS
    return assign_near(measure.coordinates[focal], measure.coordinates[pool], ratio, matrix)


def assign_densely(distances: Array, ratio: int, radius: float) -> tuple[Positions, Positions]:
    """Return rows and columns of the optimal assignment, from the whole distance matrix; infinite forbids a pair."""
    from scipy.optimize import linear_sum_assignment

    if np.isinf(radius) and len(distances) * ratio <= distances.shape[1] and np.isfinite(distances).all():
        row, column = linear_sum_assignment(distances if ratio == 1 else np.repeat(distances, ratio, axis=0))
        return row // ratio, column
    allowed = np.repeat((distances <= radius * (1 + 1e-14)) & np.isfinite(distances), ratio, axis=0)
    cost = np.repeat(np.where(np.isfinite(distances), distances, 0.0), ratio, axis=0)
    penalties = _penalties(len(distances), ratio, float(cost.max(initial=0.0, where=allowed)))
    row, column = linear_sum_assignment(np.where(allowed, cost - penalties[:, None], 0.0))
    kept = allowed[row, column]
    return row[kept] // ratio, column[kept]


def assign_sparsely(here: Array, there: Array, ratio: int, radius: float) -> tuple[Positions, Positions]:
    """Return rows and columns of the optimal assignment, from the graph of distances within the caliper."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    near = within_radius(here, there, radius)
    number, copies = len(there), len(here) * ratio
    row = (near.queries[:, None] * ratio + np.arange(ratio)).ravel()
    dummy = np.arange(copies)
    penalties = _penalties(len(here), ratio, radius)
    # A sparse graph has no edges of cost zero, so one more is asked for each: the same for every complete
    # assignment.
    cost = 1.0 + np.concatenate([np.repeat(near.distances, ratio), penalties])
    ends = (np.concatenate([row, dummy]), np.concatenate([np.repeat(near.points, ratio), number + dummy]))
    chosen, column = min_weight_full_bipartite_matching(
        coo_array((cost, ends), shape=(copies, number + copies)).tocsr()
    )
    kept = column < number
    return chosen[kept] // ratio, column[kept]


def _penalties(number: int, ratio: int, longest: float) -> Array:
    """Return the cost of each copy left unmatched: above all matches together, twice that for a first."""
    penalty = 1.0 + longest * (number * ratio + 1)
    result: Array = np.tile(np.r_[2.0 * penalty, np.full(ratio - 1, penalty)], number)
    return result
