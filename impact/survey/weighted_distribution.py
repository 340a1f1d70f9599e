"""Quantile and density of a weighted income distribution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.errors import EstimationError
from impact.language import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

DENSITY_ESTIMATOR = Text(
    "Gaussian kernel on log income, bandwidth 0.9 min(sd, IQR/1.34) n^(-1/5) (Silverman 1986, eq. 3.31)",
    "kernel gaussiano sobre el logaritmo del ingreso, ancho de banda 0.9 min(de, RIC/1.34) n^(-1/5) (Silverman 1986, ec. 3.31)",
)

_SAME_SHARE = 1e-12


def weighted_quantile(values: NDArray[np.float64], weights: NDArray[np.float64], probability: float) -> float:
    """Return the quantile of weighted values, the mean of two neighbours where the weights split exactly.

    Parameters
    ----------
    values : ndarray, shape (n,)
    weights : ndarray, shape (n,)
        At least 0, with a sum above 0; only their proportions count.
    probability : float
        In (0, 1): 0.5 for the median.

    Returns
    -------
    float

    Notes
    -----
    The smallest value at which the weighted distribution function reaches ``probability``; where it equals
    it, the mean of that value and the next (definition 2 of Hyndman & Fan, Eurostat's). Repeating a row and
    doubling its weight give the same.

    References
    ----------
    Hyndman & Fan (1996), The American Statistician 50(4), 361-365, doi:10.2307/2684934.

    Examples
    --------
    >>> import numpy as np
    >>> from impact.survey.weighted_distribution import weighted_quantile
    >>> weighted_quantile(np.array([1.0, 2.0, 3.0, 9.0]), np.ones(4), 0.5)
    2.5
    """
    checks.between("probability", probability, 0.0, 1.0)
    present = weights > 0
    order = np.argsort(values[present], kind="stable")
    ordered, cumulative = values[present][order], np.cumsum(weights[present][order])
    reached = cumulative / cumulative[-1]
    at = int(np.searchsorted(reached, probability - _SAME_SHARE))
    splits_exactly = abs(reached[at] - probability) <= _SAME_SHARE and at + 1 < len(ordered)
    return float((ordered[at] + ordered[at + 1]) / 2 if splits_exactly else ordered[at])


def log_density(values: NDArray[np.float64], weights: NDArray[np.float64], at: float) -> float:
    """Return the density of the logarithm of weighted values at ``log(at)``.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Incomes; those not above zero have no logarithm and count in the total only.
    weights : ndarray, shape (n,)
        At least 0, with a sum above 0.
    at : float
        Point above zero.

    Returns
    -------
    float
        Density of log income, that is the density of income at the point times the point: free of currency.

    Raises
    ------
    EstimationError
        The incomes around the point do not vary, so that no bandwidth can be chosen.

    Notes
    -----
    :data:`DENSITY_ESTIMATOR`, with weighted moments and n the effective number (Σw)²/Σw². Logarithms, because
    on the scale of a skewed income the bandwidth follows the rich tail and oversmooths where poverty lines
    lie.

    References
    ----------
    Silverman (1986), Density Estimation, eq. 3.31, doi:10.1201/9781315140919.
    Graf & Tillé (2014), Survey Methodology 40(1), 61-79 (kernel in logarithms for linearised poverty
    indicators).

    Examples
    --------
    >>> import numpy as np
    >>> from impact.survey.weighted_distribution import log_density
    >>> normal = np.random.default_rng(0).normal(size=100_000)
    >>> round(log_density(np.exp(normal), np.ones(100_000), at=1.0), 2)  # 1/sqrt(2π) = 0.399
    0.39
    """
    positive = (values > 0) & (weights > 0)
    logs, shares = np.log(values[positive]), weights[positive] / weights.sum()
    bandwidth = _silverman_bandwidth(logs, shares)
    kernel = np.exp(-0.5 * ((np.log(at) - logs) / bandwidth) ** 2) / np.sqrt(2 * np.pi)
    return float(shares @ kernel / bandwidth)


def _silverman_bandwidth(logs: NDArray[np.float64], shares: NDArray[np.float64]) -> float:
    if len(logs) < 2:
        raise EstimationError(
            Text(
                (
                    "The density at a relative line needs at least 2 incomes above 0; got {number}. Use an absolute "
                    "line, or a larger subgroup."
                ),
                (
                    "La densidad en una línea relativa necesita al menos 2 ingresos mayores que 0; hay {number}. Use una "
                    "línea absoluta, o un subgrupo más grande."
                ),
                number=len(logs),
            )
        )
    mean = np.average(logs, weights=shares)
    deviation = np.sqrt(np.average((logs - mean) ** 2, weights=shares))
    quartiles = [weighted_quantile(logs, shares, probability) for probability in (0.25, 0.75)]
    spread = min(deviation, (quartiles[1] - quartiles[0]) / 1.34) or deviation
    if not spread > 0:
        raise EstimationError(
            Text(
                (
                    "The density at a relative line needs incomes that vary; all above 0 are equal. Use an absolute "
                    "line, or alpha of at least 1 with a line from the mean."
                ),
                (
                    "La densidad en una línea relativa necesita ingresos que varíen; todos los mayores que 0 son "
                    "iguales. Use una línea absoluta, o un alpha de al menos 1 con una línea de la media."
                ),
            )
        )
    effective = shares.sum() ** 2 / (shares @ shares)
    return float(0.9 * spread * effective**-0.2)
