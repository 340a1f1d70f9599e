"""Which effects the data allow if trends differ after entry at most so many times as much as between two waves before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans
from impact.robustness.panel.event_path import EventPath

FIRST_STAGE = 0.1  # share of the error that goes to the least favourable test, as in the paper
_DRAWS = 20_000
_POINTS = 1_001
_EXACT = 1e-10


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TrendMoments:
    """Inequalities that hold where one step before entry, taken in one direction, was the largest: E[values + slopes θ] ≤ 0.

    Attributes
    ----------
    values : float64 array, shape (k,)
        At θ = 0.
    slopes : float64 array, shape (k,)
    covariance : float64 array, shape (k, k)
    critical : float
        Of their maximum if all are 0, at the error of the first stage; infinite for none.
    """

    values: Array
    slopes: Array
    covariance: Array
    critical: float

    def keep(self, effects: Array, error: float) -> Booleans:
        """Return which effects θ are not rejected, shape as given.

        Notes
        -----
        The largest moment, given which one it is and what is independent of it, is a normal truncated to where it stays the largest.
        """
        from scipy.special import log_ndtr

        moments = self.values + np.multiply.outer(effects, self.slopes)
        largest = moments.argmax(1)
        statistic = moments[np.arange(len(effects)), largest]
        scale = np.sqrt(self.covariance.diagonal())[largest]
        along = (self.covariance / self.covariance.diagonal())[:, largest].T
        apart, rest = 1 - along, moments - along * statistic[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            meets = rest / apart
        low = np.where(apart > _EXACT, meets, -np.inf).max(1)
        high = np.minimum(np.where(apart < -_EXACT, meets, np.inf).min(1), self.critical)
        above = log_ndtr(-statistic / scale), log_ndtr(-high / scale)
        whole = log_ndtr(-low / scale), above[1]
        with np.errstate(
            invalid="ignore"
        ):  # where the largest moment may be one value only, nothing is rejected
            tail = _log_difference(*above) - _log_difference(*whole)
        inside = (low <= statistic + _EXACT * scale) & (statistic <= high)
        rejected = (statistic > self.critical) | (inside & (statistic > 0) & (tail < np.log(error)))
        kept: Booleans = ~rejected
        return kept


def _log_difference(more: Array, less: Array) -> Array:
    """Return log(exp(more) − exp(less)), −inf where they are the same."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log1p(-np.exp(np.minimum(less - more, 0.0)))
        return np.where(np.isneginf(more), -np.inf, more + gap)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RelativeMagnitude:
    """Conditional and least favourable test of an effect, the trends after entry bounded by those before.

    Attributes
    ----------
    path : EventPath
    weight : float64 array, shape (a,)
        The effect is the sum of these times the effects after the base wave.
    error : float
        One less the confidence level.
    first_stage : float
        Share of it that goes to the least favourable test: 0 is the conditional test alone.

    Notes
    -----
    Let v be the step before entry that was largest, in its direction. Then every step after the base wave, less what the effect added to
    it, is within ± M v. The effects of other times are free: taken out, what is left of these inequalities are the steps that make up the
    effect, all up or all down, and that M v is no less than zero, each over its standard errors (the vertices of the dual of Andrews, Roth
    & Pakes 2023, which here are known in closed form). The effect is kept where it is kept for one v.
    """

    path: EventPath
    weight: Array
    error: float
    first_stage: float = FIRST_STAGE

    def interval(self, size: float) -> tuple[float, float]:
        """Return the least and the largest effect that is kept, where M is ``size`` > 0."""
        moments = tuple(self._moments(size))
        low, high = self._reach(size)
        while True:
            grid = np.linspace(low, high, _POINTS)
            kept = np.flatnonzero(self._keep(moments, grid))
            if kept[0] > 0 and kept[-1] < _POINTS - 1:
                break
            low, high = low - (high - low), high + (high - low)
        step = grid[1] - grid[0]
        return self._end(moments, grid[kept[0]], -step), self._end(moments, grid[kept[-1]], step)

    def keeps_zero(self, size: float) -> bool:
        """Return whether an effect of zero is kept."""
        return bool(self._keep(tuple(self._moments(size)), np.zeros(1))[0])

    def _keep(self, moments: tuple[TrendMoments, ...], effects: Array) -> Booleans:
        error = self.error * (1 - self.first_stage) / (1 - self.error * self.first_stage)
        kept: Booleans = np.any([one.keep(effects, error) for one in moments], axis=0)
        return kept

    def _end(self, moments: tuple[TrendMoments, ...], kept: float, step: float) -> float:
        """Return the last effect kept between one that is and its neighbour that is not."""
        for _ in range(3):
            grid = kept + np.linspace(0.0, step, 101)
            last = int(np.flatnonzero(self._keep(moments, grid))[-1])
            kept, step = float(grid[last]), step / 100
        return kept

    def _reach(self, size: float) -> tuple[float, float]:
        """Return ends far outside of what can be kept."""
        path, before = self.path, self.path.before
        contrast = np.concatenate([np.zeros(before), self.weight])
        steps = path.steps[:before]
        largest = np.max(np.abs(steps @ path.estimates) + 10 * np.sqrt(path.variance(steps)))
        reach = 20 * np.sqrt(path.variance(contrast[None])[0]) + size * np.abs(self._along()).sum() * largest
        value = contrast @ path.estimates
        return float(value - reach), float(value + reach)

    def _along(self) -> Array:
        """How often each step after the base wave counts in the effect, shape (a,)."""
        along: Array = np.cumsum(self.weight[::-1])[::-1]
        return along

    def _moments(self, size: float) -> Iterator[TrendMoments]:
        path, along = self.path, self._along()
        draws = _draws(path.covariance)
        before, after = path.steps[: path.before], path.steps[path.before :]
        sign = np.where(along < 0, -1.0, 1.0)[:, None]
        for step in np.vstack([before, -before]):
            up, down = sign * after - size * step, -sign * after - size * step
            up_scale, down_scale = np.sqrt(path.variance(up)), np.sqrt(path.variance(down))
            both = (up + down) / (up_scale + down_scale)[:, None]
            scales = np.array([np.abs(along) @ up_scale, np.abs(along) @ down_scale])
            ways = np.stack([np.abs(along) @ up, np.abs(along) @ down]) / scales[:, None]
            contrasts = np.vstack([ways, both])
            slopes = np.concatenate([np.array([-1.0, 1.0]) / scales, np.zeros(len(both))])
            covariance = contrasts @ path.covariance @ contrasts.T
            yield TrendMoments(
                contrasts @ path.estimates, slopes, covariance, self._critical(contrasts, draws)
            )

    def _critical(self, contrasts: Array, draws: Array) -> float:
        if self.first_stage == 0:
            return np.inf
        return float(np.quantile((draws @ contrasts.T).max(1), 1 - self.error * self.first_stage))


def _draws(covariance: Array) -> Array:
    """Return draws of the estimates around their expectation, the same for every size: shape (draws, b + a)."""
    values, vectors = np.linalg.eigh(covariance)
    normal = np.random.default_rng(0).standard_normal((_DRAWS, len(values)))
    draws: Array = normal @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    return draws
