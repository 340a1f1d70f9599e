"""Excel workbooks whose text stays text: no cell that came from data can become a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

LARGEST_WIDTH = 60
HEADING_FONT: dict[str, Any] = {"name": "Calibri", "bold": True}
"""A font without a name is a wide one with serifs where LibreOffice opens the workbook, and headings are cut."""
_ROWS_MEASURED = 200


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
        following = iter(rows)
        first = list(islice(following, _ROWS_MEASURED))
        _set_widths(page, headings, first)
        page.append([_heading(page, text) for text in headings])
        for row in chain(first, following):
            page.append([_cell(page, value) for value in row])
    workbook.save(path)


def _set_widths(page: Any, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Make columns as wide as their heading and the texts of the first rows."""
    from openpyxl.utils import get_column_letter

    for number, heading in enumerate(headings):
        texts = [row[number] for row in rows if number < len(row) and isinstance(row[number], str)]
        longest = max(map(len, [heading, *texts]))
        page.column_dimensions[get_column_letter(number + 1)].width = min(max(longest + 2, 14), LARGEST_WIDTH)


def _heading(page: Any, text: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(page, value=text)
    cell.font = Font(**HEADING_FONT)
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
