"""Distances: each turns the units into coordinates whose Euclidean distance is the one to be made small."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array
from impact.design.distances.measure import Measure
from impact.design.units import Units
from impact.errors import DataError, SingularCovarianceWarning
from impact.language import Text
from impact.survey.covariates import described_terms, idle_in
from impact.warn import warn

_COVARIANCES = {"pooled": Text("pooled", "dentro de los grupos"), "full": Text("full", "de toda la muestra")}


@runtime_checkable
class Distance(Protocol):
    """Any object that measures units."""

    def measure(self, units: Units) -> Measure:
        """Return the units as points."""
        ...


def require_distance(distance: object) -> None:
    """Require a distance, where a strategy or a rule asks for one."""
    required = Text("a distance such as im.PropensityScore()", "una distancia como PropensityScore")
    checks.instance("distance", distance, required, isinstance(distance, Distance))


@dataclass(frozen=True, slots=True)
class Mahalanobis:
    """Mahalanobis distance on the covariates.

    Parameters
    ----------
    covariance : {"pooled", "full"}
        "pooled": within-arm covariance pooled over the arms (Rosenbaum & Rubin 1985; MatchIt from 4.4);
        "full": covariance of the whole sample (Stata's teffects).

    Notes
    -----
    d(x, y)² = (x − y)′ S⁻¹ (x − y). Sampling weights weight S. A singular S is inverted by its generalised
    inverse, with a warning.

    References
    ----------
    Rosenbaum & Rubin (1985), The American Statistician 39(1), 33-38, doi:10.1080/00031305.1985.10479383.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 40, 33, 48, 39], "land": [2.0, 5, 3, 4, 7]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age", "land"])
    >>> im.match(sample, im.NearestNeighbor(im.Mahalanobis())).pairs[["treated", "control"]].values.tolist()
    [[0, 2], [1, 4]]
    """

    covariance: str = "pooled"

    def __post_init__(self) -> None:
        checks.one_of("covariance", self.covariance, ("pooled", "full"))

    def measure(self, units: Units) -> Measure:
        """Return whitened covariates."""
        return mahalanobis_measure(units.matrix, units, self.covariance)


@dataclass(frozen=True, slots=True)
class Euclidean:
    """Euclidean distance on the covariates, scaled or raw.

    Parameters
    ----------
    scale : {"variance", "none"}
        "variance": each covariate divided by its SD over all units (Abadie & Imbens's inverse variance);
        "none": raw.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0], "age": [30.0, 33.0, 50.0], "land": [2.0, 6.0, 2.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age", "land"])
    >>> im.match(sample, im.NearestNeighbor(im.Euclidean("none"))).pairs["distance"].tolist()  # √(3² + 4²)
    [5.0]
    """

    scale: str = "variance"

    def __post_init__(self) -> None:
        checks.one_of("scale", self.scale, ("variance", "none"))

    def measure(self, units: Units) -> Measure:
        """Return the covariates, scaled or raw."""
        values = _present(units.matrix)
        if self.scale == "none":
            return Measure(
                np.ascontiguousarray(values),
                1.0,
                None,
                Text("Euclidean distance, unscaled", "distancia euclidiana, sin escala"),
            )
        weight = units.sampling_weight * units.eligible
        spread = np.sqrt(np.diag(_covariance(values, weight)))
        return Measure(
            np.ascontiguousarray(values / spread),
            1.0,
            None,
            Text("Euclidean distance, scaled by the SDs", "distancia euclidiana, en desviaciones estándar"),
        )


@dataclass(frozen=True, slots=True)
class RobustMahalanobis:
    """Mahalanobis distance on the ranks of the covariates: outliers and rare categories do not dominate it.

    Notes
    -----
    Covariates are replaced by their ranks, ties by the mean rank. d(x, y)² = (r_x − r_y)′ S⁻¹ (r_x − r_y)
    with S the covariance of the ranks over all units, its diagonal scaled up to the variance of untied ranks,
    which gives a rare category no more weight than a common one. As MatchIt's ``robust_mahalanobis``.
    Sampling weights weight S.

    References
    ----------
    Rosenbaum (2010), Design of Observational Studies, section 8.3, doi:10.1007/978-1-4419-1213-8.

    Examples
    --------
    One farm of 900 hectares makes all others alike to ``Mahalanobis``; by ranks the third row is nearer than the second.

    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 0, 0, 0, 0], "age": [30.0, 30, 31, 60, 62], "land": [2.0, 9, 2.5, 900, 1]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age", "land"])
    >>> for distance in (im.Mahalanobis("full"), im.RobustMahalanobis()):
    ...     print(im.match(sample, im.NearestNeighbor(distance)).pairs["control"].tolist())
    [1]
    [2]
    """

    def measure(self, units: Units) -> Measure:
        """Return whitened ranks."""
        values = _present(units.matrix)
        kept = units.eligible
        ranks = np.full(values.shape, np.nan)
        ranks[kept] = _ranks(values[kept])
        spread = _covariance(ranks[kept], units.sampling_weight[kept])
        untied = np.sqrt(np.arange(1, int(kept.sum()) + 1).var(ddof=1) / np.diag(spread))
        coordinates = (ranks - ranks[kept].mean(0)) @ whitener(
            spread * np.outer(untied, untied), units.matrix.columns
        )
        return Measure(
            np.ascontiguousarray(coordinates),
            1.0,
            None,
            Text("Mahalanobis distance of ranks", "distancia de Mahalanobis de los rangos"),
        )


def _ranks(values: Array) -> Array:
    """Return the rank of each value in its column, from 1, ties at their mean."""
    columns = []
    for column in values.T:
        _, group, counts = np.unique(column, return_inverse=True, return_counts=True)
        columns.append((np.cumsum(counts) - (counts - 1) / 2)[group])
    return np.column_stack(columns)


def mahalanobis_measure(matrix: pd.DataFrame, units: Units, covariance: str) -> Measure:
    """Return the columns of ``matrix`` whitened by their pooled or full covariance."""
    values = _present(matrix)
    weight = units.sampling_weight * units.eligible
    spread = (
        _pooled_covariance(values, weight, units.treatment)
        if covariance == "pooled"
        else _covariance(values, weight)
    )
    label = Text(
        "Mahalanobis distance ({covariance} covariance)",
        "distancia de Mahalanobis (covarianza {covariance})",
        covariance=_COVARIANCES[covariance],
    )
    return Measure(
        np.ascontiguousarray((values - values.mean(0)) @ whitener(spread, matrix.columns)), 1.0, None, label
    )


def _present(matrix: pd.DataFrame) -> Array:
    if matrix.shape[1] == 0:
        raise DataError(
            Text(
                "The distance needs at least one covariate; the sample has none that vary.",
                "La distancia necesita al menos una covariable; la muestra no tiene ninguna que varíe.",
            )
        )
    return matrix.to_numpy(dtype=np.float64)


def _covariance(values: Array, weight: Array) -> Array:
    """Return the weighted covariance with the n − 1 denominator (reliability weights; n − 1 exactly for equal weights)."""
    share = weight / weight.sum()
    centred = values - share @ values
    result: Array = (centred * share[:, None]).T @ centred / (1 - share @ share)
    return result


def _pooled_covariance(values: Array, weight: Array, treatment: NDArray[np.bool_]) -> Array:
    """Return the within-arm covariances, averaged by their arms' degrees of freedom."""
    count, total = 0.0, np.zeros((values.shape[1], values.shape[1]))
    for arm in (treatment, ~treatment):
        inside = arm & (weight > 0)
        freedom = float(inside.sum() - 1)
        if freedom < 1:
            continue
        total += freedom * _covariance(values[inside], weight[inside])
        count += freedom
    return total / count


def whitener(covariance: Array, names: Iterable[str]) -> Array:
    """Return A with A A′ the (generalised) inverse of the covariance; columns that say what the others say are named in a warning."""
    scale = np.sqrt(np.diag(covariance))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    keep = values > 1e-10 * values.max()
    if not keep.all():
        warn(
            Text(
                (
                    "The covariance of the covariates is singular (rank {keep} of {number}); its generalised inverse is "
                    "used. What the others say already: {terms}. Leave it out to avoid this."
                ),
                (
                    "La covarianza de las covariables es singular (rango {keep} de {number}); se usa su inversa "
                    "generalizada. Lo que ya dicen las demás: {terms}. Quítelo para evitarlo."
                ),
                keep=int(keep.sum()),
                number=len(values),
                terms=described_terms(idle_in(covariance, list(map(str, names)))),
            ),
            SingularCovarianceWarning,
        )
    result: Array = (vectors[:, keep] / np.sqrt(values[keep])) / scale[:, None]
    return result
