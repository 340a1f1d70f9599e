"""What a step reads of the table: numbers, divisors above zero, and the rows that break a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.errors import DataError
from impact.language import Text

if TYPE_CHECKING:
    import pandas as pd


def column_numbers(
    frame: pd.DataFrame, column: str, reader: str = Text("A derived variable", "Una variable derivada")
) -> Array:
    """Return a column as float64, shape (rows,); text is refused, and ``reader`` says who asked for an absent one."""
    checks.columns_present(reader, [column], frame.columns)
    try:
        values: Array = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError(
            Text(
                "{column!r} must hold numbers; got {dtype}.",
                "{column!r} debe tener números; tiene {dtype}.",
                column=column,
                dtype=frame[column].dtype,
            )
        ) from None
    return values


def above_zero(frame: pd.DataFrame, column: str) -> Array:
    """Return a column that values are divided by, shape (rows,); zero and less are refused."""
    values = column_numbers(frame, column)
    if wrong := np.flatnonzero(values <= 0).tolist():
        raise DataError(
            Text(
                "{column!r} must be above zero to divide by; {rows} are not. Correct them.",
                "{column!r} debe ser mayor que cero para dividir entre ella; {rows} no lo son. Corríjalas.",
                column=column,
                rows=rows_text(frame, wrong),
            )
        )
    return values


def rows_text(frame: pd.DataFrame, positions: list[int]) -> Text:
    """Return how many rows stand at these positions, and the first of them."""
    return Text(
        "{rows} (first: {first})",
        "{rows} (primero: {first})",
        rows=checks.counted(len(positions), "row"),
        first=checks.listed(frame.index[positions[:3]]),
    )
