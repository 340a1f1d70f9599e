"""The shortest interval of fixed length for an effect whose difference in trends bends by at most so much between waves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array
from impact.errors import EstimationError
from impact.language import Text
from impact.robustness.panel.event_path import EventPath


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SmoothTrend:
    """Fixed-length interval of an effect, the line before entry extended with the weights that make it shortest.

    Attributes
    ----------
    path : EventPath
    weight : float64 array, shape (a,)
        The effect is the sum of these times the effects after the base wave.
    error : float
        One less the confidence level.

    Notes
    -----
    The estimate is the effect plus w′(estimates before the base wave). A straight trend must not move it: Σ k w_k = Σ t weight_t, k and t
    the distances from the base wave. A trend that bends by at most M moves it by at most M Σ |q|, q the sum over weights of how far each
    bend reaches. Of the weights that keep that sum at h the ones of least variance are taken, and of all h the one whose interval,
    ± the quantile of |N(M Σ |q| / σ, 1)| times σ, is shortest.
    """

    path: EventPath
    weight: Array
    error: float

    def interval(self, size: float) -> tuple[float, float]:
        """Return the interval where M is ``size``."""
        weights = self._weights(size)
        contrast = np.concatenate([weights[::-1], self.weight])
        value = float(contrast @ self.path.estimates)
        reach = self._reach(weights, size)
        return value - reach, value + reach

    def _weights(self, size: float) -> Array:
        """Return the weights of the times before the base wave, the nearest first."""
        from scipy.optimize import minimize_scalar

        least = self._least_variance(None)
        loosest = float(np.abs(_bends(self.path.before) @ least).sum())
        if size == 0 or loosest == 0:
            return least
        found = minimize_scalar(
            lambda share: self._reach(self._least_variance(share * loosest), size),
            bounds=(0.0, 1.0),
            method="bounded",
            options={"xatol": 1e-6},
        )
        straight = np.zeros(self.path.before)
        straight[0] = self._slope
        choices = (least, self._least_variance(found.x * loosest), straight)
        return min(choices, key=lambda weights: self._reach(weights, size))

    @property
    def _slope(self) -> float:
        """How far a trend of one a wave moves the effect."""
        return float(self.weight @ np.arange(1, self.path.after + 1))

    def _reach(self, weights: Array, size: float) -> float:
        contrast = np.concatenate([weights[::-1], self.weight])
        scale = float(np.sqrt(self.path.variance(contrast[None])[0]))
        far = np.arange(1, self.path.after + 1)
        after = np.maximum(far[None, :] - np.arange(self.path.after)[:, None], 0) @ self.weight
        bias = size * float(np.abs(after).sum() + np.abs(_bends(self.path.before) @ weights).sum())
        return scale * folded_quantile(bias / scale, self.error)

    def _least_variance(self, bound: float | None) -> Array:
        """Return the weights of least variance whose bends sum to ``bound`` at most."""
        number = self.path.before
        near = np.arange(number)[::-1]  # times in the order of the nearest first
        own = self.path.covariance[np.ix_(near, near)]
        cross = self.path.covariance[near][:, number:] @ self.weight
        line, scale = np.arange(1.0, number + 1), float(own.diagonal().mean())
        own, cross = own / scale, cross / scale
        if bound is None:
            system = np.block([[own, line[:, None]], [line[None, :], np.zeros((1, 1))]])
            solved: Array = np.linalg.lstsq(system, np.append(-cross, self._slope), rcond=None)[0]
            return solved[:number]
        return _bounded(own, cross, line, self._slope, bound)


def _bends(number: int) -> Array:
    """How far a bend at each time before the base wave reaches into those before it, the nearest first: shape (number − 1, number)."""
    far = np.arange(1.0, number + 1)
    return np.maximum(far[None, :] - far[:-1, None], 0.0)


def _bounded(own: Array, cross: Array, line: Array, slope: float, bound: float) -> Array:
    """Minimise w′own w/2 + cross′w where line′w = slope and the bends of w sum to ``bound`` at most."""
    import clarabel
    from scipy.sparse import csc_array

    number, bends = len(line), _bends(len(line))
    count = len(bends)
    nothing = np.zeros((count, count))
    rows = np.block(
        [
            [line[None, :], np.zeros((1, count))],
            [bends, -np.eye(count)],
            [-bends, -np.eye(count)],
            [np.zeros((1, number)), np.ones((1, count))],
        ]
    )
    right = np.concatenate([[slope], np.zeros(2 * count), [bound]])
    quadratic = np.block([[own, np.zeros((number, count))], [np.zeros((count, number)), nothing]])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(2 * count + 1)]
    target = np.concatenate([cross, np.zeros(count)])
    solver = clarabel.DefaultSolver(
        csc_array(np.triu(quadratic)), target, csc_array(rows), right, cones, settings
    )
    solved = solver.solve()
    if str(solved.status) not in ("Solved", "AlmostSolved"):
        raise EstimationError(
            Text(
                "The weights of the waves before entry were not found ({status}). Leave out smoothness=.",
                "No se encontraron los pesos de las rondas previas a la entrada ({status}). Quite smoothness.",
                status=str(solved.status),
            )
        )
    return np.asarray(solved.x)[:number]


def folded_quantile(shift: float, error: float) -> float:
    """Return the value that |N(shift, 1)| exceeds with probability ``error``.

    Examples
    --------
    >>> from impact.robustness.panel.smooth_trend import folded_quantile
    >>> round(folded_quantile(0.0, 0.05), 4), round(folded_quantile(10.0, 0.05) - 10, 4)
    (1.96, 1.6449)
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    shift = abs(shift)
    low, high = max(0.0, shift + ndtri(1 - error) - 1e-6), shift + ndtri(1 - error / 2) + 1e-6
    return float(brentq(lambda value: ndtr(value - shift) - ndtr(-value - shift) - (1 - error), low, high))
