"""What estimating the propensity score adds to, or takes from, the variance of matching on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Booleans, standardised
from impact.design.distances.binary_regression import BinaryFit
from impact.design.matched_sample import MatchedSample
from impact.design.search.neighbors import Neighborhoods, nearest, nearest_others
from impact.effects.arm_means.first_stage import no_fitted_score
from impact.errors import OptionError
from impact.language import Text
from impact.survey.clusters import sums_by_code


def score_correction(
    matched: MatchedSample, outcome: Array, estimate: float, neighbors: int, raw: bool
) -> float:
    """Return what the score's estimation adds to the variance of the matching estimate (often a negative number).

    Parameters
    ----------
    matched : MatchedSample
        Matched on an estimated score, for the ATE or the ATT, nobody lost, without sampling weights.
    outcome : float64 array, shape (n,)
    estimate : float
        The effect τ̂.
    neighbors : int
        h, the size of the local neighbourhoods on the score.
    raw : bool
        Match on the score's terms z as they are (Stata), or by Mahalanobis distance.

    Notes
    -----
    f is the density of the link, p the score, z its terms, V the covariance of its coefficients. ATE: −c′Vc with
    c = n⁻¹ Σ f (cov₁/p + cov₀/(1 − p)). ATT: −c′Vc + d′Vd with
    c = N1⁻¹ [Σ z f (ỹ₁ − ỹ₀ − τ̂) + Σ f (cov₁ + cov₀ p/(1 − p))] and d = N1⁻¹ Σ z f [(2W − 1)(Y − Y_m) − τ̂]. ỹ_w are means over
    the h nearest units of arm w on the score, without the unit itself; cov_w covariances of z and Y over h units of arm w, the
    unit itself among them in its own arm; Y_m the outcome of the nearest unit of the other arm on z.

    References
    ----------
    Abadie & Imbens (2016), Econometrica 84(2), 781-807, doi:10.3982/ECTA11293.
    """
    fit = _fit(matched)
    score, treated = _points(matched), matched.sample.treated
    terms, covariance = _standard_terms(fit)
    local = [_local_covariance(score, terms, outcome, treated == arm, neighbors) for arm in (False, True)]
    density, probability = fit.density[:, None], fit.probability[:, None]
    if matched.estimand == "ATE":
        gradient = (density * (local[1] / probability + local[0] / (1 - probability))).mean(0)
        return -float(gradient @ covariance @ gradient)
    size = treated.sum()
    means = [_local_mean(score, outcome, treated == arm, neighbors) for arm in (False, True)]
    weighted = terms * density
    slope = weighted.T @ (means[1] - means[0] - estimate)
    slope = slope + (density * (local[1] + local[0] * probability / (1 - probability))).sum(0)
    gain = (
        np.where(treated, 1.0, -1.0)
        * (outcome - _matched_on_terms(fit.design if raw else terms, outcome, treated, raw))
        - estimate
    )
    variation = weighted.T @ gain
    result = variation @ covariance @ variation - slope @ covariance @ slope
    return float(result / size**2)


def _fit(matched: MatchedSample) -> BinaryFit:
    """Return the score's regression, or say why the correction does not apply."""
    propensity = matched.propensity
    if propensity is None or propensity.fit is None:
        raise no_fitted_score()
    if matched.estimand not in ("ATE", "ATT"):
        raise OptionError(
            Text(
                "estimated_score=True is derived for the ATE and the ATT; for the ATC swap the arms of the treatment.",
                (
                    "estimated_score = true se derivó para el ATE y el ATT; para el ATC intercambie los brazos del "
                    "tratamiento."
                ),
            )
        )
    if matched.sample.sampling_weight is not None or matched.kept.sum() < matched.focal.sum():
        raise OptionError(
            Text(
                (
                    "estimated_score=True is derived for samples without sampling weights in which every unit is "
                    "matched. Use im.ClusterRobust(), or leave out the caliper and the sampling weight."
                ),
                (
                    "estimated_score = true se derivó para muestras sin pesos muestrales en que cada unidad tiene "
                    "pareja. Use ClusterRobust, o quite el caliper y el peso muestral."
                ),
            )
        )
    return propensity.fit


def _standard_terms(fit: BinaryFit) -> tuple[Array, Array]:
    """Return the score's terms, standardised, and the covariance of their coefficients: the correction depends on neither's units."""
    standard = standardised(fit.design[:, 1:], np.ones(len(fit.design)))
    terms = np.column_stack([np.ones(len(standard)), standard])
    curvature = fit.density**2 / (fit.probability * (1 - fit.probability))
    covariance = np.asarray(np.linalg.inv((terms * curvature[:, None]).T @ terms), dtype=np.float64)
    return terms, covariance


def _points(matched: MatchedSample) -> Array:
    if matched.measure is None:  # pragma: no cover - a propensity score comes with its measure
        raise OptionError(
            Text(
                "estimated_score=True needs the distance of the match.",
                "estimated_score = true necesita la distancia del emparejamiento.",
            )
        )
    return matched.measure.coordinates


def _neighborhoods(
    points: Array, arm: Booleans, inside: int, outside: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (unit, neighbour in the arm): ``inside`` other units for the arm's own, ``outside`` for the others."""
    own, other = np.flatnonzero(arm), np.flatnonzero(~arm)
    units: list[NDArray[np.intp]] = []
    neighbors: list[NDArray[np.intp]] = []
    found: list[tuple[NDArray[np.intp], Neighborhoods]] = [
        (other, nearest(points[other], points[own], outside, 0.0))
    ]
    if inside:
        found.append((own, nearest_others(points[own], inside)))
    for rows, near in found:
        units.append(rows[near.queries])
        neighbors.append(own[near.points])
    return np.concatenate(units), np.concatenate(neighbors)


def _local_mean(points: Array, outcome: Array, arm: Booleans, count: int) -> Array:
    units, near = _neighborhoods(points, arm, count, count)
    number = len(outcome)
    result: Array = sums_by_code(units, outcome[near], number) / np.bincount(units, minlength=number)
    return result


def _local_covariance(points: Array, terms: Array, outcome: Array, arm: Booleans, count: int) -> Array:
    """Return the covariance of z and Y among the nearest units of the arm, shape (n, p)."""
    units, near = _neighborhoods(points, arm, count - 1, count)
    own = np.flatnonzero(arm)
    units, near = np.concatenate([units, own]), np.concatenate([near, own])
    number = len(outcome)
    size = np.bincount(units, minlength=number).astype(np.float64)
    centre = sums_by_code(units, outcome[near], number) / size
    deviation = outcome[near] - centre[units]  # deviations of one of the two suffice
    sums = np.stack([sums_by_code(units, column[near] * deviation, number) for column in terms.T], axis=1)
    result: Array = sums / np.maximum(size - 1, 1)[:, None]
    return result


def _matched_on_terms(terms: Array, outcome: Array, treated: Booleans, raw: bool) -> Array:
    """Return the mean outcome of each unit's nearest units of the other arm on the score's terms."""
    points = terms[:, 1:]
    if not raw:
        values, vectors = np.linalg.eigh(np.cov(points, rowvar=False).reshape(points.shape[1], -1))
        points = points @ (vectors / np.sqrt(values))
    result = np.empty(len(outcome))
    for arm in (treated, ~treated):
        rows, pool = np.flatnonzero(arm), np.flatnonzero(~arm)
        near = nearest(points[rows], points[pool], 1, 0.0)
        result[rows] = sums_by_code(near.queries, outcome[pool[near.points]], len(rows)) / near.counts
    return result
