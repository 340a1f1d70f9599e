"""Access to markets, the programme's stated objective, as outcomes: what is sold, to whom, at which price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.survey.shares import SHARE, SHARE_OF_HOUSEHOLDS

FORMAL = ("alliance", "other_formal")
MARKET_OUTCOMES: dict[str, Text] = {
    "share_sold": Text("share of output", "proporción de la producción", SHARE),
    "sold_to_formal_buyer": SHARE_OF_HOUSEHOLDS,
    "sold_for_export": SHARE_OF_HOUSEHOLDS,
    "first_grade_share": Text("share of sales", "proporción de las ventas", SHARE),
    "price_premium": Text("share of the spot price", "proporción del precio de mercado", SHARE),
    "number_of_buyers": Text("buyers", "compradores"),
}


def market_access(
    household: pd.DataFrame,
    prices: pd.DataFrame | None = None,
    year: int | None = None,
    buyers: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Add what a household sells, to whom and at which price, as outcomes.

    Parameters
    ----------
    household : DataFrame
        The table ``household``: ``qty_produced``, ``qty_sold``, ``qty_grade_a``, ``buyer_type``, ``price_received``.
    prices : DataFrame, optional
        The table ``product_price``, for the premium over the product's spot price.
    year : int, optional
        Of the prices; by default that of ``interview_date``.
    buyers : DataFrame, optional
        The table ``buyer``: ``group_id``, ``start_date``, ``end_date`` (missing while it goes on), for their number, and
        ``export`` (yes/no), for sales abroad.

    Returns
    -------
    DataFrame
        The table with ``share_sold`` (quantity sold over produced, 0 where nothing was produced), ``sold_to_formal_buyer`` (main
        buyer: the alliance's or another formal one), ``first_grade_share``, with prices ``price_premium``, and with buyers
        ``number_of_buyers``: those that bought from the household's group in the year before the interview, and
        ``sold_for_export``, whether one of them bought for export. Where
        ``wage_days_hired`` and ``costs_hired_labour`` stand, ``wage_per_day`` is their quotient. Missing where the
        answer is, and where a group has no buyer on record: no record is not no buyer. Take them as outcomes; price
        and wage, too, can be: what a price rise owes to the programme is the difference from matched controls of the
        same product and year.

    Raises
    ------
    DataError
        More was sold than produced, or a product has no price.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> farms = pd.DataFrame({"qty_produced": [10.0, 0], "qty_sold": [8.0, 0], "qty_grade_a": [2.0, 0],
    ...     "buyer_type": ["alliance", "fair"], "price_received": [3.0, None]})
    >>> im.market_access(farms)[["share_sold", "sold_to_formal_buyer", "first_grade_share"]].values.tolist()
    [[0.8, 1.0, 0.25], [0.0, 0.0, 0.0]]
    """
    columns.require_table(household)
    produced, sold, first = (
        columns.amounts(household, "household", name, missing=True)
        for name in ("qty_produced", "qty_sold", "qty_grade_a")
    )
    beyond = sold > produced * (1 + 1e-6) + 1e-6
    if beyond.any():
        raise DataError(
            Text(
                "{households} sold more than they produced (first: {first}).",
                "{households} {households:vendió|vendieron} más de lo que produjeron (primero: {first}).",
                households=checks.counted(int(beyond.sum()), "household"),
                first=checks.listed(household.index[beyond]),
            )
        )
    buyer = columns.column(household, "household", "buyer_type")
    table = household.assign(
        share_sold=_over(sold, produced),
        sold_to_formal_buyer=np.where(buyer.isna(), np.nan, buyer.isin(FORMAL).astype(float)),
        first_grade_share=_over(first, sold),
    )
    if {"wage_days_hired", "costs_hired_labour"} <= set(household.columns):
        table = table.assign(wage_per_day=_wage(household))
    if prices is not None:
        table = table.assign(price_premium=_premium(household, prices, year))
    return table if buyers is None else table.assign(**_of_buyers(household, buyers))


def _wage(household: pd.DataFrame) -> np.ndarray:
    """Return what a hired day cost; missing where nobody was hired."""
    days, paid = (
        columns.amounts(household, "household", name, missing=True)
        for name in ("wage_days_hired", "costs_hired_labour")
    )
    return np.where(days > 0, paid / np.where(days > 0, days, 1.0), np.nan)


def _of_buyers(household: pd.DataFrame, buyers: pd.DataFrame) -> dict[str, pd.Series]:
    """Return how many buyers each household's group sold to in the year before the interview, and whether for export."""
    checks.columns_present("buyers", ["group_id", "start_date", "end_date"], buyers.columns)
    reversed_ = buyers["end_date"] < buyers["start_date"]
    if reversed_.any():
        raise DataError(
            Text(
                "{rows} of buyers {rows:ends|end} before they start (first: {first}). Check start_date and end_date.",
                "{rows} de compradores {rows:termina|terminan} antes de empezar (primero: {first}). Revise start_date y end_date.",
                rows=checks.counted(int(reversed_.sum()), "row"),
                first=checks.listed(buyers["group_id"][reversed_]),
            )
        )
    until = columns.column(household, "household", "interview_date")
    asked = pd.DataFrame({"group_id": household["group_id"].to_numpy(), "until": until.to_numpy()})
    dates = asked.drop_duplicates().dropna()
    both = dates.merge(buyers, on="group_id")
    began = both["start_date"] <= both["until"]
    lasted = both["end_date"].isna() | (both["end_date"] >= both["until"] - pd.Timedelta(days=365))
    bought, keys = began & lasted, [both["group_id"], both["until"]]
    found: dict[str, pd.Series] = {"number_of_buyers": bought.groupby(keys).sum()}
    if "export" in buyers:
        abroad = (
            both["export"].astype("boolean").astype("Float64").where(bought, 0.0)
        )  # unknown where only that is known
        found["sold_for_export"] = abroad.groupby(keys).max()
    whose = pd.MultiIndex.from_frame(asked)
    return {
        name: pd.Series(
            values.reindex(whose).to_numpy(dtype=np.float64, na_value=np.nan), index=household.index
        )
        for name, values in found.items()
    }


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(
        np.isnan(part) | np.isnan(whole),
        np.nan,
        np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 0.0),
    )


def _premium(household: pd.DataFrame, prices: pd.DataFrame, year: int | None) -> pd.Series:
    checks.columns_present("prices", ["alliance_product", "year", "price_spot"], prices.columns)
    when = household["interview_date"].dt.year if year is None else pd.Series(year, index=household.index)
    spot = prices.set_index(["alliance_product", "year"])["price_spot"]
    keys = pd.MultiIndex.from_arrays([household["alliance_product"].astype(str), when])
    found = pd.Series(spot.reindex(keys).to_numpy(), index=household.index)
    lacking = found.isna() & household["price_received"].notna() & when.notna()
    if lacking.any():
        names = sorted(
            {f"{p} {y:g}" for p, y in zip(household["alliance_product"][lacking], when[lacking], strict=True)}
        )
        raise DataError(
            Text(
                "prices lack the spot price of {names}.",
                "A prices le falta el precio al contado de {names}.",
                names=checks.listed(names),
            )
        )
    return household["price_received"] / found - 1
