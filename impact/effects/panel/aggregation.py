"""From effects by cohort and wave to one number, or one by cohort, time since entry or wave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.effects.panel.cells import Cell
from impact.effects.panel.estimators.two_periods import Linearised


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CellQuantities:
    """A quantity of every cell, its influence, and who is in which cohort.

    Attributes
    ----------
    values : float64 array, shape (k,)
    influence : float64 array, shape (n, k)
    cells : sequence of Cell, length k
    cohort, weight : arrays, shape (n,)
    """

    values: Array
    influence: Array
    cells: Sequence[Cell]
    cohort: Array
    weight: Array

    @property
    def shares(self) -> Array:
        """Share of the weight in each cell's cohort, shape (k,)."""
        total = self.weight.sum()
        by_cohort = {
            g: self.weight[self.cohort == g].sum() / total for g in {cell.group for cell in self.cells}
        }
        return np.array([by_cohort[cell.group] for cell in self.cells])

    def by_cohort_size(self, chosen: Positions) -> Linearised:
        """Return the mean over cells by the size of their cohorts, which is estimated and counts as such.

        Notes
        -----
        With P = Σ_k p_k the influence of the weights is s_i (A_i − m_i v̄)/P: A_i sums the quantity and m_i counts the cells of the
        household's own cohort; s_i has mean 1.
        """
        shares = self.shares[chosen]
        total = shares.sum()
        mean = float(shares @ self.values[chosen] / total)
        of_weights = np.zeros(len(self.weight))
        for cohort in {self.cells[k].group for k in chosen}:
            own = self.values[[k for k in chosen if self.cells[k].group == cohort]]
            of_weights[self.cohort == cohort] = (own.sum() - len(own) * mean) / total
        relative = self.weight / self.weight.mean()
        influence = self.influence[:, chosen] @ (shares / total) + relative * of_weights
        return Linearised(np.array([mean]), influence[:, None])

    def plain(self, chosen: Positions) -> Linearised:
        """Return the plain mean over cells."""
        share = np.full(len(chosen), 1 / len(chosen))
        return Linearised(
            np.array([share @ self.values[chosen]]), (self.influence[:, chosen] @ share)[:, None]
        )


def stacked(parts: Sequence[Linearised]) -> Linearised:
    """Return several estimates as one set."""
    return Linearised(
        np.concatenate([part.estimate for part in parts]), np.hstack([part.influence for part in parts])
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Summary:
    """What an aggregation makes of the cells: one estimate over all, and one for each label.

    Attributes
    ----------
    labels : tuple of str
        The first is "all".
    estimates : Linearised
    members : tuple of bool arrays, each of shape (k,)
        Cells that each estimate is made of.
    """

    labels: tuple[str, ...]
    estimates: Linearised
    members: tuple[Booleans, ...]


def simple(data: CellQuantities) -> Summary:
    """Return the mean over all cells after entry, by cohort size."""
    chosen = _where(data, after=True)
    return Summary(("all",), data.by_cohort_size(chosen), (_marks(data, chosen),))


def by_group(data: CellQuantities) -> Summary:
    """Return each cohort's plain mean over the waves since its entry, and their mean by cohort size."""
    groups = sorted({cell.group for cell in data.cells if cell.after})
    chosen = [_where(data, after=True, group=group) for group in groups]
    parts = stacked([data.plain(cells) for cells in chosen])
    cells = [Cell(group, group, group, ()) for group in groups]
    overall = CellQuantities(parts.estimate, parts.influence, cells, data.cohort, data.weight).by_cohort_size(
        np.arange(len(groups))
    )
    return _summary(data, overall, parts, [f"group {group}" for group in groups], chosen)


def by_event(data: CellQuantities) -> Summary:
    """Return the mean by cohort size at each time since entry, and the plain mean over those after it."""
    times = sorted({cell.wave - cell.group for cell in data.cells})
    chosen = [_where(data, since=time) for time in times]
    parts = stacked([data.by_cohort_size(cells) for cells in chosen])
    after = [k for k, time in enumerate(times) if time >= 0]
    overall = _plain_mean(parts, after)
    return _summary(data, overall, parts, [f"event {time}" for time in times], chosen, after)


def by_calendar(data: CellQuantities) -> Summary:
    """Return the mean by cohort size over those entered by each wave, and the plain mean over waves."""
    waves = sorted({cell.wave for cell in data.cells if cell.after})
    chosen = [_where(data, after=True, wave=wave) for wave in waves]
    parts = stacked([data.by_cohort_size(cells) for cells in chosen])
    overall = _plain_mean(parts, list(range(len(waves))))
    return _summary(data, overall, parts, [f"wave {wave}" for wave in waves], chosen)


AGGREGATIONS = {"simple": simple, "group": by_group, "event": by_event, "calendar": by_calendar}


def _where(
    data: CellQuantities,
    after: bool = False,
    group: int | None = None,
    wave: int | None = None,
    since: int | None = None,
) -> Positions:
    return np.array(
        [
            k
            for k, cell in enumerate(data.cells)
            if (cell.after or not after)
            and group in (None, cell.group)
            and wave in (None, cell.wave)
            and since in (None, cell.wave - cell.group)
        ],
        dtype=np.intp,
    )


def _plain_mean(parts: Linearised, chosen: Sequence[int]) -> Linearised:
    return Linearised(
        parts.estimate[list(chosen)].mean(keepdims=True),
        parts.influence[:, list(chosen)].mean(1, keepdims=True),
    )


def _marks(data: CellQuantities, chosen: Positions) -> Booleans:
    marks = np.zeros(len(data.cells), dtype=bool)
    marks[chosen] = True
    return marks


def _summary(
    data: CellQuantities,
    overall: Linearised,
    parts: Linearised,
    labels: Sequence[str],
    chosen: Sequence[Positions],
    counted: Sequence[int] | None = None,
) -> Summary:
    members = [_marks(data, cells) for cells in chosen]
    inside = members if counted is None else [members[k] for k in counted]
    return Summary(("all", *labels), stacked([overall, parts]), (np.any(inside, axis=0), *members))
