"""Every number that a report prints, by the place where it stands; two reports held against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd

from impact.language import Language
from impact.report.cells import shown
from impact.report.contents import Cell, Contents, Estimate, Interval, Mark, Number, Table

COLUMNS = ("where", "exhibit", "row", "column", "part", "value", "shown", "sentence")
PLACE = ["where", "exhibit", "row", "column", "part", "occurrence"]
OF_THE_RUN = "reproduction"
"""The table of versions and hashes: it describes the run, and differs where the computer does."""
TOLERANCE = 1e-6
"""Relative difference below which two numbers are one: another processor rounds otherwise beyond the ninth digit."""


def numbers_of(contents: Contents) -> pd.DataFrame:
    """Return every number of a report's text and tables.

    Parameters
    ----------
    contents : Contents

    Returns
    -------
    DataFrame
        ``where`` (text or table), ``exhibit`` (section or table), ``row``, ``column``, ``part`` (value, low, high; in text the
        number's place), ``value`` in full, ``shown`` as printed, ``sentence`` (of a number in text).
    """
    rows = [*_of_texts(contents), *_of_tables(contents)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"value": float}) if len(frame) else frame


def changed_numbers(expected: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers that differ between two reports, one row each.

    Parameters
    ----------
    expected, found : DataFrame
        As ``numbers_of`` gives them.

    Returns
    -------
    DataFrame
        The place, ``expected`` and ``found`` as printed (empty where a report lacks the number), and their values.
    """
    both = _numbered(expected).merge(
        _numbered(found), on=PLACE, how="outer", suffixes=("_expected", "_found"), sort=False
    )
    before, after = (both[f"value_{side}"].to_numpy(dtype=np.float64) for side in ("expected", "found"))
    absent = both[["shown_expected", "shown_found"]].isna().any(axis=1).to_numpy()
    near = np.abs(before - after) <= TOLERANCE * np.maximum(np.abs(before), np.abs(after))
    same = near | (np.isnan(before) & np.isnan(after)) | (before == after)
    words = (both["where"] == "text").to_numpy() & (both["shown_expected"] != both["shown_found"]).to_numpy()
    changed = both[absent | ~same | words]
    return pd.DataFrame(
        {
            **{name: changed[name].to_numpy() for name in PLACE[:-1]},
            "expected": changed["shown_expected"].fillna("").to_numpy(),
            "found": changed["shown_found"].fillna("").to_numpy(),
            "value_expected": changed["value_expected"].to_numpy(),
            "value_found": changed["value_found"].to_numpy(),
        }
    )


def in_text(numbers: pd.DataFrame, contents: Contents) -> pd.DataFrame:
    """Return the numbers of the running text, each with the tables that print the same figure.

    Parameters
    ----------
    numbers : DataFrame
        As ``numbers_of`` gives them.
    contents : Contents
    """
    prose = numbers[(numbers["where"] == "text") & (numbers["column"] == "sentence")]
    tables = numbers[numbers["where"] == "table"].dropna(subset=["value"])
    in_tables = tables.groupby("shown")["exhibit"].agg(lambda names: ", ".join(dict.fromkeys(names)))
    captions = {section.name: section.title for section in contents.sections}
    return pd.DataFrame(
        {
            "section": prose["exhibit"].map(lambda name: captions.get(name, name)),
            "sentence": prose["sentence"],
            "number": prose["shown"],
            "value": prose["value"],
            "also in table": prose["shown"].map(in_tables).fillna(""),
        }
    ).reset_index(drop=True)


def _numbered(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers with a count for those that share a place, so that each has one of its own."""
    kept = numbers[numbers["exhibit"] != f"table {OF_THE_RUN}"].astype(dict.fromkeys(PLACE[:-1], str))
    order = kept.groupby(PLACE[:-1], sort=False).cumcount()
    return kept.assign(occurrence=order)[[*PLACE, "value", "shown"]]


def _of_texts(contents: Contents) -> Iterator[tuple[object, ...]]:
    """Yield the numbers of running text: the lead, then each section's alarms and paragraphs."""
    parts = [("lead", contents.lead)]
    parts += [(section.name, (*section.alarms, *section.paragraphs)) for section in contents.sections]
    for name, texts in parts:
        for place, text in enumerate(texts, start=1):
            yield from _quoted(text, name, str(place), "sentence", contents.language)


def _of_tables(contents: Contents) -> Iterator[tuple[object, ...]]:
    for table in contents.tables:
        name = f"table {table.name}"
        for around in (table.caption, *table.notes):
            yield from _quoted(around, name, "", "caption and notes", contents.language)
        yield from _of_cells(table, name, contents.language)


def _of_cells(table: Table, name: str, language: Language) -> Iterator[tuple[object, ...]]:
    for row in table.rows:
        label = shown(row.cells[0], language)
        for heading, cell in zip(table.headings, row.cells, strict=True):
            if isinstance(cell, (str, Mark)):
                yield from _quoted(shown(cell, language), name, label, heading, language)
                continue
            for part, value in _parts(cell):
                yield ("table", name, label, heading, part, value, shown(_alone(cell, part), language), "")


def _parts(cell: Cell) -> list[tuple[str, float]]:
    if isinstance(cell, Number):
        return [("value", cell.value)]
    if isinstance(cell, Interval):
        return [("low", cell.low), ("high", cell.high)]
    if isinstance(cell, Estimate):
        return [("value", cell.value), ("low", cell.low), ("high", cell.high)]
    return [("suppressed", np.nan)]


def _alone(cell: Cell, part: str) -> Cell:
    """Return one number of a cell as a cell of its own."""
    if isinstance(cell, (Interval, Estimate)):
        return Number(getattr(cell, part), cell.decimals, cell.suffix)
    return cell


def _quoted(text: str, name: str, row: str, column: str, language: Language) -> Iterator[tuple[object, ...]]:
    for place, (printed, value) in enumerate(numbers_in(text, language), start=1):
        yield ("text", name, row, column, str(place), value, printed, text)


def numbers_in(text: str, language: Language) -> list[tuple[str, float]]:
    """Return the numbers of a text as they are printed, with their values.

    Examples
    --------
    >>> numbers_in("El efecto es 1.234,5 Bs (intervalo del 95 %: −3 a CR2).", Language("es"))
    [('1.234,5', 1234.5), ('95', 95.0), ('−3', -3.0)]
    """
    group, decimal = _signs(language)
    found = _pattern(group, decimal).findall(text)
    plain = str.maketrans({group: "", decimal: ".", "−": "-"})
    return [(printed, float(printed.translate(plain))) for printed in found]


def _signs(language: Language) -> tuple[str, str]:
    """Return the signs between thousands and before decimals."""
    written = language.number(1234.5, 1)
    return written[1], written[-2]


@cache
def _pattern(group: str, decimal: str) -> re.Pattern[str]:
    thousands = rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+"
    return re.compile(
        rf"(?<![\w{re.escape(group + decimal)}])−?(?:{thousands}|\d+)(?:{re.escape(decimal)}\d+)?(?!\w)"
    )
