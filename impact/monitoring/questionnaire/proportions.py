"""Intervals of a share that hold in small samples and near 0 and 1."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from impact import checks

# Below this effective n the arcsine interval is centred as Anscombe centres it.
SMALL_N = 40.0


@dataclass(frozen=True, slots=True)
class Proportion:
    """An estimated share with what its interval rests on.

    Attributes
    ----------
    share : float
        Strictly between 0 and 1.
    std_error : float
        Design-based, above 0.
    n : int
        Rows with an answer.
    freedom : float
        Groups less strata, above 0.
    """

    share: float
    std_error: float
    n: int
    freedom: float

    @property
    def effective_n(self) -> float:
        """The simple random sample that would have this standard error."""
        return self.share * (1 - self.share) / self.std_error**2

    def cautious_n(self, level: float) -> float:
        """Return the effective n, made smaller where few groups stand behind it: Korn and Graubard (1998), eq. 3."""
        ratio = _t(self.n - 1, level) / _t(self.freedom, level)
        return self.effective_n * ratio**2


def logit(observed: Proportion, level: float) -> tuple[float, float]:
    """Return the t interval on the logit scale, brought back."""
    centre = math.log(observed.share / (1 - observed.share))
    reach = _t(observed.freedom, level) * observed.std_error / (observed.share * (1 - observed.share))
    return _expit(centre - reach), _expit(centre + reach)


def arcsine(observed: Proportion, level: float) -> tuple[float, float]:
    """Return the t interval on the scale of arcsin √p, kept within 0 and 1.

    Notes
    -----
    Centred at arcsin √p̂, as R does, the upper end misses a p near 0 (and the lower one a p near 1), because the
    scale bends there: .919 at worst for 16 to 26 answers. Anscombe (1948) centres at (x + 3/8)/(n + 3/4), which
    brings that to .938; it is done below an effective n of 40, and R's convention kept above.
    """
    number = observed.effective_n
    share = observed.share
    if number < SMALL_N:
        share, number = (number * share + 0.375) / (number + 0.75), number + 0.5
    centre = math.asin(math.sqrt(share))
    reach = _t(observed.freedom, level) / (2 * math.sqrt(number))
    low, high = max(centre - reach, 0.0), min(centre + reach, math.pi / 2)
    return math.sin(low) ** 2, math.sin(high) ** 2


def symmetric(observed: Proportion, level: float) -> tuple[float, float]:
    """Return the share ± t standard errors; it may leave [0, 1], which is then to be seen."""
    reach = _t(observed.freedom, level) * observed.std_error
    return observed.share - reach, observed.share + reach


def wilson(observed: Proportion, level: float) -> tuple[float, float]:
    """Return Wilson's score interval at the effective n, with the t quantile of the design.

    Notes
    -----
    With the normal quantile the interval of 16 to 26 answers covers .922 at worst (17 answers, p = .06): counts are
    whole numbers, and the effective n is itself estimated. The t quantile (Dean and Pagano 2015) brings that to .942.
    """
    return _wilson(observed.share, observed.effective_n, _t(observed.freedom, level))


def korn_graubard(observed: Proportion, level: float) -> tuple[float, float]:
    """Return Clopper and Pearson's interval at Korn and Graubard's effective n."""
    return _clopper_pearson(observed.share, observed.cautious_n(level), level)


def likelihood(observed: Proportion, level: float) -> tuple[float, float]:
    """Return the shares whose scaled likelihood ratio the design does not refuse.

    Notes
    -----
    The two roots of 2 n {p̂ log(p̂/p) + (1 − p̂) log((1 − p̂)/(1 − p))} = φ λ t², with λ the variance of the
    logit over 1/(n p̂ (1 − p̂)) and φ = n/(n − 1) the dispersion of the Pearson residuals, as in R's
    ``confint.svyglm``; R reads its roots off a spline through a few points, here they are solved for.
    """
    from scipy.optimize import brentq

    share, number = observed.share, observed.n
    variance_ratio = number * observed.std_error**2 / (share * (1 - share))
    allowed = number / (number - 1) * variance_ratio * _t(observed.freedom, level) ** 2

    def excess(log_odds: float) -> float:
        # log p and log(1 − p) from the log odds, exact in both tails
        log_p, log_q = -_softplus(-log_odds), -_softplus(log_odds)
        gap = share * (math.log(share) - log_p) + (1 - share) * (math.log1p(-share) - log_q)
        return 2 * number * gap - allowed

    centre = math.log(share / (1 - share))
    step = 1.0
    while excess(centre - step) < 0 or excess(centre + step) < 0:
        step *= 2
    ends = (
        brentq(excess, centre - step, centre, xtol=1e-13, rtol=1e-14),
        brentq(excess, centre, centre + step, xtol=1e-13, rtol=1e-14),
    )
    return _expit(ends[0]), _expit(ends[1])


Interval = Callable[[Proportion, float], tuple[float, float]]

INTERVALS: dict[str, Interval] = {
    "logit": logit,
    "wilson": wilson,
    "korn-graubard": korn_graubard,
    "likelihood": likelihood,
    "asin": arcsine,
    "mean": symmetric,
}
# R's survey::svyciprop has these names for the same intervals.
R_NAMES = {"beta": "korn-graubard", "xlogit": "logit"}


def interval_named(name: str) -> str:
    """Return the interval's own name, or say which there are."""
    checks.one_of("interval", name, [*INTERVALS, *R_NAMES])
    return R_NAMES.get(name, name)


def unanimous(share: float, independent: int, level: float) -> tuple[float, float]:
    """Return Clopper and Pearson's interval where every answer is alike.

    The standard error is then 0 and tells nothing, nor does a design effect; ``independent``, the number of
    groups, is the smallest effective n that there can be.
    """
    return _clopper_pearson(share, float(independent), level)


def _wilson(share: float, number: float, critical: float) -> tuple[float, float]:
    weight = critical**2 / number
    centre = (share + weight / 2) / (1 + weight)
    reach = critical * math.sqrt(share * (1 - share) / number + weight / (4 * number)) / (1 + weight)
    return centre - reach, centre + reach


def _clopper_pearson(share: float, number: float, level: float) -> tuple[float, float]:
    from scipy.special import betaincinv

    tail, successes, failures = (1 - level) / 2, number * share, number * (1 - share)
    low = float(betaincinv(successes, failures + 1, tail)) if share > 0 else 0.0
    high = float(betaincinv(successes + 1, failures, 1 - tail)) if share < 1 else 1.0
    return low, high


def _t(freedom: float, level: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + level / 2))


def _expit(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def _softplus(value: float) -> float:
    return max(value, 0.0) + math.log1p(math.exp(-abs(value)))
