"""Excel workbooks whose text stays text: no cell that came from data can become a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

LARGEST_WIDTH = 60


def write_workbook(
    path: str | Path, sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]
) -> None:
    """Write a workbook row by row.

    Parameters
    ----------
    path : path
        File to write, ``.xlsx``.
    sheets : iterable of (title, headings, rows)
        In the order of the workbook. Text is written as text even where it starts with ``=``, and without the
        control characters that a workbook cannot hold.
    """
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    for title, headings, rows in sheets:
        page = workbook.create_sheet(title[:31])
        page.freeze_panes = "A2"
        _set_widths(page, headings)
        page.append([_heading(page, text) for text in headings])
        for row in rows:
            page.append([_cell(page, value) for value in row])
    workbook.save(path)


def _set_widths(page: Any, headings: Sequence[str]) -> None:
    from openpyxl.utils import get_column_letter

    for number, text in enumerate(headings, start=1):
        page.column_dimensions[get_column_letter(number)].width = min(max(len(text) + 2, 14), LARGEST_WIDTH)


def _heading(page: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(page, value=text)
    cell.font = Font(bold=True)
    return cell


def _cell(page: Any, value: Any) -> Any:
    """Return numbers and dates as such and everything else as text; a missing value is an empty cell."""
    import math

    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    plain = value.item() if hasattr(value, "item") else value
    if plain is None or plain != plain or (isinstance(plain, float) and not math.isfinite(plain)):
        return None if plain is None or plain != plain else str(plain)
    if isinstance(plain, (bool, int, float)):
        return plain
    cell = WriteOnlyCell(page, value=ILLEGAL_CHARACTERS_RE.sub("", str(plain)))
    cell.data_type = "s"
    return cell
