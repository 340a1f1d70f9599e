"""Tables as a workbook and as CSV files: numbers stay numbers, text stays text."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from textwrap import wrap
from typing import Any

from impact.language import Language
from impact.report.cells import beyond, shown
from impact.report.contents import Cell, Contents, Number, Table
from impact.report.formats.flat import flat
from impact.report.formats.page import columns_of_words, suppression_note
from impact.report.output import distinct_names
from impact.report.words.style import word

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_WIDEST = 44
_LINE = 15
"""Points that a line of text takes."""
_PORTRAIT_COLUMNS = 6
_FONT = "Calibri"
_ENGLISH = Language()


def write_excel(contents: Contents, path: Path) -> Path:
    """Write every table on a sheet of its own, under its caption and above its notes.

    Parameters
    ----------
    contents : Contents
    path : pathlib.Path
        File to write, ``.xlsx``.

    Returns
    -------
    pathlib.Path

    Notes
    -----
    Numbers are numbers, shown by Excel with the reader's own decimal sign; text is never a formula.
    """
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, table in distinct_names(contents.tables, _name, longest=31):
        _write_sheet(workbook.create_sheet(name), flat(table, contents.language), contents.language)
    workbook.properties.title = contents.title
    workbook.properties.creator = "impact"
    workbook.save(path)
    return path


def write_csv(contents: Contents, folder: Path) -> list[Path]:
    """Write every table as a CSV file, with a decimal point, and ``notes.csv`` with the captions and notes.

    Parameters
    ----------
    contents : Contents
    folder : pathlib.Path
        Made where absent.

    Returns
    -------
    list of pathlib.Path

    Notes
    -----
    UTF-8 with a byte-order mark, so that Excel shows accents. Synthetic data say so in a column of every row. A cell of text that a
    spreadsheet would take for a formula starts with an apostrophe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, table in distinct_names(contents.tables, _name):
        flag = [word("synthetic_short", contents.language)] if table.synthetic else []
        table = flat(table, contents.language)
        lines = [[*table.headings, *(["data"] if flag else [])]]
        lines += [[*(_text(cell, contents.language) for cell in row.cells), *flag] for row in table.rows]
        files.append(_write_lines(folder / f"{name}.csv", lines))
    notes = [["table", "note"]]
    for table in contents.tables:
        notes += [[table.name, note] for note in _around(table, contents.language)]
    return [*files, _write_lines(folder / "notes.csv", notes)]


def _name(table: Table) -> str:
    return table.name


def _write_lines(file: Path, lines: list[list[str]]) -> Path:
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(
            [[_harmless(text) for text in line] for line in lines]
        )
    return file


def _around(table: Table, language: Language) -> Iterator[str]:
    """Yield the caption and the notes of a table, and that it is synthetic."""
    yield table.caption
    if table.synthetic:
        yield word("synthetic_banner", language)
    yield from table.notes
    if suppression_note(table, language):
        yield suppression_note(table, language)


def _text(cell: Cell, language: Language) -> str:
    """Return a cell for a machine: numbers in full, with a decimal point; dates by year, month and day."""
    if isinstance(cell, date):
        return cell.isoformat()
    if not isinstance(cell, Number):
        return shown(cell, language)
    if not math.isfinite(cell.value):
        return ""
    return f"{cell.value:.0f}" if float(cell.value).is_integer() else repr(float(cell.value))


def _harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; numbers stay as they are."""
    if not text.lstrip(" ").startswith(_FORMULA_STARTS):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def _write_sheet(sheet: Any, table: Table, language: Language) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    sheet.append([None])
    _put(sheet, 1, 1, table.caption).font = Font(name=_FONT, bold=True, size=12)
    top = 2
    if table.synthetic:
        _put(sheet, top, 1, word("synthetic_banner", language)).font = Font(
            name=_FONT, bold=True, color="B00020"
        )
        top += 1
    header, line = top + 1, Side(style="thin")
    words = columns_of_words(table)
    for column, heading in enumerate(table.headings, start=1):
        cell = _put(sheet, header, column, heading)
        cell.font, cell.border = Font(name=_FONT, bold=True), Border(top=line, bottom=line)
        cell.alignment = Alignment(
            wrap_text=True, vertical="bottom", horizontal="left" if words[column - 1] else "right"
        )
    for place, row in enumerate(table.rows, start=header + 1):
        for column, content in enumerate(row.cells, start=1):
            cell = _put(sheet, place, column, content, language)
            cell.alignment = Alignment(
                horizontal="left" if words[column - 1] else "right",
                vertical="top",
                wrap_text=column > 1 and words[column - 1],
                indent=int(column == 1 and not row.opens),
            )
            if row.opens:
                cell.font, cell.fill = Font(name=_FONT, bold=True), PatternFill("solid", fgColor="F3F6F6")
    _set_widths(sheet, table, language, header)
    _set_heights(sheet, table, language, header)
    notes = [note for note in (*table.notes, suppression_note(table, language)) if note]
    for place, note in enumerate(notes, start=header + len(table.rows) + 2):
        _write_note(sheet, place, note, len(table.headings))


def _write_note(sheet: Any, place: int, note: str, columns: int) -> None:
    """Write a note across the table's columns, as high as its lines need."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    cell = _put(sheet, place, 1, note)
    cell.font = Font(name=_FONT, italic=True, color="56666A")
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    letters = sum(
        sheet.column_dimensions[get_column_letter(column)].width for column in range(1, columns + 1)
    )
    sheet.merge_cells(start_row=place, end_row=place, start_column=1, end_column=columns)
    sheet.row_dimensions[place].height = _LINE * math.ceil(1.1 * len(note) / letters)


def _put(sheet: Any, row: int, column: int, content: Cell, language: Language = _ENGLISH) -> Any:
    """Write one cell: a number with its format, or a text that stays a text."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell = sheet.cell(row=row, column=column)
    if isinstance(content, Number) and math.isfinite(content.value):
        cell.value = float(content.value)
        cell.number_format = _number_format(content, language)
        return cell
    if isinstance(content, date):
        cell.value, cell.number_format = content, "yyyy-mm-dd" if language.code == "en" else "dd/mm/yyyy"
        return cell
    text = ILLEGAL_CHARACTERS_RE.sub("", shown(content, language))
    if text:
        cell.value = text
        cell.data_type = "s"
        cell.quotePrefix = text.startswith(
            _FORMULA_STARTS
        )  # or Excel makes it a formula when somebody edits it
    return cell


def _number_format(number: Number, language: Language) -> str:
    """Return how Excel shows a number that it keeps in full."""
    least = beyond(number, language)
    if least:
        return f'"{least}"'
    digits = "#,##0" + ("." + "0" * number.decimals if number.decimals else "")
    shape = f'{digits}"{number.suffix}{number.stars}"' if number.suffix or number.stars else digits
    return f"({shape});(-{shape})" if number.brackets else shape


def _set_heights(sheet: Any, table: Table, language: Language, header: int) -> None:
    """Make rows as high as the lines of their cells: not every spreadsheet does so by itself, and text would lie over text."""
    from openpyxl.utils import get_column_letter

    widths = [
        sheet.column_dimensions[get_column_letter(column)].width
        for column in range(1, len(table.headings) + 1)
    ]
    words = columns_of_words(table)
    lines = {header: max(map(_lines, table.headings, [0.9 * width for width in widths]), default=1)}
    for place, row in enumerate(table.rows, start=header + 1):
        wrapped = [
            _lines(shown(cell, language), width)
            for cell, width, is_words in list(zip(row.cells, widths, words, strict=True))[1:]
            if is_words
        ]
        lines[place] = max(wrapped, default=1)
    for place, number in lines.items():
        if number > 1:
            sheet.row_dimensions[place].height = _LINE * number


def _lines(text: str, width: float) -> int:
    """Return how many lines a text takes in a column of this width, in the width of a digit."""
    return sum(max(1, len(wrap(line, max(1, int(width) - 1)))) for line in text.split("\n"))


def _set_widths(sheet: Any, table: Table, language: Language, header: int) -> None:
    from openpyxl.utils import get_column_letter

    for column, heading in enumerate(table.headings, start=1):
        longest = max([len(shown(row.cells[column - 1], language)) for row in table.rows], default=0)
        needed = max(longest, max(map(len, heading.split()), default=0), min(len(heading), 14))
        sheet.column_dimensions[get_column_letter(column)].width = min(
            needed + 3, _WIDEST if column > 1 else 60
        )
    sheet.freeze_panes = sheet.cell(row=header + 1, column=2)
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation = "landscape" if len(table.headings) > _PORTRAIT_COLUMNS else "portrait"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0


PLACE = 30
WRITER = (".xlsx", write_excel)
