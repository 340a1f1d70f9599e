"""Kernel and radius matching: every control within reach, weighted by its nearness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.distances.coordinates import Distance, require_distance
from impact.design.distances.measure import Measure
from impact.design.proposal import Assignment, Rules
from impact.design.search.choice import chosen_within, pairs_of
from impact.design.search.kernel_sums import (
    BIWEIGHT,
    EPANECHNIKOV,
    UNIFORM,
    PolynomialKernel,
    kernel_sums_on_line,
)
from impact.design.search.neighbors import nearest, within_radius
from impact.design.units import Units, directions, focal_units, strata_codes
from impact.errors import OptionError
from impact.language import Text
from impact.survey.clusters import sums_by_code

_KERNELS: dict[str, PolynomialKernel] = {
    "epanechnikov": EPANECHNIKOV,
    "biweight": BIWEIGHT,
    "uniform": UNIFORM,
}

_NEGLIGIBLE = 1e-8  # a kernel weight this small is indistinguishable from rounding: the unit is out of reach


class _Sums(Protocol):
    def __call__(self, at: Positions, of: Positions, weights: Array) -> Array: ...


@dataclass(frozen=True, slots=True)
class Kernel:
    """Compare each treated unit with a kernel-weighted mean of the controls around it.

    Parameters
    ----------
    distance : Distance
        ``PropensityScore()`` or another distance.
    kernel : {"epanechnikov", "biweight", "uniform"}
        Weight of a control at u = distance / bandwidth: 1 − u², (1 − u²)², 1, and nothing beyond u = 1.
    bandwidth : float or "auto"
        In the distance's own unit: 0.06 on the probability scale is psmatch2's. "auto" is 1.5 × the 90th percentile of the
        non-zero distances to the nearest control (kmatch); in a simulation it lost about 7 % of the treated.

    Notes
    -----
    Weight of control i: K_i = Σ_l k((e_l − e_i)/h) / Σ_j k((e_l − e_j)/h); sampling weights multiply both kernels. Treated units
    with no control inside the bandwidth are unmatched.

    References
    ----------
    Heckman, Ichimura & Todd (1997), Review of Economic Studies 64(4), 605-654, doi:10.2307/2971733.

    Examples
    --------
    The treated unit of 30 is compared with both controls within reach, the nearer of which counts more.

    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 0], "age": [30.0, 31.0, 34.0, 50.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, im.Kernel(im.Euclidean("none"), bandwidth=5.0)).weights.round(3).tolist()
    [1.0, 0.727, 0.273, 0.0]
    """

    distance: Distance
    kernel: str = "epanechnikov"
    bandwidth: float | str = 0.06

    def __post_init__(self) -> None:
        require_distance(self.distance)
        checks.one_of("kernel", self.kernel, tuple(_KERNELS))
        if isinstance(self.bandwidth, str):
            checks.one_of("bandwidth", self.bandwidth, ("auto",))
        else:
            checks.positive("bandwidth", self.bandwidth)

    def assign(self, units: Units) -> Assignment:
        """Return the kernel weights."""
        measure = self.distance.measure(units)
        weights = np.where(focal_units(units) & units.eligible, 1.0, 0.0)
        for focal, pool in directions(units):
            bandwidth = self._bandwidth(measure, focal, pool)
            weights = weights + _direction_weights(
                measure, units, focal, pool, _KERNELS[self.kernel], bandwidth
            )
        return Assignment(weights=weights, measure=measure)

    def _bandwidth(self, measure: Measure, focal: Positions, pool: Positions) -> float:
        """Return the bandwidth as a scaled distance."""
        if not isinstance(self.bandwidth, str):
            return self.bandwidth / measure.unit
        near = nearest(measure.coordinates[focal], measure.coordinates[pool], 1, 0.0).distances
        apart = near[near > 0]
        if len(apart) == 0:
            raise OptionError(
                Text(
                    (
                        'bandwidth="auto" needs treated units that differ from their nearest control; all coincide. Pass a '
                        "number."
                    ),
                    (
                        'bandwidth = "auto" necesita beneficiarios que difieran de su control más cercano; todos coinciden. Dé un '
                        "número."
                    ),
                )
            )
        return 1.5 * float(np.quantile(apart, 0.9))


@dataclass(frozen=True, slots=True)
class Radius:
    """Match each focal unit to every unit of the other arm within a caliper, all with equal weight.

    Parameters
    ----------
    distance : Distance
        ``PropensityScore()`` or another distance.
    caliper : float
        Largest distance, in the distance's own unit.
    exact : tuple of str
        Columns on which matched units must agree.

    References
    ----------
    Dehejia & Wahba (2002), Review of Economics and Statistics 84(1), 151-161, doi:10.1162/003465302317331982.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 0], "age": [30.0, 31.0, 34.0, 50.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, im.Radius(im.Euclidean("none"), caliper=5.0)).weights.tolist()
    [1.0, 0.5, 0.5, 0.0]
    """

    distance: Distance
    caliper: float
    exact: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_distance(self.distance)
        checks.positive("caliper", self.caliper, unit=Text("distance", "distancia"))

    @property
    def design_columns(self) -> tuple[str, ...]:
        """Columns beyond the covariates that the strategy reads."""
        return self.exact

    def assign(self, units: Units) -> Assignment:
        """Return every pair within the caliper."""
        measure = self.distance.measure(units)
        strata = strata_codes(units, self.exact)
        radius = self.caliper / measure.unit
        chosen = [chosen_within(measure, *arms, radius, strata) for arms in directions(units)]
        pairs = pairs_of(chosen, units.sampling_weight, measure.unit)
        return Assignment(pairs=pairs, measure=measure, rules=Rules(caliper=self.caliper, exact=self.exact))


def _direction_weights(
    measure: Measure,
    units: Units,
    focal: Positions,
    pool: Positions,
    kernel: PolynomialKernel,
    bandwidth: float,
) -> Array:
    """Return the change in every unit's weight from matching ``focal`` to ``pool``: −1 for focal units out of reach."""
    sums = _sums(measure, kernel, bandwidth)
    survey = units.sampling_weight
    mass = sums(focal, pool, survey[pool])
    reached = mass > _NEGLIGIBLE * survey[pool].max()
    share = np.zeros(len(focal))
    share[reached] = survey[focal][reached] / mass[reached]
    change = np.zeros(len(units))
    change[pool] = sums(pool, focal, share)
    change[focal[~reached]] = -1.0
    return change


def _sums(measure: Measure, kernel: PolynomialKernel, bandwidth: float) -> _Sums:
    """Return the function Σ_j w_j k(distance(i, j) / h) for the measure's dimension."""
    coordinates = measure.coordinates

    def on_line(at: Positions, of: Positions, weights: Array) -> Array:
        return kernel_sums_on_line(coordinates[at, 0], coordinates[of, 0], weights, bandwidth, kernel)

    def in_space(at: Positions, of: Positions, weights: Array) -> Array:
        found = within_radius(coordinates[at], coordinates[of], bandwidth)
        values = kernel.at(found.distances / bandwidth) * weights[found.points]
        return sums_by_code(found.queries, values, len(at))

    return on_line if coordinates.shape[1] == 1 else in_space
