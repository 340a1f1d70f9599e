"""Excel sheets: one header line, one record a line, no merged cells, no formula that was never computed."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact.checks import listed
from impact.errors import OptionError
from impact.language import Text, refusal
from impact.survey.files.file_content import check_columns
from impact.survey.files.text_columns import typed_columns

if TYPE_CHECKING:
    import pandas as pd


def read_spreadsheet(
    file: Path,
    sheet: str | None,
    date_formats: Mapping[str, str],
    language: str,
    leave_out: frozenset[str] = frozenset(),
    decimal: str | None = None,
) -> pd.DataFrame:
    """Read one sheet of an Excel workbook.

    Parameters
    ----------
    file : pathlib.Path
    sheet : str or None
        Name of the sheet; None where only one sheet holds data.
    date_formats : mapping of str to str
        How a column of text writes its dates, in ``strptime`` codes.
    language : {"en", "es"}
    leave_out : frozenset of str
        Columns that are taken out before any cell is looked at.
    decimal : {".", ","}, optional
        Decimal mark of numbers that the sheet holds as text.

    Returns
    -------
    pandas.DataFrame
        Text stays text, also where it looks like a number: the sheet says what is which. With ``decimal`` a column whose every cell is a
        number in that writing is one.

    Raises
    ------
    DataError
        The workbook is damaged, the sheet empty, or it has merged cells, error values, uncomputed formulas
        or dates typed as text.
    """
    workbook = _opened(file, language, computed=False)
    page = _chosen(workbook, sheet, file.name, language)
    where = f"{file.name}, {page.title}"
    _take_out(page, leave_out)
    _check_cells(page, where, language)
    rows = list(page.iter_rows(values_only=True))
    if any(cell.data_type == "f" for line in page.iter_rows() for cell in line):
        rows = _computed(file, page, rows, where, language, leave_out)
    return _table(rows, date_formats, where, language, decimal)


def sheet_names(file: Path, language: str) -> list[str]:
    """Return the names of the sheets that hold records, in their order; a form that nobody has filled in holds none."""
    return [page.title for page in _opened(file, language, computed=False).worksheets if _holds_records(page)]


def form_names(file: Path, language: str) -> list[str]:
    """Return the names of all sheets, forms that nobody has filled in too."""
    return [str(page.title) for page in _opened(file, language, computed=False).worksheets]


def _opened(file: Path, language: str, computed: bool) -> Any:
    import openpyxl

    try:
        return openpyxl.load_workbook(file, data_only=computed)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as problem:
        raise refusal(
            language,
            en=f"{file.name} is damaged or no .xlsx workbook ({problem}). Open it in Excel and save it "
            "again.",
            es=f"{file.name} está dañado o no es un libro .xlsx ({problem}). Ábralo en Excel y guárdelo de "
            "nuevo.",
        ) from None


def _holds_data(page: Any) -> bool:
    return any(value is not None for line in page.iter_rows(values_only=True) for value in line)


def _holds_records(page: Any) -> bool:
    lines = (line for line in page.iter_rows(values_only=True) if any(value is not None for value in line))
    return next(lines, None) is not None and next(lines, None) is not None


def _chosen(workbook: Any, sheet: str | None, source: str, language: str) -> Any:
    names = [page.title for page in workbook.worksheets]
    if sheet is not None and sheet not in names:
        raise OptionError(
            Text(
                "sheet must be one of {value}; got {sheet!r}.",
                "sheet debe ser una de {value}; se dio {sheet!r}.",
                value=listed(map(repr, names), 12),
                sheet=sheet,
            )
        )
    filled = [page for page in workbook.worksheets if _holds_data(page)]
    if sheet is not None:
        filled = [page for page in filled if page.title == sheet]
    if not filled:
        empty = sheet or names[0]
        raise refusal(
            language,
            en=f"Sheet {empty!r} of {source} is empty: it needs a line of column names and one line per "
            "record.",
            es=f"La hoja {empty!r} de {source} está vacía: necesita una línea con los nombres de columna y "
            "una por registro.",
        )
    if len(filled) > 1:
        several = listed((repr(page.title) for page in filled), 12)
        raise refusal(
            language,
            en=f"{source} has several sheets with data: {several}. Say which one to read: sheet = {filled[0].title!r}.",
            es=f"{source} tiene varias hojas con datos: {several}. Indique cuál leer: sheet = {filled[0].title!r}.",
        )
    return filled[0]


def _check_cells(page: Any, where: str, language: str) -> None:
    """Refuse merged cells, which hide that the cells beside the first are blank, and Excel's error values."""
    if page.merged_cells.ranges:
        merged = listed(sorted(str(area) for area in page.merged_cells.ranges))
        raise refusal(
            language,
            en=f"{where} has merged cells ({merged}): each column needs its own name and each record its "
            "own value. "
            "Unmerge them and fill every cell.",
            es=f"{where} tiene celdas combinadas ({merged}): cada columna necesita su nombre y cada "
            "registro su valor. "
            "Sepárelas y llene cada celda.",
        )
    if wrong := [
        f"{cell.coordinate} {cell.value}"
        for line in page.iter_rows()
        for cell in line
        if cell.data_type == "e"
    ]:
        raise refusal(
            language,
            en=f"{where} holds Excel errors: {listed(wrong)}. Correct the cells or empty them.",
            es=f"{where} tiene errores de Excel: {listed(wrong).es}. Corrija las celdas o déjelas vacías.",
        )


def _take_out(page: Any, names: frozenset[str]) -> None:
    """Take columns out of a sheet by their names in its first line that holds anything."""
    lines = (line for line in page.iter_rows() if any(cell.value is not None for cell in line))
    header = next(lines, ()) if names else ()
    for cell in reversed(header):
        if str(cell.value).strip() in names:
            page.delete_cols(cell.column)


def _computed(
    file: Path,
    page: Any,
    formulas: list[tuple[Any, ...]],
    where: str,
    language: str,
    leave_out: frozenset[str],
) -> list[tuple[Any, ...]]:
    """Return the values that Excel stored beside its formulas; a formula without one is refused."""
    from openpyxl.utils import get_column_letter

    saved = _opened(file, language, computed=True)[page.title]
    _take_out(saved, leave_out)
    _check_cells(saved, where, language)
    values = list(saved.iter_rows(values_only=True))
    lost = [
        f"{get_column_letter(column)}{line}"
        for line, (written, stored) in enumerate(zip(formulas, values, strict=True), start=1)
        for column, (formula, value) in enumerate(zip(written, stored, strict=True), start=1)
        if formula is not None and value is None
    ]
    if lost:
        raise refusal(
            language,
            en=f"{where} has formulas without a stored value: {listed(lost)}. Open the file in Excel and "
            "save it.",
            es=f"{where} tiene fórmulas sin valor guardado: {listed(lost).es}. Abra el archivo en Excel y "
            "guárdelo.",
        )
    return values


def _table(
    rows: list[tuple[Any, ...]],
    date_formats: Mapping[str, str],
    where: str,
    language: str,
    decimal: str | None,
) -> pd.DataFrame:
    """Return header and records; blank lines and columns at the sheet's end are no part of it."""
    import pandas as pd

    while rows and all(value is None for value in rows[-1]):
        rows.pop()
    width = max(
        (index + 1 for line in rows for index, value in enumerate(line) if value is not None), default=0
    )
    header, records = rows[0][:width], [line[:width] for line in rows[1:]]
    check_columns(header, len(records), where, language)
    names = [str(name).strip() for name in header]
    columns = dict(zip(names, zip(*records, strict=True), strict=True))
    typed = {
        name: _column(name, list(values), date_formats, where, language, decimal)
        for name, values in columns.items()
    }
    return pd.DataFrame(typed)


def _column(
    name: str,
    values: list[Any],
    date_formats: Mapping[str, str],
    where: str,
    language: str,
    decimal: str | None,
) -> pd.Series:
    import pandas as pd

    values = [None if isinstance(value, str) and not value.strip() else value for value in values]
    filled = [value for value in values if value is not None]
    dates = [value for value in filled if isinstance(value, datetime.date)]
    if dates and len(dates) < len(filled):
        raise _some_dates_as_text(name, values, where, language)
    if dates:
        return pd.to_datetime(pd.Series(values))
    if not any(isinstance(value, str) for value in filled):
        return pd.Series(values, dtype=None if filled else "float64")
    texts = pd.Series(["" if value is None else _as_typed(value) for value in values], dtype="str")
    numbers = None if decimal is None else _numbers(values, decimal)
    if numbers is not None:
        return numbers
    if name in date_formats or all(isinstance(value, str) for value in filled):
        read = typed_columns(
            texts.to_frame(name),
            ".",
            {key: form for key, form in date_formats.items() if key == name},
            where,
            language,
        )[name]
        if pd.api.types.is_datetime64_any_dtype(read):
            return read
    return texts.mask(texts == "")


def _numbers(values: list[Any], decimal: str) -> pd.Series | None:
    """Return a column of numbers, some or all of them written as text; None where a cell is no number or a code starts with zero."""
    import pandas as pd

    from impact.survey.files.text_columns import THOUSANDS, WITH_MARK

    read: list[float] = []
    for value in values:
        text = "" if value is None else str(value).strip()
        if not isinstance(value, str):
            read.append(float("nan") if value is None else float(value))
        elif not WITH_MARK[decimal].fullmatch(text) or (
            len(text) > 1 and text[0] == "0" and text[1].isdigit()
        ):
            return None
        else:
            plain = text.replace(THOUSANDS[decimal], "").replace(" ", "").replace("\u202f", "")
            read.append(float(plain.replace(decimal, ".")))
    return pd.Series(read, dtype="float64")


def _some_dates_as_text(name: str, values: list[Any], where: str, language: str) -> Exception:
    other = [
        f"{value!r} in line {line}"
        for line, value in enumerate(values, start=2)
        if value is not None and not isinstance(value, datetime.date)
    ]
    return refusal(
        language,
        en=f"{name!r} of {where} mixes dates with text or numbers: {listed(other, 3)}. Give the whole "
        "column a date format.",
        es=f"{name!r} de {where} mezcla fechas con texto o números: "
        f"{listed(other, 3).es.replace(' in line ', ' en la línea ')}. "
        "Dé formato de fecha a toda la columna.",
    )


def _as_typed(value: Any) -> str:
    """Return a cell's text, without the ``.0`` that a whole number stored as a float would show."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
