"""Rows that add up the others, as spreadsheets end in."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Positions
from impact.language import Text
from impact.survey.quality.concern import Concern
from impact.survey.quality.spellings import plain

_WORDS = frozenset(
    ("total", "totales", "total general", "gran total", "grand total", "subtotal", "suma", "sum", "promedio", "media", "mean", "average")
)  # fmt: skip
_AGREEMENT = 1e-9


def total_concerns(frame: pd.DataFrame) -> list[Concern]:
    """Return the concern that rows of a table are totals of others: by their word, or by adding up two columns or more."""
    rows = total_rows(frame)
    if not len(rows):
        return []
    return [
        Concern(
            "totals",
            "",
            rows,
            Text(
                "{rows} of the file: totals or means of others, not records.",
                "{rows} del archivo: totales o promedios de otras, no registros.",
                rows=checks.counted(len(rows), "row"),
            ),
            Text("Delete them from the file.", "Borre esas filas del archivo."),
        )
    ]


def total_rows(frame: pd.DataFrame) -> Positions:
    """Return the places of the rows that are totals."""
    marked = np.zeros(len(frame), dtype=bool)
    for name in frame.columns:
        column = frame[name]
        if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
            words = column.map(lambda value: isinstance(value, str) and plain(value.rstrip(" :")) in _WORDS)
            marked |= words.to_numpy(dtype=bool)
    numbers = frame.select_dtypes("number").to_numpy(dtype=np.float64, na_value=np.nan)
    adds_up = np.zeros((len(frame), numbers.shape[1]), dtype=bool)
    for k, values in enumerate(numbers.T):
        total = np.nansum(values)
        known = values[np.isfinite(values)]
        if len(known) >= 10 and len(np.unique(known)) >= 5:
            adds_up[:, k] = np.isfinite(values) & (
                np.abs(total - 2 * values) <= _AGREEMENT * np.nansum(np.abs(values))
            )
    found: Positions = np.flatnonzero(marked | (adds_up.sum(axis=1) >= 2))
    return found
