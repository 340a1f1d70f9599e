"""Arithmetic that figures of a published table owe each other: sums, percentages, shares of one whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from impact.language import Text
from impact.monitoring.audit.figures import Printed
from impact.monitoring.audit.rule import FigureCheck, Grid, finding_of, is_count


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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> printed = pd.DataFrame({"buyer": ["kept", "changed", "total"], "Lago": [15, 1, 16], "all": [43, 21, 65]})
    >>> im.audit_table(printed, [im.Sums("total")]).frame[["column", "printed", "implied"]].values.tolist()
    [['all', 65.0, 64.0]]
    """

    total: str
    parts: Sequence[str] = ()
    along: str = "rows"
    only: Sequence[str] = ()
    table: str | None = None
    rounded: bool = False

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield each printed sum beside the sum of its parts."""
        grid = Grid(printed.named(self.table), self.along)
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
            text = Text(
                "{parts} = {sum}",
                parts=" + ".join(part.shown for part in parts),
                sum=total.written(f"{implied:.10g}"),
            )
            yield finding_of("sum", total, implied, bounds, total.behind(counted), text)


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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> printed = pd.DataFrame({"cost": ["works", "management"], "appraisal": [10.0, 4.43], "actual": [12.0, 8.93], "percent": [120, 276]})
    >>> audit = im.audit_table(printed, [im.Percentages("percent", "actual", "appraisal")])
    >>> audit.frame[["row", "printed", "implied"]].round(1).values.tolist()
    [['management', 276.0, 201.6]]
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
        grid = Grid(printed.named(self.table), self.along)
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
            top = part.behind(counted=is_count(part))
            low, high = (whole, whole) if all(map(is_count, base)) else (low, high)
            implied = self.factor * part.value / whole
            bounds = (self.factor * top[0] / high, self.factor * top[1] / low)
            name = "percentage" if self.factor == 100 else "ratio"
            text = Text(
                "{factor:g} × {part}/{whole} = {implied}",
                factor=self.factor,
                part=part.shown,
                whole=part.written(f"{whole:.10g}"),
                implied=part.written(f"{implied:.4g}"),
            )
            yield finding_of(name, shown, implied, bounds, shown.behind(), text)


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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> printed = pd.DataFrame({"buyer": ["kept", "changed"], "Lago": [67, 33], "Salar": [60, 47]})
    >>> audit = im.audit_table(printed, [im.SharesAddUp(["kept", "changed"])])
    >>> audit.frame[["column", "printed", "implied"]].values.tolist()
    [['Salar', 107.0, 100.0]]
    """

    parts: Sequence[str]
    along: str = "rows"
    only: Sequence[str] = ()
    table: str | None = None
    to: float = 100.0

    def findings(self, printed: Printed) -> Iterator[FigureCheck]:
        """Yield the sum of the shares beside what it should be, at the last share."""
        grid = Grid(printed.named(self.table), self.along)
        grid.require(self.parts, self.only)
        for across in self.only or grid.across():
            parts = [figure for label in self.parts if (figure := grid.at(label, across)) is not None]
            if len(parts) < 2:
                continue
            total = sum(part.value for part in parts)
            bounds = (sum(part.behind()[0] for part in parts), sum(part.behind()[1] for part in parts))
            text = Text(
                "{parts} = {total}, not {whole:g}",
                "{parts} = {total}, no {whole:g}",
                parts=" + ".join(part.shown for part in parts),
                total=parts[0].written(f"{total:.10g}"),
                whole=self.to,
            )
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

    Examples
    --------
    Of 16 groups 31 % can be (5 of them), 30 % cannot.

    >>> import pandas as pd, impact as im
    >>> printed = pd.DataFrame({"buyer": ["kept", "changed"], "percent": [31, 30]})
    >>> audit = im.audit_table(printed, [im.PossiblePercentages(16, "percent")])
    >>> audit.frame[["row", "printed"]].values.tolist()
    [['changed', 30.0]]
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
            text = Text(
                "{nearest} of {n} are {implied} %",
                "{nearest} de {n} son {implied} %",
                nearest=nearest,
                n=self.n,
                implied=shown.written(f"{implied:.4g}"),
            )
            yield finding_of("possible percentage", shown, implied, (implied, implied), shown.behind(), text)
