"""A table of the report from rows of cells: headings and notes in the page's language, rows of too few units hidden."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from impact.language import Text
from impact.report.cells import decimals_for
from impact.report.contents import Cell, Estimate, Row, Suppressed, Table
from impact.report.words.style import Style


def plain_table(
    name: str,
    caption: Text,
    headings: Sequence[Text],
    rows: Iterable[Sequence[Cell | Text]],
    style: Style,
    notes: Sequence[Text] = (),
    synthetic: bool = False,
) -> Table:
    """Return the table with every text in the page's language."""
    written = [Row(tuple(style.text(c) if isinstance(c, Text) else c for c in row)) for row in rows]
    return Table(
        name[:31],
        style.text(caption),
        tuple(style.text(heading) for heading in headings),
        tuple(written),
        tuple(style.text(note) for note in notes),
        synthetic,
    )


def in_unit(what: Text, unit: str) -> Text:
    """Return a heading with the unit of the numbers below it; as it is where none is known."""
    return Text("{what} ({unit})", "{what} ({unit})", what=what, unit=unit) if unit else what


def percent(value: float, low: float, high: float) -> Estimate:
    """Return a share with its interval, in percent."""
    return Estimate(100 * value, 100 * low, 100 * high, 1, " %")


def amount(value: float, low: float, high: float) -> Estimate:
    """Return an amount with its interval."""
    return Estimate(value, low, high, decimals_for(value))


def unless_few(number: float, cells: Sequence[Cell], style: Style) -> list[Cell]:
    """Return the cells, or their suppression where fewer units stand behind them than may be published."""
    return list(cells) if number >= style.minimum else [Suppressed(style.minimum)] * len(cells)
