"""From effects by cohort and wave to one number, or one by cohort, time since entry or wave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.effects.panel.staggered.cells import Cell
from impact.language import Text

COHORT = Text("group {number!s}", "cohorte {number!s}", number="")
SINCE_ENTRY = Text("event {number!s}", "tiempo desde la entrada: {number!s}", number="")
IN_WAVE = Text("wave {number!s}", "ronda {number!s}", number="")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Combination:
    """A linear combination of k cells whose weights depend on the sizes of c cohorts.

    Attributes
    ----------
    weights : float64 array, shape (k,)
    by_size : float64 array, shape (c, q)
        How the mean of each of q quantities moves with the share of each cohort.
    """

    weights: Array
    by_size: Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CellQuantities:
    """q quantities of every cell, and the sizes of the cohorts.

    Attributes
    ----------
    values : float64 array, shape (k, q)
    cells : sequence of Cell, length k
    cohorts : float64 array, shape (c,)
    sizes : float64 array, shape (c,)
        Share of the weight in each cohort.
    """

    values: Array
    cells: Sequence[Cell]
    cohorts: Array
    sizes: Array

    @property
    def own(self) -> Positions:
        """Number of each cell's cohort, shape (k,)."""
        return np.searchsorted(self.cohorts, [cell.group for cell in self.cells])

    def by_cohort_size(self, chosen: Positions) -> Combination:
        """Return the mean over cells by the size of their cohorts, which is estimated and counts as such.

        Notes
        -----
        With p_k the size of cell k's cohort and P = Σ p_k, the mean moves with the size of a cohort by Σ (v_k − v̄)/P over its cells.
        """
        own, weights, by_size = self.own[chosen], np.zeros(len(self.cells)), self._nothing()
        shares = self.sizes[own]
        weights[chosen] = shares / shares.sum()
        mean = weights @ self.values
        np.add.at(by_size, own, (self.values[chosen] - mean) / shares.sum())
        return Combination(weights, by_size)

    def plain(self, chosen: Positions) -> Combination:
        """Return the plain mean over cells."""
        weights = np.zeros(len(self.cells))
        weights[chosen] = 1 / len(chosen)
        return Combination(weights, self._nothing())

    def _nothing(self) -> Array:
        return np.zeros((len(self.cohorts), self.values.shape[1]))

    def means_by_size(self, parts: Sequence[Combination], groups: Sequence[int]) -> Combination:
        """Return the mean of one combination for each cohort, by the size of the cohorts."""
        own = np.searchsorted(self.cohorts, groups)
        shares = self.sizes[own]
        share = shares / shares.sum()
        each = np.array([part.weights @ self.values for part in parts])
        by_size = self._nothing()
        by_size[own] = (each - share @ each) / shares.sum()
        return Combination(share @ np.stack([part.weights for part in parts]), by_size)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Summary:
    """What an aggregation makes of a quantity of k cells: one estimate over all, and one for each label; r in all.

    Attributes
    ----------
    labels : tuple of str, length r
        The first is "all".
    values : float64 array, shape (r,)
    weights : float64 array, shape (k, r)
        Of the cells in each estimate.
    by_size : float64 array, shape (c, r)
        How each estimate moves with the share of each cohort.
    members : tuple of bool arrays, each of shape (k,)
        Cells that each estimate is made of.
    """

    labels: tuple[str, ...]
    values: Array
    weights: Array
    by_size: Array
    members: tuple[Booleans, ...]

    def of_cells(self, of_cells: Array, of_sizes: Array) -> Array:
        """Return the influence on the estimates, from that on the cells, shape (m, k), and that on the cohorts' sizes, shape (m, c)."""
        combined: Array = of_cells @ self.weights
        return combined + of_sizes @ self.by_size if self.by_size.any() else combined


Summaries = tuple[Summary, ...]
"""One for each quantity."""


def _summaries(
    data: CellQuantities, parts: Sequence[Combination], labels: Sequence[str], members: Sequence[Booleans]
) -> Summaries:
    weights = np.stack([part.weights for part in parts], axis=1)
    by_size = np.stack([part.by_size for part in parts], axis=1)
    return tuple(
        Summary(tuple(labels), values @ weights, weights, by_size[:, :, quantity], tuple(members))
        for quantity, values in enumerate(data.values.T)
    )


def simple(data: CellQuantities) -> Summaries:
    """Return the mean over all cells after entry, by cohort size."""
    chosen = _where(data, after=True)
    return _summaries(data, [data.by_cohort_size(chosen)], ["all"], [_marks(data, chosen)])


def by_group(data: CellQuantities) -> Summaries:
    """Return each cohort's plain mean over the waves since its entry, and their mean by cohort size."""
    groups = sorted({cell.group for cell in data.cells if cell.after})
    chosen = [_where(data, after=True, group=group) for group in groups]
    parts = [data.plain(cells) for cells in chosen]
    overall = data.means_by_size(parts, groups)
    return _with_overall(data, overall, parts, [COHORT.with_values(number=group) for group in groups], chosen)


def by_event(data: CellQuantities) -> Summaries:
    """Return the mean by cohort size at each time since entry, and the plain mean over those after it."""
    times = sorted({cell.wave - cell.group for cell in data.cells})
    chosen = [_where(data, since=time) for time in times]
    parts = [data.by_cohort_size(cells) for cells in chosen]
    after = [k for k, time in enumerate(times) if time >= 0]
    overall = _plain_mean([parts[k] for k in after])
    return _with_overall(
        data, overall, parts, [SINCE_ENTRY.with_values(number=time) for time in times], chosen, after
    )


def by_calendar(data: CellQuantities) -> Summaries:
    """Return the mean by cohort size over those entered by each wave, and the plain mean over waves."""
    waves = sorted({cell.wave for cell in data.cells if cell.after})
    chosen = [_where(data, after=True, wave=wave) for wave in waves]
    parts = [data.by_cohort_size(cells) for cells in chosen]
    return _with_overall(
        data, _plain_mean(parts), parts, [IN_WAVE.with_values(number=wave) for wave in waves], chosen
    )


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


def _plain_mean(parts: Sequence[Combination]) -> Combination:
    return Combination(
        np.mean([part.weights for part in parts], axis=0), np.mean([part.by_size for part in parts], axis=0)
    )


def _marks(data: CellQuantities, chosen: Positions) -> Booleans:
    marks = np.zeros(len(data.cells), dtype=bool)
    marks[chosen] = True
    return marks


def _with_overall(
    data: CellQuantities,
    overall: Combination,
    parts: Sequence[Combination],
    labels: Sequence[str],
    chosen: Sequence[Positions],
    counted: Sequence[int] | None = None,
) -> Summaries:
    members = [_marks(data, cells) for cells in chosen]
    inside = members if counted is None else [members[k] for k in counted]
    return _summaries(data, [overall, *parts], ["all", *labels], [np.any(inside, axis=0), *members])
