"""Entropy balancing of a registry: Newton's method on the dual, whose value, slope and curvature are sums over the runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Booleans
from impact.design.weighting.entropy_balancing import EntropyBalancing
from impact.errors import EstimationError, OptionError, SupportError
from impact.language import Text
from impact.parallel import each
from impact.registry.reading.runs import Piece
from impact.registry.sample import RegistrySample
from impact.registry.weighting.moment_terms import FocalMeans, MomentTerms, focal_means
from impact.registry.weighting.reading import RowsReader

_MOST_STEPS = 100
_BALANCED = 1e-10
_NEARLY = 1e-6
_SINGULAR = 1e-10
_COLLAPSED = 1e-12
_FEW_RUNS = 20
_SHORTEST = 1e-9


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TiltedWeights:
    """Exponential weights that meet the focal units' means.

    Attributes
    ----------
    terms : MomentTerms
    target, multipliers : float64 arrays, shape (k,)
    level : float
        What is subtracted in the exponent, so that the weights times the sampling weights sum to the focal units'.
    estimand : {"ATT", "ATC"}
    hessian : float64 array, shape (k + 1, k + 1)
    """

    terms: MomentTerms
    target: Array
    multipliers: Array
    level: float
    estimand: str
    hessian: Array

    def weights(self, matrix: Array, treated: Booleans) -> tuple[Array, Booleans]:
        """Return exp(−λ′(c − m) − level); everybody is on support."""
        exponent = (self.terms.of(matrix) - self.target) @ self.multipliers
        return np.exp(-exponent - self.level), np.ones(len(matrix), dtype=np.bool_)

    def slopes(self, matrix: Array) -> Array:
        """Return the constant and the terms."""
        return np.column_stack([np.ones(len(matrix)), self.terms.of(matrix)])

    def scores(self, matrix: Array, treated: Booleans, survey: Array) -> Array:
        """Return (f − s w) z: what each unit adds to the equations that the weights solve."""
        focal = treated if self.estimand == "ATT" else ~treated
        signed = np.where(focal, survey, -survey * self.weights(matrix, treated)[0])
        result: Array = self.slopes(matrix) * signed[:, None]
        return result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _DualPoint:
    """Multipliers with the dual there: log Σ q exp(−λ′(c − m)), the imbalance, and the weighted covariance."""

    multipliers: Array
    value: float
    imbalance: Array
    second: Array

    @property
    def covariance(self) -> Array:
        result: Array = self.second - np.outer(self.imbalance, self.imbalance)
        return result


def tilted_weights(sample: RegistrySample, strategy: EntropyBalancing, estimand: str) -> TiltedWeights:
    """Return the weights of entropy balancing.

    Raises
    ------
    OptionError
        A tolerance.
    SupportError
        No weights meet the means; covariates whose mean lies beyond the values of the comparison units are named.

    Notes
    -----
    The dual log Σ q exp(−λ′(c − m)) is convex, its slope the imbalance, its curvature the weighted covariance: sums over the
    comparison units. The first steps are taken on a tenth of the runs; where they start changes nothing.
    """
    if strategy.tolerance:
        raise OptionError(
            Text(
                (
                    "tolerance is for samples with few groups; a registry is balanced exactly. Leave it out (tolerance=0); got "
                    "{got:g}."
                ),
                (
                    "tolerance es para muestras con pocos grupos; un registro se equilibra exactamente. Quítelo (tolerance = "
                    "0); se dio {got:g}."
                ),
                got=strategy.tolerance,
            )
        )
    means = focal_means(sample, strategy.moments, estimand)
    runs = sample.whole_runs
    start = np.zeros(len(means.target))
    if len(runs) >= _FEW_RUNS:
        few = _Dual(sample, means, estimand, runs[:: max(len(runs) // 10, 10)])
        start = few.begun(start)
    dual = _Dual(sample, means, estimand, runs)
    reached = dual.minimum(start)
    width = len(means.target) + 1
    hessian = np.empty((width, width))
    hessian[0, 0] = means.size
    hessian[0, 1:] = hessian[1:, 0] = means.size * (reached.imbalance + means.target)
    centred = reached.second + np.outer(means.target, reached.imbalance)
    hessian[1:, 1:] = means.size * (
        centred + np.outer(reached.imbalance, means.target) + np.outer(means.target, means.target)
    )
    level = reached.value - float(np.log(means.size))
    return TiltedWeights(means.terms, means.target, reached.multipliers, level, estimand, hessian)


class _Dual:
    """The dual of a registry, its sums taken run by run."""

    def __init__(
        self, sample: RegistrySample, means: FocalMeans, estimand: str, runs: Sequence[Piece]
    ) -> None:
        self._sample, self._means, self._estimand, self._runs = sample, means, estimand, runs

    def at(self, multipliers: Array) -> _DualPoint:
        """Return the dual at some multipliers: one pass over the runs."""
        reader = RowsReader.of(self._sample)
        given = (reader, self._means.terms, self._means.target, self._estimand, multipliers)
        doing = Text("balancing the covariates", "se equilibraban las covariables")
        parts = each(_dual_sums, [(run, *given) for run in self._runs], self._sample.n_jobs, doing)
        parts = [part for part in parts if np.isfinite(part[0])]
        largest = max(part[0] for part in parts)
        scaled = [(np.exp(part[0] - largest), part) for part in parts]
        total = float(sum(factor * part[1] for factor, part in scaled))
        first = np.sum([factor * part[2] for factor, part in scaled], axis=0) / total
        second = np.sum([factor * part[3] for factor, part in scaled], axis=0) / total
        return _DualPoint(multipliers, largest + float(np.log(total)), first, second)

    def begun(self, start: Array) -> Array:
        """Return what nearly balances these runs, or where it was to start."""
        try:
            return self.minimum(start, _NEARLY).multipliers
        except (SupportError, EstimationError):  # a part may lack what all have
            return start

    def minimum(self, start: Array, near: float = _BALANCED) -> _DualPoint:
        """Return the minimum: full Newton steps, halved until the value falls enough (Armijo)."""
        point = self.at(start)
        for _ in range(_MOST_STEPS):
            if np.abs(point.imbalance).max() < near:
                return point
            if np.trace(point.covariance) <= _COLLAPSED:
                break
            point = self._stepped(point)
        raise self._unbalanced()

    def _stepped(self, point: _DualPoint) -> _DualPoint:
        values, vectors = np.linalg.eigh(point.covariance)
        keep = values > _SINGULAR * values[-1]
        step = vectors[:, keep] @ ((vectors[:, keep].T @ point.imbalance) / values[keep])
        slope, length = float(point.imbalance @ step), 1.0
        while length > _SHORTEST:
            proposed = self.at(point.multipliers + length * step)
            rounding = 1e-14 * (1 + abs(point.value))
            if proposed.value <= point.value - 1e-4 * length * slope + rounding:
                return proposed
            length /= 2
        raise self._unbalanced()

    def _unbalanced(self) -> SupportError | EstimationError:
        """Return the error that names what lies beyond the comparison units' values, or says that the search failed."""
        reader = RowsReader.of(self._sample)
        given = (reader, self._means.terms, self._estimand)
        doing = Text("measuring the covariates", "se medían las covariables")
        parts = each(_ends, [(run, *given) for run in self._runs], self._sample.n_jobs, doing)
        low, high = np.min([part[0] for part in parts], axis=0), np.max([part[1] for part in parts], axis=0)
        target = self._means.target
        beyond = [
            name
            for name, least, most, mean in zip(self._means.terms.names, low, high, target, strict=True)
            if not least < mean < most
        ]
        arm = Text("control", "de control") if self._estimand == "ATT" else Text("treated", "tratadas")
        if beyond:
            return SupportError(
                Text(
                    (
                        "No weights of the {arm} units can balance {which}: the mean to be met lies at or beyond the edge of "
                        "their values. Leave the covariate out, or ask for fewer moments."
                    ),
                    (
                        "Ningún peso de las unidades {arm} puede equilibrar {which}: la media pedida está en el borde de sus "
                        "valores o más allá. Quite la covariable, o pida menos momentos."
                    ),
                    arm=arm,
                    which=checks.listed(map(repr, beyond)),
                )
            )
        return EstimationError(
            Text(
                (
                    "The weights of the {arm} units did not converge: the means to be met lie on the edge of what their "
                    "values allow, or beyond it. Leave covariates out, or ask for fewer moments."
                ),
                (
                    "Los pesos de las unidades {arm} no convergieron: las medias pedidas están al borde de lo que sus "
                    "valores permiten, o más allá. Quite covariables, o pida menos momentos."
                ),
                arm=arm,
            )
        )


def _dual_sums(
    run: Piece,
    reader: RowsReader,
    terms: MomentTerms,
    target: Array,
    estimand: str,
    multipliers: Array,
) -> tuple[float, float, Array, Array]:
    """Return the largest exponent of a run, and with it taken out Σ q e, Σ q e (c − m), Σ q e (c − m)(c − m)′."""
    width = len(target)
    largest, total, first, second = -np.inf, 0.0, np.zeros(width), np.zeros((width, width))
    for rows in reader.bundles([run]):
        others = ~rows.focal(estimand)
        if not others.any():
            continue
        centred = terms.of(rows.matrix[others]) - target
        exponent = np.log(rows.survey[others]) - centred @ multipliers
        new = max(largest, float(exponent.max()))
        before = np.exp(largest - new)
        weight = np.exp(exponent - new)
        total = before * total + float(weight.sum())
        first = before * first + weight @ centred
        second = before * second + (centred * weight[:, None]).T @ centred
        largest = new
    return largest, total, first, second


def _ends(run: Piece, reader: RowsReader, terms: MomentTerms, estimand: str) -> tuple[Array, Array]:
    """Return the smallest and largest value of each term among the comparison units of a run."""
    low, high = np.full(len(terms.names), np.inf), np.full(len(terms.names), -np.inf)
    for rows in reader.bundles([run]):
        values = terms.of(rows.matrix[~rows.focal(estimand)])
        low = np.minimum(low, values.min(0, initial=np.inf))
        high = np.maximum(high, values.max(0, initial=-np.inf))
    return low, high
