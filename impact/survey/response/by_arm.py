"""Response by arm: who answered, who did not and why, and whether the arms differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.survey.response.arms import both_arms, unit_weights, variance_by_arm
from impact.views import Exported, html_view

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ResponseTable(Exported):
    """Interview outcomes by arm and the difference of the response rates.

    Attributes
    ----------
    frame : DataFrame
        Columns arm, response, units, share (of the arm, weighted where weights were given).
    difference : float
        Response rate of the treated less that of the controls.
    std_error, conf_low, conf_high : float
        Of the difference; by group where groups were given.
    weights, clusters : str, int
        How the shares are weighted; how many groups carry the standard error.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 1, 0, 0, 0], "response": ["complete"] * 4 + ["refused"] * 2})
    >>> table = im.response_by_arm(frame, "treated", "response")
    >>> table.frame[["arm", "response", "units"]].values.tolist(), round(table.difference, 2)
    ([['treated', 'complete', 3], ['control', 'complete', 1], ['control', 'refused', 2]], 0.67)
    """

    TITLE: ClassVar[Text] = Text("Interviews by arm", "Entrevistas por grupo de comparación")

    frame: pd.DataFrame
    difference: float
    std_error: float
    conf_low: float
    conf_high: float
    weights: str
    clusters: int

    def __repr__(self) -> str:
        interval = f"{100 * self.conf_low:.1f} to {100 * self.conf_high:.1f}"
        return f"ResponseTable(difference {100 * self.difference:.1f} points, interval {interval})"

    def _repr_html_(self) -> str:
        return html_view(self.frame)


def response_by_arm(
    frame: pd.DataFrame,
    treatment: str,
    response: str,
    *,
    complete: str = "complete",
    cluster: str | None = None,
    weight: str | None = None,
    level: float = 0.95,
) -> ResponseTable:
    """Count interview outcomes by arm and compare the response rates.

    Parameters
    ----------
    frame : DataFrame
        One row per unit of the sampling frame, interviewed or not.
    treatment, response : str
        Columns: treatment (0/1), outcome of the interview.
    complete : str, default "complete"
        The value of ``response`` that counts as an answer.
    cluster, weight : str, optional
        Columns: group that treatment is assigned to; sampling weight.
    level : float, in (0, 1)

    Returns
    -------
    ResponseTable

    Raises
    ------
    DataError
        Treatment is not 0/1 with both arms, or an interview outcome is missing.

    Notes
    -----
    The difference is that of two Hájek means; its variance is the with-replacement estimator over groups,
    arm by arm, with a normal interval.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"treated": [1, 1, 1, 0, 0, 0], "response": ["complete"] * 4 + ["refused"] * 2})
    >>> response_by_arm(frame, "treated", "response").frame.to_dict("list")["units"]
    [3, 1, 2]
    """
    from scipy.stats import norm

    checks.between("level", level, 0, 1)
    named = [name for name in (treatment, response, cluster, weight) if name is not None]
    checks.columns_present("response_by_arm", named, frame.columns)
    if lacking := int(frame[response].isna().sum()):
        raise DataError(
            Text(
                "{response!r} is missing in {rows}: give every unit of the frame its interview outcome.",
                "{response!r} falta en {rows}: dé a cada unidad del marco el resultado de su entrevista.",
                response=response,
                rows=checks.counted(lacking, "row"),
            )
        )
    treated = both_arms(frame[treatment])
    weights = unit_weights(None if weight is None else frame[weight], len(frame))
    answered = (frame[response].astype("str") == complete).to_numpy(dtype=np.float64)
    scores, rates = np.zeros(len(frame)), {}
    for arm, sign in ((treated, 1.0), (~treated, -1.0)):
        rates[sign] = float(np.average(answered[arm], weights=weights[arm]))
        scores[arm] = sign * weights[arm] * (answered[arm] - rates[sign]) / weights[arm].sum()
    groups = None if cluster is None else frame[cluster]
    error = np.sqrt(variance_by_arm(scores, treated, groups))
    difference = rates[1.0] - rates[-1.0]
    margin = float(norm.ppf((1 + level) / 2)) * error
    return ResponseTable(
        frame=_counts(treated, frame[response], weights),
        difference=difference,
        std_error=error,
        conf_low=difference - margin,
        conf_high=difference + margin,
        weights="none" if weight is None else weight,
        clusters=len(frame) if groups is None else groups.nunique(),
    )


def _counts(treated: NDArray[np.bool_], response: pd.Series, weights: Floats) -> pd.DataFrame:
    """Return how each arm answered: units, and their weighted share of the arm."""
    import pandas as pd

    table = pd.DataFrame(
        {"arm": np.where(treated, "treated", "control"), "response": response, "weight": weights}
    )
    counts = (
        table.groupby(["arm", "response"], observed=True, sort=True)["weight"]
        .agg(["size", "sum"])
        .reset_index()
    )
    counts["share"] = counts["sum"] / counts.groupby("arm")["sum"].transform("sum")
    counts = counts.sort_values(["arm", "response"], ascending=[False, True], ignore_index=True)
    return counts.rename(columns={"size": "units"})[["arm", "response", "units", "share"]]
