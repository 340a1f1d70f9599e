"""Nearest-neighbour matching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.design.assignment import Assignment, Pairs, Rules
from impact.design.directions import directions, strata_codes
from impact.design.distance import Distance
from impact.design.measure import Measure
from impact.design.neighbors import nearest
from impact.design.units import Units
from impact.errors import OptionError

Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class NearestNeighbor:
    """Match each focal unit to its nearest units of the other arm, with replacement, all ties shared.

    Parameters
    ----------
    distance : Distance
        ``PropensityScore()``, ``Mahalanobis()``, ``Euclidean()`` or an object with ``measure``.
    ratio : int
        Matches per focal unit.
    caliper : float, optional
        Largest distance of a match: in SDs of the score, or in the distance's own unit with ``caliper_unit="raw"``.
    caliper_unit : {"sd", "raw"}
        Unit of the caliper. SDs are for scores.
    exact : tuple of str
        Columns on which matched units must agree.
    tie_tolerance : float
        Squared scaled distances within this of the last match are tied with it; never less than 1e-12.

    Notes
    -----
    Tied matches share the weight equally (or by sampling weight), so that the result does not depend on the order of rows.

    References
    ----------
    Abadie & Imbens (2006), Econometrica 74(1), 235-267, doi:10.1111/j.1468-0262.2006.00655.x.
    """

    distance: Distance
    ratio: int = 1
    caliper: float | None = None
    caliper_unit: str = "sd"
    exact: tuple[str, ...] = ()
    tie_tolerance: float = 0.0

    def __post_init__(self) -> None:
        checks.instance("distance", self.distance, "a distance such as im.PropensityScore()", isinstance(self.distance, Distance))
        checks.whole("ratio", self.ratio)
        checks.one_of("caliper_unit", self.caliper_unit, ("sd", "raw"))
        checks.positive("caliper", self.caliper, unit="number of SDs" if self.caliper_unit == "sd" else "distance", optional=True)  # type: ignore[arg-type]
        checks.nonnegative("tie_tolerance", self.tie_tolerance)

    @property
    def design_columns(self) -> tuple[str, ...]:
        """Columns beyond the covariates that the strategy reads."""
        return self.exact

    def assign(self, units: Units) -> Assignment:
        """Return the pairs."""
        measure = self.distance.measure(units)
        radius = self._radius(measure)
        strata = strata_codes(units, self.exact)
        parts = [
            _pairs(measure, units, focal[strata[focal] == stratum], pool[strata[pool] == stratum], self.ratio, self.tie_tolerance, radius)
            for focal, pool in directions(units)
            for stratum in np.unique(strata[focal])
        ]
        pairs = Pairs(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        caliper = None if np.isinf(radius) else radius * measure.unit
        return Assignment(pairs=pairs, measure=measure, rules=Rules(ratio=self.ratio, caliper=caliper, exact=self.exact))

    def _radius(self, measure: Measure) -> float:
        """Return the caliper as a scaled distance."""
        if self.caliper is None:
            return float("inf")
        if self.caliper_unit == "raw":
            return self.caliper / measure.unit
        if measure.score is None:
            raise OptionError(
                f"caliper in SDs needs a score, which has an SD; got {measure.label}. Pass caliper_unit=\"raw\" for a caliper in "
                "units of the distance."
            )
        return self.caliper


def _pairs(
    measure: Measure, units: Units, focal: Positions, pool: Positions, ratio: int, tolerance: float, radius: float
) -> tuple[Positions, Positions, NDArray[np.float64], NDArray[np.float64]]:
    found = nearest(measure.coordinates[focal], measure.coordinates[pool], ratio, tolerance, radius)
    queries = found.queries
    match = pool[found.points]
    return focal[queries], match, found.distances * measure.unit, shared_weight(queries, units.sampling_weight[match], len(focal))


def shared_weight(sets: Positions, weight: NDArray[np.float64], number: int) -> NDArray[np.float64]:
    """Return each match's share of its matched set, by sampling weight."""
    total = np.bincount(sets, weight, minlength=number)
    result: NDArray[np.float64] = weight / total[sets]
    return result
