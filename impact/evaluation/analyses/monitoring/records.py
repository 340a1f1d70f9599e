"""The programme's own records, tables beside the survey: read with the types of the data package, groups joined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import pandas as pd

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.survey.files.read import read_survey
from impact.survey.package.schema import load_schema
from impact.survey.validation.column_rules import column_findings
from impact.survey.validation.row_rules import date_order, duplicates
from impact.survey.validation.typed_table import TypedTable, typed_table

if TYPE_CHECKING:
    from impact.evaluation.configuration import Configuration
    from impact.evaluation.findings import Findings

GROUP = "group_id"
_REFUSED = ("duplicate", "date_order", "range")


@dataclass(frozen=True, slots=True)
class Record:
    """A file of the programme that an analysis reads; arguments of ``read_records``."""

    file: str
    groups: str = ""
    name: str = ""


@runtime_checkable
class ReadsFiles(Protocol):
    """A table of the file whose analysis reads files beside the survey."""

    def read_files(self) -> tuple[Record, ...]:
        """Return them; one without a name is not asked for."""
        ...


def admit_record(configuration: Configuration, record: Record) -> list[str]:
    """Read a file that an analysis names and return its columns: a DataError says what is wrong with it."""
    if not record.file:
        return []
    return list(map(str, _joined(configuration, record.file, record.groups, record.name)))


def read_records(findings: Findings, file: str, groups: str = "", name: str = "") -> pd.DataFrame:
    """Return a table of the programme beside the configuration.

    Parameters
    ----------
    findings : Findings
    file : str
        CSV, Excel, Stata, SPSS or Parquet file; a name of the data package, such as ``group.csv``, gives its types.
    groups : str, optional
        File of the groups whose columns are joined by ``group_id``, each group once.
    name : str, optional
        Name of the table in the data package where the file is called otherwise.

    Returns
    -------
    DataFrame
        Marked where the evaluation's data are synthetic.

    Raises
    ------
    DataError
        A cell cannot be read as its type, or a group stands twice.
    """
    table = _joined(findings.configuration, file, groups, name)
    table.attrs["synthetic"] = findings.sample.synthetic
    return table


def _joined(configuration: Configuration, file: str, groups: str, name: str) -> pd.DataFrame:
    table = _read(configuration, file, name)
    return with_groups(table, _read(configuration, groups, "group"), groups) if groups else table


def with_groups(table: pd.DataFrame, group: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return a table with the columns of its groups that it lacks, in its own order."""
    checks.columns_present(source, [GROUP], table.columns)
    refuse_twice(group, source)
    further = [name for name in group.columns if name == GROUP or name not in table.columns]
    return table.merge(group[further], on=GROUP, how="left", validate="many_to_one")


def refuse_twice(group: pd.DataFrame, source: str) -> None:
    """Refuse a table of groups in which one stands more than once."""
    checks.columns_present(source, [GROUP], group.columns)
    twice = group[GROUP].duplicated()
    if twice.any():
        raise DataError(
            Text(
                "{source}: {groups} {groups:stands|stand} more than once in {column!r} (first: {first}). Keep one row a group.",
                "{source}: {groups} {groups:está|están} más de una vez en {column!r} (primero: {first}). Deje una fila por grupo.",
                source=source,
                groups=checks.counted(int(twice.sum()), "group"),
                column=GROUP,
                first=checks.listed(group[GROUP][twice]),
            )
        )


def _refuse_broken(typed: TypedTable, file: str) -> None:
    """Refuse a table of the data package in which a record stands twice, an end precedes its start, or a number is out of range."""
    findings = [*duplicates(typed), *date_order(typed), *column_findings(typed)]
    for finding in findings:
        if finding.rule in _REFUSED:
            raise DataError(
                Text(
                    "{file}: {problem} Not so in {rows} (first: line {lines}, {values}). {remedy}",
                    "{file}: {problem} No se cumple en {rows} (primero: línea {lines}, {values}). {remedy}",
                    file=file,
                    problem=finding.problem,
                    rows=checks.counted(finding.count, "row"),
                    lines=checks.listed((finding.rows + typed.first_row).tolist()),
                    values=checks.listed(finding.shown(3)),
                    remedy=finding.remedy,
                )
            )


def _read(configuration: Configuration, file: str, name: str) -> pd.DataFrame:
    path = configuration.data.folder / file
    read = read_survey(path, language=configuration.language)
    schema = configuration.data.schema or load_schema()
    declared = schema.tables.get(name or path.stem)
    if declared is None:
        return read.frame
    typed = typed_table(read, declared)
    for column, wrong in typed.unreadable.items():
        raise DataError(
            Text(
                "{file}: {rows} of {column!r} cannot be read as {kind!r} (first: {first}). Correct these cells.",
                "{file}: {rows} de {column!r} no se {rows:puede|pueden} leer como {kind!r} (primero: {first}). Corrija estas celdas.",
                file=file,
                rows=checks.counted(int(wrong.sum()), "row"),
                column=column,
                kind=declared.fields[column].type,
                first=checks.listed(typed.original[column][wrong]),
            )
        )
    _refuse_broken(typed, file)
    others = [column for column in read.frame.columns if column not in typed.frame.columns]
    return pd.concat([typed.frame, read.frame[others]], axis=1)
