"""The standardised difference of means."""

from __future__ import annotations

import numpy as np

from impact.design.balance.statistics import BalanceStatistic, Comparison
from impact.language import Text

PLACE = 10


def standardized_difference(arms: Comparison) -> float:
    """Return the difference of means over the denominator; 0 for equal means, whatever the denominator."""
    difference = arms.difference
    if difference == 0:
        return 0.0
    return difference / arms.denominator if arms.denominator != 0 else float(np.copysign(np.inf, difference))


STATISTIC = BalanceStatistic(
    name="smd",
    function=standardized_difference,
    acceptable=(-0.1, 0.1),
    label=Text(
        "difference of means over an SD fixed before matching",
        "diferencia de medias sobre una desviación estándar fijada antes del emparejamiento",
    ),
)
