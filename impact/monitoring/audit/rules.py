"""What the figures of a published table owe each other: sums, percentages, ratios, order, one figure one number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, runtime_checkable

from impact.monitoring.audit.figures import Printed, PrintedFigure

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class FigureCheck:
    """A printed figure held against what others imply.

    Attributes
    ----------
    rule, table, row, column : str
    printed : float
    implied : float
        From the printed figures.
    implied_low, implied_high : float
        The same, with all that rounding leaves open.
    holds : bool
    explanation : str
    """

    rule: str
    table: str
    row: str
    column: str
    printed: float
    implied: float
    implied_low: float
    implied_high: float
    holds: bool
    explanation: str


@runtime_checkable
class Rule(Protocol):
    """A rule of the auditor: any object with ``findings``."""

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield every figure that the rule speaks about, whether it holds or not."""
        ...


@dataclass(frozen=True, slots=True)
class Sums:
    """A row (or column) is the sum of others.

    Parameters
    ----------
    total : str
        Label of the row (of the column with ``along="columns"``) that holds the sums.
    parts : sequence of str
        Labels that add up to it; all others by default. A dash counts as nothing.
    along : {"rows", "columns"}
        Whether rows are added up, column by column, or columns, row by row.
    only : sequence of str
        Columns (rows) for which it holds; all by default.
    table : str, optional
        Beginning of the table's name; all tables by default.
    rounded : bool, default False
        Whether whole numbers are rounded rather than counted.
    """

    total: str
    parts: Sequence[str] = ()
    along: str = "rows"
    only: Sequence[str] = ()
    table: str | None = None
    rounded: bool = False

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield each printed sum beside the sum of its parts."""
        grid = _Grid(printed.named(self.table), self.along)
        grid.require([self.total, *self.parts], self.only)
        for across in self.only or grid.across():
            total = grid.at(self.total, across)
            labels = self.parts or [label for label in grid.labels() if label != self.total]
            parts = [figure for label in labels if (figure := grid.at(label, across)) is not None]
            if total is None or not parts:
                continue
            counted = not self.rounded
            ends = [part.behind(counted) for part in parts]
            implied = sum(part.value for part in parts)
            bounds = (sum(end[0] for end in ends), sum(end[1] for end in ends))
            text = " + ".join(part.text for part in parts)
            yield _finding("sum", total, implied, bounds, total.behind(counted), f"{text} = {implied:.10g}")


@dataclass(frozen=True, slots=True)
class Percentages:
    """A column is one column in percent of another, or of a sum of others.

    Parameters
    ----------
    percent, part : str
        Labels of the columns (rows with ``along="rows"``) of the percentage and of its numerator.
    whole : str or sequence of str
        Label, or labels that are added up, of the denominator.
    along : {"columns", "rows"}
    only : sequence of str
        Rows (columns) for which it holds; all by default.
    table : str, optional
    factor : float, default 100
        1 for a ratio or a mean.
    """

    percent: str
    part: str
    whole: str | Sequence[str]
    along: str = "columns"
    only: Sequence[str] = ()
    table: str | None = None
    factor: float = 100.0

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield each printed percentage beside the quotient of the figures that it is of."""
        grid = _Grid(printed.named(self.table), self.along)
        wholes = [self.whole] if isinstance(self.whole, str) else list(self.whole)
        grid.require([self.percent, self.part, *wholes], self.only)
        for across in self.only or grid.across():
            shown, part = grid.at(self.percent, across), grid.at(self.part, across)
            base = [figure for label in wholes if (figure := grid.at(label, across)) is not None]
            if shown is None or part is None or not base:
                continue
            low, high = (sum(figure.behind()[k] for figure in base) for k in (0, 1))
            whole = sum(figure.value for figure in base)
            if whole <= 0 or low <= 0:
                continue
            top = part.behind(counted=_is_count(part))
            low, high = (whole, whole) if all(map(_is_count, base)) else (low, high)
            implied = self.factor * part.value / whole
            bounds = (self.factor * top[0] / high, self.factor * top[1] / low)
            name = "percentage" if self.factor == 100 else "ratio"
            text = f"{self.factor:g} × {part.text}/{whole:.10g} = {implied:.4g}"
            yield _finding(name, shown, implied, bounds, shown.behind(), text)


@dataclass(frozen=True, slots=True)
class SharesAddUp:
    """Percentages of one whole add up to 100, but for their rounding.

    Parameters
    ----------
    parts : sequence of str
        Labels of the rows (columns with ``along="columns"``).
    along : {"rows", "columns"}
    only : sequence of str
    table : str, optional
    to : float, default 100
    """

    parts: Sequence[str]
    along: str = "rows"
    only: Sequence[str] = ()
    table: str | None = None
    to: float = 100.0

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield the sum of the shares beside what it should be, at the last share."""
        grid = _Grid(printed.named(self.table), self.along)
        grid.require(self.parts, self.only)
        for across in self.only or grid.across():
            parts = [figure for label in self.parts if (figure := grid.at(label, across)) is not None]
            if len(parts) < 2:
                continue
            total = sum(part.value for part in parts)
            bounds = (sum(part.behind()[0] for part in parts), sum(part.behind()[1] for part in parts))
            text = f"{' + '.join(part.text for part in parts)} = {total:.10g}, not {self.to:g}"
            last, holds = parts[-1], bounds[0] <= self.to <= bounds[1]
            yield FigureCheck(
                "shares add up",
                last.table,
                last.row,
                last.column,
                total,
                self.to,
                self.to,
                self.to,
                holds,
                text,
            )


@dataclass(frozen=True, slots=True)
class PossiblePercentages:
    """Percentages of n units are whole numbers of units.

    Parameters
    ----------
    n : int
        Stated number of units.
    column : str
    rows : sequence of str
        All by default.
    table : str, optional
    """

    n: int
    column: str
    rows: Sequence[str] = ()
    table: str | None = None

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield each percentage beside the nearest that n units can have."""
        chosen = printed.named(self.table)
        chosen.require(self.rows, [self.column])
        for row in self.rows or chosen.rows():
            shown = chosen.at(row, self.column)
            if shown is None:
                continue
            nearest = round(shown.value * self.n / 100)
            implied = 100 * nearest / self.n
            text = f"{nearest} of {self.n} are {implied:.4g} %"
            yield _finding("possible percentage", shown, implied, (implied, implied), shown.behind(), text)


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
    """

    labels: Sequence[str]
    along: str = "rows"
    only: Sequence[str] = ()
    table: str | None = None

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield each later figure beside the earlier one that it may not lie below."""
        grid = _Grid(printed.named(self.table), self.along)
        grid.require(self.labels, self.only)
        for across in self.only or grid.across():
            figures = [figure for label in self.labels if (figure := grid.at(label, across)) is not None]
            for earlier, later in pairwise(figures):
                holds = later.behind(counted=True)[1] >= earlier.behind(counted=True)[0]
                text = f"{later.text} may not lie below {earlier.text} ({earlier.place})"
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
            counted = _is_count(first) and _is_count(other)
            text = f"{first.text} in {first.place}"
            yield _finding(
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
        stated = PrintedFigure(self.where, self.row, self.column, str(self.value))
        counted = _is_count(stated) and _is_count(cell)
        text = f"{cell.text} in {cell.place}"
        yield _finding(
            "stated in the text", stated, cell.value, cell.behind(counted), stated.behind(counted), text
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Grid:
    """Figures by label and across it, whichever way the rule runs."""

    printed: Printed
    along: str

    def __post_init__(self) -> None:
        from impact import checks

        checks.one_of("along", self.along, ("rows", "columns"))

    def labels(self) -> list[str]:
        return self.printed.rows() if self.along == "rows" else self.printed.columns()

    def across(self) -> list[str]:
        return self.printed.columns() if self.along == "rows" else self.printed.rows()

    def at(self, label: str, across: str) -> PrintedFigure | None:
        return self.printed.at(label, across) if self.along == "rows" else self.printed.at(across, label)

    def require(self, labels: Sequence[str], across: Sequence[str]) -> None:
        if self.along == "rows":
            self.printed.require(labels, across)
        else:
            self.printed.require(across, labels)


def _is_count(figure: PrintedFigure) -> bool:
    low, high = figure.behind()
    return figure.value == int(figure.value) and high - low == 1 and "." not in figure.text


def _finding(
    rule: str, shown: PrintedFigure, implied: float, bounds: Range, behind: Range, text: str
) -> FigureCheck:
    slack = 1e-9 * max(1.0, abs(implied))
    holds = behind[0] <= bounds[1] + slack and bounds[0] <= behind[1] + slack
    return FigureCheck(
        rule, shown.table, shown.row, shown.column, shown.value, implied, bounds[0], bounds[1], holds, text
    )
