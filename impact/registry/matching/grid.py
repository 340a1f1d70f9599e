"""Cells too large for a worker, cut into boxes of the points whose distances count: two rounds, and the match is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.design.search.neighbors import TIE
from impact.design.units import Units, focal_units
from impact.errors import OptionError
from impact.language import Text
from impact.parallel import each
from impact.registry.matching.cell_match import CellDesign
from impact.registry.reading.runs import Piece
from impact.registry.reading.storage import save_array, written

_MOST_SAMPLED = 200_000
_ASKED = 20_000
"""Units of which the neighbours beyond the border are sought at a time."""
_ROUNDING = 1e-9

Bundles = Sequence[Sequence[Piece]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PointBox:
    """A part of a cell: the units with points above ``low`` and at most ``high``, and the units of the other arm beyond that may be near.

    Attributes
    ----------
    number : int
    low, high : float64 arrays, shape (k,)
    codes : Path
        The box of every row of the cell, so that a row on a border is on one side of it in every pass.
    near : tuple of Path
        Rows beyond, by the box that they are in.
    """

    number: int
    low: Array
    high: Array
    codes: Path
    near: tuple[Path, ...]

    def inside(self, units: Units, design: CellDesign, start: int) -> Booleans:
        """Return which rows, that stand in the cell from ``start`` on, are matched with the box."""
        kept = np.asarray(_own(self.codes, start, len(units)) == self.number)
        for file in self.near:
            rows = np.load(file, mmap_mode="r")
            first, last = np.searchsorted(rows, [start, start + len(units)])
            kept[rows[first:last] - start] = True
        return kept

    def distance(self, points: Array) -> Array:
        """Return how far points are from the box, shape (n,)."""
        apart = np.maximum(np.maximum(self.low - points, points - self.high), 0.0)
        result: Array = np.sqrt((apart**2).sum(1))
        return result

    def depth(self, points: Array) -> Array:
        """Return how far the points of its units are from its border, shape (n,)."""
        result: Array = np.minimum(points - self.low, self.high - points).min(1)
        return result


def boxes_of(
    cell: int, name: str, bundles: Bundles, design: CellDesign, most: int, n_jobs: int | None
) -> list[PointBox]:
    """Return boxes of about equal numbers of rows, each with the units beyond it that its focal units may be matched with.

    Notes
    -----
    Cut at quantiles, along the coordinate that varies most. First round: in each box, how far each focal unit's ``ratio``-th neighbour is.
    Those to whom the border is nearer are open: a nearer unit, or one as near, may stand in another box. Second round: of every box that
    their reach touches, the units within the reach, and of these no more than the ``ratio`` nearest and those tied with the last.
    """
    rows = sum(len(piece) for bundle in bundles for piece in bundle)
    doing = Text("cutting the cell", "se cortaba la celda")
    tasks = [(bundle, design, max(rows // _MOST_SAMPLED, 1)) for bundle in bundles]
    some = np.concatenate(each(_some_points, tasks, n_jobs, doing))
    endless = np.full(some.shape[1], np.inf)
    sides = _cut(some, -(-rows // most), -endless, endless)
    stem = design.folder / f"box-{cell:06d}-{design.estimand}"
    codes = stem.with_name(f"{stem.name}-rows.npy")
    boxes = [PointBox(number, low, high, codes, ()) for number, (low, high) in enumerate(sides)]
    held = np.concatenate(each(_codes, [(bundle, design, boxes) for bundle in bundles], n_jobs, doing))
    _require_cut(name, int(np.bincount(held).max()), most)
    _save(codes, held, name)
    first = [(box, name, bundles, design, stem) for box in boxes]
    each(_first_round, first, n_jobs, doing, lambda: [name])
    second = [(box, name, boxes, bundles, design, stem) for box in boxes]
    found: list[list[int]] = each(_second_round, second, n_jobs, doing, lambda: [name])
    for box in boxes:
        _open_file(stem, box.number).unlink()
    return [
        PointBox(
            box.number,
            box.low,
            box.high,
            codes,
            tuple(_near_file(stem, box.number, beyond) for beyond in there),
        )
        for box, there in zip(boxes, _by_box(found), strict=True)
    ]


def _by_box(found: Sequence[Sequence[int]]) -> list[list[int]]:
    """Return, by box, the boxes in which it has near units, from whom each of these boxes is near to."""
    return [[beyond for beyond, near in enumerate(found) if box in near] for box in range(len(found))]


def _require_cut(name: str, largest: int, most: int) -> None:
    if largest > 2 * most:
        raise OptionError(
            Text(
                (
                    "Cell {name} cannot be cut: {rows:,} of its units are too much alike, more than twice "
                    "largest_cell={most:,}. Name finer cells in exact, or pass a largest_cell that a worker can hold (about "
                    "400 bytes a row)."
                ),
                (
                    "La celda {name} no se puede cortar: {rows:,} de sus unidades se parecen demasiado, más del doble de "
                    "largest_cell = {most:,}. Nombre celdas más finas en exact, o dé un largest_cell que quepa en un proceso "
                    "(unos 400 bytes por fila)."
                ),
                name=name,
                rows=largest,
                most=most,
            )
        )


def _cut(points: Array, number: int, low: Array, high: Array) -> list[tuple[Array, Array]]:
    """Return the borders of so many boxes with about equal numbers of points; fewer where points are the same."""
    if number == 1:
        return [(low, high)]
    for axis in np.argsort(-np.ptp(points, axis=0) if len(points) else np.zeros(len(low))):
        values = points[:, axis]
        if not len(values):
            break
        cut = float(np.quantile(values, (number // 2) / number, method="lower"))
        below = values <= cut
        if below.all():  # the largest value is many's: cut below it
            beneath = values[values < cut]
            if not len(beneath):
                continue
            cut = float(beneath.max())
            below = values <= cut
        middle_high, middle_low = high.copy(), low.copy()
        middle_high[axis] = middle_low[axis] = cut
        return [
            *_cut(points[below], number // 2, low, middle_high),
            *_cut(points[~below], number - number // 2, middle_low, high),
        ]
    return [(low, high)]


def _points(units: Units, design: CellDesign) -> Array:
    points: Array = design.strategy.distance.measure(units).coordinates
    return points


def _some_points(bundle: Sequence[Piece], design: CellDesign, every: int) -> Array:
    return _points(design.units(bundle), design)[::every]


def _codes(bundle: Sequence[Piece], design: CellDesign, boxes: Sequence[PointBox]) -> Any:
    """Return the box of each row."""
    points = _points(design.units(bundle), design)
    codes = np.zeros(len(points), dtype=np.int32)
    for box in boxes:
        codes[((points > box.low) & (points <= box.high)).all(1)] = box.number
    return codes


def _own(codes: Path, start: int, rows: int) -> Any:
    return np.load(codes, mmap_mode="r")[start : start + rows]


def _gathered(box: PointBox, bundles: Bundles, design: CellDesign) -> tuple[Array, Booleans, Positions]:
    """Return the points of a box's units, which of them are focal, and where they stand in the cell."""
    points, focal, place, start = [], [], [], 0
    for bundle in bundles:
        units = design.units(bundle)
        inside = _own(box.codes, start, len(units)) == box.number
        points.append(_points(units, design)[inside])
        focal.append(focal_units(units)[inside])
        place.append(start + np.flatnonzero(inside))
        start += len(units)
    return np.concatenate(points), np.concatenate(focal), np.concatenate(place)


def _reach(design: CellDesign) -> float:
    """Return how much further than the last match a unit tied with it may be."""
    return float(1.001 * np.sqrt(max(design.strategy.tie_tolerance, TIE)))


def _first_round(box: PointBox, name: str, bundles: Bundles, design: CellDesign, stem: Path) -> None:
    """Write the open focal units of a box, with how far each has to look."""
    points, focal, _ = _gathered(box, bundles, design)
    own = points[focal]
    limit = _nearest(points[~focal], own, design.strategy.ratio) * (1 + _ROUNDING) + _reach(design)
    caliper = design.strategy.caliper
    if isinstance(caliper, int | float):
        limit = np.minimum(limit, caliper * (1 + _ROUNDING) + _reach(design))
    wide = limit >= box.depth(own)
    with (
        written(_open_file(stem, box.number), Text("cell {name}", "la celda {name}", name=name)) as beside,
        beside.open("wb") as sink,
    ):
        np.savez(sink, points=own[wide], limit=limit[wide])


def _nearest(others: Array, asked: Array, ratio: int) -> Array:
    """Return how far the ``ratio``-th nearest of some units is from each of those asked; infinite where there are fewer."""
    from scipy.spatial import cKDTree

    if len(others) < ratio or not len(asked):
        return np.full(len(asked), np.inf)
    result: Array = cKDTree(others).query(asked, k=[ratio])[0][:, 0]
    return result


def _second_round(
    box: PointBox, name: str, boxes: Sequence[PointBox], bundles: Bundles, design: CellDesign, stem: Path
) -> list[int]:
    """Write, for every other box, the units here that its open units may be matched with; return for which there are any."""
    from scipy.spatial import cKDTree

    points, focal, place = _gathered(box, bundles, design)
    others, rows = points[~focal], place[~focal]
    if not len(others):
        return []
    tree, near = cKDTree(others), []
    for asking in boxes:
        if asking.number == box.number:
            continue
        with np.load(_open_file(stem, asking.number)) as stored:
            open_points, limit = stored["points"], stored["limit"]
        touched = box.distance(open_points) <= limit
        wanted = _within(tree, open_points[touched], limit[touched], design)
        if wanted.any():
            _save(_near_file(stem, asking.number, box.number), rows[wanted], name)
            near.append(asking.number)
    return near


def _within(tree: Any, asking: Array, limit: Array, design: CellDesign) -> Booleans:
    """Return which of a tree's units are within the limit of a unit that asks, and no further than its ``ratio``-th nearest of them."""
    wanted = np.zeros(tree.n, dtype=np.bool_)
    ratio = design.strategy.ratio
    for start in range(0, len(asking), _ASKED):
        points, radius = asking[start : start + _ASKED], limit[start : start + _ASKED]
        if ratio <= tree.n:
            last = tree.query(points, k=[ratio])[0][:, 0] * (1 + _ROUNDING) + _reach(design)
            radius = np.minimum(radius, last)
        if not np.isfinite(radius).all():
            wanted[:] = True
            return wanted
        found = tree.query_ball_point(points, radius)
        wanted[np.concatenate([np.asarray(one, dtype=np.intp) for one in found])] = True
    return wanted


def _save(path: Path, values: Any, name: str) -> None:
    save_array(path, Text("cell {name}", "la celda {name}", name=name), values)


def _open_file(stem: Path, box: int) -> Path:
    return stem.with_name(f"{stem.name}-open-{box:04d}.npz")


def _near_file(stem: Path, box: int, beyond: int) -> Path:
    return stem.with_name(f"{stem.name}-near-{box:04d}-{beyond:04d}.npy")
