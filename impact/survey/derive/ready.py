"""The two derivations that most surveys need, by a name of their own: per head, and with the tails drawn in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.survey.derive.derived import Derived
from impact.survey.derive.steps import DrawnIn, PerPeriod, PerPerson

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"income": [12_000.0, 24_000.0], "size": [2, 4]})
    >>> outcome = im.PerCapita("income", "size", periods=12, unit="Bs/person", period="month")
    >>> outcome.name, outcome.values(frame).tolist()
    ('income_per_capita', [500.0, 500.0])
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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> outcome = im.Winsorized("income", upper=0.75, unit="Bs/year")
    >>> outcome.name, outcome.values(pd.DataFrame({"income": [100.0, 200.0, 300.0, 400.0, 90_000.0]})).tolist()
    ('income_winsorized', [100.0, 200.0, 300.0, 400.0, 400.0])
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
