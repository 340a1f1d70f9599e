"""De-identified tables written in the format that they came in, so that they are read as they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from impact.evaluation.replication.survey_files import SurveyFile
from impact.survey.files.read import DELIMITED, SurveyTable

_SEPARATORS = {".tsv": "\t"}


def write_survey_file(file: SurveyFile, folder: Path) -> Path:
    """Write one file of the survey into a folder, in the format of its suffix.

    Parameters
    ----------
    file : SurveyFile
    folder : pathlib.Path

    Notes
    -----
    Text files are written in UTF-8 with a decimal point; Stata and SPSS files with their labels and the user's own missing codes.
    """
    target = folder / file.name
    suffix = target.suffix.lower()
    if suffix == ".xlsx":
        _write_workbook(file.tables, target)
        return target
    table = next(iter(file.tables.values()))
    if suffix in DELIMITED:
        separator = _SEPARATORS.get(suffix, ",")
        table.frame.to_csv(target, index=False, sep=separator, encoding="utf-8", lineterminator="\n")
    else:
        _WRITERS[suffix](table, target)
    return target


def _write_workbook(tables: Mapping[str, SurveyTable], target: Path) -> None:
    with pd.ExcelWriter(target, engine="openpyxl") as workbook:
        for sheet, table in tables.items():
            table.frame.to_excel(workbook, sheet_name=sheet or "data", index=False)


def _write_stata(table: SurveyTable, target: Path) -> None:
    import pyreadstat

    frame, marks = table.frame, {}
    for name, codes in table.missing_codes.items():
        if len(codes):
            frame[name] = frame[name].astype(object)
            frame.loc[codes.index, name] = codes
            marks[name] = sorted(set(codes))
    pyreadstat.write_dta(
        frame,
        str(target),
        column_labels=_column_labels(table),
        variable_value_labels=_value_labels(table),
        missing_user_values=marks or None,
    )


def _write_spss(table: SurveyTable, target: Path) -> None:
    import pyreadstat

    frame, ranges = table.frame, {}
    for name, codes in table.missing_codes.items():
        if len(codes):
            frame.loc[codes.index, name] = codes
            ranges[name] = sorted(set(codes))
    pyreadstat.write_sav(
        frame,
        str(target),
        column_labels=_column_labels(table),
        variable_value_labels=_value_labels(table),
        missing_ranges=ranges or None,
    )


def _write_parquet(table: SurveyTable, target: Path) -> None:
    table.frame.to_parquet(target, index=False)


def _column_labels(table: SurveyTable) -> list[str | None]:
    return [table.labels.get(name) or None for name in table.frame.columns]


def _value_labels(table: SurveyTable) -> dict[str, Any]:
    return {name: dict(labels) for name, labels in table.value_labels.items() if labels}


_WRITERS: Mapping[str, Callable[[SurveyTable, Path], None]] = {
    ".dta": _write_stata,
    ".sav": _write_spss,
    ".parquet": _write_parquet,
}
