"""Derived variables, declared: what is divided, deflated, winsorised or cut, in which order and unit.

A ``Derived`` is a column and the steps that turn it into the number that is reported. It can stand among
the outcomes of a sample as it is, or be written into a table by ``with_derived``; no notebook computes it
by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class Step(Protocol):
    """One operation on a column: values and the table they stand in, to values."""

    def apply(self, values: Floats, frame: pd.DataFrame) -> Floats:
        """Return the new values, shape (rows,); a missing value stays missing."""
        ...


@dataclass(frozen=True, slots=True)
class Derived:
    """A column of the survey and the steps that make another of it.

    Parameters
    ----------
    name : str
        Name of the new variable.
    column : str
        The column to start from.
    steps : tuple of Step
        Applied in this order. The order matters: winsorising before or after dividing by members differs.
    unit, period : str
        Unit and reference period of the result.
    persons : str, optional
        Household-size column for a mean over persons.

    Notes
    -----
    Sampling weights play no part in any step.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"income_total": [12_000.0, 24_000.0], "hh_size": [2, 4]})
    >>> income = Derived("income_pc_month", "income_total", (PerPeriod(12), PerPerson("hh_size")))
    >>> income.values(frame).tolist()
    [500.0, 500.0]
    """

    name: str
    column: str
    steps: tuple[Step, ...]
    unit: str = ""
    period: str = ""
    persons: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read as outcomes."""
        return (self.column,)

    def values(self, frame: pd.DataFrame) -> Floats:
        """Return one float64 value per row of ``frame``."""
        values = column_numbers(frame, self.column)
        for step in self.steps:
            values = step.apply(values, frame)
        return values


def with_derived(frame: pd.DataFrame, declarations: Iterable[Derived]) -> pd.DataFrame:
    """Return a table with its derived variables appended, each computed from the table so far.

    Parameters
    ----------
    frame : DataFrame, shape (rows, columns)
    declarations : iterable of Derived
        A later one may start from an earlier one.

    Returns
    -------
    DataFrame, shape (rows, columns + declarations)
        A new table; the one given is left alone.

    Raises
    ------
    OptionError
        A name is taken, or a column is absent.
    """
    derived = frame.copy(deep=False)
    for declaration in declarations:
        if declaration.name in derived.columns:
            raise OptionError(
                Text(
                    "A derived variable needs a new name; got {name!r}, which the table has.",
                    "Una variable derivada necesita un nombre nuevo; se dio {name!r}, que la tabla ya tiene.",
                    name=declaration.name,
                )
            )
        derived[declaration.name] = declaration.values(derived)
    return derived


@dataclass(frozen=True, slots=True)
class PerPeriod:
    """Divide by the number of periods in the total: 12 turns a yearly total into a monthly figure."""

    periods: float = 12.0

    def __post_init__(self) -> None:
        checks.positive("periods", self.periods)

    def apply(self, values: Floats, frame: pd.DataFrame) -> Floats:
        """Return value / periods."""
        return values / self.periods


@dataclass(frozen=True, slots=True)
class PerPerson:
    """Divide by household members.

    Parameters
    ----------
    members : str
        Column of household size, above zero. Size before the programme keeps the denominator out of its
        reach.
    """

    members: str

    def apply(self, values: Floats, frame: pd.DataFrame) -> Floats:
        """Return value / members."""
        return values / _above_zero(frame, self.members)


@dataclass(frozen=True, slots=True)
class PerAdultEquivalent:
    """Divide by adult equivalents: children need less, and a household shares.

    Parameters
    ----------
    members, children : str
        Columns of household size (above zero) and of the children among them.
    child : float, in (0, 1]
        What a child counts against an adult.
    economies : float, in (0, 1]
        Exponent of size; 1: no economies of scale.

    Notes
    -----
    ``(adults + child * children) ** economies``.

    References
    ----------
    Citro, C. F. and Michael, R. T., eds (1995). Measuring Poverty: A New Approach. National Academy Press,
    chapter 3. doi:10.17226/4759
    """

    members: str
    children: str
    child: float = 0.7
    economies: float = 0.7

    def __post_init__(self) -> None:
        for name, value in (("child", self.child), ("economies", self.economies)):
            if not 0 < value <= 1:
                raise OptionError(
                    Text(
                        "{name} must be a number in (0, 1]; got {value!r}.",
                        "{name} debe ser un número en (0, 1]; se dio {value!r}.",
                        name=name,
                        value=value,
                    )
                )

    def apply(self, values: Floats, frame: pd.DataFrame) -> Floats:
        """Return value / adult equivalents."""
        members, children = _above_zero(frame, self.members), column_numbers(frame, self.children)
        if wrong := np.flatnonzero((children < 0) | (children > members)).tolist():
            raise DataError(
                Text(
                    (
                        "{children!r} must lie between 0 and {members!r}; {rows} do not keep this. Correct them, or set them "
                        "missing."
                    ),
                    "{children!r} debe estar entre 0 y {members!r}; {rows} no lo cumplen. Corríjalas, o déjelas sin valor.",
                    children=self.children,
                    members=self.members,
                    rows=_rows(frame, wrong),
                )
            )
        equivalents = (members - children + self.child * children) ** self.economies
        return values / equivalents


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PriceIndex:
    """A consumer price index by period.

    Parameters
    ----------
    table : DataFrame
        Columns ``period`` (``YYYY`` or ``YYYY-MM``, all alike), ``index`` (above zero) and ``source``.

    Raises
    ------
    DataError
        A period comes twice, has another form than the others, or an index is not above zero.
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        checks.columns_present("A price index", ["period", "index", "source"], self.table.columns)
        periods = self.table["period"].astype("str")
        if twice := periods[periods.duplicated()].tolist():
            raise DataError(
                Text(
                    "Each period of a price index must come once; {twice} comes again.",
                    "Cada período de un índice de precios debe aparecer una vez; {twice} se repite.",
                    twice=checks.listed(twice),
                )
            )
        if len(set(periods.str.len())) != 1 or not periods.str.fullmatch(r"\d{4}(-\d{2})?").all():
            raise DataError(
                Text(
                    "Periods must all be YYYY or all YYYY-MM; got {periods}.",
                    "Los períodos deben ser todos AAAA o todos AAAA-MM; se dio {periods}.",
                    periods=checks.listed(periods),
                )
            )
        if not (column_numbers(self.table, "index") > 0).all():
            raise DataError(
                Text(
                    "A price index must be above zero in every period; correct the table.",
                    "Un índice de precios debe ser mayor que cero en cada período; corrija la tabla.",
                )
            )

    @property
    def levels(self) -> dict[str, float]:
        """Index by period."""
        return dict(
            zip(self.table["period"].astype("str"), column_numbers(self.table, "index").tolist(), strict=True)
        )

    @property
    def monthly(self) -> bool:
        """True where periods are months, else they are years."""
        return len(str(self.table["period"].iloc[0])) == 7


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Deflated:
    """Express money in the prices of a base period.

    Parameters
    ----------
    prices : PriceIndex
    base : str
        Period whose prices the result is in, written as in the index.
    date : str
        Column with the date that the amount refers to.

    Notes
    -----
    ``value * index[base] / index[period of the row]``.
    """

    prices: PriceIndex
    base: str
    date: str

    def __post_init__(self) -> None:
        if self.base not in self.prices.levels:
            raise OptionError(
                Text(
                    "base must be a period of the price index; got {base!r}.",
                    "base debe ser un período del índice de precios; se dio {base!r}.",
                    base=self.base,
                )
            )

    def apply(self, values: Floats, frame: pd.DataFrame) -> Floats:
        """Return the values in prices of the base period."""
        import pandas as pd

        checks.columns_present("date", [self.date], frame.columns)
        periods = pd.to_datetime(frame[self.date]).dt.strftime("%Y-%m" if self.prices.monthly else "%Y")
        levels = self.prices.levels
        level = periods.map(levels).to_numpy(dtype=np.float64)
        if lost := np.flatnonzero(np.isnan(level) & ~np.isnan(values)).tolist():
            absent = sorted({str(period) for period in periods.iloc[lost].fillna("no date")})
            raise DataError(
                Text(
                    (
                        "The price index must cover every row with a value; {rows} lie in {absent}. Add the periods, or set "
                        "the values missing."
                    ),
                    (
                        "El índice de precios debe cubrir cada fila con un valor; {rows} están en {absent}. Agregue los "
                        "períodos, o deje los valores en blanco."
                    ),
                    rows=_rows(frame, lost),
                    absent=checks.listed(absent),
                )
            )
        return values * levels[self.base] / level


@dataclass(frozen=True, slots=True)
class DrawnIn:
    """Winsorise: draw the tails in to quantiles of the pooled sample, by region where asked.

    Parameters
    ----------
    upper, lower : float, in [0, 1]
        Quantiles (linear interpolation) over treated and controls together, so that the rule cannot depend
        on the treatment.
    by : str, optional
        Column of regions within which the quantiles are taken.
    """

    upper: float = 0.99
    lower: float = 0.0
    by: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.lower < self.upper <= 1:
            raise OptionError(
                Text(
                    "lower and upper must be quantiles with 0 <= lower < upper <= 1; got {lower!r} and {upper!r}.",
                    "lower y upper deben ser cuantiles con 0 <= lower < upper <= 1; se dieron {lower!r} y {upper!r}.",
                    lower=self.lower,
                    upper=self.upper,
                )
            )

    def apply(self, values: Floats, frame: pd.DataFrame) -> Floats:
        """Return the values with their tails drawn in."""
        import pandas as pd

        if self.by is None:
            low, high = np.nanquantile(values, [self.lower, self.upper])
            return np.clip(values, low, high)
        checks.columns_present("by", [self.by], frame.columns)
        if lost := np.flatnonzero(frame[self.by].isna().to_numpy() & ~np.isnan(values)).tolist():
            raise DataError(
                Text(
                    "{rows} have a value but no {by!r}. Fill in the region.",
                    "{rows} tienen un valor pero no {by!r}. Complete la región.",
                    rows=_rows(frame, lost),
                    by=self.by,
                )
            )
        regions = pd.Series(values, index=frame.index).groupby(frame[self.by], observed=True)
        low, high = regions.transform("quantile", self.lower), regions.transform("quantile", self.upper)
        drawn: Floats = np.clip(values, low.to_numpy(), high.to_numpy())
        return drawn


@dataclass(frozen=True, slots=True)
class ShareOf:
    """Divide by a whole; the share is missing where the whole is zero.

    Parameters
    ----------
    whole : str
        Column of the whole, at least zero.
    """

    whole: str

    def apply(self, values: Floats, frame: pd.DataFrame) -> Floats:
        """Return value / whole."""
        whole = column_numbers(frame, self.whole)
        if wrong := np.flatnonzero(whole < 0).tolist():
            raise DataError(
                Text(
                    "{whole!r} must be at least 0; {rows} are below. Correct them.",
                    "{whole!r} debe ser al menos 0; {rows} están por debajo. Corríjalas.",
                    whole=self.whole,
                    rows=_rows(frame, wrong),
                )
            )
        shares: Floats = np.divide(values, whole, out=np.full(len(values), np.nan), where=whole > 0)
        return shares


@dataclass(frozen=True, slots=True)
class AnyAbove:
    """The extensive margin: 1 where the value exceeds a level, else 0.

    Parameters
    ----------
    level : float
        Zero: whether there is any at all.
    """

    level: float = 0.0

    def apply(self, values: Floats, frame: pd.DataFrame) -> Floats:
        """Return 1{value > level}."""
        return np.where(np.isnan(values), np.nan, (values > self.level).astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InStandardUnits:
    """Convert quantities from the unit that the household reported.

    Parameters
    ----------
    conversions : DataFrame
        The key columns, and ``factor`` (standard units per reported unit, above zero).
    product, unit : str
        Key columns, in the conversions and in the survey's table: the product, and the unit that a household reports it in.
    """

    conversions: pd.DataFrame
    product: str
    unit: str

    def __post_init__(self) -> None:
        wanted = [self.product, self.unit, "factor"]
        checks.columns_present("A table of conversions", wanted, self.conversions.columns)
        if self.conversions.duplicated(wanted[:2]).any():
            raise DataError(
                Text(
                    "Each product and unit must come once in the table of conversions.",
                    "Cada producto y unidad debe aparecer una vez en la tabla de conversiones.",
                )
            )
        if not (column_numbers(self.conversions, "factor") > 0).all():
            raise DataError(
                Text(
                    "A conversion factor must be above zero; correct the table.",
                    "Un factor de conversión debe ser mayor que cero; corrija la tabla.",
                )
            )

    def apply(self, values: Floats, frame: pd.DataFrame) -> Floats:
        """Return value × factor of the row's product and unit."""
        key = [self.product, self.unit]
        checks.columns_present("A conversion", key, frame.columns)
        factors: Mapping[Any, float] = dict(
            zip(
                self.conversions[key].astype("str").itertuples(index=False, name=None),
                column_numbers(self.conversions, "factor"),
                strict=True,
            )
        )
        reported = frame[key].astype("str").itertuples(index=False, name=None)
        factor = np.array([factors.get(pair, np.nan) for pair in reported], dtype=np.float64)
        if lost := np.flatnonzero(np.isnan(factor) & ~np.isnan(values)).tolist():
            pairs = sorted(
                {" in ".join(map(str, pair)) for pair in frame[key].iloc[lost].to_numpy().tolist()}
            )
            raise DataError(
                Text(
                    "The table of conversions must cover every quantity; it lacks {pairs} ({rows}). Add the unit.",
                    "La tabla de conversiones debe cubrir cada cantidad; le falta {pairs} ({rows}). Agregue la unidad.",
                    pairs=checks.listed(pairs),
                    rows=_rows(frame, lost),
                )
            )
        return values * factor


def column_numbers(frame: pd.DataFrame, column: str) -> Floats:
    """Return a column as float64, shape (rows,); text is refused."""
    checks.columns_present("A derived variable", [column], frame.columns)
    try:
        values: Floats = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError(
            Text(
                "{column!r} must hold numbers; got {dtype}.",
                "{column!r} debe tener números; tiene {dtype}.",
                column=column,
                dtype=frame[column].dtype,
            )
        ) from None
    return values


def _above_zero(frame: pd.DataFrame, column: str) -> Floats:
    values = column_numbers(frame, column)
    if wrong := np.flatnonzero(values <= 0).tolist():
        raise DataError(
            Text(
                "{column!r} must be above zero to divide by; {rows} are not. Correct them.",
                "{column!r} debe ser mayor que cero para dividir entre ella; {rows} no lo son. Corríjalas.",
                column=column,
                rows=_rows(frame, wrong),
            )
        )
    return values


def _rows(frame: pd.DataFrame, positions: list[int]) -> Text:
    return Text(
        "{rows} (first: {first})",
        "{rows} (primero: {first})",
        rows=checks.counted(len(positions), "row"),
        first=checks.listed(frame.index[positions[:3]]),
    )
