"""The report for programs: its sections in words and every table tidy, numbers as numbers, what is not published left out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from impact.language import Language, Text
from impact.report.cells import shown
from impact.report.contents import Cell, Contents, Number, Section, Suppressed, Table
from impact.report.formats.flat import flat
from impact.report.formats.page import suppression_note
from impact.report.output import distinct_names
from impact.report.words.headings import HEADINGS
from impact.report.words.style import word
from impact.report.words.words import WORDS

_BLOCK = Text("block", "bloque")


def write_json(contents: Contents, path: Path) -> Path:
    """Write the report's words and tables as one JSON file.

    Parameters
    ----------
    contents : Contents
    path : pathlib.Path
        File to write, ``.json``.

    Returns
    -------
    pathlib.Path

    Notes
    -----
    ``tables`` holds each table by its ``name``: ``columns`` (``key``, and ``label`` in the report's language), ``rows`` by those keys,
    ``notes`` (estimand, comparator, weights, variance), ``synthetic``. A number is a number, in full, as in the CSV files; one that does
    not exist is null. So is a cell that is not published, and ``hidden`` says where it stands and what a reader sees in its place.
    Rows of a block name it.
    """
    named = {id(table): name for name, table in distinct_names(contents.tables, lambda table: table.name)}
    language = contents.language
    report = {
        "title": contents.title,
        "language": language.code,
        "synthetic": contents.synthetic,
        "notice": word("synthetic_banner", language) if contents.synthetic else None,
        "lead": list(contents.lead),
        "sections": [_section(section, named) for section in contents.sections],
        "tables": {named[id(table)]: _table(table, language) for table in contents.tables},
    }
    text = json.dumps(report, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _section(section: Section, named: dict[int, str]) -> dict[str, Any]:
    tables = [named[id(item)] for item in section.items if isinstance(item, Table)]
    return {
        "name": section.name,
        "title": section.title,
        "alarms": list(section.alarms),
        "paragraphs": list(section.paragraphs),
        "tables": tables,
    }


def _table(table: Table, language: Language) -> dict[str, Any]:
    plain = flat(table, language)
    keys = list(_distinct(plain.headings))
    block = next(_distinct([_BLOCK.to(language)], keys)) if any(row.opens for row in plain.rows) else ""
    rows: list[dict[str, Any]] = []
    hidden: list[dict[str, Any]] = []
    opened: Any = None
    for place, row in enumerate(plain.rows):
        opened = _value(row.cells[0], language) if row.opens else opened
        rows.append({block: opened} if block else {})
        for key, cell in zip(keys, row.cells, strict=True):
            rows[-1][key] = _value(cell, language)
            if isinstance(cell, Suppressed):
                hidden.append({"row": place, "column": key, "shown": shown(cell, language)})
    labels = {key: _label(heading, language) for key, heading in zip(keys, plain.headings, strict=True)}
    labels = {block: block, **labels} if block else labels
    note = suppression_note(table, language)
    return {
        "caption": table.caption,
        "synthetic": table.synthetic,
        "columns": [{"key": key, "label": label} for key, label in labels.items()],
        "rows": rows,
        "hidden": hidden,
        "notes": [*table.notes, *([note] if note else [])],
    }


def _label(heading: str, language: Language) -> str:
    """Return what a heading reads as: a name of the tidy tables in the language's words."""
    if heading in HEADINGS:
        return HEADINGS[heading].to(language)
    return word(heading, language) if heading in WORDS else heading


def _distinct(headings: Sequence[str], taken: Sequence[str] = ()) -> Iterator[str]:
    """Yield the headings, those that stand twice with a number."""
    seen = set(taken)
    for heading in headings:
        key, number = heading, 1
        while key in seen:
            number += 1
            key = f"{heading} {number}"
        seen.add(key)
        yield key


def _value(cell: Cell, language: Language) -> str | float | int | None:
    """Return a cell for a program; None where there is no number, or none that is published."""
    if isinstance(cell, Suppressed):
        return None
    if isinstance(cell, Number):
        if not math.isfinite(cell.value):
            return None
        return int(cell.value) if float(cell.value).is_integer() else float(cell.value)
    if isinstance(cell, date):
        return cell.isoformat()
    return shown(cell, language) or None


PLACE = 60
WRITER = (".json", write_json)
