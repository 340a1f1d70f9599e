"""Runs: the complete rows of one partition, sorted by cell, in a file that is read in place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from impact.arrays import Positions
from impact.registry.reading.storage import written

TREATED, ROW, ID = "impact:treated", "impact:row", "impact:id"
"""What a run holds beside the columns of the files, under names that these do not have."""


def write_run(path: Path, columns: Mapping[str, Any], what: str) -> None:
    """Write columns of one length as an Arrow file of one batch."""
    import pyarrow as pa

    batch = pa.record_batch([pa.array(column) for column in columns.values()], names=list(columns))
    with (
        written(path, what) as beside,
        pa.OSFile(str(beside), "wb") as sink,
        pa.ipc.new_file(sink, batch.schema) as writer,
    ):
        writer.write_batch(batch)


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of a run that stand together.

    Attributes
    ----------
    run : str
        Path of the run.
    start, stop : int
        Rows of the run.
    """

    run: str
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def arrays(self, names: Sequence[str]) -> dict[str, Any]:
        """Return columns of these rows, read in place: floats as they are, labels as codes among all labels."""
        import pyarrow as pa

        with pa.memory_map(self.run) as source:
            batch = pa.ipc.open_file(source).get_batch(0)
        part = batch.slice(self.start, len(self))
        places = _places(self.run) if any(_is_code(batch.schema.field(name).type) for name in names) else {}
        found = {name: part.column(name).to_numpy(zero_copy_only=False) for name in names}
        return {name: places[name][values] if name in places else values for name, values in found.items()}


def all_columns(piece: Piece) -> dict[str, Any]:
    """Return every column of some rows as the run holds it: labels as the run's own codes."""
    import pyarrow as pa

    with pa.memory_map(piece.run) as source:
        batch = pa.ipc.open_file(source).get_batch(0)
    part = batch.slice(piece.start, len(piece))
    return {name: part.column(name).to_numpy(zero_copy_only=False) for name in batch.schema.names}


def _is_code(dtype: Any) -> bool:
    import pyarrow as pa

    return bool(dtype == pa.int32())


def write_places(run: Path, places: Mapping[str, Positions]) -> None:
    """Write, beside a run, where its labels stand among all labels."""
    with written(_places_file(str(run)), run.name) as beside, beside.open("wb") as sink:
        narrow: dict[str, Any] = {name: values.astype(np.int32) for name, values in places.items()}
        np.savez(sink, **narrow)


def _places(run: str) -> dict[str, Positions]:
    with np.load(_places_file(run)) as stored:
        return {name: stored[name] for name in stored.files}


def _places_file(run: str) -> Path:
    return Path(run).with_suffix(".places.npz")


@dataclass(frozen=True, slots=True)
class RunLayout:
    """How a registry's columns are held, so that rows become a table as ``im.Sample`` has it.

    Attributes
    ----------
    treatment : str
    categories : dict of str to list
        Covariates of text with all their values, sorted.
    """

    treatment: str
    categories: Mapping[str, Sequence[Any]]

    def frame(self, pieces: Sequence[Piece], columns: Sequence[str]) -> pd.DataFrame:
        """Return columns of the pieces one after another: numbers, categories, and codes for other labels."""
        names = list(dict.fromkeys(TREATED if name == self.treatment else name for name in columns))
        parts = [piece.arrays(names) for piece in pieces]
        found: dict[str, Any] = {name: np.concatenate([part[name] for part in parts]) for name in names}
        if TREATED in found:
            found[self.treatment] = found.pop(TREATED).astype(np.float64)
        for name, categories in self.categories.items():
            if name in found:
                found[name] = pd.Categorical.from_codes(found[name], pd.Index(categories))
        return pd.DataFrame(found, copy=False)[list(dict.fromkeys(columns))]


def in_bundles(pieces: Sequence[Piece], most: int) -> Iterator[list[Piece]]:
    """Yield the pieces in their order, as many together as have at most so many rows; a larger one is cut."""
    together: list[Piece] = []
    rows = 0
    for piece in _cut(pieces, most):
        if together and rows + len(piece) > most:
            yield together
            together, rows = [], 0
        together.append(piece)
        rows += len(piece)
    if together:
        yield together


def _cut(pieces: Sequence[Piece], most: int) -> Iterator[Piece]:
    for piece in pieces:
        for start in range(piece.start, piece.stop, most):
            yield Piece(piece.run, start, min(start + most, piece.stop))
