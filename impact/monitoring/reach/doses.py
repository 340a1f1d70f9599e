"""How much of the programme each group had by the survey: years since the money, grant per producer, share disbursed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns

EXPOSURES = ("years_since_disbursement", "grant_per_producer", "share_disbursed")
_DAYS_A_YEAR = 365.25


def exposures(
    group: pd.DataFrame,
    finance: pd.DataFrame,
    members: str = "members_approval",
    as_of: str = "interview_start",
) -> pd.DataFrame:
    """Return each group's exposure by the survey.

    Parameters
    ----------
    group : DataFrame
        One row a group: ``group_id``, ``disb1_date``, its members and the date of the survey.
    finance : DataFrame
        The books: ``group_id``, relative ``year`` from the first disbursement, ``grant_bs``.
    members : str
        Column of producers, above 0.
    as_of : str
        Column of the survey's date.

    Returns
    -------
    DataFrame
        ``group_id``, ``years_since_disbursement``, ``grant_per_producer`` (Bs over all years), ``share_disbursed`` (of the
        grant, in the years that had begun by the survey). Missing for groups that had not been paid by then.

    Raises
    ------
    DataError
        A group that was paid has no members.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> group = pd.DataFrame({"group_id": ["A"], "disb1_date": pd.to_datetime(["2012-01-01"]),
    ...     "interview_start": pd.to_datetime(["2013-07-01"]), "members_approval": [10]})
    >>> books = pd.DataFrame({"group_id": "A", "year": [0, 1, 2], "grant_bs": [500, 300, 200]})
    >>> im.exposures(group, books).round(1).values.tolist()
    [['A', 1.5, 100.0, 0.8]]
    """
    checks.columns_present("group", ["group_id", "disb1_date", members, as_of], group.columns)
    checks.columns_present("finance", ["group_id", "year", "grant_bs"], finance.columns)
    years = (group[as_of] - group["disb1_date"]).dt.days / _DAYS_A_YEAR
    years = years.where(years >= 0)  # whoever is paid after the survey had nothing by then
    people = columns.amounts(group, "members", members, missing=True)
    if ((people <= 0) & years.notna().to_numpy()).any():
        raise DataError(
            Text(
                "members {members!r} must be above 0 for every group that was paid.",
                "members {members!r} debe ser mayor que 0 en todo grupo que recibió pago.",
                members=members,
            )
        )
    until = finance["group_id"].map(pd.Series(years.to_numpy(), index=group["group_id"]))
    grants = finance["grant_bs"]
    total = grants.groupby(finance["group_id"]).sum()
    paid = grants.where(finance["year"] <= until, 0.0).groupby(finance["group_id"]).sum()
    of_group = group["group_id"]
    known = years.notna() & of_group.isin(total.index)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "group_id": of_group,
                "years_since_disbursement": years,
                "grant_per_producer": (of_group.map(total) / people).where(known),
                "share_disbursed": of_group.map(paid / total.where(total > 0)).where(known),
            }
        )
