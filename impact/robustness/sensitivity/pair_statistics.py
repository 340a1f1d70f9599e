"""What is tested on matched pairs under hidden bias: signed ranks, signs, discordant pairs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.language import Text

_ZEROS = ("dropped", "ranked")
_DROPPED = Text("signed rank, zeros dropped", "rangos con signo, sin los ceros")
_RANKED = Text(
    "signed rank, zeros ranked but not scored",
    "rangos con signo, con los ceros en los rangos pero sin puntaje",
)
_STEPS = 200  # halvings: enough for any two neighbouring floats


@runtime_checkable
class PairStatistic(Protocol):
    """A statistic of differences within pairs whose distribution is bounded where Γ limits the odds of treatment."""

    @property
    def label(self) -> str:
        """Name under the table."""
        ...

    def p_bounds(self, differences: Array, gamma: float) -> tuple[float, float]:
        """Return the smallest and largest one-sided p-value of "no effect" against "above zero"."""
        ...

    def estimate_bounds(self, differences: Array, gamma: float) -> tuple[float, float]:
        """Return the smallest and largest estimate of a constant effect; missing where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Wilcoxon's signed ranks, normal approximation; the estimate is Hodges and Lehmann's.

    Parameters
    ----------
    zeros : {"dropped", "ranked"}
        Pairs without a difference: left out before ranking, as Wilcoxon's test and R's ``rbounds`` have it, or ranked but not scored
        (Rosenbaum 2002). The bounds of the estimate keep them.

    Notes
    -----
    T = Σ q_s 1{d_s > 0} with q the average ranks of |d|. Under Γ, E⁺ = Γ/(1 + Γ) Σ q_s bounds its mean from above, 1/(1 + Γ) Σ q_s from
    below, and V = Γ/(1 + Γ)² Σ q_s². The bounds of the estimate solve T(τ) = E over d − τ: the quantiles 1/(1 + Γ) and Γ/(1 + Γ) of the
    averages (d_s + d_t)/2, s ≤ t.

    References
    ----------
    Rosenbaum (2002), Observational Studies, 2nd ed., sections 4.3.3 and 4.3.5; Rosenbaum (1993), JASA 88(424), 1250-1253,
    doi:10.1080/01621459.1993.10476405, for the estimate.

    Examples
    --------
    >>> import impact as im
    >>> differences = [3.0, 5.0, 1.0, 4.0, 2.0, 6.0, 0.0, 0.0]
    >>> for zeros in ("dropped", "ranked"):
    ...     print(im.rosenbaum_bounds(differences, [1.0], statistic=im.SignedRank(zeros)).frame["p_upper"].round(4).tolist())
    [0.0139]
    [0.0097]
    """

    zeros: str = "dropped"

    def __post_init__(self) -> None:
        checks.one_of("zeros", self.zeros, _ZEROS)

    @property
    def label(self) -> str:
        """Name under the table."""
        return _DROPPED if self.zeros == "dropped" else _RANKED

    def p_bounds(self, differences: Array, gamma: float) -> tuple[float, float]:
        """Return the smallest and largest one-sided p-value."""
        from scipy.special import ndtr
        from scipy.stats import rankdata

        kept = differences if self.zeros == "ranked" else differences[differences != 0]
        scores = np.where(kept != 0, rankdata(np.abs(kept)), 0.0)
        observed = float(scores[kept > 0].sum())
        error = math.sqrt(gamma / (1 + gamma) ** 2 * float(scores @ scores))
        low, high = scores.sum() / (1 + gamma), scores.sum() * gamma / (1 + gamma)
        return float(ndtr((low - observed) / error)), float(ndtr((high - observed) / error))

    def estimate_bounds(self, differences: Array, gamma: float) -> tuple[float, float]:
        """Return the bounds of Hodges and Lehmann's estimate."""
        ordered = np.sort(differences)
        return walsh_quantile(ordered, 1 / (1 + gamma)), walsh_quantile(ordered, gamma / (1 + gamma))


@dataclass(frozen=True, slots=True)
class SignTest:
    """The number of positive differences, exact; the estimate is the median difference. Zeros are left out of the test.

    References
    ----------
    Rosenbaum (2002), Observational Studies, 2nd ed., section 4.3.2.

    Examples
    --------
    >>> import impact as im
    >>> differences = [3.0, 5.0, 1.0, 4.0, 2.0, 6.0, 7.0, -8.0]
    >>> im.rosenbaum_bounds(differences, [1.0], statistic=im.SignTest()).frame[["p_upper", "estimate_lower"]].round(4).values.tolist()
    [[0.0352, 3.5]]
    """

    @property
    def label(self) -> str:
        """Name under the table."""
        return Text("sign test, exact, zeros dropped", "prueba de signos, exacta, sin los ceros")

    def p_bounds(self, differences: Array, gamma: float) -> tuple[float, float]:
        """Return the smallest and largest one-sided p-value."""
        return _binomial_bounds(differences, gamma)

    def estimate_bounds(self, differences: Array, gamma: float) -> tuple[float, float]:
        """Return the quantiles of the differences between which the median effect lies."""
        shares = [1 / (1 + gamma), gamma / (1 + gamma)]
        # the middle of the values that cut off the share: the median of an even number is their mean
        low, high = np.quantile(differences, shares, method="averaged_inverted_cdf")
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class McNemar:
    """Pairs in which only one of the two has the outcome, for rates; exact. A constant shift has no meaning for a rate: no estimate.

    References
    ----------
    Rosenbaum (2002), Observational Studies, 2nd ed., section 4.3.2.

    Examples
    --------
    Twelve pairs of which only the treated one sells, two of which only the control does.

    >>> import impact as im
    >>> pairs = [1.0] * 12 + [-1.0] * 2 + [0.0] * 30
    >>> im.rosenbaum_bounds(pairs, [1.0, 2.0], statistic=im.McNemar()).frame["p_upper"].round(4).tolist()
    [0.0065, 0.1053]
    """

    @property
    def label(self) -> str:
        """Name under the table."""
        return Text("McNemar, exact, on discordant pairs", "McNemar, exacta, en parejas discordantes")

    def p_bounds(self, differences: Array, gamma: float) -> tuple[float, float]:
        """Return the smallest and largest one-sided p-value."""
        return _binomial_bounds(differences, gamma)

    def estimate_bounds(self, differences: Array, gamma: float) -> tuple[float, float]:
        """Return nothing: two missing numbers."""
        return math.nan, math.nan


def suited_statistic(differences: Array) -> PairStatistic:
    """Return the statistic for differences: McNemar's where all are −1, 0 or 1, signed ranks else."""
    return McNemar() if np.isin(differences, (-1.0, 0.0, 1.0)).all() else SignedRank()


def walsh_quantile(ordered: Array, share: float) -> float:
    """Return the quantile of the n(n + 1)/2 averages of two differences, each with itself included.

    Parameters
    ----------
    ordered : float64 array, shape (n,)
        The differences, rising.
    share : float
        In (0, 1): 0.5 gives Hodges and Lehmann's estimate.

    Notes
    -----
    The middle of {τ: T(τ) above its mean} and {τ: T(τ) below it}, found by halving; the averages are counted, not stored.

    Examples
    --------
    >>> import numpy as np
    >>> from impact.robustness.sensitivity.pair_statistics import walsh_quantile
    >>> walsh_quantile(np.array([1.0, 2.0, 6.0]), 0.5)  # of 1, 1.5, 2, 3.5, 4, 6
    2.75
    """
    number = len(ordered) * (len(ordered) + 1) / 2
    target = share * number * (1 - 1e-12), share * number * (1 + 1e-12)  # the share's own rounding
    first = _smallest(ordered, lambda tau: _averages(ordered, tau, "right") >= target[0])
    after = _smallest(ordered, lambda tau: _averages(ordered, tau, "right") > target[1])
    return (first + after) / 2


def _averages(ordered: Array, tau: float, side: Literal["left", "right"]) -> float:
    """Return how many averages of two differences, s ≤ t, are at most τ."""
    below = np.searchsorted(ordered, 2 * tau - ordered, side=side)
    own = np.searchsorted(ordered, tau, side=side)
    return float(below.sum() + own) / 2


def _smallest(ordered: Array, reached: Callable[[float], bool]) -> float:
    low, high = float(ordered[0]), float(ordered[-1])
    if reached(low):
        return low
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _binomial_bounds(differences: Array, gamma: float) -> tuple[float, float]:
    from scipy.special import bdtrc

    positive, discordant = int((differences > 0).sum()), int((differences != 0).sum())
    low, high = (
        float(bdtrc(positive - 1, discordant, share)) for share in (1 / (1 + gamma), gamma / (1 + gamma))
    )
    return (1.0, 1.0) if positive == 0 else (low, high)
