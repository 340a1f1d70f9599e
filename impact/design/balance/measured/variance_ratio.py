"""The ratio of the arms' variances."""

from __future__ import annotations

import numpy as np

from impact.design.balance.statistics import BalanceStatistic, Comparison, weighted_variance
from impact.language import Text

PLACE = 20


def variance_ratio(arms: Comparison) -> float:
    """Return the treated variance over the control variance; missing for two values and for 0/0."""
    if arms.covariate.binary:
        return np.nan
    treated = weighted_variance(arms.covariate, arms.treated)
    control = weighted_variance(arms.covariate, arms.control)
    if control == 0:
        return np.inf if treated > 0 else np.nan
    return treated / control


STATISTIC = BalanceStatistic(
    name="variance_ratio",
    function=variance_ratio,
    acceptable=(0.5, 2.0),
    label=Text(
        "variance of the treated over that of the controls",
        "varianza de los beneficiarios sobre la de los controles",
    ),
)
