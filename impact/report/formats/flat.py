"""A table with one number in a cell: what a spreadsheet can compute with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from impact.language import Language
from impact.report.contents import Cell, Estimate, Interval, Number, Row, Table
from impact.report.words.style import word


@dataclass(frozen=True, slots=True)
class _Column:
    """Which parts of a column's cells stand in columns of their own."""

    value: bool
    ends: bool

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> _Column:
        ends = any(isinstance(cell, (Interval, Estimate)) for cell in cells)
        return cls(not ends or any(not isinstance(cell, Interval) and cell != "" for cell in cells), ends)

    def headings(self, heading: str, language: Language) -> list[str]:
        value = [heading] if self.value else []
        return [
            *value,
            *([f"{heading}, {word(end, language)}" for end in ("from", "to")] if self.ends else []),
        ]

    def cells(self, cell: Cell) -> list[Cell]:
        if isinstance(cell, Interval):
            return [*([""] if self.value else []), *_ends(cell)]
        value: Cell = cell
        ends: list[Cell] = [""] * (2 * self.ends)
        if isinstance(cell, Estimate):
            value, ends = Number(cell.value, cell.decimals, cell.suffix, stars=cell.stars), _ends(cell)
        return [value, *ends] if self.value else [value, *ends[1:]]


def _ends(cell: Interval | Estimate) -> list[Cell]:
    return [Number(cell.low, cell.decimals, cell.suffix), Number(cell.high, cell.decimals, cell.suffix)]


def flat(table: Table, language: Language) -> Table:
    """Return the table with each interval's ends in columns of their own.

    Parameters
    ----------
    table : Table
    language : Language
    """
    columns = [_Column.of([row.cells[k] for row in table.rows]) for k in range(len(table.headings))]
    headings = [
        part
        for column, heading in zip(columns, table.headings, strict=True)
        for part in column.headings(heading, language)
    ]
    rows = [
        Row(
            tuple(
                part for column, cell in zip(columns, row.cells, strict=True) for part in column.cells(cell)
            ),
            row.opens,
        )
        for row in table.rows
    ]
    return replace(table, headings=tuple(headings), rows=tuple(rows))
