"""``[tables]``: further files or sheets, and the key by which each joins the units."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impact.evaluation.reading.build import build
from impact.evaluation.reading.toml_table import TomlTable
from impact.survey.files.read import SurveyTable, read_survey
from impact.survey.files.spreadsheet import sheet_names
from impact.survey.package.schema import SurveySchema


@dataclass(frozen=True, slots=True)
class TableKeys:
    """The keys of ``[tables.NAME]``.

    Parameters
    ----------
    file : str, optional
        By default the file of ``[data]``.
    sheet : str, optional
        Sheet of a workbook.
    key : str, optional
        Column by which the table joins the units; by default the schema's link.
    separator, decimal, encoding : str, optional
        Of a text file, as in ``[data]``.
    date_formats : table of texts, optional
    """

    file: str | None = None
    sheet: str | None = None
    key: str | None = None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    date_formats: Mapping[str, str] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Keywords of ``read_survey``."""
        names = ("sheet", "separator", "decimal", "encoding", "date_formats")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class TableSource:
    """Where a table is, and how it joins the units."""

    file: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None

    def read(self, language: str, leave_out: Collection[str] = ()) -> SurveyTable:
        """Return the table without some columns, which are not read."""
        return read_survey(self.file, language=language, leave_out=leave_out, **self.options)


def further_tables(top: TomlTable, folder: Path, data: Path) -> dict[str, TableSource]:
    """Return the tables of a configuration by their names."""
    tables = top.table("tables")
    if tables is None:
        return {}
    sources = {}
    for name in tables.values:
        keys = build(TableKeys, _entry(tables, name))
        file = data if keys.file is None else folder / keys.file
        sources[name] = TableSource(file, keys.options, keys.key)
    return sources


def _entry(tables: TomlTable, name: str) -> TomlTable:
    """Return one table's keys; a text alone is its file."""
    if isinstance(tables.values[name], str):
        return TomlTable({"file": tables.values[name]}, f"[tables.{name}]", tables.file, {})
    inner = tables.table(name)
    assert inner is not None
    return TomlTable(inner.values, f"[tables.{name}]", inner.file, inner._lines)


def sheets_of_schema(
    file: Path, options: Mapping[str, Any], schema: SurveySchema | None, language: str
) -> dict[str, TableSource]:
    """Return the sheets of a workbook that bear the names of the schema's tables, where there are two or more."""
    if schema is None or file.suffix.lower() != ".xlsx" or "sheet" in options or not file.is_file():
        return {}
    named = [sheet for sheet in sheet_names(file, language) if sheet in schema.tables]
    if len(named) < 2:
        return {}
    return {name: TableSource(file, {**options, "sheet": name}) for name in named}
