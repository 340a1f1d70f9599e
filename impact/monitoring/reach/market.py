"""Access to markets, the programme's stated objective, as outcomes: what is sold, to whom, at which price."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns

FORMAL = ("alliance", "other_formal")
MARKET_OUTCOMES = {
    "share_sold": "share of output",
    "sold_to_formal_buyer": "share of households",
    "first_grade_share": "share of sales",
    "price_premium": "share of the spot price",
}


def market_access(
    household: pd.DataFrame, prices: pd.DataFrame | None = None, year: int | None = None
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

    Returns
    -------
    DataFrame
        The table with ``share_sold`` (quantity sold over produced, 0 where nothing was produced), ``sold_to_formal_buyer`` (main
        buyer: the alliance's or another formal one), ``first_grade_share`` and, with prices, ``price_premium``. Missing where
        the answer is. Take them as outcomes; price and wage, too, can be: what a price rise owes to the programme is the
        difference from matched controls of the same product and year.

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
                "{households} vendieron más de lo que produjeron (primero: {first}).",
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
    return table if prices is None else table.assign(price_premium=_premium(household, prices, year))


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
