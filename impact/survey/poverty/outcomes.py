"""Poverty as an outcome of each household: whether it is poor, and how far below the line it falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.language import Text
from impact.survey.derive.columns import column_numbers
from impact.survey.shares import (
    SHARE_OF_HOUSEHOLDS,
    SHARE_OF_LINE_HOUSEHOLDS,
    SHARE_OF_LINE_PERSONS,
    SHARE_OF_PERSONS,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from impact.survey.poverty.line import PovertyLine


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
    >>> from impact.survey.poverty.outcomes import Headcount
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
        checks.switches(self)

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
        income, line = (
            column_numbers(frame, self.income, Text("An outcome", "Un resultado")),
            line_value(self.line),
        )
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
    >>> from impact.survey.poverty.outcomes import PovertyGap
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
        income, line = (
            np.maximum(column_numbers(frame, self.income, Text("An outcome", "Un resultado")), 0.0),
            line_value(self.line),
        )
        shortfall: NDArray[np.float64] = np.maximum((line - income) / line, 0.0) ** self.alpha
        return shortfall


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
