"""A derived variable, declared: the column that it starts from and the steps that make the reported number of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from impact import checks
from impact.arrays import Array
from impact.errors import OptionError
from impact.language import Text
from impact.survey.derive.columns import column_numbers

if TYPE_CHECKING:
    import pandas as pd


class Step(Protocol):
    """One operation on a column: values and the table they stand in, to values."""

    def apply(self, values: Array, frame: pd.DataFrame) -> Array:
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
    >>> from impact.survey.derive.steps import PerPeriod, PerPerson
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

    def __post_init__(self) -> None:
        for step in self.steps:
            required = Text("a step such as im.PerPerson()", "un paso como PerPerson")
            checks.instance("steps", step, required, callable(getattr(step, "apply", None)))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns read as outcomes."""
        return (self.column,)

    def values(self, frame: pd.DataFrame) -> Array:
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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"income": [12_000.0, 24_000.0], "size": [2, 4]})
    >>> month = im.Derived("income_month", "income", (im.PerPeriod(12),))
    >>> person = im.Derived("income_month_person", "income_month", (im.PerPerson("size"),))
    >>> im.with_derived(frame, [month, person])["income_month_person"].tolist()
    [500.0, 500.0]
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
