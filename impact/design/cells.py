"""Matched sets from cells of equal value: which hold both arms, and what to say of those that do not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Positions
from impact.design.units import Units, focal_units
from impact.errors import OverlapWarning, SupportError
from impact.language import Text
from impact.warn import warn


def two_sided_sets(cells: Positions, units: Units) -> Positions:
    """Return the cells that hold eligible units of both arms as matched sets 0, 1, …; -1 for all other units.

    Parameters
    ----------
    cells : int array, shape (n,)
        Number of each unit's cell; -1 for none.
    units : Units
    """
    inside = (cells >= 0) & units.eligible
    number = int(cells.max(initial=-1)) + 1
    treated = np.bincount(cells[inside & units.treatment], minlength=number)
    control = np.bincount(cells[inside & ~units.treatment], minlength=number)
    usable = (treated > 0) & (control > 0)
    renumbered = np.where(usable, np.cumsum(usable) - 1, -1)
    sets = np.full(len(units), -1, dtype=np.intp)
    sets[inside] = renumbered[cells[inside]]
    return sets


def require_a_set(sets: Positions, columns: tuple[str, ...], units: Units) -> None:
    """Raise a SupportError that lists the cells if no cell holds both arms."""
    if not (sets >= 0).any():
        raise SupportError(
            Text(
                (
                    "No combination of {columns} holds treated and control units; the focal units have "
                    "{one_sided_cells}. Match on fewer columns, or coarsen them."
                ),
                (
                    "Ninguna combinación de {columns} tiene unidades beneficiarias y de control; las unidades focales tienen "
                    "{one_sided_cells}. Empareje por menos columnas, o agrupe sus valores."
                ),
                columns=checks.listed(columns),
                one_sided_cells=one_sided_cells(sets, columns, units),
            )
        )


def warn_of_one_sided_cells(sets: Positions, columns: tuple[str, ...], units: Units) -> None:
    """List the combinations of values whose focal units have nobody to be compared with."""
    lost = focal_units(units) & units.eligible & (sets < 0)
    if lost.any():
        warn(
            Text(
                (
                    "{units} found nobody of the other arm with the same {columns} and left the estimate: "
                    "{one_sided_cells}. Match on fewer columns, coarsen them, or name the narrower population."
                ),
                (
                    "{units} no {units:encontró|encontraron} a nadie del otro brazo con el mismo {columns} y salieron de la estimación: "
                    "{one_sided_cells}. Empareje por menos columnas, agrupe sus valores, o nombre la población más "
                    "estrecha."
                ),
                units=checks.counted(int(lost.sum()), "unit"),
                columns=checks.listed(columns),
                one_sided_cells=one_sided_cells(sets, columns, units),
            ),
            OverlapWarning,
        )


def one_sided_cells(sets: Positions, columns: tuple[str, ...], units: Units) -> str:
    """Return the first combinations of values, with their number of focal units, that lack the other arm."""
    lost = focal_units(units) & units.eligible & (sets < 0)
    table = pd.DataFrame({name: units.column(name).to_numpy()[lost] for name in columns})
    counts = table.groupby(list(columns), sort=True, observed=True).size()
    cells = (cell if isinstance(cell, tuple) else (cell,) for cell in counts.index)
    described = (f"{_named(columns, cell)} ({count:,})" for cell, count in zip(cells, counts, strict=True))
    return checks.listed(described)


def _named(columns: tuple[str, ...], cell: tuple[object, ...]) -> str:
    plain = (f"{value:g}" if isinstance(value, float) else str(value) for value in cell)
    return " × ".join(f"{name}={value}" for name, value in zip(columns, plain, strict=True))
