"""Outcomes: how a column of the survey becomes the number whose change is estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from impact import checks
from impact.language import Text
from impact.survey.derive import Derived, DrawnIn, PerPeriod, PerPerson

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from impact.survey.poverty.line import PovertyLine


SHARE = "share"
"""Code of units that are shares between 0 and 1: shown as percentages."""
SHARE_OF_HOUSEHOLDS = Text("share of households", "proporción de hogares", SHARE)
SHARE_OF_PERSONS = Text("share of persons", "proporción de personas", SHARE)
SHARE_OF_LINE_HOUSEHOLDS = Text(
    "share of the line, mean over households", "proporción de la línea, media de los hogares", SHARE
)
SHARE_OF_LINE_PERSONS = Text(
    "share of the line, mean over persons", "proporción de la línea, media de las personas", SHARE
)


def is_share(unit: str) -> bool:
    """Return whether a unit is a share between 0 and 1, such as that of a headcount or a poverty gap."""
    return isinstance(unit, Text) and unit.code == SHARE


@runtime_checkable
class Outcome(Protocol):
    """What every outcome offers: a name, what it reads, and its values.

    Attributes
    ----------
    name : str
        Unique within a sample; the ``outcome`` column of every effect table.
    unit : str
        Unit of the values, such as ``"Bs/year"`` or ``"share of households"``.
    period : str
        Reference period, ``""`` where unknown.
    columns : tuple of str
        Columns read as outcomes; none of them may enter the design.
    persons : str or None
        Column of household sizes; where given, households count once per person.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def period(self) -> str: ...  # noqa: D102
    @property
    def columns(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def persons(self) -> str | None: ...  # noqa: D102

    def values(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return one float64 value per row of ``frame``."""
        ...


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the survey, taken as it is.

    Parameters
    ----------
    column : str
        The column.
    unit, period : str
        Unit and reference period, printed with every effect.
    persons : str, optional
        Household-size column: the mean is then over persons, not households.
    label : str, optional
        Name in tables; the column's own name by default.

    Examples
    --------
    >>> from impact.survey.outcome import Column
    >>> Column("net_income", unit="Bs/year").name
    'net_income'
    """

    column: str
    unit: str = ""
    period: str = ""
    persons: str | None = None
    label: str | None = None

    @property
    def name(self) -> str:
        """Name in every table."""
        return self.label or self.column

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read as outcomes."""
        return (self.column,)

    def values(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return the column as float64, shape (n,)."""
        return _floats(frame, self.column)


@dataclass(frozen=True, slots=True)
class PerCapita:
    """A household total divided by household size (and by periods in the total).

    Parameters
    ----------
    column : str
        Household total, for example yearly income in Bs.
    members : str
        Household size, persons, above zero.
    periods : float
        Periods in the total: 12 turns a yearly total into a monthly figure.
    unit, period : str
        Unit and reference period of the result.
    persons : str, optional
        Household-size column for a mean over persons.
    label : str, optional
        Name in tables; ``<column>_per_capita`` by default.
    """

    column: str
    members: str
    periods: float = 1.0
    unit: str = ""
    period: str = ""
    persons: str | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        checks.positive("periods", self.periods)

    @property
    def name(self) -> str:
        """Name in every table."""
        return self.label or f"{self.column}_per_capita"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read as outcomes."""
        return (self.column, self.members)

    def values(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return the total per person and period, shape (n,)."""
        steps = (PerPerson(self.members), PerPeriod(self.periods))
        return Derived(self.name, self.column, steps).values(frame)


@dataclass(frozen=True, slots=True)
class Winsorized:
    """A column whose tails are drawn in to pooled quantiles, by region where asked.

    Parameters
    ----------
    column : str
        The column.
    upper, lower : float
        Quantiles in [0, 1] beyond which values are set to the quantile. They are taken over treated and controls
        together, so that the rule cannot depend on the treatment.
    by : str, optional
        Column of regions within which the quantiles are taken.
    unit, period : str
        Unit and reference period.
    label : str, optional
        Name in tables; ``<column>_winsorized`` by default.

    Notes
    -----
    A winsorised mean is another estimand: on the synthetic twin the 99 % rule moves a true 33 % to 30 %. State the rule
    before the data are seen.
    """

    column: str
    upper: float = 0.99
    lower: float = 0.0
    by: str | None = None
    unit: str = ""
    period: str = ""
    persons: str | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        DrawnIn(self.upper, self.lower, self.by)

    @property
    def name(self) -> str:
        """Name in every table."""
        return self.label or f"{self.column}_winsorized"

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read as outcomes."""
        return (self.column,)

    def values(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return the column with its tails drawn in, shape (n,)."""
        return Derived(self.name, self.column, (DrawnIn(self.upper, self.lower, self.by),)).values(frame)


@dataclass(frozen=True, slots=True, init=False)
class Headcount:
    """Whether a household is poor: income per person below the line (FGT with α = 0).

    Parameters
    ----------
    income : str
        Income per person, in the line's currency, prices and period.
    line : float or PovertyLine
        The poverty line, above zero.
    persons : str, optional
        Household-size column: the headcount is then a share of persons, else of households. Use the size before the
        programme where it is known, because the current size may respond to treatment.
    name : str, optional
        Name in tables; made from the line and the weighting by default.
    strict : bool
        True: poor means income below the line; False: at or below it.

    References
    ----------
    Foster, Greer & Thorbecke (1984), Econometrica 52(3), 761-766, doi:10.2307/1913475.

    Examples
    --------
    >>> import pandas as pd
    >>> from impact.survey.outcome import Headcount
    >>> Headcount("income_pc", line=580.0).values(pd.DataFrame({"income_pc": [100.0, 580.0, 900.0]}))
    array([1., 0., 0.])
    """

    income: str
    line: float | PovertyLine
    persons: str | None
    name: str
    strict: bool

    def __init__(
        self,
        income: str,
        line: float | PovertyLine,
        persons: str | None = None,
        name: str | None = None,
        strict: bool = True,
    ) -> None:
        _set_poverty(self, "headcount", income, line, persons, name, strict)

    @property
    def unit(self) -> str:
        """What the share is a share of."""
        return _share_of(self.persons)

    @property
    def period(self) -> str:
        """Period of the poverty line."""
        return str(getattr(self.line, "period", ""))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read as outcomes."""
        return (self.income,)

    def values(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return 1 for the poor, 0 for the others, missing where the income is, shape (n,)."""
        income, line = _floats(frame, self.income), line_value(self.line)
        poor = income < line if self.strict else income <= line
        return np.where(np.isnan(income), np.nan, poor.astype(np.float64))


@dataclass(frozen=True, slots=True, init=False)
class PovertyGap:
    """How far below the line a household falls, as a share of the line (FGT with α = 1 or more).

    Parameters
    ----------
    income : str
        Income per person, in the line's currency, prices and period. Negative incomes count as 0.
    line : float or PovertyLine
        The poverty line, above zero.
    persons : str, optional
        Household-size column for a mean over persons.
    name : str, optional
        Name in tables.
    alpha : float
        1 for the gap, 2 for severity; above 0.

    References
    ----------
    Foster, Greer & Thorbecke (1984), Econometrica 52(3), 761-766, doi:10.2307/1913475.

    Examples
    --------
    >>> import pandas as pd
    >>> from impact.survey.outcome import PovertyGap
    >>> PovertyGap("income_pc", line=500.0).values(pd.DataFrame({"income_pc": [-20.0, 250.0, 900.0]}))
    array([1. , 0.5, 0. ])
    """

    income: str
    line: float | PovertyLine
    persons: str | None
    name: str
    alpha: float

    def __init__(
        self,
        income: str,
        line: float | PovertyLine,
        persons: str | None = None,
        name: str | None = None,
        alpha: float = 1.0,
    ) -> None:
        checks.positive("alpha", alpha)
        label = "gap" if alpha == 1 else "severity" if alpha == 2 else f"fgt{alpha:g}"
        _set_poverty(self, label, income, line, persons, name, None)
        object.__setattr__(self, "alpha", float(alpha))

    @property
    def unit(self) -> str:
        """Unit of the gap."""
        return SHARE_OF_LINE_PERSONS if self.persons else SHARE_OF_LINE_HOUSEHOLDS

    @property
    def period(self) -> str:
        """Period of the poverty line."""
        return str(getattr(self.line, "period", ""))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read as outcomes."""
        return (self.income,)

    def values(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return ((z − y)/z)^α for the poor and 0 for the others, shape (n,)."""
        income, line = np.maximum(_floats(frame, self.income), 0.0), line_value(self.line)
        shortfall: NDArray[np.float64] = np.maximum((line - income) / line, 0.0) ** self.alpha
        return shortfall


def as_outcome(entry: str | Outcome) -> Outcome:
    """Return an outcome, reading a plain column name as that column."""
    if isinstance(entry, str):
        return Column(entry)
    checks.instance(
        "outcomes",
        entry,
        Text(
            "column names or outcomes such as im.Headcount",
            "nombres de columnas o resultados como im.Headcount",
        ),
        isinstance(entry, Outcome),
    )
    return entry


def line_value(line: float | PovertyLine) -> float:
    """Return the number of a poverty line."""
    return float(line) if isinstance(line, (int, float)) else float(line.value)


def _set_poverty(
    outcome: Headcount | PovertyGap,
    measure: str,
    income: str,
    line: float | PovertyLine,
    persons: str | None,
    name: str | None,
    strict: bool | None,
) -> None:
    checks.positive(
        "line",
        line_value(line),
        unit=Text("number of currency units per person and period", "monto por persona y período"),
    )
    label = str(getattr(line, "name", "") or f"{line_value(line):g}")
    values = {
        "income": income,
        "line": line,
        "persons": persons,
        "name": name or f"{measure}_{label}" + ("_persons" if persons else ""),
        **({} if strict is None else {"strict": strict}),
    }
    for field, value in values.items():
        object.__setattr__(outcome, field, value)


def _share_of(persons: str | None) -> str:
    return SHARE_OF_PERSONS if persons else SHARE_OF_HOUSEHOLDS


def _floats(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    checks.columns_present("An outcome", [column], frame.columns)
    values: NDArray[np.float64] = frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    return values
