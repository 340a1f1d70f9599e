"""Survival curves and cumulative incidences as tables: every time with its interval and who was at risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from impact.language import Text
from impact.views import Exported, html_view, text_view

if TYPE_CHECKING:
    import pandas as pd


_HIDDEN = ["n", "n_events", "clusters", "interval", "variance", "level"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SurvivalTable(Exported):
    """Survival, or the incidence of each end, at given times.

    Attributes
    ----------
    frame : DataFrame
        ``subgroup``, ``time``, ``survival`` (or ``cause`` and ``incidence``), ``std_error``, ``conf_low``,
        ``conf_high``, ``at_risk`` (weight not ended before the time), ``n_at_risk`` (spells), ``n`` and
        ``n_events`` of the subgroup, ``clusters``, ``interval``, ``variance``, ``level``.
    medians : DataFrame
        ``subgroup``, ``median``, ``conf_low``, ``conf_high``: the first time at which the curve, and the ends
        of its interval, are at most one half; missing where they never are. Empty for incidences.
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> alliances = pd.DataFrame({"years": [1, 2, 2, 3, 5], "ended": [1, 1, 0, 1, 0]})
    >>> table = im.survival(alliances, "years", "ended")
    >>> table.frame[["time", "survival", "n_at_risk"]].round(2).values.tolist()
    [[1.0, 0.8, 5.0], [2.0, 0.6, 4.0], [3.0, 0.3, 2.0]]
    >>> table.medians["median"].tolist()
    [3.0]
    """

    TITLE: ClassVar[Text] = Text("Survival of alliances", "Supervivencia de alianzas")

    _frame: pd.DataFrame
    _medians: pd.DataFrame
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def frame(self) -> pd.DataFrame:
        """The curve, as a copy-on-write copy."""
        return self._frame.copy(deep=False)

    @property
    def medians(self) -> pd.DataFrame:
        """Median durations, as a copy-on-write copy."""
        return self._medians.copy(deep=False)

    def __len__(self) -> int:
        return len(self._frame)

    def __repr__(self) -> str:
        return text_view(self._frame.drop(columns=_HIDDEN), self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self._frame.drop(columns=_HIDDEN), self.notes, self.synthetic)
