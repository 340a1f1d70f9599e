"""Figures that must agree: in order, the same in two places, stated again in the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from impact.language import Text
from impact.monitoring.audit.digits import plain_digits
from impact.monitoring.audit.figures import Printed, PrintedFigure
from impact.monitoring.audit.rule import FigureCheck, Grid, finding_of, is_count


@dataclass(frozen=True, slots=True)
class InOrder:
    """Labels in the order in which their figures may not fall: years of dates, parts and their whole.

    Parameters
    ----------
    labels : sequence of str
        Rows (columns with ``along="columns"``): each figure is at most the next.
    along : {"rows", "columns"}
    only : sequence of str
    table : str, optional

    Examples
    --------
    A group may not sell more than it produced.

    >>> import pandas as pd, impact as im
    >>> printed = pd.DataFrame({"quantity": ["sold", "produced"], "milk": [80, 100], "quinoa": [70, 60]})
    >>> im.audit_table(printed, [im.InOrder(["sold", "produced"])]).frame[["row", "column"]].values.tolist()
    [['produced', 'quinoa']]
    """

    labels: Sequence[str]
    along: str = "rows"
    only: Sequence[str] = ()
    table: str | None = None

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield each later figure beside the earlier one that it may not lie below."""
        grid = Grid(printed.named(self.table), self.along)
        grid.require(self.labels, self.only)
        for across in self.only or grid.across():
            figures = [figure for label in self.labels if (figure := grid.at(label, across)) is not None]
            for earlier, later in pairwise(figures):
                holds = later.behind(counted=True)[1] >= earlier.behind(counted=True)[0]
                text = Text(
                    "{later} may not lie below {earlier} ({place})",
                    "{later} no puede estar por debajo de {earlier} ({place})",
                    later=later.shown,
                    earlier=earlier.shown,
                    place=earlier.place,
                )
                yield FigureCheck(
                    "order", later.table, later.row, later.column, later.value, earlier.value,
                    earlier.behind(counted=True)[0], float("inf"), holds, text,
                )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Same:
    """One figure stands in two or more places.

    Parameters
    ----------
    cells : sequence of (table, row, column)
        The first is what the others are held against; tables by the beginning of their names.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> printed = pd.DataFrame({"table": ["1", "2"], "row": "groups", "column": "all", "value": [64, 46]})
    >>> audit = im.audit_table(printed, [im.Same([("1", "groups", "all"), ("2", "groups", "all")])])
    >>> audit.frame[["table", "printed", "implied"]].values.tolist()
    [['2', 46.0, 64.0]]
    """

    cells: Sequence[tuple[str, str, str]]

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield each other place beside the first."""
        figures = []
        for table, row, column in self.cells:
            chosen = printed.named(table)
            chosen.require([row], [column])
            if (figure := chosen.at(row, column)) is not None:
                figures.append(figure)
        for other in figures[1:]:
            first = figures[0]
            counted = is_count(first) and is_count(other)
            text = _stands(first)
            yield finding_of(
                "same figure", other, first.value, first.behind(counted), other.behind(counted), text
            )


@dataclass(frozen=True, slots=True)
class Stated:
    """A figure of the table is stated again in the text.

    Parameters
    ----------
    table, row, column : str
        The cell.
    value : str or float
        What the text says, with its decimals.
    where : str
        Where it says so.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> printed = pd.DataFrame({"buyer": ["changed"], "percent": [33.0]})
    >>> audit = im.audit_table(printed, [im.Stated("table", "changed", "percent", "31", "summary")])
    >>> audit.frame[["row", "printed", "implied"]].values.tolist()
    [['changed', 31.0, 33.0]]
    """

    table: str
    row: str
    column: str
    value: str | float
    where: str

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield the text's figure beside the table's."""
        chosen = printed.named(self.table)
        chosen.require([self.row], [self.column])
        cell = chosen.at(self.row, self.column)
        if cell is None:
            return
        stated = PrintedFigure(
            self.where, self.row, self.column, plain_digits(str(self.value), cell.decimal), cell.decimal
        )
        counted = is_count(stated) and is_count(cell)
        text = _stands(cell)
        yield finding_of(
            "stated in the text", stated, cell.value, cell.behind(counted), stated.behind(counted), text
        )


def _stands(figure: PrintedFigure) -> Text:
    """Return what is printed where."""
    return Text("{figure} in {place}", "{figure} en {place}", figure=figure.shown, place=figure.place)
