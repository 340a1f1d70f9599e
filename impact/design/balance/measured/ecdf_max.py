"""The largest distance of the arms' distribution functions."""

from __future__ import annotations

from impact.design.balance.statistics import BalanceStatistic, Comparison
from impact.language import Text

PLACE = 40


def ecdf_max(arms: Comparison) -> float:
    """Return the largest absolute difference of the distribution functions (Kolmogorov-Smirnov)."""
    return float(arms.gaps.max())


STATISTIC = BalanceStatistic(
    name="ecdf_max",
    function=ecdf_max,
    acceptable=(0.0, 0.1),
    label=Text(
        "Kolmogorov-Smirnov: largest absolute difference of the distribution functions",
        "Kolmogorov-Smirnov: mayor diferencia absoluta de las funciones de distribución",
    ),
)
