"""Waiting groups whose dates break the pipeline rule: what an evaluation must find before it estimates anything."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact.synthetic.parameters import Parameters

PAID_DAYS_BEFORE = 200
APPROVED_DAYS_AFTER = 70  # ten days of interviews, and sixty more


def outside_the_pipeline(
    group: pd.DataFrame, parameters: Parameters, generator: np.random.Generator
) -> pd.DataFrame:
    """Return the groups with some of those that wait paid before their interview, and others approved after it.

    Parameters
    ----------
    group : DataFrame
        One row per group, with its dates.
    parameters : Parameters
        Shares ``contaminated`` and ``not_yet_approved`` of the groups that wait.
    generator : Generator
    """
    waiting = np.flatnonzero(~group["treated"].to_numpy(dtype=bool))
    order = generator.permutation(waiting)
    paid = order[: round(parameters.contaminated * len(waiting))]
    late = order[len(paid) : len(paid) + round(parameters.not_yet_approved * len(waiting))]
    if not len(paid) and not len(late):
        return group
    changed = group.copy()
    interview = changed["interview_start"].to_numpy()
    money, approval = changed["disb1_date"].to_numpy().copy(), changed["approval_date"].to_numpy().copy()
    approval[paid] = np.minimum(approval[paid], interview[paid] - np.timedelta64(PAID_DAYS_BEFORE + 60, "D"))
    money[paid] = interview[paid] - np.timedelta64(PAID_DAYS_BEFORE, "D")
    approval[late] = interview[late] + np.timedelta64(APPROVED_DAYS_AFTER, "D")
    money[late] = np.datetime64("NaT")
    return changed.assign(disb1_date=money, approval_date=approval)
