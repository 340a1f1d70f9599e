"""Steps on a column's own values: divided, drawn in, as a share, or whether there is any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.derive.columns import above_zero, column_numbers, rows_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class PerPeriod:
    """Divide by the number of periods in the total: 12 turns a yearly total into a monthly figure.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"income": [12_000.0, 24_000.0]})
    >>> im.Derived("income_month", "income", (im.PerPeriod(12),)).values(frame).tolist()
    [1000.0, 2000.0]
    """

    periods: float = 12.0

    def __post_init__(self) -> None:
        checks.positive("periods", self.periods)

    def apply(self, values: Array, frame: pd.DataFrame) -> Array:
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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"income": [12_000.0, 24_000.0], "size": [2, 8]})
    >>> im.Derived("income_person", "income", (im.PerPerson("size"),)).values(frame).tolist()
    [6000.0, 3000.0]
    """

    members: str

    def apply(self, values: Array, frame: pd.DataFrame) -> Array:
        """Return value / members."""
        return values / above_zero(frame, self.members)


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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"income": [1000.0, 1000.0], "size": [2, 6], "children": [0, 4]})
    >>> step = im.PerAdultEquivalent("size", "children", child=0.5, economies=1)
    >>> im.Derived("per_adult", "income", (step,)).values(frame).tolist()  # by 2 adults; by 2 adults and 4 halves
    [500.0, 250.0]
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

    def apply(self, values: Array, frame: pd.DataFrame) -> Array:
        """Return value / adult equivalents."""
        members, children = above_zero(frame, self.members), column_numbers(frame, self.children)
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
                    rows=rows_text(frame, wrong),
                )
            )
        equivalents = (members - children + self.child * children) ** self.economies
        return values / equivalents


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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"income": [100.0, 200.0, 300.0, 400.0, 90_000.0]})
    >>> im.Derived("drawn_in", "income", (im.DrawnIn(upper=0.75),)).values(frame).tolist()
    [100.0, 200.0, 300.0, 400.0, 400.0]
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

    def apply(self, values: Array, frame: pd.DataFrame) -> Array:
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
                    rows=rows_text(frame, lost),
                    by=self.by,
                )
            )
        regions = pd.Series(values, index=frame.index).groupby(frame[self.by], observed=True)
        low, high = regions.transform("quantile", self.lower), regions.transform("quantile", self.upper)
        drawn: Array = np.clip(values, low.to_numpy(), high.to_numpy())
        return drawn


@dataclass(frozen=True, slots=True)
class ShareOf:
    """Divide by a whole; the share is missing where the whole is zero.

    Parameters
    ----------
    whole : str
        Column of the whole, at least zero.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"alliance_income": [250.0, 300.0, 0.0], "income": [1000.0, 400.0, 0.0]})
    >>> im.Derived("share", "alliance_income", (im.ShareOf("income"),)).values(frame).tolist()
    [0.25, 0.75, nan]
    """

    whole: str

    def apply(self, values: Array, frame: pd.DataFrame) -> Array:
        """Return value / whole."""
        whole = column_numbers(frame, self.whole)
        if wrong := np.flatnonzero(whole < 0).tolist():
            raise DataError(
                Text(
                    "{whole!r} must be at least 0; {rows} are below. Correct them.",
                    "{whole!r} debe ser al menos 0; {rows} están por debajo. Corríjalas.",
                    whole=self.whole,
                    rows=rows_text(frame, wrong),
                )
            )
        shares: Array = np.divide(values, whole, out=np.full(len(values), np.nan), where=whole > 0)
        return shares


@dataclass(frozen=True, slots=True)
class AnyAbove:
    """The extensive margin: 1 where the value exceeds a level, else 0.

    Parameters
    ----------
    level : float
        Zero: whether there is any at all.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"sales": [0.0, 120.0, 3000.0]})
    >>> im.Derived("sold", "sales", (im.AnyAbove(),)).values(frame).tolist()  # whether anything was sold
    [0.0, 1.0, 1.0]
    """

    level: float = 0.0

    def __post_init__(self) -> None:
        checks.between("level", self.level, -np.inf, np.inf)

    def apply(self, values: Array, frame: pd.DataFrame) -> Array:
        """Return 1{value > level}."""
        return np.where(np.isnan(values), np.nan, (values > self.level).astype(np.float64))
