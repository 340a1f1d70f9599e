"""Numbers that were stored as text: which mark they use, and which cells are no numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array
from impact.survey.files.text_columns import LEADING_ZERO, LONGEST_EXACT_NUMBER, THOUSANDS, WHOLE, WITH_MARK


@dataclass(frozen=True, slots=True, eq=False)
class NumberText:
    """Distinct texts read as numbers.

    Attributes
    ----------
    values : float64 array, shape (distinct,)
        Missing where a text is no number.
    mark : {".", ","} or None
        Decimal mark that the texts prove; None where they prove none, or both.
    stray : tuple of str
        Texts that are no number under either mark.
    ambiguous : tuple of str
        Numbers that could be thousands as well as decimals, and that no other text decides.
    code : bool
        A text has a leading zero, or more digits than a number holds: the column is one of codes.
    """

    values: Array
    mark: str | None
    stray: tuple[str, ...]
    ambiguous: tuple[str, ...]
    code: bool


def numbers_in_text(texts: Sequence[str]) -> NumberText:
    """Read distinct texts as numbers, without a guess.

    Examples
    --------
    >>> numbers_in_text(["1.250,50", "980,00", "NS/NR"]).values.tolist()
    [1250.5, 980.0, nan]
    >>> numbers_in_text(["1,250"]).ambiguous
    ('1,250',)
    """
    cells = [text.strip() for text in texts]
    fits = {sign: [bool(pattern.fullmatch(cell)) for cell in cells] for sign, pattern in WITH_MARK.items()}
    either = [dot or comma for dot, comma in zip(fits["."], fits[","], strict=True)]
    proven = {
        sign: any(own and not other for own, other in zip(fits[sign], fits[THOUSANDS[sign]], strict=True))
        for sign in fits
    }
    code = any(LEADING_ZERO.fullmatch(cell) or _too_long(cell) for cell in cells)
    stray = tuple(cell for cell, is_number in zip(cells, either, strict=True) if not is_number and cell)
    if proven["."] and proven[","]:
        conflict = tuple(
            cell for cell, dot in zip(cells, fits["."], strict=True) if not dot and cell not in stray
        )
        return NumberText(np.full(len(cells), np.nan), None, stray, conflict, code)
    mark = next((sign for sign, is_proven in proven.items() if is_proven), None)
    open_to_both = tuple(
        cell
        for cell, is_number in zip(cells, either, strict=True)
        if is_number and any(sign in cell for sign in ".,")
    )
    if mark is None and open_to_both:
        return NumberText(np.full(len(cells), np.nan), None, stray, open_to_both, code)
    values = [
        _number(cell, mark or ".") if is_number else np.nan
        for cell, is_number in zip(cells, either, strict=True)
    ]
    return NumberText(np.array(values, dtype=np.float64), mark, stray, (), code)


def _number(cell: str, mark: str) -> float:
    return float(re.sub(rf"[{THOUSANDS[mark]}\s]", "", cell).replace(mark, "."))


def _too_long(cell: str) -> bool:
    return bool(WHOLE.fullmatch(cell)) and len(cell.lstrip("+-")) > LONGEST_EXACT_NUMBER
