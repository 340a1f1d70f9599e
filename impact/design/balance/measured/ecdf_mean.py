"""The mean distance of the arms' distribution functions."""

from __future__ import annotations

from impact.design.balance.statistics import BalanceStatistic, Comparison
from impact.language import Text

PLACE = 30


def ecdf_mean(arms: Comparison) -> float:
    """Return the mean absolute difference of the arms' distribution functions over the values that occur."""
    return float(arms.gaps.mean())


STATISTIC = BalanceStatistic(
    name="ecdf_mean",
    function=ecdf_mean,
    acceptable=(0.0, 0.05),
    label=Text(
        "mean absolute difference of the distribution functions",
        "diferencia absoluta media de las funciones de distribución",
    ),
)
