"""New codes for units and groups: the same in every table, in the order of the old, and no way back to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd


def new_codes(columns: Iterable[pd.Series[Any]], kept: Iterable[object] = ()) -> Mapping[object, object]:
    """Return old code to new one, for a column that several tables may have.

    Parameters
    ----------
    columns : iterable of Series
        The column in every table that has it.
    kept : iterable
        Values that stay as they are, such as the codes of a missing answer.

    Returns
    -------
    mapping
        1, 2, 3, … in the order of the old codes, because matches break ties, and draws go, by that order: as numbers where the old ones are
        numbers, else as text of digits of one length, that of the old ones where these are digits.

    Examples
    --------
    >>> import pandas as pd
    >>> new_codes([pd.Series(["LP-9", "CB-4"]), pd.Series(["LP-9", None])])
    {'CB-4': '01', 'LP-9': '02'}
    """
    stay = set(kept)
    distinct = {value for column in columns for value in column.dropna().unique().tolist()} - stay
    numbers = all(isinstance(value, (int, float, np.number)) for value in distinct)
    order = (
        sorted(distinct) if numbers else sorted(distinct, key=lambda value: (_text(value), str(type(value))))
    )
    if numbers:
        return {old: type(old)(place) for place, old in enumerate(order, start=1)}
    by_text = dict.fromkeys(_text(old) for old in order)  # 7 in one table and "7" in another are one unit
    lengths = [len(text) for text in by_text if text.isdigit()]
    width = max([len(str(len(by_text))) + 1, *lengths])
    place = {text: number for number, text in enumerate(by_text, start=1)}
    return {old: f"{place[_text(old)]:0{width}d}" for old in order}


def recoded(column: pd.Series[Any], codes: Mapping[object, object]) -> pd.Series[Any]:
    """Return a column with its codes replaced; missing values, and values without a new code, stay."""
    values = column.astype(object).map(lambda value: codes.get(value, value), na_action="ignore")
    if pd.api.types.is_numeric_dtype(column):
        return values.astype(column.dtype)
    return values


def _text(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
