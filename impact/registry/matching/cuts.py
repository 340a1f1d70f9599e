"""Cells too large for a worker, cut at quantiles of the score or into boxes: with replacement few units beyond a cut can be near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.distances.calipers import SCORE, caliper_columns
from impact.design.match_weights import raw_weights
from impact.design.matching.nearest import NearestNeighbor
from impact.design.proposal import Rules
from impact.design.search.neighbors import TIE
from impact.design.units import Units, focal_units, weights_both_arms
from impact.errors import OptionError
from impact.language import Text
from impact.parallel import each
from impact.registry.matching.cell_match import (
    CellDesign,
    CellSums,
    SaidInCells,
    arm_totals,
    assigned,
    stages,
    write_pairs,
)
from impact.registry.matching.column_sums import arm_sums
from impact.registry.matching.distances import ScoreDistance
from impact.registry.matching.grid import PointBox, boxes_of
from impact.registry.reading.runs import Piece, in_bundles
from impact.registry.reading.storage import written_in_place

_ROWS = 500_000
_SLICE = Text("{cell}, slice {number}", "{cell}, parte {number}")
_MOST_SAMPLED = 200_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Slice:
    """Part of a cell: the focal units between two cuts, and as much of the other arm as can be near them.

    Attributes
    ----------
    low, high : float
        Focal units have a score above the one and at most the other.
    from_score, to_score : float
        Units of the other arm have a score between these, both included.
    """

    low: float
    high: float
    from_score: float
    to_score: float

    def inside(self, units: Units, design: CellDesign, start: int) -> Booleans:
        """Return which rows, that stand in the cell from ``start`` on, are matched with the slice."""
        score, focal = _score(units, design), focal_units(units)
        own = focal & (score > self.low) & (score <= self.high)
        other = ~focal & (score >= self.from_score) & (score <= self.to_score)
        return np.asarray(own | other)


def refuse_uncut(name: str, rows: int, most: int, strategy: NearestNeighbor) -> None:
    """Refuse a cell with more rows than a worker may hold where cutting it would change the match."""
    why = None
    if strategy.capacity is not None:
        why = Text(
            "a unit that is used only so often may be wanted on both sides of a cut",
            "una unidad que se usa un número limitado de veces puede hacer falta a ambos lados de un corte",
        )
    elif strategy.prefer or strategy.anti_exact or set(caliper_columns(strategy.caliper)) - {SCORE}:
        why = Text(
            "with prefer, anti_exact or calipers on covariates the nearest allowed unit may lie far beyond a cut",
            (
                "con prefer, anti_exact o calipers sobre covariables, la unidad permitida más cercana puede estar "
                "mucho más allá de un corte"
            ),
        )
    if why:
        raise OptionError(
            Text(
                (
                    "Cell {name} has {rows:,} rows, more than largest_cell={most:,}, and cannot be cut: {why}. Name "
                    "finer cells in exact, match with replacement on the distance alone, or pass a largest_cell that a "
                    "worker can hold (about 400 bytes a row)."
                ),
                (
                    "La celda {name} tiene {rows:,} filas, más que largest_cell = {most:,}, y no se puede cortar: {why}. "
                    "Nombre celdas más finas en exact, empareje con reemplazo solo por la distancia, o dé un largest_cell que "
                    "quepa en un proceso (unos 400 bytes por fila)."
                ),
                name=name,
                rows=rows,
                most=most,
                why=why,
            )
        )


def match_in_slices(
    cell: int, name: str, pieces: Sequence[Piece], design: CellDesign, most: int, n_jobs: int | None
) -> CellSums:
    """Match a cell slice by slice, its weights added in a file; for the ATE the treated and then the controls."""
    bundles = list(in_bundles(pieces, _ROWS))
    asked = ("ATT", "ATC") if weights_both_arms(design.estimand) else (design.estimand,)
    ways = [replace(design, estimand=estimand) for estimand in asked]
    slices: list[tuple[Slice | PointBox, CellDesign]] = []
    for way in ways:
        slices += [(one, way) for one in _parts_of(cell, name, bundles, way, most, n_jobs)]
    first_rows = np.concatenate([[0], np.cumsum([sum(map(len, bundle)) for bundle in bundles])])
    tasks = [(cell, name, k, one, bundles, way) for k, (one, way) in enumerate(slices)]

    def unfinished() -> list[str]:
        left = [k for k in range(len(slices)) if not design.pairs_file(cell, k).exists()]
        return [_SLICE.with_values(cell=name, number=k) for k in left]

    made = each(
        _match_slice,
        tasks,
        n_jobs,
        Text("matching the slices of a cell", "se emparejaban las partes de una celda"),
        unfinished,
    )
    for file in design.folder.glob(f"box-{cell:06d}-*"):
        file.unlink()
    what = Text("cell {name}", "la celda {name}", name=name)
    with written_in_place(design.weights_file(cell), what, int(first_rows[-1])) as total:
        for part in made:
            total[part.rows] += part.raw
    whole = [
        (cell, bundle, int(start), design) for bundle, start in zip(bundles, first_rows[:-1], strict=True)
    ]
    sums = each(
        _sums_of_bundle,
        whole,
        n_jobs,
        Text("summing the slices of a cell", "se sumaban las partes de una celda"),
    )
    rules = [part.rules for part in made if part.rules is not None]
    decided = [rule for rule in rules if rule.row_order]
    return CellSums(
        focal=sum(one["focal"] for one in sums),
        matched=sum(part.matched for part in made),
        raw=(sum(one["raw"][0] for one in sums), sum(one["raw"][1] for one in sums)),
        before=(arm_sums(one["before"][0] for one in sums), arm_sums(one["before"][1] for one in sums)),
        after=(arm_sums(one["after"][0] for one in sums), arm_sums(one["after"][1] for one in sums)),
        rules=next(iter([*decided, *rules]), None),
        warnings=tuple(dict.fromkeys(said for part in made for said in part.said)),
    )


def _parts_of(
    cell: int,
    name: str,
    bundles: Sequence[Sequence[Piece]],
    design: CellDesign,
    most: int,
    n_jobs: int | None,
) -> Sequence[Slice | PointBox]:
    """Return slices of the score, or boxes of the points of another distance."""
    if isinstance(design.strategy.distance, ScoreDistance):
        return slices_of(bundles, design, most, n_jobs)
    return boxes_of(cell, name, bundles, design, most, n_jobs)


def slices_of(
    bundles: Sequence[Sequence[Piece]], design: CellDesign, most: int, n_jobs: int | None
) -> list[Slice]:
    """Return slices of about equal numbers of rows.

    Notes
    -----
    Of the M nearest units of a focal unit, those beyond a cut are among the M nearest to the cut; a unit tied with the last of them lies
    at most the square root of the ties' tolerance further away.
    """
    rows = sum(len(piece) for bundle in bundles for piece in bundle)
    tasks = [(bundle, design, max(rows // _MOST_SAMPLED, 1)) for bundle in bundles]
    some = np.concatenate(
        each(_some_scores, tasks, n_jobs, Text("measuring the score", "se medía el puntaje"))
    )
    number = -(-rows // most)
    cuts = np.unique(np.quantile(some, np.arange(1, number) / number, method="lower"))
    ratio = design.strategy.ratio
    parts = each(
        _beside_cuts,
        [(bundle, design, cuts, ratio) for bundle in bundles],
        n_jobs,
        Text("cutting the cell", "se cortaba la celda"),
    )
    below = np.sort(np.concatenate([part[0] for part in parts], axis=1), axis=1)[:, -ratio]
    above = np.sort(np.concatenate([part[1] for part in parts], axis=1), axis=1)[:, ratio - 1]
    reach = 1.001 * design.strategy.distance.spread * np.sqrt(max(design.strategy.tie_tolerance, TIE))
    lows, highs = np.concatenate([[-np.inf], cuts]), np.concatenate([cuts, [np.inf]])
    starts, stops = np.concatenate([[-np.inf], below - reach]), np.concatenate([above + reach, [np.inf]])
    return [Slice(*map(float, ends)) for ends in zip(lows, highs, starts, stops, strict=True)]


def _score(units: Units, design: CellDesign) -> Any:
    """Return the score of every unit; None where the distance is none."""
    return design.strategy.distance.measure(units).score


def _some_scores(bundle: Sequence[Piece], design: CellDesign, every: int) -> Array:
    score: Array = _score(design.units(bundle), design)
    return score[::every]


def _beside_cuts(bundle: Sequence[Piece], design: CellDesign, cuts: Array, ratio: int) -> tuple[Array, Array]:
    """Return the scores of the ``ratio`` units of the other arm next to each cut, below and above; infinite where there are fewer."""
    units = design.units(bundle)
    scores = np.sort(_score(units, design)[~focal_units(units)])
    padded = np.concatenate([np.full(ratio, -np.inf), scores, np.full(ratio, np.inf)])
    place = ratio + np.searchsorted(scores, cuts, side="right")
    steps = np.arange(ratio)
    return padded[place[:, None] - 1 - steps], padded[place[:, None] + steps]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _MatchedSlice:
    """Rows of the cell that carry weight by a slice, their weights, and what the strategy said."""

    rows: Any
    raw: Array
    matched: int
    rules: Rules | None
    said: SaidInCells


def _match_slice(
    cell: int,
    name: str,
    number: int,
    part: Slice | PointBox,
    bundles: Sequence[Sequence[Piece]],
    design: CellDesign,
) -> _MatchedSlice:
    """Match the focal units of a slice, whose rows are gathered bundle by bundle."""
    rows, gathered, start = [], [], 0
    for bundle in bundles:
        units = design.units(bundle)
        inside = part.inside(units, design, start)
        rows.append(start + np.flatnonzero(inside))
        gathered.append(units.take(inside))
        start += len(units)
    units, place = _joined(gathered), np.concatenate(rows)
    focal = focal_units(units)
    if focal.all() or not focal.any():
        write_pairs(design.pairs_file(cell, number), name, None, place)
        return _MatchedSlice(place[:0], np.empty(0), 0, None, ())
    label = _SLICE.with_values(cell=name, number=number)
    assignment, said = assigned(label, units, design.strategy)
    raw, kept = raw_weights(assignment, units)
    write_pairs(design.pairs_file(cell, number), label, assignment.pairs, place)
    used = raw > 0
    return _MatchedSlice(place[used], raw[used], int(kept.sum()), assignment.rules, said)


def _joined(parts: Sequence[Units]) -> Units:
    """Return the units of several bundles together."""
    import pandas as pd

    def stacked(name: str) -> Any:
        return pd.concat([getattr(part, name) for part in parts], ignore_index=True)

    def arrays(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    return Units(
        treatment=arrays("treatment"),
        covariates=stacked("covariates"),
        matrix=stacked("matrix"),
        estimand=parts[0].estimand,
        eligible=arrays("eligible"),
        cluster=None,
        stratum=None,
        id=None,
        sampling_weight=arrays("sampling_weight"),
        weighted=parts[0].weighted,
        declared=stacked("declared"),
    )


def _sums_of_bundle(cell: int, bundle: Sequence[Piece], start: int, design: CellDesign) -> dict[str, Any]:
    units = design.units(bundle)
    raw = np.asarray(np.load(design.weights_file(cell), mmap_mode="r")[start : start + len(units)])
    focal = focal_units(units)
    counts: dict[str, Any] = {"focal": int(focal.sum()), "raw": arm_totals(raw, units)}
    return counts | stages(units, raw, _score(units, design), design.terms)
