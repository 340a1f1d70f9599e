"""Entropy balancing of a registry: Newton's method on the dual, whose value, slope and curvature are sums over the runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.units import weights_both_arms
from impact.design.weighting.entropy_balancing import EntropyBalancing
from impact.design.weighting.equations.entropy_dual import BALANCED, met, newton_step, penalty
from impact.errors import EstimationError, SupportError
from impact.language import Text
from impact.parallel import each
from impact.registry.reading.runs import Piece
from impact.registry.sample import RegistrySample
from impact.registry.weighting.moment_terms import FocalMeans, MomentTerms, focal_means
from impact.registry.weighting.reading import RowsReader

_MOST_STEPS = 100
_NEARLY = 1e-6
_COLLAPSED = 1e-12
_FEW_RUNS = 20
_SHORTEST = 1e-9


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TiltedArm:
    """An arm's exponential weights.

    Attributes
    ----------
    treated : bool
        Which arm it is.
    multipliers : float64 array, shape (k,)
    level : float
        What is subtracted in the exponent, so that the weights times the sampling weights sum to the focal units'.
    met : int array, shape (r − 1,)
        The terms whose equation holds: all, or those whose tolerance binds.
    shift : float64 array, shape (r,)
        By how much the mean of the constant (0) and of each of them stands off its target.
    hessian : float64 array, shape (r, r)
    """

    treated: bool
    multipliers: Array
    level: float
    met: Positions
    shift: Array
    hessian: Array

    def members(self, treated: Booleans) -> Booleans:
        """Return the units of the arm."""
        return treated if self.treated else ~treated


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TiltedWeights:
    """Exponential weights that meet the focal units' means.

    Attributes
    ----------
    terms : MomentTerms
    target : float64 array, shape (k,)
    arms : tuple of TiltedArm
        Those that are weighted; they share no parameter.
    estimand : {"ATT", "ATC", "ATE"}
    """

    terms: MomentTerms
    target: Array
    arms: tuple[TiltedArm, ...]
    estimand: str

    @property
    def hessian(self) -> Array:
        """Derivative of the summed equations of all arms, negated."""
        sizes = np.cumsum([0, *(len(arm.hessian) for arm in self.arms)])
        result = np.zeros((sizes[-1], sizes[-1]))
        for arm, start, stop in zip(self.arms, sizes[:-1], sizes[1:], strict=True):
            result[start:stop, start:stop] = arm.hessian
        return result

    def weights(self, matrix: Array, treated: Booleans) -> tuple[Array, Booleans]:
        """Return exp(−λ′(c − m) − level) by the arm of each unit, 0 in an arm without weights; everybody is on support."""
        return self._values(self.terms.of(matrix), treated), np.ones(len(matrix), dtype=np.bool_)

    def _values(self, terms: Array, treated: Booleans) -> Array:
        values = np.zeros(len(terms))
        for arm in self.arms:
            members = arm.members(treated)
            values[members] = np.exp(-((terms[members] - self.target) @ arm.multipliers) - arm.level)
        return values

    def slopes(self, matrix: Array, treated: Booleans) -> Array:
        """Return the constant and the terms that are met, in the columns of the unit's own arm."""
        terms = self.terms.of(matrix)
        parts = [np.where(arm.members(treated)[:, None], _equation(terms, arm), 0.0) for arm in self.arms]
        return np.hstack(parts)

    def scores(self, matrix: Array, treated: Booleans, survey: Array) -> Array:
        """Return f (z + δ) − s w z for each arm: what each unit adds to the equations that the weights solve."""
        terms = self.terms.of(matrix)
        both = weights_both_arms(self.estimand)
        focal = survey if both else np.where(treated == (self.estimand == "ATT"), survey, 0.0)
        carried = survey * self._values(terms, treated)
        return np.hstack(
            [
                _equation(terms, arm) * (focal - np.where(arm.members(treated), carried, 0.0))[:, None]
                + np.outer(focal, arm.shift)
                for arm in self.arms
            ]
        )


def _equation(terms: Array, arm: TiltedArm) -> Array:
    return np.column_stack([np.ones(len(terms)), terms[:, arm.met]])


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
    SupportError
        No weights meet the means; covariates whose mean lies beyond the values of the units to be weighted are named.

    Notes
    -----
    The dual log Σ q exp(−λ′(c − m)) + δ′|λ| is convex, its slope the imbalance, its curvature the weighted covariance: sums over the
    units of an arm. The first steps are taken on a tenth of the runs; where they start changes nothing.
    """
    means = focal_means(sample, strategy.moments, estimand)
    sides = (True, False) if weights_both_arms(estimand) else (estimand == "ATC",)
    slack = strategy.tolerance / len(sides) * np.where(means.spread > 0, means.spread, 1.0)
    arms = tuple(_tilted_arm(sample, means, treated, slack) for treated in sides)
    return TiltedWeights(means.terms, means.target, arms, estimand)


def _tilted_arm(sample: RegistrySample, means: FocalMeans, treated: bool, slack: Array) -> TiltedArm:
    runs = sample.whole_runs
    start = np.zeros(len(means.target))
    if len(runs) >= _FEW_RUNS and not slack.any():
        few = _Dual(sample, means, treated, slack, runs[:: max(len(runs) // 10, 10)])
        start = few.begun(start)
    reached = _Dual(sample, means, treated, slack, runs).minimum(start)
    off = slack * np.sign(reached.multipliers)
    used = np.flatnonzero((slack == 0) | (off != 0))
    hessian = np.empty((1 + len(used), 1 + len(used)))
    hessian[0, 0] = 1.0
    hessian[0, 1:] = hessian[1:, 0] = (reached.imbalance + means.target)[used]
    second = (
        reached.second
        + np.outer(means.target, reached.imbalance)
        + np.outer(reached.imbalance, means.target)
        + np.outer(means.target, means.target)
    )
    hessian[1:, 1:] = second[np.ix_(used, used)]
    shift = np.concatenate([[0.0], off[used]])
    level = reached.value - float(np.log(means.size))
    return TiltedArm(treated, reached.multipliers, level, used, shift, means.size * hessian)


class _Dual:
    """The dual of an arm of a registry, its sums taken run by run."""

    def __init__(
        self,
        sample: RegistrySample,
        means: FocalMeans,
        treated: bool,
        slack: Array,
        runs: Sequence[Piece],
    ) -> None:
        self._sample, self._means, self._runs = sample, means, runs
        self._treated, self._slack = treated, slack

    def at(self, multipliers: Array) -> _DualPoint:
        """Return the dual at some multipliers: one pass over the runs."""
        reader = RowsReader.of(self._sample)
        given = (reader, self._means.terms, self._means.target, self._treated, multipliers)
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

    def minimum(self, start: Array, near: float = BALANCED) -> _DualPoint:
        """Return the minimum: full Newton steps, halved until the value falls enough (Armijo)."""
        point = self.at(start)
        for _ in range(_MOST_STEPS):
            if met(point.imbalance, point.multipliers, self._slack, near):
                return point
            if np.trace(point.covariance) <= _COLLAPSED:
                break
            point = self._stepped(point)
        raise self._unbalanced()

    def _stepped(self, point: _DualPoint) -> _DualPoint:
        slack = self._slack
        step = newton_step(point.covariance, point.imbalance, point.multipliers, slack)
        before = penalty(point.multipliers, slack)
        slope = float(point.imbalance @ step) - penalty(point.multipliers + step, slack) + before
        rounding, length = 1e-14 * (1 + abs(point.value + before)), 1.0
        while length > _SHORTEST:
            moved = point.multipliers + length * step
            proposed = self.at(moved)
            value = proposed.value + penalty(moved, slack)
            if value <= point.value + before - 1e-4 * length * slope + rounding:
                return proposed
            length /= 2
        raise self._unbalanced()

    def _unbalanced(self) -> SupportError | EstimationError:
        """Return the error that names what lies beyond the comparison units' values, or says that the search failed."""
        reader = RowsReader.of(self._sample)
        given = (reader, self._means.terms, self._treated)
        doing = Text("measuring the covariates", "se medían las covariables")
        parts = each(_ends, [(run, *given) for run in self._runs], self._sample.n_jobs, doing)
        low, high = np.min([part[0] for part in parts], axis=0), np.max([part[1] for part in parts], axis=0)
        target = self._means.target
        beyond = [
            name
            for name, least, most, mean, within in zip(
                self._means.terms.names, low, high, target, self._slack, strict=True
            )
            if not (least < mean + within and mean - within < most)
        ]
        arm = Text("treated", "beneficiarias") if self._treated else Text("control", "de control")
        if beyond:
            return SupportError(
                Text(
                    (
                        "No weights of the {arm} units can balance {which}: the mean to be met lies at or beyond the edge of "
                        "their values. Leave the covariate out, ask for fewer moments, or allow a tolerance."
                    ),
                    (
                        "Ningún peso de las unidades {arm} puede equilibrar {which}: la media pedida está en el borde de sus "
                        "valores o más allá. Quite la covariable, pida menos momentos, o admita una tolerancia."
                    ),
                    arm=arm,
                    which=checks.listed(map(repr, beyond)),
                )
            )
        return EstimationError(
            Text(
                (
                    "The weights of the {arm} units did not converge: the means to be met lie on the edge of what their "
                    "values allow, or beyond it. Leave covariates out, ask for fewer moments, or allow a tolerance."
                ),
                (
                    "Los pesos de las unidades {arm} no convergieron: las medias pedidas están al borde de lo que sus "
                    "valores permiten, o más allá. Quite covariables, pida menos momentos, o admita una tolerancia."
                ),
                arm=arm,
            )
        )


def _dual_sums(
    run: Piece,
    reader: RowsReader,
    terms: MomentTerms,
    target: Array,
    treated: bool,
    multipliers: Array,
) -> tuple[float, float, Array, Array]:
    """Return the largest exponent of a run, and with it taken out Σ q e, Σ q e (c − m), Σ q e (c − m)(c − m)′."""
    width = len(target)
    largest, total, first, second = -np.inf, 0.0, np.zeros(width), np.zeros((width, width))
    for rows in reader.bundles([run]):
        others = rows.treated == treated
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


def _ends(run: Piece, reader: RowsReader, terms: MomentTerms, treated: bool) -> tuple[Array, Array]:
    """Return the smallest and largest value of each term among the units of an arm in a run."""
    low, high = np.full(len(terms.names), np.inf), np.full(len(terms.names), -np.inf)
    for rows in reader.bundles([run]):
        values = terms.of(rows.matrix[rows.treated == treated])
        low = np.minimum(low, values.min(0, initial=np.inf))
        high = np.maximum(high, values.max(0, initial=-np.inf))
    return low, high
