"""The table of design-based estimates: every number with its denominator, its interval and its counts."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from impact import checks
from impact.arrays import Booleans
from impact.language import Text
from impact.monitoring.questionnaire.stated import p_against
from impact.views import Exported, html_view, text_view

if TYPE_CHECKING:
    import pandas as pd

ESTIMATE_COLUMNS = (
    "statistic",
    "question",
    "category",
    "subgroup",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "deff",
    "n",
    "groups",
    "count",
    "missing",
    "effective_n",
    "degrees_of_freedom",
    "interval",
    "denominator",
    "weights",
    "level",
)
_SHOWN = ("question", "category", "subgroup", "estimate", "std_error", "conf_low", "conf_high", "n", "groups")
_SUPPRESSED = (
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "deff",
    "effective_n",
    "n",
    "groups",
    "count",
    "missing",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EstimateTable(Exported):
    """Shares, means, totals or ratios of a questionnaire, one a row.

    Attributes
    ----------
    frame : DataFrame
        The columns are those of :data:`ESTIMATE_COLUMNS`. ``n`` counts rows with an answer, ``groups`` the
        groups that hold them, ``count`` the rows that chose the category, ``missing`` rows without an answer;
        none of them is weighted. ``deff`` is the design effect, ``effective_n`` the simple random sample that
        would have this standard error.
    notes : tuple of str
        What was assumed.
    synthetic : bool
        Whether the data are synthetic; every view then says so.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> answers = pd.DataFrame({"buyer": ["alliance"] * 20 + ["fair"] * 9, "group": list("abcdefghij") * 2 + list("abcdefghi")})
    >>> table = im.share(answers, "buyer", cluster="group")
    >>> table.frame[["category", "estimate", "n", "groups"]].round(2).values.tolist()
    [['alliance', 0.69, 29, 10], ['fair', 0.31, 29, 10]]
    """

    _frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def frame(self) -> pd.DataFrame:
        """The estimates, as a copy-on-write copy."""
        return self._frame.copy(deep=False)

    def published(self, minimum: int = 5, totals: Collection[str] = ()) -> EstimateTable:
        """Return the table without the cells that rest on too few rows.

        Parameters
        ----------
        minimum : int, default 5
            A row of the table is blank where fewer rows than this have answered, or where fewer than this but
            some chose the category, or did not choose it: who they are could be told.
        totals : collection of str
            Questions whose numbers over all subgroups stand elsewhere too.

        Returns
        -------
        EstimateTable
            With the same rows; numbers of a suppressed one are missing, and so is that of the next smallest
            category of the same question and subgroup where a single one could be found by subtraction; of a
            question in ``totals`` also that of the next smallest subgroup.

        Examples
        --------
        >>> import pandas as pd
        >>> import impact as im
        >>> answers = pd.DataFrame({"buyer": ["fair"] * 2 + ["alliance"] * 20 + ["formal"] * 9})
        >>> im.share(answers, "buyer").published(5).frame.set_index("category")["n"].isna().to_dict()
        {'alliance': False, 'fair': True, 'formal': True}
        """
        checks.whole("minimum", minimum, minimum=1)
        frame = self._frame
        small = _unsubtractable(frame, _small(frame, minimum), totals)
        hidden = frame.assign(**{name: frame[name].astype(float).where(~small) for name in _SUPPRESSED})
        if not small.any():
            return self
        note = Text(
            "{rows} suppressed: fewer than {minimum} answers stand behind a cell.",
            "{rows} sin publicar: hay menos de {minimum} respuestas detrás de una celda.",
            rows=checks.counted(int(small.sum()), "row"),
            minimum=minimum,
        )
        return replace(self, _frame=hidden, notes=(*self.notes, note))

    def with_notes(self, *notes: str) -> EstimateTable:
        """Return the table with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    def of(self, question: str) -> EstimateTable:
        """Return the rows of one question."""
        rows = self._frame["question"] == question
        return replace(self, _frame=self._frame[rows].reset_index(drop=True))

    def called(self, question: str) -> EstimateTable:
        """Return the table with another name of its question, such as what a ratio is."""
        return replace(self, _frame=self._frame.assign(question=question))

    def against(self, stated: float) -> pd.DataFrame:
        """Hold every estimate against a number that was stated, such as a share that is mandated.

        Parameters
        ----------
        stated : float
            In the unit of the estimates: 0.3 for 30 %.

        Returns
        -------
        DataFrame
            ``statistic``, ``question``, ``category``, ``subgroup``, ``estimate``, ``conf_low``, ``conf_high``, ``stated``, ``difference``
            (estimate less stated), ``p_value`` of none, ``n``, ``groups``.

        Notes
        -----
        t tests with the design's degrees of freedom: on the logarithm where the interval is ("log"); of a share with the standard
        error that it would have if the stated one were true, as Wilson's interval; exact at the number of groups where all
        answers are alike.

        Examples
        --------
        >>> import pandas as pd
        >>> import impact as im
        >>> projects = pd.DataFrame({"paid": [30, 24, 38, 20], "invested": [100, 80, 120, 90]})
        >>> im.survey_ratio(projects, "paid", "invested").against(0.30)[["difference", "p_value"]].round(3).values.tolist()
        [[-0.013, 0.581]]
        """
        table = self._frame
        if (table["statistic"] == "share").any():
            checks.within("stated", stated, 0.0, 1.0)
        is_number = isinstance(stated, (int, float)) and math.isfinite(stated)
        checks.instance("stated", stated, checks.NUMBER, is_number)
        names = ["statistic", "question", "category", "subgroup", "estimate", "conf_low", "conf_high"]
        records: list[dict[Any, Any]] = table.to_dict("records")
        p_values = [p_against(row, stated) for row in records]
        return table[names].assign(
            stated=stated,
            difference=table["estimate"] - stated,
            p_value=p_values,
            n=table["n"],
            groups=table["groups"],
        )

    def __len__(self) -> int:
        return len(self._frame)

    def __repr__(self) -> str:
        return text_view(self._frame[list(_SHOWN)], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self._frame[list(_SHOWN)], self.notes, self.synthetic)


def _unsubtractable(frame: pd.DataFrame, small: Booleans, totals: Collection[str]) -> Booleans:
    """Return the suppressed rows with those beside them by which a single one could be found from a sum."""
    hidden = small.copy()
    sums = [
        np.asarray(rows, dtype=np.intp)
        for rows in frame.groupby(["question", "subgroup"], sort=False, dropna=False).indices.values()
    ]
    asked = np.flatnonzero(frame["question"].isin(list(totals)))
    over = frame.iloc[asked].groupby(["question", "category"], sort=False, dropna=False)
    sums += [asked[np.asarray(rows, dtype=np.intp)] for rows in over.indices.values()]
    size = frame["count"].where(frame["statistic"] == "share", frame["n"]).to_numpy()
    found = True
    while found:  # what is hidden beside a cell of one sum may be the single one of another
        found = False
        for rows in sums:
            if len(rows) > 1 and hidden[rows].sum() == 1:
                others = rows[~hidden[rows]]
                hidden[others[size[others].argmin()]] = found = True
    return hidden


def _small(frame: pd.DataFrame, minimum: int) -> Booleans:
    number, chose = frame["n"].to_numpy(), frame["count"].to_numpy()
    shares = (frame["statistic"] == "share").to_numpy()
    few_chose = (chose > 0) & (chose < minimum)
    few_did_not = (chose < number) & (number - chose < minimum)
    small: Booleans = (number < minimum) | (shares & (few_chose | few_did_not))
    return small
