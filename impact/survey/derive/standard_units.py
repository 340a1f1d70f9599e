"""Quantities in the units of a table of conversions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.errors import DataError
from impact.language import Text
from impact.survey.derive.columns import column_numbers, rows_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InStandardUnits:
    """Convert quantities from the unit that the household reported.

    Parameters
    ----------
    conversions : DataFrame
        The key columns, and ``factor`` (standard units per reported unit, above zero).
    product, unit : str
        Key columns, in the conversions and in the survey's table: the product, and the unit that a household reports it in.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> table = pd.DataFrame({"product": ["potato", "potato"], "unit": ["carga", "kg"], "factor": [92.0, 1.0]})
    >>> frame = pd.DataFrame({"product": "potato", "unit": ["carga", "kg"], "quantity": [2.0, 50.0]})
    >>> step = im.InStandardUnits(table, product="product", unit="unit")
    >>> im.Derived("kilos", "quantity", (step,)).values(frame).tolist()
    [184.0, 50.0]
    """

    conversions: pd.DataFrame
    product: str
    unit: str

    def __post_init__(self) -> None:
        wanted = [self.product, self.unit, "factor"]
        checks.columns_present(
            Text("A table of conversions", "Una tabla de conversiones"), wanted, self.conversions.columns
        )
        if self.conversions.duplicated(wanted[:2]).any():
            raise DataError(
                Text(
                    "Each product and unit must come once in the table of conversions.",
                    "Cada producto y unidad debe aparecer una vez en la tabla de conversiones.",
                )
            )
        if not (column_numbers(self.conversions, "factor") > 0).all():
            raise DataError(
                Text(
                    "A conversion factor must be above zero; correct the table.",
                    "Un factor de conversión debe ser mayor que cero; corrija la tabla.",
                )
            )

    def __repr__(self) -> str:
        return f"InStandardUnits(product={self.product!r}, unit={self.unit!r})"

    def apply(self, values: Array, frame: pd.DataFrame) -> Array:
        """Return value × factor of the row's product and unit."""
        key = [self.product, self.unit]
        checks.columns_present(Text("A conversion", "Una conversión"), key, frame.columns)
        factors: Mapping[Any, float] = dict(
            zip(
                self.conversions[key].astype("str").itertuples(index=False, name=None),
                column_numbers(self.conversions, "factor"),
                strict=True,
            )
        )
        reported = frame[key].astype("str").itertuples(index=False, name=None)
        factor = np.array([factors.get(pair, np.nan) for pair in reported], dtype=np.float64)
        if lost := np.flatnonzero(np.isnan(factor) & ~np.isnan(values)).tolist():
            pairs = sorted(
                {" in ".join(map(str, pair)) for pair in frame[key].iloc[lost].to_numpy().tolist()}
            )
            raise DataError(
                Text(
                    "The table of conversions must cover every quantity; it lacks {pairs} ({rows}). Add the unit.",
                    "La tabla de conversiones debe cubrir cada cantidad; le falta {pairs} ({rows}). Agregue la unidad.",
                    pairs=checks.listed(pairs),
                    rows=rows_text(frame, lost),
                )
            )
        return values * factor
