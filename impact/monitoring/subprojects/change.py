"""What changed in each subproject from before to after: incremental, not attributable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.questionnaire.amounts import survey_mean, survey_ratio
from impact.monitoring.questionnaire.shares import share
from impact.survey.weighted_distribution import weighted_quantile
from impact.views import Exported, html_view, text_view, with_texts

LABEL = Text(
    "before–after of the subprojects that reported; not attributable: no comparison group stands behind it",
    "antes–después de los subproyectos que informaron; no atribuible: detrás no hay grupo de comparación",
)
_QUANTILES = {"p10": 0.10, "p25": 0.25, "median": 0.50, "p75": 0.75, "p90": 0.90}


_SHOWN = ["subgroup", "n", "mean_before", "change", "conf_low", "conf_high", "percent", "share_losing"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BeforeAfter(Exported):
    """Changes of subprojects.

    Attributes
    ----------
    frame : DataFrame
        One row a subgroup: ``n``, ``groups``, ``mean_before``, ``mean_after``, ``change`` (mean) with ``std_error``,
        ``conf_low``, ``conf_high``; ``percent`` (change of the total over the total before) with its interval;
        ``share_losing`` with its interval; quantiles of the change; ``identification``.
    changes : Series
        After less before of each subproject; missing where one of them is.
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> records = pd.DataFrame({"before": [10, 20, 30, 40], "after": [30, 15, 60, 55]})
    >>> found = im.before_after(records, "before", "after")
    >>> found.frame[["mean_before", "mean_after", "change", "share_losing"]].values.tolist()
    [[25.0, 40.0, 15.0, 0.25]]
    >>> found.changes.tolist()
    [20.0, -5.0, 30.0, 15.0]
    """

    TITLE: ClassVar[Text] = Text("Before and after", "Antes y después")

    frame: pd.DataFrame
    changes: pd.Series
    notes: tuple[Text, ...] = ()
    synthetic: bool = False

    def __repr__(self) -> str:
        return text_view(self.frame[_SHOWN], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame[_SHOWN], self.notes, self.synthetic)


def before_after(
    frame: pd.DataFrame,
    before: str,
    after: str,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
    interval: str = "wilson",
) -> BeforeAfter:
    """Return what changed in each subproject, who lost, and how the changes are spread.

    Parameters
    ----------
    frame : DataFrame
        One row a subproject.
    before, after : str
        Columns of one amount, such as net income per producer, in the baseline and in the completion record. A row that
        lacks one of them is counted and left out of the changes.
    by : str or list of str, optional
    weights : str, optional
        For instance :func:`impact.monitoring.subprojects.reporting.response_weights`, which weight those that reported
        to all.
    cluster : str, optional
        Such as the municipality.
    level : float, default 0.95
    interval : str, default "wilson"
        Of the share that lost; see ``im.share``.

    Returns
    -------
    BeforeAfter
        Labelled *before–after, not attributable*: prices, rain and everything else that changed is in it.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> records = pd.DataFrame({"before": [10, 20, 30, 40], "after": [30, 15, 60, 55]})
    >>> im.before_after(records, "before", "after").frame[["change", "percent", "share_losing"]].values.tolist()
    [[15.0, 60.0, 0.25]]
    """
    columns.require_table(frame)
    start = columns.amounts(frame, "before", before, missing=True)
    end = columns.amounts(frame, "after", after, missing=True)
    change = end - start
    known: Booleans = ~np.isnan(change)
    if not known.any():
        raise DataError(
            Text(
                "No subproject has both {before!r} and {after!r}. Check the completion records.",
                "Ningún subproyecto tiene {before!r} y {after!r}. Revise los registros de cierre.",
                before=before,
                after=after,
            )
        )
    table = frame.assign(
        _before=np.where(known, start, np.nan), _after=np.where(known, end, np.nan), _change=change,
        _loses=pd.array(np.where(known, change < 0, False), dtype="boolean"),
    )  # fmt: skip
    table.loc[~known, "_loses"] = pd.NA

    def mean(name: str) -> pd.DataFrame:
        return survey_mean(table, name, weights, cluster, by=by, level=level).frame

    rise = mean("_change")
    ratio = survey_ratio(table, "_change", "_before", weights, cluster, by=by, level=level).frame
    losing = share(table, "_loses", weights, cluster, by=by, interval=interval, level=level).frame
    result = rise[["subgroup", "n", "groups"]].assign(
        mean_before=mean("_before")["estimate"], mean_after=mean("_after")["estimate"], change=rise["estimate"],
        std_error=rise["std_error"], conf_low=rise["conf_low"], conf_high=rise["conf_high"],
        percent=100 * ratio["estimate"], percent_conf_low=100 * ratio["conf_low"],
        percent_conf_high=100 * ratio["conf_high"], share_losing=losing["estimate"],
        losing_conf_low=losing["conf_low"], losing_conf_high=losing["conf_high"],
    )  # fmt: skip
    result = with_texts(
        pd.concat([result, _quantiles(frame, change, by, weights)], axis=1), identification=LABEL
    )
    changes = pd.Series(change, index=frame.index, name="change")
    return BeforeAfter(result, changes, _notes(known), bool(frame.attrs.get("synthetic", False)))


def _notes(known: Booleans) -> tuple[Text, ...]:
    lacking = int((~known).sum())
    left_out = Text(
        "{lacking} of {subprojects} without both records left out.",
        "Se dejan fuera {lacking} de {subprojects} sin ambos registros.",
        lacking=lacking,
        subprojects=checks.counted(len(known), "subproject"),
    )
    return (Text("{label}.", "{label}.", label=LABEL), *((left_out,) if lacking else ()))


def _quantiles(
    frame: pd.DataFrame, change: np.ndarray, by: str | Sequence[str] | None, weights: str | None
) -> pd.DataFrame:
    labels, subgroup, _ = columns.subgroup_rows(frame, by)
    weight = columns.sampling_weights(frame, weights)
    rows = []
    for number in range(len(labels)):
        inside = (subgroup == number) & ~np.isnan(change) & (weight > 0)
        found = (
            {
                name: float(weighted_quantile(change[inside], weight[inside], p))
                for name, p in _QUANTILES.items()
            }
            if inside.any()
            else dict.fromkeys(_QUANTILES, np.nan)
        )
        rows.append(found)
    return pd.DataFrame(rows)
