"""Printed figures: their cells, and the numbers that rounding lets stand behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.monitoring.audit.digits import decimal_signs, plain_digits
from impact.monitoring.audit.words import in_english_headings

LONG = ("table", "row", "column", "value")


@dataclass(frozen=True, slots=True)
class PrintedFigure:
    """A figure as it is printed.

    Attributes
    ----------
    table, row, column : str
        Where it stands.
    text : str
        The printed digits, with the decimals as printed behind a point.
    decimal : {".", ","}
        The sign that was printed.

    Examples
    --------
    >>> PrintedFigure("3.1", "total", "actual", "79.74").behind()
    (79.735, 79.745)
    >>> PrintedFigure("D.1", "investment", "whole project", "44200000").behind()
    (44150000.0, 44250000.0)
    >>> PrintedFigure("D.6", "change", "Lago", "1").behind(counted=True)
    (1.0, 1.0)
    """

    table: str
    row: str
    column: str
    text: str
    decimal: str = "."

    @property
    def shown(self) -> str:
        """The digits as they are printed."""
        return self.written(self.text)

    def written(self, digits: str) -> str:
        """Return digits with the sign of decimals that stands in the table."""
        return digits.replace(".", self.decimal)

    @property
    def value(self) -> float:
        """The printed number."""
        return float(self.text)

    @property
    def place(self) -> str:
        """Where the figure stands, as a reader finds it."""
        return f"{self.table}: {self.row} × {self.column}"

    def behind(self, counted: bool = False) -> tuple[float, float]:
        """Return the smallest and the largest number that is printed like this.

        Half a unit of the last decimal on each side; of a whole number that ends in three or more zeros, half of
        its last digit before them. A whole number that is ``counted`` stands for itself.
        """
        exact = Decimal(self.text)
        exponent = int(exact.as_tuple().exponent)
        if exponent >= 0:
            if counted:
                return float(exact), float(exact)
            digits = self.text.lstrip("+-").split("E")[0]
            zeros = len(digits) - len(digits.rstrip("0"))
            exponent = zeros if zeros >= 3 and exact != 0 else 0
        half = Decimal(10) ** exponent / 2
        return float(exact - half), float(exact + half)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Printed:
    """The figures of one or more published tables.

    Attributes
    ----------
    figures : tuple of Figure
    """

    figures: tuple[PrintedFigure, ...]

    @classmethod
    def of(cls, table: pd.DataFrame, name: str = "table") -> Printed:
        """Return the figures of a long table (table, row, column, value) or of one with labels in its first column."""
        checks.instance("table", table, Text("a DataFrame", "un DataFrame"), isinstance(table, pd.DataFrame))
        if table.empty:
            raise DataError(
                Text(
                    "table has no figures. Pass the printed table.",
                    "table no tiene cifras. Dé la tabla impresa.",
                )
            )
        table = in_english_headings(table)
        if {"row", "column", "value"} <= set(table.columns):
            tables = table["table"].astype(str) if "table" in table else [name] * len(table)
            cells: Iterable[tuple[str, object, object, object]] = zip(
                tables, table["row"], table["column"], table["value"], strict=True
            )
        else:
            labels, numbers = table.columns[0], table.columns[1:]
            cells = (
                (name, row[labels], column, row[column]) for _, row in table.iterrows() for column in numbers
            )
        listed = [(str(where), str(row), str(column), value) for where, row, column, value in cells]
        decimal = _decimal(listed)
        figures = tuple(
            PrintedFigure(where, row, column, text, decimal)
            for where, row, column, value in listed
            if (text := _digits(value, row, column, decimal)) is not None
        )
        _refuse_twice(figures)
        return cls(figures)

    def named(self, table: str | None) -> Printed:
        """Return the figures of the tables whose name begins with this."""
        if table is None:
            return self
        chosen = tuple(f for f in self.figures if f.table == table or f.table.startswith(f"{table} "))
        if not chosen:
            names = dict.fromkeys(figure.table for figure in self.figures)
            raise DataError(
                Text(
                    "No table is called {table!r}. There are: {names}.",
                    "Ninguna tabla se llama {table!r}. Hay: {names}.",
                    table=table,
                    names=checks.listed(names, 20),
                )
            )
        return Printed(chosen)

    @property
    def tables(self) -> list[str]:
        """Names of the tables, in order."""
        return list(dict.fromkeys(figure.table for figure in self.figures))

    def rows(self) -> list[str]:
        """Labels of the rows, in order."""
        return list(dict.fromkeys(figure.row for figure in self.figures))

    def columns(self) -> list[str]:
        """Labels of the columns, in order."""
        return list(dict.fromkeys(figure.column for figure in self.figures))

    def at(self, row: str, column: str) -> PrintedFigure | None:
        """Return the figure of a cell, or None where it was a dash."""
        return next((f for f in self.figures if f.row == row and f.column == column), None)

    def require(self, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> None:
        """Require that labels exist, else say which do."""
        for what, wanted, present in (("row", rows, self.rows()), ("column", columns, self.columns())):
            absent = [label for label in wanted if label not in present]
            if absent:
                raise DataError(
                    Text(
                        "A rule names the {what} {absent!r}, which {value} does not have. There are: {present}.",
                        "Una regla nombra {what} {absent!r}, que {value} no tiene. Hay: {present}.",
                        what=what,
                        absent=absent[0],
                        value=checks.listed(self.tables, 3),
                        present=checks.listed(present, 20),
                    )
                )


def _decimal(cells: Sequence[tuple[str, str, str, object]]) -> str:
    """Return the sign before the decimals of a table, the point where nothing tells; two in one table are an error."""
    places = {value: f"{row} × {column}" for _, row, column, value in cells if isinstance(value, str)}
    found = decimal_signs(places)
    if len(found) > 1:
        raise DataError(
            Text(
                "Decimals stand after a point in {point!r} ({at}) and after a comma in {comma!r} ({at_2}). Write them alike.",
                "Los decimales van tras un punto en {point!r} ({at}) y tras una coma en {comma!r} ({at_2}). Escríbalos igual.",
                point=found["."],
                comma=found[","],
                at=places[found["."]],
                at_2=places[found[","]],
            )
        )
    return next(iter(found), ".")


def _digits(value: object, row: str, column: str, decimal: str) -> str | None:
    """Return a cell's digits as printed, behind a point; None where it holds nothing."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    text = plain_digits(str(value), decimal if isinstance(value, str) else ".")
    if text in ("", "-", "–", "—", "n/a", "nan", "<NA>"):
        return None
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise DataError(
            Text(
                "Cell {row!r} × {column!r} must hold a figure or a dash; got {value!r}.",
                "La celda {row!r} × {column!r} debe tener una cifra o una raya; tiene {value!r}.",
                row=row,
                column=column,
                value=value,
            )
        ) from None
    if isinstance(value, float) and number == number.to_integral_value():
        return str(int(number))  # pandas reads a whole number in a column of decimals as 42.0
    return text


def _refuse_twice(figures: Sequence[PrintedFigure]) -> None:
    seen: set[tuple[str, str, str]] = set()
    for figure in figures:
        key = (figure.table, figure.row, figure.column)
        if key in seen:
            raise DataError(
                Text(
                    "{place} stands twice in the table. Give rows and columns different names.",
                    "{place} aparece dos veces en la tabla. Dé nombres distintos a filas y columnas.",
                    place=figure.place,
                )
            )
        seen.add(key)
