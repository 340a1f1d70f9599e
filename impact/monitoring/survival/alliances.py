"""From the table of groups to spells: how long each alliance kept its first buyer, and what came after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import DataError
from impact.language import Text

_DAYS_A_YEAR = 365.25
_ENDINGS = {"new": "another buyer", "free_market": "open market", "dissolved": "dissolved"}


def alliance_spells(group: pd.DataFrame, as_of: str = "interview_start") -> pd.DataFrame:
    """Return one spell an alliance: from its first disbursement to the break with its first buyer, or to the survey.

    Parameters
    ----------
    group : DataFrame
        The table ``group``: ``disb1_date``, ``buyer_status`` (original, new, free_market, dissolved; missing where unknown),
        ``buyer_change_date``, and the date of the survey. Groups that were not paid have no alliance and are left out.
    as_of : str, default "interview_start"
        Column of the date until which an alliance is known to go on.

    Returns
    -------
    DataFrame
        The group's columns, and ``years`` (until the break or the survey), ``ended`` (missing where unknown), ``ending``
        ("another buyer", "open market", "dissolved", or nothing), ``horizon`` (years until the survey), ``funding_year``.

    Raises
    ------
    DataError
        A break before the first disbursement, or no alliance paid by the survey.

    Examples
    --------
    >>> import impact as im
    >>> spells = im.alliance_spells(im.synthetic.rural_programme(1)["group"])
    >>> round(im.survival(spells, "years", "ended", times=[1]).frame.loc[0, "survival"], 1)
    np.float64(0.6)
    """
    needed = ["disb1_date", "buyer_status", "buyer_change_date", as_of]
    checks.columns_present("group", needed, group.columns)
    paid = group[group["disb1_date"].notna() & (group["disb1_date"] <= group[as_of])]
    if paid.empty:
        raise DataError(
            Text(
                "No alliance was paid by its date {as_of!r}: there is nothing to survive. Check disb1_date and {as_of!r}.",
                "Ninguna alianza recibió pago hasta su fecha {as_of!r}: nada hay que sobreviva. Revise disb1_date y {as_of!r}.",
                as_of=as_of,
            )
        )
    horizon = (paid[as_of] - paid["disb1_date"]).dt.days / _DAYS_A_YEAR
    until = (paid["buyer_change_date"] - paid["disb1_date"]).dt.days / _DAYS_A_YEAR
    status = paid["buyer_status"].astype(object)
    ended = status.map({"original": 0.0} | dict.fromkeys(_ENDINGS, 1.0))
    _require_possible(status, until, ended)
    ending = status.map(_ENDINGS)
    return paid.assign(
        years=np.where(ended == 1, until, np.where(ended == 0, horizon, 0.0)),
        ended=ended,
        ending=ending.where(ending.notna(), None),
        horizon=horizon,
        funding_year=paid["disb1_date"].dt.year,
    )


def _require_possible(status: pd.Series, until: pd.Series, ended: pd.Series) -> None:
    """Require breaks after the first disbursement, known kinds of end, and a date of each."""
    wrong = until < 0
    if wrong.any():
        raise DataError(
            Text(
                "{alliances} broke before {alliances:its|their} first disbursement (first: {first}). Check buyer_change_date.",
                "{alliances} se {alliances:rompió|rompieron} antes de su primer desembolso (primero: {first}). Revise buyer_change_date.",
                alliances=checks.counted(int(wrong.sum()), "alliance"),
                first=checks.listed(until.index[wrong]),
            )
        )
    odd = status.notna() & ~status.isin(["original", "unknown", *_ENDINGS])
    if odd.any():
        raise DataError(
            Text(
                "buyer_status must be original, new, free_market, dissolved, or unknown; got {odd}.",
                "buyer_status debe ser original, new, free_market, dissolved o unknown; se dio {odd}.",
                odd=checks.listed(map(repr, sorted(set(map(str, status[odd]))))),
            )
        )
    undated = (ended == 1) & until.isna()
    if undated.any():
        raise DataError(
            Text(
                (
                    "{alliances} ended without a date (first: {first}). Enter buyer_change_date, or leave "
                    "the status missing."
                ),
                (
                    "{alliances} {alliances:terminó|terminaron} sin fecha (primero: {first}). Anote "
                    "buyer_change_date, o deje el "
                    "estado sin valor."
                ),
                alliances=checks.counted(int(undated.sum()), "alliance"),
                first=checks.listed(until.index[undated]),
            )
        )
