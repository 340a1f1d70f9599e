"""The files that an evaluation reads, each with its sheets: what a reproduction package has to hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.evaluation.configuration import Configuration
from impact.report.output import distinct_names
from impact.survey.files.read import SurveyTable, read_survey


@dataclass(frozen=True, slots=True, eq=False)
class SurveyFile:
    """One file of the survey.

    Attributes
    ----------
    path : pathlib.Path
    name : str
        What it is called in the package: no two alike.
    tables : mapping of str to SurveyTable
        By the sheet; a file without sheets has one, ``""``.
    """

    path: Path
    name: str
    tables: Mapping[str, SurveyTable]


def survey_files(configuration: Configuration, values: Mapping[str, Any], folder: Path) -> list[SurveyFile]:
    """Return every file that a configuration reads, as it was read.

    Parameters
    ----------
    configuration : Configuration
    values : mapping
        The configuration as ``tomllib`` gives it.
    folder : pathlib.Path
        Of the configuration.
    """
    tables: dict[Path, dict[str, SurveyTable]] = {}
    for source in configuration.data.sources(configuration.language).values():
        sheets = tables.setdefault(source.file.resolve(), {})
        sheets.setdefault(str(source.options.get("sheet", "")), source.read(configuration.language))
    for name in _further(values):
        path = (folder / name).resolve()
        if path not in tables:
            tables[path] = {"": read_survey(path, language=configuration.language)}
    named = distinct_names(tables, lambda path: path.name)
    return [SurveyFile(path, name, tables[path]) for name, path in named]


def _further(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the files that the tables of further analyses name, such as the waves."""
    for name, content in values.items():
        if name in ("data", "tables"):
            continue
        for table in content if isinstance(content, list) else [content]:
            if isinstance(table, dict) and isinstance(table.get("file"), str):
                yield table["file"]
