"""An estimate of a questionnaire against a number that was stated beforehand, such as a share that is mandated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def p_against(record: Mapping[str, Any], stated: float) -> float:
    """Return the two-sided p-value of no difference between an estimate and a stated number; missing where there is no error.

    Parameters
    ----------
    record : mapping
        A row of an ``EstimateTable``.
    stated : float
    """
    from scipy.special import stdtr
    from scipy.stats import binomtest

    estimate, error, freedom = record["estimate"], record["std_error"], record["degrees_of_freedom"]
    is_share = record["statistic"] == "share"
    if not record["n"] > 0:
        return math.nan
    if is_share and record["count"] in (0, record["n"]):
        groups = int(record["groups"])
        return float(binomtest(round(estimate) * groups, groups, stated).pvalue)
    if not (error > 0 and freedom > 0):
        return math.nan
    gap = estimate - stated
    if record["interval"] == "log" and stated > 0:
        gap, error = math.log(estimate / stated), error / estimate
    elif is_share:
        error *= math.sqrt(stated * (1 - stated) / (estimate * (1 - estimate)))
    return 2 * float(stdtr(freedom, -abs(gap) / error)) if error > 0 else 0.0
