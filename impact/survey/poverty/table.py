"""The table of poverty estimates: every number with its line, its population and its standard error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from impact import checks
from impact.language import Text, joined
from impact.survey.poverty.words import SYNTHETIC_LINE
from impact.views import Exported, html_view

if TYPE_CHECKING:
    import pandas as pd

_INTERVALS = Text(
    "Poor: {poor}. Intervals: t, {level:.0%}, {variance}.",
    "Pobre: {poor}. Intervalos: t, {level:.0%}, {variance}.",
)
_RAISED = Text(
    "{incomes} raised to 0, or to the floor named.",
    "{incomes} {incomes:elevado|elevados} a 0, o al mínimo indicado.",
)
_WITHOUT_INCOME = Text(
    "{rows} without an income left out of the shares and kept in the survey design.",
    "{rows} sin ingreso: {rows:queda|quedan} fuera de las proporciones y dentro del diseño de la encuesta.",
)
COLUMNS = (
    "measure",
    "alpha",
    "subgroup",
    "population",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "degrees_of_freedom",
    "line",
    "line_std_error",
    "line_name",
    "line_unit",
    "line_area",
    "line_period",
    "line_vintage",
    "line_source",
    "line_status",
    "strictness",
    "n",
    "n_poor",
    "n_negative",
    "n_missing",
    "n_clusters",
    "variance",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PovertyTable(Exported):
    """Poverty estimates, one a row, each with its line, population, standard error and counts.

    Attributes
    ----------
    level : float
        Confidence level of the intervals.
    frame : DataFrame
        The columns are those of :data:`COLUMNS`. ``estimate``, ``std_error`` and the interval are shares
        between 0 and 1 (the Watts index can exceed 1); ``line`` is NaN where rows of a subgroup have
        different lines; ``line_std_error`` is NaN for a line that is not estimated from the survey. ``n``,
        ``n_poor``, ``n_negative`` and ``n_missing`` (rows without an income, in the design alone) count rows,
        not weights. No interval is given where the standard error
        is 0 or where the subgroup lies in as many clusters as strata.

    Examples
    --------
    >>> import impact as im
    >>> table = im.fgt([100.0, 250.0, 600.0, 900.0], line=500.0, alpha=[0, 1])
    >>> table.frame[["measure", "line", "estimate", "n_poor"]].values.tolist()
    [['headcount', 500.0, 0.5, 2], ['gap', 500.0, 0.325, 2]]
    """

    TITLE: ClassVar[Text] = Text("Poverty", "Pobreza")

    _frame: pd.DataFrame
    level: float

    @property
    def frame(self) -> pd.DataFrame:
        """The estimates, as a copy-on-write copy."""
        return self._frame.copy(deep=False)

    @property
    def note(self) -> Text:
        """What a reader must know to compare these numbers."""
        first = self._frame.iloc[0]
        missing = int(self._frame["n_missing"].max())
        negative = int(self._frame["n_negative"].max())
        parts = [
            _INTERVALS.with_values(poor=first["strictness"], level=self.level, variance=first["variance"])
        ]
        if negative:
            parts.append(_RAISED.with_values(incomes=checks.counted(negative, "negative income")))
        if missing:
            parts.append(_WITHOUT_INCOME.with_values(rows=checks.counted(missing, "row")))
        if (self._frame["line_status"] == "synthetic").any():
            parts.append(SYNTHETIC_LINE)
        return joined(parts, " ")

    def __len__(self) -> int:
        return len(self._frame)

    def __repr__(self) -> str:
        shown = [
            "measure",
            "subgroup",
            "population",
            "line",
            "estimate",
            "std_error",
            "conf_low",
            "conf_high",
            "n",
        ]
        return f"{self._frame[shown].to_string(index=False)}\n{self.note}"

    def _repr_html_(self) -> str:
        return html_view(self._frame, (self.note,))
