"""Money in the prices of one period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.derive.columns import column_numbers, rows_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PriceIndex:
    """A consumer price index by period.

    Parameters
    ----------
    table : DataFrame
        Columns ``period`` (``YYYY`` or ``YYYY-MM``, all alike), ``index`` (above zero) and ``source``.

    Raises
    ------
    DataError
        A period comes twice, has another form than the others, or an index is not above zero.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> prices = im.PriceIndex(pd.DataFrame({"period": ["2012", "2014"], "index": [100.0, 110.0], "source": "INE"}))
    >>> prices.table["index"].tolist()
    [100.0, 110.0]
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        checks.columns_present(
            Text("A price index", "Un índice de precios"), ["period", "index", "source"], self.table.columns
        )
        periods = self.table["period"].astype("str")
        if twice := periods[periods.duplicated()].tolist():
            raise DataError(
                Text(
                    "Each period of a price index must come once; {twice} comes again.",
                    "Cada período de un índice de precios debe aparecer una vez; {twice} se repite.",
                    twice=checks.listed(twice),
                )
            )
        if len(set(periods.str.len())) != 1 or not periods.str.fullmatch(r"\d{4}(-\d{2})?").all():
            raise DataError(
                Text(
                    "Periods must all be YYYY or all YYYY-MM; got {periods}.",
                    "Los períodos deben ser todos AAAA o todos AAAA-MM; se dio {periods}.",
                    periods=checks.listed(periods),
                )
            )
        if not (column_numbers(self.table, "index") > 0).all():
            raise DataError(
                Text(
                    "A price index must be above zero in every period; correct the table.",
                    "Un índice de precios debe ser mayor que cero en cada período; corrija la tabla.",
                )
            )

    @property
    def levels(self) -> dict[str, float]:
        """Index by period."""
        return dict(
            zip(self.table["period"].astype("str"), column_numbers(self.table, "index").tolist(), strict=True)
        )

    @property
    def monthly(self) -> bool:
        """True where periods are months, else they are years."""
        return len(str(self.table["period"].iloc[0])) == 7


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Deflated:
    """Express money in the prices of a base period.

    Parameters
    ----------
    prices : PriceIndex
    base : str
        Period whose prices the result is in, written as in the index.
    date : str
        Column with the date that the amount refers to.

    Notes
    -----
    ``value * index[base] / index[period of the row]``.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> prices = im.PriceIndex(pd.DataFrame({"period": ["2012", "2014"], "index": [100.0, 110.0], "source": "INE"}))
    >>> frame = pd.DataFrame({"income": [1000.0, 1100.0], "date": pd.to_datetime(["2012-06-01", "2014-06-01"])})
    >>> im.Derived("real", "income", (im.Deflated(prices, base="2014", date="date"),)).values(frame).round(2).tolist()
    [1100.0, 1100.0]
    """

    prices: PriceIndex
    base: str
    date: str

    def __post_init__(self) -> None:
        if self.base not in self.prices.levels:
            raise OptionError(
                Text(
                    "base must be a period of the price index; got {base!r}.",
                    "base debe ser un período del índice de precios; se dio {base!r}.",
                    base=self.base,
                )
            )

    def __repr__(self) -> str:
        return f"Deflated(base={self.base!r}, date={self.date!r})"

    def apply(self, values: Array, frame: pd.DataFrame) -> Array:
        """Return the values in prices of the base period."""
        import pandas as pd

        checks.columns_present("date", [self.date], frame.columns)
        periods = pd.to_datetime(frame[self.date]).dt.strftime("%Y-%m" if self.prices.monthly else "%Y")
        levels = self.prices.levels
        level = periods.map(levels).to_numpy(dtype=np.float64)
        if lost := np.flatnonzero(np.isnan(level) & ~np.isnan(values)).tolist():
            absent = sorted({str(period) for period in periods.iloc[lost].fillna("no date")})
            raise DataError(
                Text(
                    (
                        "The price index must cover every row with a value; {rows} lie in {absent}. Add the periods, or set "
                        "the values missing."
                    ),
                    (
                        "El índice de precios debe cubrir cada fila con un valor; {rows} están en {absent}. Agregue los "
                        "períodos, o deje los valores en blanco."
                    ),
                    rows=rows_text(frame, lost),
                    absent=checks.listed(absent),
                )
            )
        return values * levels[self.base] / level
