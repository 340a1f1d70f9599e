"""Balance statistics: one entry each, with its acceptable interval and its labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact.arrays import Array, Booleans

_ROUNDING = 1e-12
_FAR = 1e4
"""Squared distance of an arm's mean from everybody's, in variances of the arm, beyond which the squares about the latter lose digits."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CovariateValues:
    """One covariate over all units, sorted once for every stage.

    Attributes
    ----------
    values : float64 array, shape (n,)
    binary : bool
        Whether it has two values (or one).
    order : int array, shape (n,), or None
        Positions from the smallest to the largest value; None for two-valued covariates, which need none.
    last : bool array, shape (n,), or None
        Along ``order``: the last unit of each distinct value; None where no two are the same.
    span : float
        Largest value less the smallest.
    rounding : float
        Differences below this are rounding: 1e-12 of the largest absolute value.
    centred, squares : float64 arrays, shape (n,)
        Values less their mean, and the squares of these: what every arm's variance is made of.
    """

    values: Array
    binary: bool
    order: NDArray[np.intp] | None
    last: NDArray[np.bool_] | None
    span: float
    rounding: float
    centred: Array
    squares: Array

    @classmethod
    def unsorted(cls, values: Array) -> CovariateValues:
        """Return the covariate as means and variances need it."""
        low, high = float(values.min()), float(values.max())
        binary = bool(((values == low) | (values == high)).all())
        return cls.between(low, high, values, binary)

    @classmethod
    def between(cls, low: float, high: float, values: Array, binary: bool) -> CovariateValues:
        """Return values of a covariate that lies between two numbers."""
        centred = values - values.mean()
        return cls(values, binary, None, None, high - low, rounding_of(low, high), centred, centred * centred)

    @classmethod
    def of(cls, values: Array) -> CovariateValues:
        """Return the covariate, sorted if it has more than two values."""
        unsorted = cls.unsorted(values)
        if unsorted.binary:
            return unsorted
        order = values.argsort()
        along = values.take(order)
        apart = along[1:] - along[:-1] > _ROUNDING * unsorted.span  # equal scores may differ by rounding
        return replace(unsorted, order=order, last=None if apart.all() else np.append(apart, True))


def rounding_of(low: float, high: float) -> float:
    """Return below what a difference is rounding, for a covariate between two numbers."""
    return _ROUNDING * max(abs(low), abs(high))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Comparison:
    """One covariate in the two arms, at one stage: what a balance statistic is computed from.

    Attributes
    ----------
    covariate : CovariateValues
    treated, control : float64 arrays, shape (n,)
        Weights that sum to one in each arm; zero outside it.
    denominator : float
        What the difference of means is divided by; fixed before matching.
    gaps : float64 array
        |F₁ − F₀|, the difference of the arms' distribution functions, at each distinct value; for two
        values the one number that can differ, the difference of shares.
    arm : bool array, shape (n,), or None
        Who was treated, with weight or without; None where only sums are known.
    """

    covariate: CovariateValues
    treated: Array
    control: Array
    denominator: float
    gaps: Array
    arm: Booleans | None = None

    @classmethod
    def of(
        cls,
        covariate: CovariateValues,
        treated: Array,
        control: Array,
        denominator: float,
        arm: Booleans | None = None,
        contrast: Array | None = None,
    ) -> Comparison:
        """Return the comparison of a covariate, its distribution functions included; ``contrast`` is treated less control."""
        if covariate.order is not None:
            step = (treated - control if contrast is None else contrast).take(covariate.order)
            apart = np.cumsum(step, out=step)
            gaps = np.abs(apart, out=apart) if covariate.last is None else np.abs(apart[covariate.last])
        else:
            difference = weighted_mean(covariate, treated) - weighted_mean(covariate, control)
            gaps = np.array([abs(difference) / covariate.span if covariate.span > 0 else 0.0])
        return cls(covariate, treated, control, denominator, gaps, arm)

    @property
    def difference(self) -> float:
        """Treated mean less control mean; exactly 0 where only rounding is left."""
        centred = self.covariate.centred  # a far origin costs no digits
        gap = float(self.treated @ centred) - float(self.control @ centred)
        return 0.0 if abs(gap) <= self.covariate.rounding else gap


@dataclass(frozen=True, slots=True)
class BalanceStatistic:
    """One balance statistic.

    Parameters
    ----------
    name : str
        Its column in the balance table.
    function : callable
        From a :class:`Comparison` to a float.
    acceptable : (float, float)
        Interval, ends included, in which a covariate counts as balanced.
    label : str
        What the statistic is, in one line.

    Examples
    --------
    A statistic of one's own is one entry:

    >>> import pandas as pd, impact as im
    >>> from impact.design.balance.statistics import BalanceStatistic
    >>> gap = BalanceStatistic("gap", lambda arms: arms.difference, (-1.0, 1.0), "plain difference")
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 40.0, 30.0, 40.0, 80.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean())), further=[gap]).frame["gap"].tolist()
    [-15.0, 0.0]
    """

    name: str
    function: Callable[[Comparison], float]
    acceptable: tuple[float, float]
    label: str

    def missed(self, values: pd.Series[float]) -> int:
        """Return how many of the values lie outside the acceptable interval; missing values do not."""
        low, high = self.acceptable
        return int(((values < low) | (values > high)).sum())


def weighted_mean(covariate: CovariateValues, share: Array) -> float:
    """Return Σwx, the weights summing to one."""
    return float(share @ covariate.values)


def weighted_variance(covariate: CovariateValues, share: Array) -> float:
    """Return Σw(x − x̄)²/(1 − Σw²), or p(1 − p)(b − a)² for a covariate with two values a and b.

    Notes
    -----
    The weights sum to one, so that equal weights give the n − 1 denominator; R's MatchIt and cobalt do the
    same. A variance that is rounding is 0; a single unit has none (missing).
    """
    shift = float(share @ covariate.centred)
    spread = float(share @ covariate.squares) - shift * shift
    if shift * shift > _FAR * spread:
        deviations = covariate.values - weighted_mean(covariate, share)
        spread = float(share @ (deviations * deviations))
    if not covariate.binary:
        left = 1 - float(share @ share)
        spread = spread / left if left > _ROUNDING else np.nan
    return 0.0 if spread <= covariate.rounding**2 else spread
