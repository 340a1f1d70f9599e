"""What estimating the propensity score adds to, or takes from, the variance of matching on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, Positions, standardised
from impact.design.distances.binary_regression import BinaryFit
from impact.design.matched_sample import MatchedSample
from impact.design.search.neighbor_sums import NearestSums, nearest_sums
from impact.effects.arm_means.first_stage import no_fitted_score
from impact.errors import OptionError
from impact.language import Text


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


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _NearArm:
    """The units of an arm that are nearest to every unit: to its own units they themselves and some others, to the others some."""

    own: Positions
    other: Positions
    to_own: NearestSums | None
    to_other: NearestSums

    @classmethod
    def of_arm(cls, points: Array, arm: Booleans, inside: int, outside: int) -> _NearArm:
        """Find ``inside`` other units for the arm's own, ``outside`` for the others."""
        own, other = np.flatnonzero(arm), np.flatnonzero(~arm)
        to_own = nearest_sums(points, own, own, inside + 1) if inside else None
        return cls(own, other, to_own, nearest_sums(points, other, own, outside))

    @property
    def counts(self) -> Array:
        """Number of units summed over, shape (n,)."""
        result = np.ones(len(self.own) + len(self.other))
        result[self.other] = self.to_other.counts
        if self.to_own is not None:
            result[self.own] = self.to_own.counts
        return result

    def of(self, values: Array) -> Array:
        """Return the sum of the values, shape (n,), over each unit's nearest, shape (n,)."""
        result = values.copy()
        result[self.other] = self.to_other.of(values[self.own])
        if self.to_own is not None:
            result[self.own] = self.to_own.of(values[self.own])
        return result


def _local_mean(points: Array, outcome: Array, arm: Booleans, count: int) -> Array:
    near = _NearArm.of_arm(points, arm, count, count)
    total, size = near.of(outcome), near.counts
    result: Array = (total - np.where(arm, outcome, 0.0)) / (size - arm)
    return result


def _local_covariance(points: Array, terms: Array, outcome: Array, arm: Booleans, count: int) -> Array:
    """Return the covariance of z and Y among the nearest units of the arm, shape (n, p)."""
    near = _NearArm.of_arm(points, arm, count - 1, count)
    size, values = near.counts, outcome - outcome[arm].mean()
    centre = near.of(values) / size
    sums = [near.of(column * values) - centre * near.of(column) for column in terms.T]
    result: Array = np.stack(sums, axis=1) / np.maximum(size - 1, 1)[:, None]
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
        near = nearest_sums(points, rows, pool, 1)
        result[rows] = near.of(outcome[pool]) / near.counts
    return result
