"""A few texts in a column of numbers, and numbers whose mark nobody can tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from impact.language import Text
from impact.survey.files.number_text import NumberText, numbers_in_text
from impact.survey.quality.concern import Concern, shown_values

_MOSTLY = 0.5


def text_as_numbers(column: pd.Series[Any]) -> tuple[pd.Series[Any] | None, NumberText | None, list[Concern]]:
    """Return a column of text as numbers where it is one, else what is wrong with it.

    Returns
    -------
    numbers : Series of float64, or None
        None where the column is text: few of its cells are numbers, or they are codes.
    read : NumberText or None
        How the distinct texts were read.
    concerns : list of Concern
    """
    places, distinct = pd.factorize(column, use_na_sentinel=True)
    texts = [str(value).strip() for value in distinct]
    read = numbers_in_text(texts)
    counts = np.bincount(places[places >= 0], minlength=len(texts))
    filled = np.array([bool(text) for text in texts], dtype=bool)
    stray = np.array([text in set(read.stray) for text in texts], dtype=bool)
    share = counts[filled & ~stray].sum() / max(counts[filled].sum(), 1)
    if not filled.any() or share <= _MOSTLY or (read.code and not stray.any()):
        return None, None, []
    if stray.any():
        cells = sorted(((texts[k], int(counts[k])) for k in np.flatnonzero(stray)), key=lambda cell: -cell[1])
        return None, read, [_stray(column, np.flatnonzero(np.isin(places, np.flatnonzero(stray))), cells)]
    if read.ambiguous:
        return None, read, [_ambiguous(column, read)]
    values = np.append(read.values, np.nan)[places]
    return pd.Series(values, index=column.index, name=column.name), read, []


def _stray(column: pd.Series[Any], rows: Any, cells: list[tuple[str, int]]) -> Concern:
    codes = ", ".join(f'"{text}"' for text, _ in cells[:3])
    return Concern(
        "stray_text",
        str(column.name),
        rows,
        Text(
            f"'{column.name}' holds numbers and a few texts: {shown_values(cells, 'en')}.",
            f"'{column.name}' tiene números y algunos textos: {shown_values(cells, 'es')}.",
        ),
        Text(
            f"Name them as missing codes (missing_codes = [{codes}]), or correct the file.",
            f"Indíquelos como códigos de faltante (missing_codes = [{codes}]), o corrija el archivo.",
        ),
    )


def _ambiguous(column: pd.Series[Any], read: NumberText) -> Concern:
    shown = ", ".join(repr(text) for text in read.ambiguous[:3])
    return Concern(
        "stray_text",
        str(column.name),
        np.empty(0, dtype=np.intp),
        Text(
            f"'{column.name}' holds numbers as text that do not show what is thousands and what is decimals: {shown}.",
            f"'{column.name}' tiene números como texto que no muestran qué son miles y qué son decimales: {shown}.",
        ),
        Text("Store them as numbers in the file.", "Guárdelos como números en el archivo."),
    )
