"""What ended the alliances: cumulative incidence of competing ends, with weights and clusters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.survival.influence import cluster_sum_of_squares
from impact.monitoring.survival.intervals import INTERVALS, bounds
from impact.monitoring.survival.kaplan_meier import JACKKNIFE, clusters_at_risk, value_at, wanted_times
from impact.monitoring.survival.spells import RiskSet, Spells, read_spells
from impact.monitoring.survival.table import SurvivalTable
from impact.survey.clusters import sums_by_code
from impact.views import with_texts


def cumulative_incidence(
    frame: pd.DataFrame,
    duration: str,
    ending: str,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    interval: str = "log-log",
    times: Sequence[float] | None = None,
    level: float = 0.95,
    causes: Sequence[str] | None = None,
) -> SurvivalTable:
    r"""Estimate the share of alliances that each kind of end has taken by each time.

    Parameters
    ----------
    frame, duration, by, weights, cluster, interval, times, level
        As in :func:`impact.monitoring.survival.kaplan_meier.survival`.
    ending : str
        Column of what ended the alliance (another buyer, open market, dissolved), missing where it goes on.
    causes : sequence of str, optional
        The kinds of end, in the order of the table; all that occur by default.

    Returns
    -------
    SurvivalTable
        ``frame`` with ``cause`` and ``incidence``. At every time the incidences and the survival add up to 1.

    Notes
    -----
    :math:`\hat F_k(t) = \sum_{s \le t} \hat S(s^-) d_{ks}/n_s` (Aalen and Johansen): an end by another cause does
    not count as censored, as in 1 − Kaplan–Meier, which would add up to more than 1. Standard errors: the
    infinitesimal jackknife by cluster (each alliance its own without one), as R's ``survfit`` for several states;
    the interval is that of the share not taken by the cause.

    References
    ----------
    Aalen and Johansen (1978), Scandinavian Journal of Statistics 5(3), 141–150. Andersen, Borgan, Gill and Keiding
    (1993), Statistical Models Based on Counting Processes, section IV.4.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> spells = pd.DataFrame({"years": [1, 2, 3, 4], "end": ["open market", "new buyer", None, "open market"]})
    >>> im.cumulative_incidence(spells, "years", "end", times=[4]).frame[["cause", "incidence"]].values.tolist()
    [['new buyer', 0.25], ['open market', 0.75]]
    """
    checks.one_of("interval", interval, tuple(INTERVALS))
    checks.between("level", level, 0.0, 1.0)
    columns.require_table(frame)
    ends = columns.column(frame, "ending", ending)
    kinds = list(causes) if causes is not None else sorted(ends.dropna().unique().tolist())
    if not kinds:
        raise DataError(
            Text(
                "ending {ending!r} is missing everywhere: nothing has ended, so that no end has an incidence.",
                "ending {ending!r} falta en todas: nada ha terminado, de modo que ningún final tiene incidencia.",
                ending=ending,
            )
        )
    spells = read_spells(frame, duration, ending, weights, cluster, kinds)
    labels, subgroup, _ = columns.subgroup_rows(frame, by)
    parts = []
    for number, label in enumerate(labels):
        rows = subgroup == number
        if rows.any():
            part = _incidences(spells.of(rows), kinds, interval, level, wanted_times(times))
            parts.append(part.assign(subgroup=label))
    table = pd.concat(parts, ignore_index=True)
    table = with_texts(table.assign(interval=interval), variance=JACKKNIFE).assign(level=level)
    order = ["subgroup", *(name for name in table if name != "subgroup")]
    return SurvivalTable(table[order], pd.DataFrame(), (), bool(frame.attrs.get("synthetic", False)))


def _incidences(
    spells: Spells, kinds: Sequence[str], interval: str, level: float, times: Array | None
) -> pd.DataFrame:
    risk = RiskSet.of(spells)
    grid = risk.times[risk.ended > 0] if times is None else times
    place = np.searchsorted(risk.times, grid, side="right") - 1
    at_risk, number = risk.still_at_risk(spells, grid)
    independent = np.maximum(clusters_at_risk(spells, risk, grid), 1)
    tables = []
    for code, kind in enumerate(kinds, start=1):
        steps, errors = incidence_with_errors(spells, risk, code)
        taken, error = value_at(steps, place, 0.0), value_at(errors, place, 0.0)
        low, high, _ = bounds(interval, 1 - taken, error, level, independent)
        table = pd.DataFrame(
            {
                "time": grid, "cause": kind, "incidence": taken, "std_error": error, "conf_low": 1 - high,
                "conf_high": 1 - low, "at_risk": at_risk, "n_at_risk": number, "n": len(spells),
                "n_events": int((spells.cause == code).sum()), "clusters": len(np.unique(spells.cluster)),
            }
        )  # fmt: skip
        beyond = pd.Series((grid > risk.times[-1]) & (risk.at_risk[-1] > risk.ended[-1]))
        shown = ["incidence", "std_error", "conf_low", "conf_high"]
        table[shown] = table[shown].mask(beyond, axis=0)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def incidence_with_errors(spells: Spells, risk: RiskSet, cause: int) -> tuple[Array, Array]:
    r"""Return the incidence of one cause after each distinct time, and its standard error.

    Notes
    -----
    With :math:`C(t) = \sum_{s \le t} d/(n(n-d))` and :math:`a_i = \delta_i/(n-d) - C` at the spell's own time, what
    spell i does to F(t) after its time is :math:`b_i - a_i (F(t) - F(t_i))`, where :math:`b_i` is its own end less
    what it took from the others' hazard; before its time it is the same for all that are at risk.
    """
    remaining = 1 - risk.ended / risk.at_risk
    remaining[np.abs(remaining) < 1e-12] = 0.0
    before = np.r_[1.0, np.cumprod(remaining)[:-1]]
    ended = sums_by_code(risk.place, spells.weight * (spells.cause == cause), len(risk.times))
    rise = before * ended / risk.at_risk
    incidence = np.cumsum(rise)
    left = np.where(remaining > 0, risk.at_risk - risk.ended, np.inf)
    spent = np.cumsum(risk.ended / (risk.at_risk * left))
    waiting = np.cumsum(np.r_[0.0, spent[:-1]] * rise - rise / risk.at_risk)
    own = (spells.cause > 0) / left[risk.place] - spent[risk.place]
    gained = (spells.cause == cause) * (before / risk.at_risk)[risk.place] + waiting[risk.place]
    squares = cluster_sum_of_squares(
        spells.cluster,
        risk.place,
        len(risk.times),
        (spells.weight * (gained + own * incidence[risk.place]), spells.weight * own, spells.weight),
        (np.ones(len(risk.times)), -incidence, waiting),
    )
    return incidence, np.sqrt(squares)
