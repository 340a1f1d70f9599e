"""Poverty measures, each with the influence of a row and of the line on it.

Relative income is income over the line, floored at 0; ``shares`` are weights that sum to one and are 0
outside the population of the estimate. A line that rises by one per cent raises a measure by
``line_elasticity`` hundredths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.survey.weighted_distribution import log_density

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PovertyMeasure(Protocol):
    """What every measure offers: its labels, its estimate with influences, its response to the line."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def alpha(self) -> float: ...  # noqa: D102

    def linearized(
        self, relative_income: NDArray[np.float64], poor: NDArray[np.bool_], shares: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the estimate, and the influence of each row on it, shape (n,), of share-weighted mean 0."""
        ...

    def line_elasticity(
        self, relative_income: NDArray[np.float64], poor: NDArray[np.bool_], shares: NDArray[np.float64]
    ) -> float:
        """Return the derivative of the estimate with respect to the logarithm of the line."""
        ...


@dataclass(frozen=True, slots=True)
class FosterGreerThorbecke:
    r"""The mean of :math:`((z - y)/z)^\alpha` over everybody, 0 for those who are not poor.

    Parameters
    ----------
    alpha : float
        At least 0: 0 headcount, 1 gap, 2 severity.

    References
    ----------
    Foster, Greer & Thorbecke (1984), Econometrica 52(3), 761-766, doi:10.2307/1913475.
    """

    alpha: float

    def __post_init__(self) -> None:
        checks.nonnegative("alpha", self.alpha)

    @property
    def name(self) -> str:
        """Name in tables."""
        return {0.0: "headcount", 1.0: "gap", 2.0: "severity"}.get(float(self.alpha), f"fgt({self.alpha:g})")

    def linearized(
        self, relative_income: NDArray[np.float64], poor: NDArray[np.bool_], shares: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the estimate and the influence of each row, shape (n,)."""
        gaps = np.where(poor, 1 - relative_income, 0.0)
        return _mean(np.where(poor, gaps**self.alpha, 0.0), shares)

    def line_elasticity(
        self, relative_income: NDArray[np.float64], poor: NDArray[np.bool_], shares: NDArray[np.float64]
    ) -> float:
        """Return the density of log income at the line (headcount), or a mean over the poor."""
        if self.alpha == 0:
            return log_density(relative_income, shares, at=1.0)
        if self.alpha < 1:
            raise OptionError(
                Text(
                    (
                        "alpha must be 0 or at least 1 where the line is estimated; got {alpha:g}, whose response to the "
                        "line has no stable estimate. Use an absolute line, or another alpha."
                    ),
                    (
                        "alpha debe ser 0 o al menos 1 donde la línea se estima; se dio {alpha:g}, cuya respuesta a la línea "
                        "no tiene estimación estable. Use una línea absoluta, u otro alpha."
                    ),
                    alpha=self.alpha,
                )
            )
        responses = self.alpha * (1 - relative_income[poor]) ** (self.alpha - 1) * relative_income[poor]
        return float(shares[poor] @ responses)


@dataclass(frozen=True, slots=True)
class Watts:
    r"""The mean of :math:`\log(z/y)` over everybody, 0 for those who are not poor.

    References
    ----------
    Watts (1968), An Economic Definition of Poverty. Zheng (1993), Economics Letters 42(1), 81-86,
    doi:10.1016/0165-1765(93)90177-E.
    """

    name: str = "watts"
    alpha: float = float("nan")

    def linearized(
        self, relative_income: NDArray[np.float64], poor: NDArray[np.bool_], shares: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the estimate and the influence of each row, shape (n,); incomes must be above 0."""
        if (relative_income[poor] > 1).any():
            raise OptionError(
                Text(
                    "floor must be at most the poverty line, or the poor would rise above it. Lower the floor.",
                    "floor debe ser a lo sumo la línea de pobreza, o los pobres subirían por encima. Baje el floor.",
                )
            )
        return _mean(-np.log(np.where(poor, relative_income, 1.0)), shares)

    def line_elasticity(
        self, relative_income: NDArray[np.float64], poor: NDArray[np.bool_], shares: NDArray[np.float64]
    ) -> float:
        """Return the headcount: the line lifts each poor row's logarithm by as much as its own."""
        del relative_income
        return float(shares @ poor)


@dataclass(frozen=True, slots=True)
class SenShorrocksThon:
    r"""The mean of the larger gap of two people drawn at random: incidence, depth and inequality in one.

    Notes
    -----
    :math:`S = \sum_i \sum_j s_i s_j \max(g_i, g_j)` with shares s and gaps g (0 for those who are not poor),
    which is the mean gap times one plus its Gini coefficient, and with equal weights Shorrocks's
    :math:`n^{-2} \sum_i (2n - 2i + 1) g_i`, the poorest first. The influence of row i is
    :math:`2(\sum_j s_j \max(g_i, g_j) - S)`.

    References
    ----------
    Shorrocks (1995), Econometrica 63(5), 1225-1230, doi:10.2307/2171728.
    """

    name: str = "sen-shorrocks-thon"
    alpha: float = float("nan")

    def linearized(
        self, relative_income: NDArray[np.float64], poor: NDArray[np.bool_], shares: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the estimate and the influence of each row, shape (n,)."""
        gaps = np.where(poor, 1 - relative_income, 0.0)
        order = np.argsort(gaps, kind="stable")
        ordered, weights = gaps[order], shares[order]
        larger = (weights * ordered)[::-1].cumsum()[::-1] - weights * ordered
        expected = np.empty_like(gaps)
        expected[order] = ordered * weights.cumsum() + larger
        estimate = float(shares @ expected)
        return estimate, 2 * (expected - estimate)

    def line_elasticity(
        self, relative_income: NDArray[np.float64], poor: NDArray[np.bool_], shares: NDArray[np.float64]
    ) -> float:
        """Return the mean response of the larger gap of two: relative income, as for the gap itself."""
        gaps = np.where(poor, 1 - relative_income, 0.0)
        responses = np.where(poor, relative_income, 0.0)
        order = np.argsort(gaps, kind="stable")
        weights = shares[order]
        is_the_larger = 2 * weights.cumsum() - weights
        return float((weights * responses[order]) @ is_the_larger)


def _mean(values: NDArray[np.float64], shares: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    estimate = float(shares @ values)
    return estimate, values - estimate
