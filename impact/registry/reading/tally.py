"""One pass over one partition: its rows checked, counted, sorted by cell and written as a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.registry.reading.moments import CrossProducts
from impact.registry.reading.partitions import Partition
from impact.registry.reading.roles import ColumnRoles
from impact.registry.reading.runs import ID, ROW, TREATED, write_run

Cell = tuple[Any, ...]
"""The values of the cells' columns."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tally:
    """What a partition holds, as its checks need it.

    Attributes
    ----------
    name : str
        Of its file.
    rows, kept : int
        Read, and left when incomplete rows are out.
    lacking, infinite, low : dict of str to int
        Rows that lack a value, that have an infinite one, and that have a weight or size of zero or less, by column.
    treatment_values : frozenset of float
    levels : dict of str to array
        The values of the label columns and of the covariates of text, in the order of their codes in the run.
    terms : tuple of (str, value or None)
        Covariates and levels whose moments are taken.
    moments : CrossProducts
    low_high : float64 array, shape (2, number of terms)
        Smallest and largest value of each term.
    cells : tuple of Cell
        In the order of the run.
    starts : int array, shape (number of cells + 1,)
        Where each cell begins in the run.
    treated : int array, shape (number of cells,)
        Treated rows of each cell.
    group_arms : bool array, shape (2, number of clusters)
        Which clusters have treated, and control, rows.
    """

    name: str
    rows: int
    kept: int
    lacking: Mapping[str, int]
    infinite: Mapping[str, int]
    low: Mapping[str, int]
    treatment_values: frozenset[float]
    levels: Mapping[str, Any]
    terms: tuple[tuple[str, Any], ...]
    moments: CrossProducts
    low_high: Array
    cells: tuple[Cell, ...]
    starts: Positions
    treated: Positions
    group_arms: Booleans


@dataclass(frozen=True, slots=True)
class Reading:
    """How partitions are read.

    Attributes
    ----------
    roles : ColumnRoles
    kinds : dict of str to str
        The kind of values of each column.
    drop : bool
        Whether incomplete rows are left out.
    """

    roles: ColumnRoles
    kinds: Mapping[str, str]
    drop: bool

    @property
    def texts(self) -> tuple[str, ...]:
        """Covariates of text."""
        return tuple(name for name in self.roles.covariates if self.kinds[name] == "text")

    @property
    def coded(self) -> tuple[str, ...]:
        """Columns held as codes of their values."""
        return tuple(dict.fromkeys((*self.texts, *self.roles.labels)))

    @property
    def held(self) -> tuple[str, ...]:
        """Those that a run holds: a cell is where its rows stand."""
        cluster = (self.roles.cluster,) if self.roles.cluster else ()
        return tuple(dict.fromkeys((*self.texts, *cluster)))

    @property
    def floats(self) -> tuple[str, ...]:
        """Columns held as float64 beside the treatment."""
        covariates = (name for name in self.roles.covariates if name not in self.texts)
        return tuple(dict.fromkeys((*covariates, *self.roles.numbers)))


def tallied(partition: Partition, reading: Reading, first_row: int, run: Path) -> Tally:
    """Read a partition once: count what is wrong with it, and write its complete rows, cell after cell, as a run."""
    roles = reading.roles
    table = partition.read(roles.columns)
    rows = table.num_rows
    floats = {name: _floats(table.column(name)) for name in (roles.treatment, *reading.floats)}
    codes, levels = {}, {}
    for name in reading.coded:
        codes[name], levels[name] = _codes(table.column(name))
    missing = {name: np.isnan(column) for name, column in floats.items()}
    missing |= {name: column < 0 for name, column in codes.items()}
    missing = {name: marks for name, marks in missing.items() if name in roles.needed}
    complete = ~np.any(list(missing.values()), axis=0)
    infinite = {name: int(np.isinf(column).sum()) for name, column in floats.items()}
    keep = np.flatnonzero(complete)
    kept_floats = {name: column[keep] for name, column in floats.items()}
    kept_codes = {name: column[keep] for name, column in codes.items()}
    cell_of_row, cells = _cells(kept_codes, levels, roles, len(keep))
    order = np.argsort(cell_of_row, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(cell_of_row, minlength=len(cells)))]).astype(np.intp)
    treated = kept_floats[roles.treatment] == 1.0
    columns: dict[str, Any] = {TREATED: treated[order].astype(np.uint8), ROW: first_row + keep[order]}
    columns |= {name: kept_floats[name][order] for name in reading.floats}
    columns |= {name: kept_codes[name][order] for name in reading.held}
    if roles.id is not None:
        columns[ID] = table.column(roles.id).take(keep[order]).combine_chunks()
    write_run(run, columns, partition.name)
    terms, values = _terms(reading, kept_floats, kept_codes, levels)
    if any(infinite.values()):  # refused by the checks: what is finite is enough until then
        values = values[np.isfinite(values).all(1)]
    number = len(levels[roles.cluster]) if roles.cluster else 0
    return Tally(
        name=partition.name,
        rows=rows,
        kept=len(keep),
        lacking={name: int(marks.sum()) for name, marks in missing.items()},
        infinite={name: count for name, count in infinite.items() if count},
        low=_low(kept_floats, roles),
        treatment_values=frozenset(np.unique(kept_floats[roles.treatment]).tolist()[:6]),
        levels=levels,
        terms=terms,
        moments=CrossProducts.of(values),
        low_high=np.stack([values.min(0), values.max(0)]) if len(values) else np.empty((2, 0)),
        cells=cells,
        starts=starts,
        treated=np.bincount(cell_of_row, treated, minlength=len(cells)).astype(np.intp),
        group_arms=_arms_of_groups(kept_codes.get(roles.cluster or ""), treated, number),
    )


def _floats(column: Any) -> Array:
    """Return an Arrow column as float64, NaN where it is empty."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    values: Array = column.cast(pa.float64(), safe=False).to_numpy()
    return np.asarray(values, dtype=np.float64)


def _codes(column: Any) -> tuple[Positions, Any]:
    """Return an Arrow column as codes of its sorted values, −1 where it is empty, and those values."""
    import pyarrow.compute as pc

    whole = column.combine_chunks()
    encoded = whole if hasattr(whole, "dictionary") else pc.dictionary_encode(whole)
    found = encoded.indices.fill_null(-1).to_numpy().astype(np.int32)
    values = np.asarray(encoded.dictionary.to_numpy(zero_copy_only=False))
    order = np.argsort(values, kind="stable")
    place = np.empty(len(order) + 1, dtype=np.int32)
    place[order], place[-1] = np.arange(len(order)), -1
    return place[found], values[order]


def _cells(
    codes: Mapping[str, Positions], levels: Mapping[str, Any], roles: ColumnRoles, rows: int
) -> tuple[Positions, tuple[Cell, ...]]:
    """Return the number of each row's cell, and the cells' values."""
    if not roles.cells:
        return np.zeros(rows, dtype=np.intp), ((),)
    shape = tuple(len(levels[name]) for name in roles.cells)
    flat = (
        np.ravel_multi_index([codes[name] for name in roles.cells], shape) if rows else np.empty(0, np.intp)
    )
    present, number = np.unique(flat, return_inverse=True)
    places = np.unravel_index(present, shape)
    named = [levels[name][place].tolist() for name, place in zip(roles.cells, places, strict=True)]
    return number.astype(np.intp), tuple(zip(*named, strict=True))


def _low(floats: Mapping[str, Array], roles: ColumnRoles) -> dict[str, int]:
    """Return how many weights and household sizes are not above zero."""
    by_role = roles.by_role()
    counted = {
        name: int((floats[name] <= 0).sum())
        for name in (*by_role.get("sampling_weight", []), *by_role["persons"])
    }
    return {name: count for name, count in counted.items() if count}


def _terms(
    reading: Reading, floats: Mapping[str, Array], codes: Mapping[str, Positions], levels: Mapping[str, Any]
) -> tuple[tuple[tuple[str, Any], ...], Array]:
    """Return the covariates as numbers, every level that occurs here as an indicator, and what each column is."""
    terms: list[tuple[str, Any]] = []
    columns: list[Array] = []
    for name in reading.roles.covariates:
        if name in reading.texts:
            present = np.unique(codes[name])
            terms += [(name, levels[name][code]) for code in present]
            columns += [(codes[name] == code).astype(np.float64) for code in present]
        else:
            terms.append((name, None))
            columns.append(floats[name])
    return tuple(terms), np.column_stack(columns) if columns else np.empty((0, 0))


def _arms_of_groups(codes: Positions | None, treated: Booleans, number: int) -> Booleans:
    arms = np.zeros((2, number), dtype=np.bool_)
    if codes is not None:
        arms[0, codes[treated]] = True
        arms[1, codes[~treated]] = True
    return arms
