"""Outcomes: how a column of the survey becomes the number whose change is estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from impact import checks
from impact.language import Text
from impact.survey.derive.columns import column_numbers

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


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
        return column_numbers(frame, self.column, Text("An outcome", "Un resultado"))


_A_CHANGE = Text("A change", "Un cambio")


@dataclass(frozen=True, slots=True)
class Change:
    """How much a column changed from one interview of a household to the next: the change score of a follow-up.

    Parameters
    ----------
    after, before : str
        The columns at follow-up and at baseline, one row a household.
    unit, period : str
        Unit and reference period, printed with every effect.
    persons : str, optional
        Household-size column: the mean is then over persons, not households.
    label : str, optional
        Name in tables; "change in <after>" by default, in the table's language.

    Notes
    -----
    An effect on it is a difference in differences, and labelled as one. Its percentage, for the ATT, is of the mean that the treated would
    have had at follow-up without the programme: a change itself may be zero or below and is no level.

    Examples
    --------
    >>> import pandas as pd
    >>> from impact.survey.outcome import Change
    >>> Change("income_2", "income_1").values(pd.DataFrame({"income_1": [3.0, 5.0], "income_2": [4.0, 5.0]}))
    array([1., 0.])
    """

    after: str
    before: str
    unit: str = ""
    period: str = ""
    persons: str | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        checks.distinct(Text("after and before", "after y before"), [self.after, self.before])

    @property
    def name(self) -> str:
        """Name in every table."""
        return self.label or Text("change in {column}", "cambio en {column}", column=self.after)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read as outcomes."""
        return (self.after, self.before)

    def values(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return follow-up less baseline as float64, shape (n,)."""
        after = column_numbers(frame, self.after, _A_CHANGE)
        return np.asarray(after - self.baseline(frame), dtype=np.float64)

    def baseline(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Return what there was at baseline as float64, shape (n,)."""
        return np.asarray(column_numbers(frame, self.before, _A_CHANGE), dtype=np.float64)


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
