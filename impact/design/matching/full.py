"""Full matching: every unit in a matched set, with the smallest total distance."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.distances.calipers import check_caliper, scaled_radius
from impact.design.distances.coordinates import Distance, require_distance
from impact.design.distances.measure import Measure
from impact.design.label_order import label_order, steady
from impact.design.proposal import Assignment, Rules
from impact.design.search.counterparts import nearest_counterpart
from impact.design.solvers.bounded_cover import LinkBounds, cover_with_bounds
from impact.design.solvers.edge_cover import cover_space, stars
from impact.design.solvers.line_edge_cover import cover_line
from impact.design.solvers.line_flow import flow_on_line
from impact.design.units import Units, strata_codes
from impact.errors import OptionError, SupportError
from impact.language import Text

_MOST_COMBINATIONS = 10**10
"""Distances that may be computed: some minutes."""


@dataclass(frozen=True, slots=True)
class Full:
    """Put every unit into a matched set of one treated and some controls, or one control and some treated.

    Parameters
    ----------
    distance : Distance
        ``PropensityScore()``, ``Mahalanobis()``, ``Euclidean()`` or an object with ``measure``.
    caliper : float, optional
        Largest distance between the two arms of a set: in SDs of the score, or in the distance's own unit
        with ``caliper_unit="raw"``. Units with nobody of the other arm within it are unmatched.
    exact : tuple of str
        Columns on which the units of a set must agree.
    min_controls, max_controls : float, optional
        Controls per treated unit in a set, at least and at most: 2 asks for two controls each, 1/3 lets up to
        three treated share one control.
    caliper_unit : {"sd", "raw"}
        Unit of the caliper. SDs are for scores.

    Notes
    -----
    The sets minimise the sum of the distances between the treated and the controls of a set, over all ways of
    putting every unit (within the caliper) into a set. On a score the smallest sum is found exactly in O(n
    log n): without bounds on the sets' composition by a dynamic programme over runs of one arm, with bounds
    by one sweep of the line. In space full matching without bounds is a minimum-weight edge cover, a matching
    on the few pairs that save distance, for scipy's sparse assignment solver; with bounds it is a
    minimum-cost flow, which HiGHS solves as a linear programme on a growing list of links until prices prove
    that no link left out would help. Of several optimal solutions the order of the units' labels decides. The
    estimand decides the weights only. Sampling weights enter the score, the distance's scale and the weights
    within a set.

    References
    ----------
    Rosenbaum (1991), JRSS B 53(3), 597-610, doi:10.1111/j.2517-6161.1991.tb01848.x.
    Hansen (2004), JASA 99(467), 609-618, doi:10.1198/016214504000000647.
    Hansen & Klopfer (2006), Journal of Computational and Graphical Statistics 15(3), 609-627,
    doi:10.1198/106186006X137047.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 1, 0, 0, 0], "age": [20.0, 22.0, 50.0, 21.0, 48.0, 53.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, Full(im.Euclidean("none"))).subclass.tolist()
    [1, 1, 0, 1, 0, 0]
    """

    distance: Distance
    caliper: float | None = None
    exact: tuple[str, ...] = ()
    min_controls: float | None = None
    max_controls: float | None = None
    caliper_unit: str = "sd"

    def __post_init__(self) -> None:
        require_distance(self.distance)
        check_caliper(self.caliper, self.caliper_unit)
        object.__setattr__(self, "exact", checks.columns("exact", self.exact))
        for name, value in (("min_controls", self.min_controls), ("max_controls", self.max_controls)):
            if value is not None:
                _check_share(name, value)
        if (
            self.min_controls is not None
            and self.max_controls is not None
            and self.min_controls > self.max_controls
        ):
            raise OptionError(
                Text(
                    "min_controls must not exceed max_controls; got {min_controls:g} and {max_controls:g}.",
                    "min_controls no debe superar a max_controls; se dieron {min_controls:g} y {max_controls:g}.",
                    min_controls=self.min_controls,
                    max_controls=self.max_controls,
                )
            )

    @property
    def design_columns(self) -> tuple[str, ...]:
        """Columns beyond the covariates that the strategy reads."""
        return self.exact

    def assign(self, units: Units) -> Assignment:
        """Return the matched sets."""
        measure = self.distance.measure(units)
        radius = scaled_radius(self.caliper, self.caliper_unit, measure)
        subclass = np.full(len(units), -1, dtype=np.intp)
        number = 0
        for treated, control in _strata(units, self.exact):
            treated, control = _within_reach(measure, treated, control, radius)
            if len(treated) == 0 or len(control) == 0:
                continue
            sets, others = self._sets(measure, treated, control, radius)
            subclass[treated], subclass[control] = number + sets, number + others
            number += int(sets.max()) + 1
        if number == 0:
            raise SupportError(
                Text(
                    (
                        "No unit found another within the caliper and the exact columns. Widen the caliper or drop an exact "
                        "column."
                    ),
                    (
                        "Ninguna unidad encontró otra dentro del caliper y las columnas exactas. Amplíe el caliper o quite "
                        "una columna exacta."
                    ),
                )
            )
        caliper = None if np.isinf(radius) else radius * measure.unit
        return Assignment(subclass=subclass, measure=measure, rules=Rules(caliper=caliper, exact=self.exact))

    def _sets(
        self, measure: Measure, treated: Positions, control: Positions, radius: float
    ) -> tuple[Positions, Positions]:
        """Return the matched set of each treated and of each control unit of one stratum."""
        line = steady(measure.coordinates[:, 0]) if measure.coordinates.shape[1] == 1 else None
        bounded = self.min_controls is not None or self.max_controls is not None
        links = None
        if line is not None and bounded:
            links = self._within_bounds_on_line(line, treated, control, radius)
        elif line is not None:
            links = cover_line(line[treated], line[control], radius)
        if links is None:
            links = self._in_space(measure, treated, control, radius)
        return stars(*links, len(treated), len(control))

    def _within_bounds_on_line(
        self, line: Array, treated: Positions, control: Positions, radius: float
    ) -> tuple[Positions, Positions] | None:
        """Return the shortest links within the bounds, or None if they exceed the caliper."""
        links = flow_on_line(line[treated], line[control], *self._bounds())
        if links is None:
            raise SupportError(self._infeasible(len(treated), len(control)))
        longest = np.abs(line[treated[links[0]]] - line[control[links[1]]]).max()
        return links if longest <= radius * (1 + 1e-14) else None

    def _in_space(
        self, measure: Measure, treated: Positions, control: Positions, radius: float
    ) -> tuple[Positions, Positions]:
        """Return the shortest links, of all that the distances allow."""
        if len(treated) * len(control) > _MOST_COMBINATIONS:
            raise OptionError(
                Text(
                    (
                        "Full matching of {number:,} treated to {number_2:,} controls on {label} needs more than "
                        "{most_combinations:,} distances. Match on a score, set exact columns, or use im.QuickFull."
                    ),
                    (
                        "El emparejamiento completo de {number:,} beneficiarios con {number_2:,} controles por {label} necesita "
                        "más de {most_combinations:,} distancias. Empareje por un puntaje, fije columnas exactas, o use "
                        "QuickFull."
                    ),
                    number=len(treated),
                    number_2=len(control),
                    label=measure.label,
                    most_combinations=_MOST_COMBINATIONS,
                )
            )
        if self.min_controls is None and self.max_controls is None:
            return cover_space(measure, treated, control, radius)
        links = cover_with_bounds(measure, treated, control, radius, *self._bounds())
        if links is None:
            raise SupportError(self._infeasible(len(treated), len(control)))
        return links

    def _bounds(self) -> tuple[LinkBounds, LinkBounds]:
        """Return how many controls a treated unit, and how many treated a control, may be linked to."""
        low, high = self.min_controls, self.max_controls
        most_controls = None if high is None else max(1, _whole(high))
        most_treated = None if low is None else max(1, _whole(1 / low))
        least_controls = 1 if low is None or low < 1 else math.ceil(low)
        least_treated = 1 if high is None or high >= 1 else math.ceil(1 / high - 1e-9)
        return LinkBounds(least_controls, most_controls), LinkBounds(least_treated, most_treated)

    def _infeasible(self, treated: int, control: int) -> Text:
        bounds = {"min_controls": self.min_controls, "max_controls": self.max_controls}
        return Text(
            "{treated:,} treated and {control:,} controls cannot all be put into sets with {asked}{within}. Loosen the bounds: full "
            "matching leaves nobody out who is within the caliper; there are {share:.3g} controls per treated unit.",
            "{treated:,} beneficiarios y {control:,} controles no se pueden poner todos en conjuntos con {asked}{within}. Afloje los "
            "límites: el emparejamiento completo no deja fuera a nadie que esté dentro del caliper; hay {share:.3g} controles por "
            "beneficiario.",
            treated=treated,
            control=control,
            asked=tuple(f"{name}={value:g}" for name, value in bounds.items() if value is not None),
            within=Text(" within the caliper", " dentro del caliper") if self.caliper is not None else "",
            share=control / treated,
        )


def _check_share(name: str, value: float) -> None:
    checks.positive(name, value)
    nearest_whole = round(value if value >= 1 else 1 / value)
    if abs((value if value >= 1 else 1 / value) - nearest_whole) > 1e-6 * nearest_whole:
        raise OptionError(
            Text(
                "{name} must be a whole number or one over a whole number; got {value!r}.",
                "{name} debe ser un número entero o uno dividido entre un entero; se dio {value!r}.",
                name=name,
                value=value,
            )
        )


def _whole(value: float) -> int:
    return math.floor(value + 1e-9)


def _strata(units: Units, exact: tuple[str, ...]) -> Iterator[tuple[Positions, Positions]]:
    """Yield the treated and the controls of each stratum by position, in the order of their labels."""
    inside = label_order(units)
    inside = inside[units.eligible[inside]]
    codes = strata_codes(units, exact)[inside]
    inside = inside[np.argsort(codes, kind="stable")]
    for members in np.split(inside, np.cumsum(np.bincount(codes))[:-1]):
        yield members[units.treatment[members]], members[~units.treatment[members]]


def _within_reach(
    measure: Measure, treated: Positions, control: Positions, radius: float
) -> tuple[Positions, Positions]:
    """Return the units that have one of the other arm within the radius."""
    return (
        treated[nearest_counterpart(measure, treated, control, radius)[0] >= 0],
        control[nearest_counterpart(measure, control, treated, radius)[0] >= 0],
    )
