"""Columns that the file names, held against those that a table has: every key whose column is missing, at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from impact import checks
from impact.evaluation.reading.analysis import Reads
from impact.evaluation.reading.problems import Problems

SURVEY = ""
"""The survey itself, among the files by their names."""


def require_read(table: str, reads: Iterable[Reads], columns: Mapping[str, Collection[str]]) -> None:
    """Refuse keys of a table of the file that name columns which are not there.

    Parameters
    ----------
    table : str
        As the file writes it: ``[mechanisms]``.
    reads : iterable of Reads
    columns : mapping of str to collection of str
        The columns of each file that was read; of one that could not be read nothing is asked.
    """
    problems = Problems("evaluation.toml")
    for one in reads:
        if one.file not in columns:
            continue
        key = one.key if one.key.startswith("[") else f"{table} {one.key}"
        place = key if one.file == SURVEY else f"{key} ({one.file})"
        further = columns.get(SURVEY, ()) if one.or_survey else ()
        problems.of(checks.columns_present, place, one.wanted, [*columns[one.file], *further])
    problems.tell()
