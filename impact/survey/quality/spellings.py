"""Values that differ in case, accents and spaces alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from impact.language import Text
from impact.survey.quality.concern import Concern, shown_values


def plain(text: str) -> str:
    """Return a text without case, accents, and spaces beyond one.

    Examples
    --------
    >>> plain(" TRÓPICO  húmedo ")
    'tropico humedo'
    """
    apart = unicodedata.normalize("NFKD", text)
    letters = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(letters.casefold().split())


def spelling_groups(column: pd.Series[Any]) -> list[dict[str, int]]:
    """Return the sets of values that are one when spelled plainly, each with its counts, the most frequent first."""
    texts = column[column.map(lambda value: isinstance(value, str)).to_numpy(dtype=bool)]
    counts = texts.value_counts()
    together: dict[str, dict[str, int]] = {}
    for value in sorted(counts.index, key=lambda value: (-int(counts[value]), value)):
        together.setdefault(plain(value), {})[value] = int(counts[value])
    return [spelled for spelled in together.values() if len(spelled) > 1]


def spelling_concerns(column: pd.Series[Any]) -> list[Concern]:
    """Return the concern that one thing is spelled in several ways, or nothing."""
    groups = spelling_groups(column)
    if not groups:
        return []
    rows = np.flatnonzero(column.isin([value for spelled in groups for value in spelled]).to_numpy())
    listed = {
        language: "; ".join(shown_values(spelled.items(), language) for spelled in groups[:4])
        for language in ("en", "es")
    }
    return [
        Concern(
            "spellings",
            str(column.name),
            rows,
            Text(
                f"'{column.name}' spells one thing in several ways: {listed['en']}.",
                f"'{column.name}' escribe una misma cosa de varias formas: {listed['es']}.",
            ),
            Text(
                "Correct the file, or let them be one: merge_spellings = true.",
                "Corrija el archivo, o únalas: merge_spellings = true.",
            ),
        )
    ]


def merged(column: pd.Series[Any]) -> tuple[pd.Series[Any], int]:
    """Return the column with every spelling replaced by the most frequent of its kind, and how many cells changed."""
    replacement: Mapping[str, str] = {
        value: next(iter(spelled)) for spelled in spelling_groups(column) for value in spelled
    }
    changed = column.map(lambda value: replacement.get(value, value) if isinstance(value, str) else value)
    return changed, int((changed.notna() & (changed != column)).sum())
