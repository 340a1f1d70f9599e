"""The weights of every cell, written, and their sums handed back: weights know no cells, but are read and summed by them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impact.arrays import Array
from impact.design.proposal import Rules
from impact.design.units import focal_units, weights_both_arms
from impact.language import Text
from impact.parallel import each
from impact.registry.matching.cell_match import CellDesign, CellSums, arm_totals, stages
from impact.registry.matching.column_sums import arm_sums
from impact.registry.reading.runs import Piece, in_bundles
from impact.registry.reading.storage import written_in_place
from impact.registry.score import ScoreModel
from impact.registry.weighting.weight_model import WeightModel

_ROWS = 250_000


def weighed_cells(
    cells: Sequence[tuple[int, str, tuple[Piece, ...]]],
    design: CellDesign,
    model: WeightModel,
    score: ScoreModel | None,
    n_jobs: int | None,
) -> list[CellSums]:
    """Write the weights of every cell's units; return what they come to, cell by cell."""

    def unfinished() -> list[str]:
        return [name for number, name, _ in cells if not design.weights_file(number).exists()]

    doing = Text("weighing the units", "se ponderaban las unidades")
    tasks = [(number, name, pieces, design, model, score) for number, name, pieces in cells]
    found: list[CellSums] = each(_weigh_cell, tasks, n_jobs, doing, unfinished)
    return found


def _weigh_cell(
    number: int,
    name: str,
    pieces: Sequence[Piece],
    design: CellDesign,
    model: WeightModel,
    score: ScoreModel | None,
) -> CellSums:
    """Weigh the units of a cell, some rows at a time."""
    rows, start, parts = sum(map(len, pieces)), 0, []
    what = Text("cell {name}", "la celda {name}", name=name)
    with written_in_place(design.weights_file(number), what, rows) as total:
        for bundle in in_bundles(pieces, _ROWS):
            part, raw = _weigh(bundle, design, model, score)
            total[start : start + len(raw)] = raw
            start += len(raw)
            parts.append(part)
    return CellSums(
        focal=sum(part.focal for part in parts),
        matched=sum(part.matched for part in parts),
        raw=(sum(part.raw[0] for part in parts), sum(part.raw[1] for part in parts)),
        before=(arm_sums(part.before[0] for part in parts), arm_sums(part.before[1] for part in parts)),
        after=(arm_sums(part.after[0] for part in parts), arm_sums(part.after[1] for part in parts)),
        rules=Rules(),
        warnings=(),
    )


def _weigh(
    bundle: Sequence[Piece], design: CellDesign, model: WeightModel, score: ScoreModel | None
) -> tuple[CellSums, Array]:
    units = design.units(bundle)
    matrix = units.matrix.to_numpy()
    values, inside = model.weights(matrix, units.treatment)
    focal = focal_units(units)
    weighted = values if weights_both_arms(design.estimand) else np.where(focal, 1.0, values)
    raw = np.where(inside, weighted, 0.0)
    known = None if score is None else score.of_matrix(matrix)
    sums = CellSums(
        focal=int(focal.sum()),
        matched=int((focal & inside).sum()),
        raw=arm_totals(raw, units),
        **stages(units, raw, known, design.terms),
        rules=Rules(),
        warnings=(),
    )
    return sums, raw
