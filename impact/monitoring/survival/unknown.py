"""What alliances of unknown fate could change: bounds from all ended to all alive."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.survival.kaplan_meier import survival
from impact.monitoring.survival.table import SurvivalTable


def survival_bounds(
    frame: pd.DataFrame,
    duration: str,
    event: str,
    horizon: str,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    interval: str = "log-log",
    times: Sequence[float] | None = None,
    level: float = 0.95,
) -> SurvivalTable:
    """Return how low and how high survival may be, whatever became of the alliances that nobody could ask.

    Parameters
    ----------
    frame, by, weights, cluster, interval, times, level
        As in :func:`impact.monitoring.survival.kaplan_meier.survival`.
    duration : str
        Time from the start to the end or the last observation; of unknown ones the time until which they are known to
        have gone on, 0 or missing where nothing is known.
    event : str
        Whether the alliance ended at ``duration``: yes/no or 0/1, missing where its fate is unknown.
    horizon : str
        Time from the start to the survey, until which the unknown ones might have gone on.

    Returns
    -------
    SurvivalTable
        ``survival_low`` if all unknown ones ended right after they were last seen, ``survival_high`` if all go on until
        the survey; ``survival`` of the known ones alone; ``conf_low`` of the low one and ``conf_high`` of the high one;
        ``n_unknown``, ``share_unknown``.

    Notes
    -----
    No assumption is made about who is unknown. The interval from ``conf_low`` to ``conf_high`` covers the survival at
    least as often as the level says (Horowitz and Manski 2000); between the bounds the data say nothing.

    References
    ----------
    Horowitz and Manski (2000), JASA 95(449), 77–84, doi:10.1080/01621459.2000.10473902.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> seen = pd.DataFrame({"years": [7, 2, None, None], "ended": [0, 1, None, None], "asked": 7})
    >>> im.survival_bounds(seen, "years", "ended", "asked", times=[5]).frame[["survival_low", "survival_high"]].values.tolist()
    [[0.25, 0.75]]
    """
    columns.require_table(frame)
    unknown = columns.column(frame, "event", event).isna().to_numpy()
    asked, last = _seen_until(frame, duration, horizon, unknown)
    ended = (
        columns.column(frame, "event", event).astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    )
    worst = frame.assign(**{duration: last, event: np.where(unknown, 1.0, ended)})
    best = frame.assign(**{duration: np.where(unknown, asked, last), event: np.where(unknown, 0.0, ended)})
    grid = times if times is not None else np.unique(last[ended == 1]).tolist()

    def curve(spells: pd.DataFrame) -> SurvivalTable:
        return survival(spells, duration, event, by, weights, cluster, interval, grid, level)

    low, high = curve(worst), curve(best)
    known = curve(frame[~unknown]).frame.set_index(["subgroup", "time"])["survival"]
    labels, subgroup, _ = columns.subgroup_rows(frame, by)
    missing = {label: int(unknown[subgroup == k].sum()) for k, label in enumerate(labels)}
    table, upper = low.frame, high.frame
    table = table.assign(
        survival_low=table["survival"],
        survival_high=upper["survival"],
        conf_high=upper["conf_high"],
        survival=known.reindex(pd.MultiIndex.from_frame(table[["subgroup", "time"]])).to_numpy(),
        n_unknown=table["subgroup"].map(missing),
    ).drop(columns="std_error")
    table["share_unknown"] = table["n_unknown"] / table["n"]
    note = Text(
        "{unknown} of {total} alliances ({share:.0%}) of unknown fate; survival is that of the known ones.",
        "{unknown} de {total} alianzas ({share:.0%}) de destino desconocido; la supervivencia es la de las conocidas.",
        unknown=int(unknown.sum()),
        total=len(frame),
        share=float(unknown.mean()),
    )
    return SurvivalTable(table, pd.DataFrame(), (note,), low.synthetic)


def _seen_until(frame: pd.DataFrame, duration: str, horizon: str, unknown: Booleans) -> tuple[Array, Array]:
    """Return when each alliance was to be asked and until when it was seen, 0 where nothing is known."""
    asked = columns.amounts(frame, "horizon", horizon)
    last = columns.amounts(frame, "duration", duration, missing=True)
    last = np.where(np.isnan(last) & unknown, 0.0, last)
    if (last > asked + 1e-9).any():
        rows = frame.index[last > asked + 1e-9]
        raise DataError(
            Text(
                (
                    "{alliances} {alliances:was|were} seen after their horizon {horizon!r} (first: {rows}). The horizon is the time of "
                    "the survey."
                ),
                (
                    "{alliances} se {alliances:vio|vieron} después de su horizonte {horizon!r} (primero: {rows}). El horizonte es el "
                    "momento de la encuesta."
                ),
                alliances=checks.counted(len(rows), "alliance"),
                horizon=horizon,
                rows=checks.listed(rows),
            )
        )
    return asked, last
