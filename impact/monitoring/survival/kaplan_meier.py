"""Survival of alliances by Kaplan and Meier, with weights and clusters."""

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
from impact.monitoring.survival.spells import RiskSet, Spells, read_spells
from impact.monitoring.survival.table import SurvivalTable
from impact.views import with_texts

JACKKNIFE = Text("infinitesimal jackknife by cluster", "jackknife infinitesimal por conglomerado")


def survival(
    frame: pd.DataFrame,
    duration: str,
    event: str,
    by: str | Sequence[str] | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    interval: str = "log-log",
    times: Sequence[float] | None = None,
    level: float = 0.95,
) -> SurvivalTable:
    r"""Estimate the share of alliances that still go on after each time.

    Parameters
    ----------
    frame : DataFrame, shape (n, …)
        One row an alliance.
    duration : str
        Column of the time from the start to the end, or to the last observation; at least 0, in any unit.
    event : str
        Column yes/no or 0/1: whether the alliance ended at ``duration`` rather than being last seen then.
    by : str or list of str, optional
        Columns of subgroups: region, product, year of funds.
    weights : str, optional
        Column of sampling weights above 0.
    cluster : str, optional
        Column of the clusters, such as municipalities, whose alliances may end together.
    interval : {"log-log", "log", "plain", "logit", "korn-graubard"}, default "log-log"
        Scale of the interval. In small groups ``"korn-graubard"``, Clopper–Pearson at the effective n, holds.
    times : sequence of float, optional
        Times at which the curve is wanted. Every time of an end by default.
    level : float, default 0.95
        Confidence level in (0, 1).

    Returns
    -------
    SurvivalTable
        Times beyond the last observation of a subgroup have no survival, unless all had ended.

    Raises
    ------
    DataError
        A spell ends before it starts, or an ``event`` is missing: unknown fates have their own function.

    Notes
    -----
    :math:`\hat S(t) = \prod_{s \le t} (1 - d_s/n_s)` with weighted ends and spells at risk. Standard error:
    Greenwood's; with weights or clusters the infinitesimal jackknife
    :math:`\hat V = \sum_c (\sum_{i \in c} w_i \, \partial \hat S/\partial w_i)^2`, as R's
    ``survfit(…, weights, cluster)``. Quantiles are normal. Where none or all have ended the standard error
    tells nothing and the interval is the exact one at the clusters (or alliances) at risk.

    References
    ----------
    Kaplan and Meier (1958), JASA 53(282), doi:10.1080/01621459.1958.10501452. Kalbfleisch and Prentice (2002),
    The Statistical Analysis of Failure Time Data, section 1.4, for the log-log interval.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> alliances = pd.DataFrame({"years": [1, 2, 2, 3, 5], "ended": [1, 1, 0, 1, 0]})
    >>> im.survival(alliances, "years", "ended").frame[["time", "survival", "at_risk"]].round(4).values.tolist()
    [[1.0, 0.8, 5.0], [2.0, 0.6, 4.0], [3.0, 0.3, 2.0]]
    """
    checks.one_of("interval", interval, tuple(INTERVALS))
    checks.between("level", level, 0.0, 1.0)
    spells = read_spells(frame, duration, event, weights, cluster)
    labels, subgroup, without = columns.subgroup_rows(frame, by)
    parts, medians, empty = [], [], []
    for number, label in enumerate(labels):
        rows = subgroup == number
        if not rows.any():
            empty.append(label)
            continue
        part, median = _curve(spells.of(rows), interval, level, wanted_times(times))
        parts.append(part.assign(subgroup=label))
        medians.append({"subgroup": label} | median)
    notes = (
        [
            Text(
                "{subgroups} without an alliance: {empty}.",
                "{subgroups} sin alianzas: {empty}.",
                subgroups=checks.counted(len(empty), "subgroup"),
                empty=checks.listed(empty),
            )
        ]
        if empty
        else []
    )
    if without:
        left_out = Text("{rows} without a subgroup left out.", "Se dejan fuera {rows} sin subgrupo.")
        notes.append(left_out.with_values(rows=checks.counted(without, "row")))
    table = pd.concat(parts, ignore_index=True)
    variance = JACKKNIFE if spells.robust else Text("Greenwood")
    table = with_texts(table.assign(interval=interval), variance=variance).assign(level=level)
    order = ["subgroup", *(name for name in table if name != "subgroup")]
    return SurvivalTable(
        table[order], pd.DataFrame(medians), tuple(notes), bool(frame.attrs.get("synthetic", False))
    )


def wanted_times(times: Sequence[float] | None) -> Array | None:
    """Return the times asked for, in order; each finite and at least 0."""
    if times is None:
        return None
    wanted = np.unique(np.asarray(times, dtype=np.float64))
    if not len(wanted) or not np.isfinite(wanted).all() or wanted[0] < 0:
        raise DataError(
            Text(
                "times must be finite and at least 0; got {times}.",
                "times debe ser finitos y de al menos 0; se dio {times}.",
                times=checks.listed(times),
            )
        )
    return wanted


def _curve(
    spells: Spells, interval: str, level: float, times: Array | None
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return the curve of one subgroup at the times, and its median."""
    risk = RiskSet.of(spells)
    steps, errors = curve_with_errors(spells, risk)
    grid = risk.times[risk.ended > 0] if times is None else times
    place = np.searchsorted(risk.times, grid, side="right") - 1
    alive, error = value_at(steps, place, 1.0), value_at(errors, place, 0.0)
    beyond = (grid > risk.times[-1]) & (alive > 0)
    at_risk, number = risk.still_at_risk(spells, grid)
    independent = clusters_at_risk(spells, risk, grid)
    low, high, alike = bounds(interval, alive, error, level, np.maximum(independent, 1))
    frame = pd.DataFrame(
        {
            "time": grid,
            "survival": alive,
            "std_error": np.where(alike & (alive <= 0), np.nan, error),
            "conf_low": low,
            "conf_high": high,
            "at_risk": at_risk,
            "n_at_risk": number,
            "n": len(spells),
            "n_events": int((spells.cause > 0).sum()),
            "clusters": len(np.unique(spells.cluster)),
        }
    )
    shown = ["survival", "std_error", "conf_low", "conf_high"]
    frame[shown] = frame[shown].mask(pd.Series(beyond), axis=0)
    lows, highs, _ = bounds(
        interval, steps, errors, level, np.maximum(clusters_at_risk(spells, risk, risk.times), 1)
    )
    return frame, {
        "median": _first_at_half(risk.times, steps),
        "conf_low": _first_at_half(risk.times, lows),
        "conf_high": _first_at_half(risk.times, highs),
    }


def curve_with_errors(spells: Spells, risk: RiskSet) -> tuple[Array, Array]:
    """Return survival after each distinct time, and its standard error (0 where all have ended)."""
    factors = 1 - risk.ended / risk.at_risk
    factors[np.abs(factors) < 1e-12] = 0.0
    steps: Array = np.asarray(np.cumprod(factors))
    left = np.where(factors > 0, risk.at_risk - risk.ended, np.inf)
    spent: Array = np.cumsum(risk.ended / (risk.at_risk * left))
    if not spells.robust:
        return steps, steps * np.sqrt(spent)
    own = spells.weight * ((spells.cause > 0) / left[risk.place] - spent[risk.place])
    squares = cluster_sum_of_squares(
        spells.cluster, risk.place, len(risk.times), (own, spells.weight), (steps, -steps * spent)
    )
    return steps, np.sqrt(squares)


def value_at(values: Array, place: np.ndarray, before: float) -> Array:
    """Return a step function at places in the distinct times; ``before`` ahead of the first."""
    values_at: Array = np.where(place >= 0, values[np.maximum(place, 0)], before)
    return values_at


def clusters_at_risk(spells: Spells, risk: RiskSet, times: Array) -> np.ndarray:
    """Return the clusters with a spell at risk at each time."""
    last = np.zeros(int(spells.cluster.max()) + 1)
    np.maximum.at(last, spells.cluster, risk.times[risk.place])
    held = np.sort(last[np.unique(spells.cluster)])
    return len(held) - np.searchsorted(held, times, side="left")


def _first_at_half(times: Array, curve: Array) -> float:
    reached = np.flatnonzero(curve <= 0.5 + 1e-9)
    if not len(reached):
        return float("nan")
    first = reached[0]
    flat = np.flatnonzero(np.abs(curve - 0.5) <= 1e-9)
    after = np.flatnonzero(curve < 0.5 - 1e-9)
    if len(flat) and len(after):  # the curve rests on one half: the middle of the rest, as R has it
        return float((times[first] + times[after[0]]) / 2)
    return float(times[first])
