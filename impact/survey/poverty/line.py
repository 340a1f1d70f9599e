"""Poverty lines: a value never without its unit, area, period, vintage, source and status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray


STATUSES = ("official", "synthetic")

DESCRIPTIONS = ("name", "unit", "area", "period", "vintage", "source", "status")


@dataclass(frozen=True, slots=True, eq=False)
class LocatedLine:
    """A poverty line laid over the rows of a survey.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Line that each row is held against, above zero.
    log_influence : ndarray, shape (n,), or None
        Influence of each row on the line's logarithm, where the line is estimated from the survey; None for a
        line that the survey does not change.
    name, unit, area, period, vintage, source, status : str
        What a table says of the line; ``status`` is ``""`` for a bare number.
    """

    values: NDArray[np.float64]
    log_influence: NDArray[np.float64] | None = None
    name: str = ""
    unit: str = ""
    area: str = ""
    period: str = ""
    vintage: str = ""
    source: str = ""
    status: str = ""


@runtime_checkable
class Line(Protocol):
    """What every kind of poverty line offers: to be laid over the rows of a survey."""

    def locate(self, income: NDArray[np.float64], shares: NDArray[np.float64]) -> LocatedLine:
        """Return the line of each row, given incomes and weights that sum to one, both of shape (n,)."""
        ...


@dataclass(frozen=True, slots=True)
class PovertyLine:
    """An absolute poverty line with everything that tells it from another one.

    Parameters
    ----------
    value : float
        The line, above zero, in ``unit``.
    unit : str
        Currency, person and period, such as ``"Bs/person/month"``.
    area : str
        Area for which it holds, such as ``"rural"``.
    period : str
        Year or month of its prices, such as ``"2019"``.
    vintage : str
        Methodology. Rates at lines of two vintages do not compare.
    source : str
        Who published it, and where.
    status : {"official", "synthetic"}
        ``"synthetic"`` for a line that nobody published.
    name : str
        Short name in tables, such as ``"moderate"``.

    Raises
    ------
    OptionError
        A value not above zero, an unknown status, an empty description.

    Examples
    --------
    >>> from impact.survey.poverty.line import PovertyLine
    >>> PovertyLine(668.10, "Bs/person/month", "rural", "2019", "EPF 2015-16", "EH 2019", "official").value
    668.1
    """

    value: float
    unit: str
    area: str
    period: str
    vintage: str
    source: str
    status: str
    name: str = ""

    def __post_init__(self) -> None:
        checks.positive(
            "value",
            self.value,
            unit=Text("number of currency units per person and period", "monto por persona y período"),
        )
        checks.one_of("status", self.status, STATUSES)
        for description in ("unit", "area", "period", "vintage", "source"):
            text = getattr(self, description)
            if not isinstance(text, str) or not text.strip():
                raise OptionError(
                    Text(
                        (
                            "{description} of a poverty line must be a text; got {text!r}. Say which line it is: a bare number "
                            "cannot be compared with another one."
                        ),
                        (
                            "{description} de una línea de pobreza debe ser un texto; se dio {text!r}. Diga qué línea es: un "
                            "número solo no se puede comparar con otro."
                        ),
                        description=description,
                        text=text,
                    )
                )

    def locate(self, income: NDArray[np.float64], shares: NDArray[np.float64]) -> LocatedLine:
        """Return the same line for every row, shape (n,)."""
        del shares  # an absolute line does not depend on the survey
        described: dict[str, Any] = {name: getattr(self, name) for name in DESCRIPTIONS}
        return LocatedLine(np.full(len(income), float(self.value)), **described)


def refuse_mixed(lines: tuple[PovertyLine | LocatedLine, ...]) -> None:
    """Raise a DataError if lines that are to be compared differ in vintage, unit or status."""
    for trait in ("vintage", "unit", "status"):
        found = list(dict.fromkeys(getattr(line, trait) for line in lines))
        if len(found) > 1:
            raise DataError(
                Text(
                    (
                        "Poverty lines that are compared must have one {trait}; got {found}. Rates at lines of different "
                        "{trait} do not compare: restate them at one."
                    ),
                    (
                        "Las líneas de pobreza que se comparan deben tener una sola {trait}; hay {found}. Tasas con líneas "
                        "de distinta {trait} no se comparan: exprésalas en una sola."
                    ),
                    trait=trait,
                    found=checks.listed(map(repr, found)),
                )
            )
