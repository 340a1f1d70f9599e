"""The part of a registry between two values of a column, as a registry sample of its own."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from impact.arrays import Booleans
from impact.language import Text
from impact.parallel import each
from impact.registry.reading.moments import CrossProducts, of_all_parts
from impact.registry.reading.runs import TREATED, Piece, RunLayout, all_columns, in_bundles, write_run
from impact.registry.reading.storage import WorkingFolder
from impact.registry.sample import RegistrySample
from impact.survey.covariates import encode

_ROWS = 250_000


def part_of(sample: RegistrySample, column: str, low: float, high: float) -> RegistrySample:
    """Return the rows whose column is above ``low`` and at most ``high``.

    Its runs are written anew, in a folder that goes with it; groups keep the numbers that they have in the whole registry.
    """
    part = copy.copy(sample)
    part.folder = WorkingFolder(sample.folder.path)
    by_run: dict[str, list[tuple[int, Piece]]] = {}
    for cell in sample.frame.index:
        for piece in sample.pieces_of([int(cell)]):
            by_run.setdefault(piece.run, []).append((int(cell), piece))
    tasks = [
        (run, pieces, part.folder.path, column, low, high, sample.layout, sample.roles.covariates)
        for run, pieces in sorted(by_run.items())
    ]
    doing = Text("cutting the registry", "se cortaba el registro")
    found = each(_cut_run, tasks, sample.n_jobs, doing)
    pieces: list[list[Piece]] = [[] for _ in sample.frame.index]
    counts = np.zeros((len(pieces), 2), dtype=np.int64)
    for kept, _ in found:
        for cell, piece, treated in kept:
            pieces[cell].append(piece)
            counts[cell] += (len(piece), treated)
    table = sample.frame
    table["rows"], table["treated"] = counts.T
    table["control"] = table["rows"] - table["treated"]
    part.hold(pieces, table, of_all_parts(moments for _, moments in found))
    return part


def _cut_run(
    run: str,
    pieces: list[tuple[int, Piece]],
    folder: Path,
    column: str,
    low: float,
    high: float,
    layout: RunLayout,
    covariates: tuple[str, ...],
) -> tuple[list[tuple[int, Piece, int]], CrossProducts]:
    """Write the rows of a run that lie between the values; return where each cell stands, and the moments of the covariates."""
    target = folder / Path(run).name
    columns: list[dict[str, Any]] = []
    kept: list[tuple[int, Piece, int]] = []
    start = 0
    for cell, piece in pieces:
        held = all_columns(piece)
        inside: Booleans = (held[column] > low) & (held[column] <= high)
        rows = int(inside.sum())
        if rows:
            columns.append({name: values[inside] for name, values in held.items()})
            kept.append((cell, Piece(str(target), start, start + rows), int(columns[-1][TREATED].sum())))
            start += rows
    if not kept:
        return [], CrossProducts.of(np.empty((0, _width(layout, covariates))))
    names = list(columns[0])
    write_run(target, {name: np.concatenate([one[name] for one in columns]) for name in names}, target.name)
    places = Path(run).with_suffix(".places.npz")
    shutil.copyfile(places, target.with_suffix(".places.npz"))
    whole = Piece(str(target), 0, start)
    parts = [
        CrossProducts.of(encode(layout.frame(bundle, covariates), covariates).to_numpy())
        for bundle in in_bundles([whole], _ROWS)
    ]
    return kept, of_all_parts(parts)


def _width(layout: RunLayout, covariates: tuple[str, ...]) -> int:
    empty = {
        name: pd.Categorical([], layout.categories[name]) if name in layout.categories else np.empty(0)
        for name in covariates
    }
    return encode(pd.DataFrame(empty), covariates).shape[1]
