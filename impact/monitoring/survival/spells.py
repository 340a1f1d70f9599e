"""Spells of alliances: how long each was observed, what ended it, and the counts at every time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.survey.clusters import group_codes, sums_by_code

# Times that differ by less than this share of their mean are one time: rounding of computed durations.
_SAME_TIME = 1.5e-8


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spells:
    """Observed durations.

    Attributes
    ----------
    duration : ndarray, shape (n,)
        Time from the start to the end or to the last observation; at least 0.
    cause : ndarray of int, shape (n,)
        0 where the spell was still going on when last seen, else 1, 2, … for what ended it.
    weight : ndarray, shape (n,)
        Sampling weights above 0.
    cluster : ndarray of int, shape (n,)
        Code of each spell's cluster; each its own without one.
    robust : bool
        Whether the variance is that of clusters or weighted rows rather than Greenwood's.
    """

    duration: Array
    cause: Positions
    weight: Array
    cluster: Positions
    robust: bool

    def of(self, rows: Booleans) -> Spells:
        """Return the spells of these rows."""
        return Spells(
            self.duration[rows], self.cause[rows], self.weight[rows], self.cluster[rows], self.robust
        )

    def __len__(self) -> int:
        return len(self.duration)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RiskSet:
    """Weighted counts at every distinct time, in order.

    Attributes
    ----------
    times : ndarray, shape (T,)
    place : ndarray of int, shape (n,)
        Each spell's time among ``times``.
    at_risk, ended : ndarray, shape (T,)
        Weight of the spells not ended before the time, and of those that end at it, whatever the cause.
    """

    times: Array
    place: Positions
    at_risk: Array
    ended: Array

    @classmethod
    def of(cls, spells: Spells) -> RiskSet:
        """Return the counts of these spells."""
        values, place = np.unique(spells.duration, return_inverse=True)
        fresh = np.r_[True, np.diff(values) > _SAME_TIME * max(float(np.abs(values).mean()), 1e-300)]
        times, place = values[fresh], (np.cumsum(fresh) - 1)[place]
        leaving = sums_by_code(place, spells.weight, len(times))
        at_risk = leaving[::-1].cumsum()[::-1]
        ended = sums_by_code(place, spells.weight * (spells.cause > 0), len(times))
        return cls(times, place, at_risk, ended)

    def still_at_risk(self, spells: Spells, times: Array) -> tuple[Array, Positions]:
        """Return the weight and the number of spells that have not ended before each of ``times``."""
        order = np.argsort(spells.duration, kind="stable")
        first = np.searchsorted(self.times[self.place[order]], times, side="left")
        ahead = np.r_[spells.weight[order][::-1].cumsum()[::-1], 0.0]
        return ahead[first], len(spells) - first


def read_spells(
    frame: pd.DataFrame,
    duration: str,
    event: str,
    weights: str | None,
    cluster: str | None,
    causes: Sequence[str] | None = None,
) -> Spells:
    """Return the checked spells of a table.

    Parameters
    ----------
    frame : DataFrame
    duration, event, weights, cluster : str
        Columns; ``event`` holds yes/no or 0/1 without ``causes``, else one of ``causes`` or nothing.
    causes : sequence of str, optional
        What may end a spell.

    Returns
    -------
    Spells
    """
    columns.require_table(frame)
    spans = columns.amounts(frame, "duration", duration)
    before = spans < 0
    if before.any():
        raise DataError(
            Text(
                (
                    "duration {duration!r} must be at least 0; {spells} {spells:ends|end} before {spells:it starts|they start} "
                    "(first: {first}). Check "
                    "the dates of start and end."
                ),
                (
                    "duration {duration!r} debe ser al menos 0; {spells} {spells:termina|terminan} antes de empezar (primero: {first}). "
                    "Revise las fechas de inicio y fin."
                ),
                duration=duration,
                spells=checks.counted(int(before.sum()), "spell"),
                first=checks.listed(frame.index[before]),
            )
        )
    weight = columns.sampling_weights(frame, weights)
    if (weight == 0).any():
        raise DataError(
            Text(
                "weights {weights!r} must be above 0 for a survival curve; {rows} {rows:has|have} 0. Exclude them.",
                "weights {weights!r} debe ser mayor que 0 para una curva de supervivencia; {rows} {rows:tiene|tienen} 0. Exclúyalas.",
                weights=weights,
                rows=checks.counted(int((weight == 0).sum()), "row"),
            )
        )
    ends = columns.column(frame, "event", event)
    cause = _yes_or_no(frame, ends) if causes is None else _cause(frame, ends, causes)
    codes = (
        np.arange(len(frame)) if cluster is None else group_codes(columns.column(frame, "cluster", cluster))
    )
    return Spells(spans, cause, weight, codes, cluster is not None or bool((weight != 1).any()))


def _yes_or_no(frame: pd.DataFrame, ends: pd.Series) -> Positions:
    numeric = pd.api.types.is_numeric_dtype(ends)
    values = (
        ends.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        if numeric
        else np.full(len(ends), 9.0)
    )
    wrong = ~np.isin(values, (0.0, 1.0))
    if wrong.any():
        raise DataError(
            Text(
                (
                    "event {name!r} must be yes/no or 0/1 for every spell; {rows} {rows:is|are} not (first: {first}). Spells of "
                    "unknown fate belong in survival_bounds, several kinds of end in cumulative_incidence."
                ),
                (
                    "event {name!r} debe ser sí/no o 0/1 en cada episodio; {rows} no lo {rows:es|son} (primero: {first}). Los "
                    "episodios de destino desconocido van en survival_bounds, varias clases de final en "
                    "cumulative_incidence."
                ),
                name=ends.name,
                rows=checks.counted(int(wrong.sum()), "row"),
                first=checks.listed(frame.index[wrong]),
            )
        )
    return values.astype(np.intp)


def _cause(frame: pd.DataFrame, ends: pd.Series, causes: Sequence[str]) -> Positions:
    places = {cause: place for place, cause in enumerate(causes, start=1)}
    found = [0 if pd.isna(end) else places.get(end, -1) for end in ends]
    cause = np.asarray(found, dtype=np.intp)
    if (cause < 0).any():
        raise DataError(
            Text(
                (
                    "event {name!r} must hold one of {causes}, or nothing where the spell goes on; row {cause} holds "
                    "{ends!r}."
                ),
                (
                    "event {name!r} debe tener uno de {causes}, o nada donde el episodio sigue; la fila {cause} tiene "
                    "{ends!r}."
                ),
                name=ends.name,
                causes=checks.listed(causes, 12),
                cause=frame.index[cause < 0][0],
                ends=ends[cause < 0].iloc[0],
            )
        )
    return cause
