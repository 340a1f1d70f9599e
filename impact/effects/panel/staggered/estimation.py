"""The effect of every cell: cohorts of one comparison together, so that a first stage is fitted once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impact.arrays import Array, Positions
from impact.effects.panel.estimators.two_periods import (
    Changes,
    CrossSections,
    DifferenceInDifferences,
    Linearised,
    linearised_mean,
)
from impact.effects.panel.sample import PanelUnits
from impact.effects.panel.staggered.cells import Cell, of_cohorts


def cell_effects(
    units: PanelUnits, values: Array, weight: Array, cells: Sequence[Cell], estimator: DifferenceInDifferences
) -> Linearised:
    """Return the effects of k cells and their influence by household.

    Parameters
    ----------
    units : PanelUnits
    values : float64 array, shape (n, T)
        The outcome.
    weight : float64 array, shape (n,)
    cells : sequence of Cell, length k
    estimator : DifferenceInDifferences

    Notes
    -----
    Where every household has every wave, its changes are compared; else the two waves as cross-sections, the rows of a household
    standing together in the error. A cell's influence counts n/m, m the rows that it uses.
    """
    estimate, influence = _nothing(values, cells)
    columns, balanced = np.ascontiguousarray(units.design.T), bool(units.observed.all())
    for together in _with_one_first_stage(cells, balanced):
        one = cells[together[0]]
        rows = np.flatnonzero(of_cohorts(units, (one.group, *one.compared)))
        treated = units.cohort.take(rows) == one.group
        design = np.take(columns, rows, axis=1).T  # column by column in memory, as products read it
        if balanced:
            before, after = _waves(units, values.take(rows, axis=0), [cells[k] for k in together])
            found = estimator.of_changes(
                Changes(before, after, treated, design, weight.take(rows), units.names, one.name)
            )
            estimate[together] = found.estimate
            for k, of_cell in zip(together, found.influence.T, strict=True):
                influence[rows, k] = of_cell * (len(values) / len(rows))
        else:
            found, household = _cross_sections(units, values, weight, design, rows, one, estimator)
            scale = len(values) / len(household)
            estimate[together] = found.estimate
            influence[:, together[0]] = scale * np.bincount(household, found.influence[:, 0], len(values))
    return Linearised(estimate, influence)


def treated_means(units: PanelUnits, values: Array, weight: Array, cells: Sequence[Cell]) -> Linearised:
    """Return the mean outcome of each cell's cohort in its wave, and its influence by household."""
    mean, influence = _nothing(values, cells)
    for group in dict.fromkeys(cell.group for cell in cells):
        own = np.flatnonzero(units.cohort == group)
        for k in [k for k, cell in enumerate(cells) if cell.group == group]:
            column = values[own, units.waves.index(cells[k].wave)]
            seen = np.isfinite(column)
            found = linearised_mean(weight[own[seen]], column[seen, None])
            mean[k] = found.estimate[0]
            influence[own[seen], k] = found.influence[:, 0] * (len(values) / seen.sum())
    return Linearised(mean, influence)


def _nothing(values: Array, cells: Sequence[Cell]) -> tuple[Array, Array]:
    """Return zeros for the cells' estimates and influence; a cell's influence lies together in memory, as it is filled and summed."""
    return np.zeros(len(cells)), np.zeros((len(values), len(cells)), order="F")


def _with_one_first_stage(cells: Sequence[Cell], balanced: bool) -> list[list[int]]:
    """Return the cells that compare the same households, but the base waves themselves."""
    together: dict[tuple[object, ...], list[int]] = {}
    for k, cell in enumerate(cells):
        if not cell.reference:
            key = (cell.group, cell.compared) if balanced else (cell,)
            together.setdefault(key, []).append(k)
    return list(together.values())


def _waves(units: PanelUnits, values: Array, cells: Sequence[Cell]) -> tuple[Array, Array]:
    place = {wave: k for k, wave in enumerate(units.waves)}
    before = values[:, [place[cell.base] for cell in cells]]
    after = values[:, [place[cell.wave] for cell in cells]]
    return before, after


def _cross_sections(
    units: PanelUnits,
    values: Array,
    weight: Array,
    design: Array,
    rows: Positions,
    cell: Cell,
    estimator: DifferenceInDifferences,
) -> tuple[Linearised, Positions]:
    """Return the effect from the rows of both waves, and the household of each row."""
    before, after = _waves(units, values[rows], [cell])
    outcome = np.concatenate([before, after])
    place, post = np.tile(np.arange(len(rows)), 2), np.repeat([False, True], len(rows))
    seen = np.isfinite(outcome[:, 0])
    outcome, place, post = outcome[seen], place[seen], post[seen]
    household, terms = rows[place], np.take(design.T, place, axis=1).T
    treated = units.cohort[household] == cell.group
    data = CrossSections(outcome, post, treated, terms, weight[household], units.names, cell.name)
    return estimator.of_cross_sections(data), household
