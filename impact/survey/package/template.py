"""Empty forms of the survey tables, ready to be filled in: an Excel workbook or a folder of CSV files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from impact import checks
from impact.language import LANGUAGES, Text
from impact.survey.files.workbook import HEADING_FONT
from impact.survey.package.field_text import missing_text, range_text, type_text
from impact.survey.package.schema import SurveySchema, TableSchema, given_or_own

if TYPE_CHECKING:
    from impact.survey.package.schema import SurveyField

NEVER_TYPED = ("derived", "reference")  # timings of values that are computed or joined
LONGEST_LIST = 255  # characters that Excel allows in the list of a drop-down
FORM_ROWS = 5_000
HEADINGS = (
    Text(en="Table", es="Tabla"),
    Text(en="Column", es="Columna"),
    Text(en="Label", es="Etiqueta"),
    Text(en="Type", es="Tipo"),
    Text(en="Unit", es="Unidad"),
    Text(en="Range", es="Rango"),
    Text(en="Answers", es="Respuestas"),
    Text(en="Missing codes", es="Códigos de faltante"),
    Text(en="Required", es="Obligatorio"),
    Text(en="Note", es="Nota"),
)


def write_template(
    path: str | Path,
    schema: SurveySchema | None = None,
    *,
    tables: Sequence[str] | None = None,
    language: str = "es",
) -> list[Path]:
    """Write empty, labelled forms of the survey tables.

    Columns that are computed or joined (poverty status, poverty lines) are left out: they are never typed.

    Parameters
    ----------
    path : path
        An ``.xlsx`` file: one sheet per table, with labels as comments, drop-down lists, warnings outside
        the range, codes as text, and a sheet that explains every column. Else a folder, made where absent:
        one ``.csv`` per table with its header, and ``variables.csv`` that explains every column.
    schema : SurveySchema, optional
        None: the package's own schema for rural alliances.
    tables : sequence of str, optional
        Names of the tables; None: all.
    language : {"es", "en"}, default "es"
        Language of labels, lists and explanations.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    OptionError
        An unknown table or language.

    Examples
    --------
    >>> import pathlib, tempfile, impact as im
    >>> folder = pathlib.Path(tempfile.mkdtemp()) / "formularios"
    >>> sorted(path.name for path in im.write_template(folder, tables=["household", "group"]))
    ['group.csv', 'household.csv', 'variables.csv']
    >>> (folder / "household.csv").read_text(encoding="utf-8-sig").split(",")[:3]
    ['hh_id', 'wave', 'group_id']
    """
    schema = given_or_own(schema)
    checks.one_of("language", language, LANGUAGES)
    for name in tables or ():
        checks.one_of("tables", name, tuple(schema.tables))
    chosen = [schema.tables[name] for name in (schema.tables if tables is None else tables)]
    target = Path(path)
    if target.suffix.lower() == ".xlsx":
        _write_workbook(target, chosen, schema, language)
        return [target]
    return _write_folder(target, chosen, schema, language)


def typed_by_hand(table: TableSchema) -> list[SurveyField]:
    """Return the fields of a table that a field team fills in."""
    return [field for field in table.fields.values() if field.timing not in NEVER_TYPED]


def _explained(tables: Iterable[TableSchema], schema: SurveySchema, language: str) -> list[list[str]]:
    """Return one row per column, as ``HEADINGS`` names them."""
    yes = Text(en="yes", es="sí").to(language)
    return [
        [
            table.name,
            field.name,
            field.label.to(language),
            type_text(field, language),
            field.unit.to(language) if field.unit else "",
            range_text(field),
            "; ".join(category.label.to(language) for category in field.categories),
            missing_text(field, schema, language),
            yes if field.required else "",
            field.description.to(language),
        ]
        for table in tables
        for field in typed_by_hand(table)
    ]


def _write_folder(folder: Path, tables: list[TableSchema], schema: SurveySchema, language: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{table.name}.csv" for table in tables]
    for file, table in zip(files, tables, strict=True):
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerow([field.name for field in typed_by_hand(table)])
    explanation = folder / "variables.csv"
    with explanation.open(
        "w", encoding="utf-8-sig", newline=""
    ) as stream:  # the mark lets Excel show accents
        writer = csv.writer(stream)
        writer.writerow([heading.to(language) for heading in HEADINGS])
        writer.writerows(_explained(tables, schema, language))
    return [*files, explanation]


def _write_workbook(file: Path, tables: list[TableSchema], schema: SurveySchema, language: str) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for table in tables:
        page = workbook.create_sheet(table.name)
        page.freeze_panes = "A2"
        for position, field in enumerate(typed_by_hand(table), start=1):
            _write_column(page, position, field, language)
    page = workbook.create_sheet(Text(en="Variables (en)", es="Variables (es)").to(language))
    page.freeze_panes = "A2"
    page.append([heading.to(language) for heading in HEADINGS])
    for cell in page[1]:
        cell.font = Font(**HEADING_FONT)
    for row in _explained(tables, schema, language):
        page.append(row)
    for letter, width in zip("ABCDEFGHIJ", (18, 22, 44, 18, 22, 16, 44, 44, 12, 60), strict=True):
        page.column_dimensions[letter].width = width
    workbook.save(file)


def _write_column(page: Any, position: int, field: SurveyField, language: str) -> None:
    """Write a column's heading with its label, set the format of its cells and what they may hold."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(position)
    heading = page.cell(row=1, column=position, value=field.name)
    heading.font = Font(**HEADING_FONT)
    if field.required:
        heading.fill = PatternFill("solid", fgColor="FFE699")
    unit = f" ({field.unit.to(language)})" if field.unit else ""
    note = "\n".join(
        text
        for text in (f"{field.label.to(language)}{unit}", range_text(field), field.description.to(language))
        if text
    )
    heading.comment = Comment(note, "impact", width=320, height=120)
    page.column_dimensions[letter].width = max(len(field.name) + 3, 12)
    if field.type == "string":
        page.column_dimensions[letter].number_format = "@"  # codes keep their leading zeros
    elif field.type == "date":
        page.column_dimensions[letter].number_format = "yyyy-mm-dd"
    rule = _permitted(field, language)
    if rule is not None:
        rule.add(f"{letter}2:{letter}{FORM_ROWS + 1}")
        page.add_data_validation(rule)


def _permitted(field: SurveyField, language: str) -> Any:
    """Return what Excel warns about: a warning and no bar, as missing codes lie outside every range."""
    from openpyxl.worksheet.datavalidation import DataValidation

    message = Text(
        en="Outside what the form expects. Missing codes are permitted.",
        es="Fuera de lo que el formulario espera. Se permiten los códigos de faltante.",
    ).to(language)
    shared: dict[str, Any] = {
        "allow_blank": True,
        "errorStyle": "warning",
        "error": message,
        "showErrorMessage": True,
    }
    choices = [category.label.to(language) for category in field.categories]
    if field.type == "boolean":
        choices = ["1", "0"]
    listed = ",".join(choices)
    if choices and len(listed) <= LONGEST_LIST and not any("," in choice for choice in choices):
        return DataValidation(type="list", formula1=f'"{listed}"', **shared)
    if field.type in ("integer", "number") and (field.minimum is not None or field.maximum is not None):
        kind = "whole" if field.type == "integer" else "decimal"
        low, high = field.minimum, field.maximum
        if high is None:
            return DataValidation(type=kind, operator="greaterThanOrEqual", formula1=str(low), **shared)
        if low is None:
            return DataValidation(type=kind, operator="lessThanOrEqual", formula1=str(high), **shared)
        return DataValidation(type=kind, operator="between", formula1=str(low), formula2=str(high), **shared)
    return None
