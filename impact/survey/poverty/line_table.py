"""A table of poverty lines, and the line of each row of a survey by its area and year."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.poverty.line import DESCRIPTIONS, STATUSES, LocatedLine, PovertyLine, refuse_mixed
from impact.views import html_view

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


COLUMNS = ("name", "area", "year", "vintage", "value", "unit", "status", "source")

_PUBLISHED = Path(__file__).with_name("lines")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinesByRow:
    """The line of each row, by its area and year, all of one vintage, unit and status.

    Made by :meth:`PovertyLines.by_row`.

    Attributes
    ----------
    values : Series, shape (n,)
        Line of each row, with the rows' own index.
    lines : tuple of PovertyLine
        The different lines among them.
    """

    values: pd.Series[float]
    lines: tuple[PovertyLine, ...]

    def locate(self, income: NDArray[np.float64], shares: NDArray[np.float64]) -> LocatedLine:
        """Return the line of each row, shape (n,)."""
        del shares
        if len(income) != len(self.values):
            raise DataError(
                Text(
                    (
                        "line must have one entry per row; got {number:,} lines for {number_2:,} incomes. Look the lines up "
                        "again for these rows."
                    ),
                    (
                        "line debe tener una entrada por fila; hay {number:,} líneas para {number_2:,} ingresos. Búsquelas "
                        "de nuevo para estas filas."
                    ),
                    number=len(self.values),
                    number_2=len(income),
                )
            )
        traits = {name: dict.fromkeys(getattr(line, name) for line in self.lines) for name in DESCRIPTIONS}
        described: dict[str, Any] = {name: " | ".join(found) for name, found in traits.items()}
        values: NDArray[np.float64] = self.values.to_numpy().astype(np.float64)
        return LocatedLine(values, **described)

    def __repr__(self) -> str:
        lines = checks.listed((f"{line.value:g} ({line.area} {line.period})" for line in self.lines), 8)
        return f"LinesByRow: {checks.counted(len(self.values), 'row')} at {lines}"


@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class PovertyLines:
    """A table of poverty lines, looked up by name, area, year and vintage.

    Parameters
    ----------
    frame : DataFrame
        One row per line with the columns name, area, year, vintage, value, unit, status and source. The first
        four together are unique.

    Raises
    ------
    DataError
        A column is missing, a cell empty, a value not above zero, a status unknown, a line listed twice.

    Examples
    --------
    >>> from impact.survey.poverty.line_table import PovertyLines
    >>> PovertyLines.published().line("moderate", area="rural", year=2019).value
    668.1
    """

    _frame: pd.DataFrame = field()

    def __init__(self, frame: pd.DataFrame) -> None:
        checks.columns_present(
            Text("A table of poverty lines", "Una tabla de líneas de pobreza"), COLUMNS, frame.columns
        )
        table = frame.loc[:, list(COLUMNS)].reset_index(drop=True)
        _check_table(table)
        object.__setattr__(self, "_frame", table.astype({"year": int, "value": float}))

    @classmethod
    def read(cls, path: str | Path) -> PovertyLines:
        """Read a table of lines from a CSV file in UTF-8, with a point as decimal sign."""
        import pandas as pd

        return cls(pd.read_csv(path, dtype={"area": "str", "vintage": "str"}))

    @classmethod
    def published(cls) -> PovertyLines:
        """Return the lines that come with the package, one file a country: official rural 2019, synthetic rural 2014."""
        import pandas as pd

        return cls(pd.concat([cls.read(file).frame for file in sorted(_PUBLISHED.glob("*.csv"))]))

    @property
    def frame(self) -> pd.DataFrame:
        """The table, as a copy-on-write copy."""
        return self._frame.copy(deep=False)

    def line(self, name: str, area: str, year: int, vintage: str | None = None) -> PovertyLine:
        """Return one line.

        Parameters
        ----------
        name, area, year
            Which line, for example ``"moderate"``, ``"rural"``, ``2019``.
        vintage : str, optional
            Methodology; needed where the table holds the line in more than one.

        Raises
        ------
        OptionError
            No such line, or several vintages of it.
        """
        table = self._frame
        hits = table[(table["name"] == name) & (table["area"] == area) & (table["year"] == year)]
        if vintage is not None:
            hits = hits[hits["vintage"] == vintage]
        if hits.empty:
            keys = table[["name", "area", "year", "vintage"]].to_numpy()
            there = (f"{kind} {place} {when} ({method})" for kind, place, when, method in keys)
            wanted = f"{name!r}, area {area!r}, year {year}" + (f", vintage {vintage!r}" if vintage else "")
            raise OptionError(
                Text(
                    "No poverty line {wanted}; the table has {there}. Add it as a row.",
                    "No hay línea de pobreza {wanted}; la tabla tiene {there}. Agréguela como fila.",
                    wanted=wanted,
                    there=checks.listed(there, 12),
                )
            )
        if len(hits) > 1:
            raise OptionError(
                Text(
                    (
                        "The line {name!r}, area {area!r}, year {year!s} exists in {vintages} ({hits}). Pass vintage=, the "
                        "same for every rate that is compared."
                    ),
                    (
                        "La línea {name!r}, área {area!r}, año {year!s} existe en {vintages} ({hits}). Dé vintage, la misma "
                        "para cada tasa que se compara."
                    ),
                    name=name,
                    area=area,
                    year=year,
                    vintages=checks.counted(len(hits), "vintage"),
                    hits=checks.listed(hits["vintage"]),
                )
            )
        row = hits.iloc[0]
        described = {key: str(row[key]) for key in ("unit", "area", "vintage", "source", "status", "name")}
        return PovertyLine(value=float(row["value"]), period=str(row["year"]), **described)

    def by_row(
        self, name: str, area: pd.Series[str], year: pd.Series[int] | int, vintage: str | None = None
    ) -> LinesByRow:
        """Return the line of every row of a survey.

        Parameters
        ----------
        name : str
            Which line.
        area : Series, shape (n,)
            Area of each row.
        year : Series of int, shape (n,), or int
            Year of each row's income.
        vintage : str, optional
            Methodology.

        Raises
        ------
        OptionError
            A line is not in the table, or in several vintages.
        DataError
            The lines found are of different vintages, units or status.
        """
        import pandas as pd

        keys = pd.DataFrame({"area": area, "year": year}, index=area.index)
        lacking = keys.isna().any(axis=1)
        if lacking.any():
            raise DataError(
                Text(
                    (
                        "area and year must be known for every row; {rows} of {number:,} {rows:lacks|lack} one (first: {first}). Fill "
                        "them in or exclude the rows."
                    ),
                    (
                        "area y year deben conocerse en cada fila; a {rows} de {number:,} les falta uno (primero: {first}). "
                        "Complételos o excluya las filas."
                    ),
                    rows=checks.counted(int(lacking.sum()), "row"),
                    number=len(keys),
                    first=checks.listed(keys.index[lacking]),
                )
            )
        groups = keys.groupby(["area", "year"], sort=True, observed=True)
        kinds = keys.drop_duplicates().sort_values(["area", "year"])
        lines = tuple(
            self.line(name, str(place), int(when), vintage)
            for place, when in zip(kinds["area"], kinds["year"], strict=True)
        )
        refuse_mixed(lines)
        values = np.array([line.value for line in lines])[groups.ngroup().to_numpy()]
        return LinesByRow(pd.Series(values, index=area.index, name=name), lines)

    def __len__(self) -> int:
        return len(self._frame)

    def __repr__(self) -> str:
        return f"PovertyLines: {checks.counted(len(self), 'line')}\n{self._frame.to_string(index=False)}"

    def _repr_html_(self) -> str:
        return html_view(self._frame)


def _check_table(table: pd.DataFrame) -> None:
    empty = [column for column in COLUMNS if table[column].isna().any()]
    if empty:
        raise DataError(
            Text(
                (
                    "Every cell of a table of poverty lines must be filled; {empty} has empty cells. Fill them in; a "
                    "line without its source or vintage cannot be compared."
                ),
                (
                    "Cada celda de una tabla de líneas de pobreza debe estar llena; {empty} tiene celdas vacías. "
                    "Complételas; una línea sin su fuente o edición no se puede comparar."
                ),
                empty=checks.listed(map(repr, empty)),
            )
        )
    keys = ["name", "area", "year", "vintage"]
    twice = table[table.duplicated(keys)]
    if len(twice):
        shown = checks.listed(" ".join(map(str, row)) for row in twice[keys].to_numpy())
        raise DataError(
            Text(
                "A poverty line must stand once in its table; {shown} stands twice. Remove a row.",
                "Una línea de pobreza debe aparecer una vez en su tabla; {shown} aparece dos veces. Quite una fila.",
                shown=shown,
            )
        )
    for row in table.to_dict("records"):
        where = f"line {row['name']!r} {row['area']} {row['year']}"
        checks.positive(
            f"value of {where}",
            row["value"],
            unit=Text("amount per person and period", "monto por persona y período"),
        )
        checks.one_of(f"status of {where}", row["status"], STATUSES)
        checks.whole(f"year of {where}", row["year"])
