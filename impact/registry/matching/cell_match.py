"""One cell matched by the strategies' own code, its weights and pairs written, its sums handed back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from impact.arrays import Array, Booleans, Positions
from impact.design.match_weights import raw_weights
from impact.design.pairs import Pairs, TiedCells, TiedPairs
from impact.design.promises import certify_proposal
from impact.design.proposal import Assignment, Rules, Strategy
from impact.design.units import Units, focal_units, weights_both_arms
from impact.errors import EstimationError, ImpactError
from impact.language import Text
from impact.registry.matching.column_sums import ColumnSums, balance_values
from impact.registry.reading.runs import Piece, RunLayout
from impact.registry.reading.storage import save_array, written
from impact.survey.covariates import Term, encode
from impact.warn import warnings_kept

SaidInCells = tuple[tuple[type[Warning], str], ...]
"""Warnings of a strategy: kind and text."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CellDesign:
    """What a worker needs to know to match a cell.

    Attributes
    ----------
    strategy : Strategy
        With a distance of all units, without exact columns: the cell is one.
    estimand : {"ATT", "ATC", "ATE", "ATO", "ATM"}
    layout : RunLayout
    covariates : tuple of str
    terms : tuple of Term
        All terms of the covariates.
    sampling_weight : str or None
    declared : tuple of str
        Further columns that the strategy reads.
    folder : Path
        Where weights and pairs are written.
    """

    strategy: Any
    estimand: str
    layout: RunLayout
    covariates: tuple[str, ...]
    terms: tuple[Term, ...]
    sampling_weight: str | None
    declared: tuple[str, ...]
    folder: Path

    def units(self, pieces: Sequence[Piece]) -> Units:
        """Return the units of the pieces, as a strategy sees them."""
        survey = [self.sampling_weight] if self.sampling_weight else []
        frame = self.layout.frame(pieces, [self.layout.treatment, *self.covariates, *survey, *self.declared])
        return Units(
            treatment=frame[self.layout.treatment].to_numpy() == 1,
            covariates=frame[list(self.covariates)],
            matrix=encode(frame, self.covariates),
            estimand=self.estimand,
            eligible=np.ones(len(frame), dtype=np.bool_),
            cluster=None,
            stratum=None,
            id=None,
            sampling_weight=frame[survey[0]].to_numpy() if survey else np.ones(len(frame)),
            weighted=bool(survey),
            declared=frame[list(self.declared)],
        )

    def weights_file(self, cell: int) -> Path:
        """Return where the match weights of a cell stand, in the order of its pieces."""
        return self.folder / f"weights-{cell:06d}.npy"

    def pairs_file(self, cell: int, part: int = 0) -> Path:
        """Return where the pairs of a cell stand, or those of one of its slices."""
        return self.folder / f"pairs-{cell:06d}-{part:04d}.npz"


def compared_arms(estimand: str) -> tuple[int, ...]:
    """Return the arms whose mean is imputed: 0 for the treated, 1 for the controls."""
    return (0, 1) if weights_both_arms(estimand) else (1 if estimand == "ATT" else 0,)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CellSums:
    """What matching a cell came to.

    Attributes
    ----------
    focal, matched : int
        Units for whom the effect is asked, and those of them that are matched.
    raw : (float, float)
        Sum of the weights of the treated and of the controls, before they are scaled over all cells.
    before, after : tuple of ColumnSums
        Of the treated and of the controls, by sampling weight, and by match weight × sampling weight.
    row_order : str
        Why the order of the rows decided a tie; empty if it did not.
    rules : Rules or None
        What the strategy promised; None in a cell with one arm only.
    warnings : tuple of (type of Warning, str)
    """

    focal: int
    matched: int
    raw: tuple[float, float]
    before: tuple[ColumnSums, ColumnSums]
    after: tuple[ColumnSums, ColumnSums]
    rules: Rules | None
    warnings: SaidInCells


def match_cell(cell: int, name: str, pieces: Sequence[Piece], design: CellDesign) -> CellSums:
    """Match the units of one cell and write their weights and pairs.

    Raises
    ------
    ImpactError
        What the strategy refused, with the cell's name.
    """
    units = design.units(pieces)
    measure = design.strategy.distance.measure(units)
    assignment: Assignment | None = None
    said: SaidInCells = ()
    raw, kept = np.zeros(len(units)), np.zeros(len(units), dtype=np.bool_)
    if units.treatment.any() and not units.treatment.all():
        assignment, said = assigned(name, units, design.strategy)
        raw, kept = raw_weights(assignment, units)
    save_array(design.weights_file(cell), Text("cell {name}", "la celda {name}", name=name), raw)
    write_pairs(design.pairs_file(cell), name, None if assignment is None else assignment.pairs)
    focal = focal_units(units)
    return CellSums(
        focal=int(focal.sum()),
        matched=int(kept.sum()),
        raw=arm_totals(raw, units),
        **stages(units, raw, measure.score, design.terms),
        rules=None if assignment is None else assignment.rules,
        warnings=said,
    )


def assigned(name: str, units: Units, strategy: Strategy) -> tuple[Assignment, SaidInCells]:
    """Return the certified proposal for a cell, and what the strategy warned of."""
    with warnings_kept() as caught:
        try:
            assignment = strategy.assign(units)
            certify_proposal(strategy, assignment, units)
        except ImpactError as refusal:
            raise type(refusal)(
                Text(
                    "In cell {name}: {refusal}",
                    "En la celda {name}: {refusal}",
                    name=name,
                    refusal=refusal.text,
                )
            ) from refusal
    if assignment.pairs is None:
        raise EstimationError(
            Text(
                "In cell {name}: {strategy} proposed no pairs.",
                "En la celda {name}: {strategy} no propuso pares.",
                name=name,
                strategy=type(strategy).__name__,
            )
        )
    return assignment, tuple((warning.category, str(warning.message)) for warning in caught)


def write_pairs(
    path: Path, name: str, pairs: Pairs | TiedPairs | None, place: Positions | None = None
) -> None:
    """Write pairs by position in the cell: that of the units matched, or where these stand in it."""
    if pairs is None:
        pairs = TiedPairs(())
    elif place is not None:
        pairs = pairs.placed(place)
    blocks: tuple[Pairs | TiedCells, ...] = pairs.blocks if isinstance(pairs, TiedPairs) else (pairs,)
    columns = {
        f"{number}-{field.name}": getattr(block, field.name)
        for number, block in enumerate(blocks)
        for field in fields(block)
    }
    with (
        written(path, Text("cell {name}", "la celda {name}", name=name)) as beside,
        beside.open("wb") as sink,
    ):
        np.savez(sink, **columns)


def arm_totals(raw: Array, units: Units) -> tuple[float, float]:
    """Return the sums of the weights of the treated and of the controls."""
    return float(raw[units.treatment].sum()), float(raw[~units.treatment].sum())


def stages(units: Units, raw: Array, score: Array | None, terms: Sequence[Term]) -> dict[str, Any]:
    """Return the sums of the balance columns by arm, before and after."""
    values = balance_values(units.covariates, terms, score)
    return {
        stage: tuple(_arm_sums(values, weight, arm) for arm in (units.treatment, ~units.treatment))
        for stage, weight in (("before", units.sampling_weight), ("after", raw * units.sampling_weight))
    }


def _arm_sums(values: Array, weight: Array, arm: Booleans) -> ColumnSums:
    rows = np.flatnonzero(arm & (weight > 0))
    return ColumnSums.of(values[rows], weight[rows])


def read_pairs(design: CellDesign, cell: int) -> pd.DataFrame:
    """Return the pairs of a cell by position in it, those of its slices one after another."""
    parts = [pairs.one_by_one() for pairs in _stored_pairs(design, cell)]
    names = ("focal", "match", "distance", "weight")
    return pd.DataFrame({name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def matched_focal(design: CellDesign, cell: int, rows: int) -> Booleans:
    """Return which rows of a cell are focal units with a match, shape (rows,)."""
    marks = np.zeros(rows, dtype=np.bool_)
    for pairs in _stored_pairs(design, cell):
        marks |= pairs.focal_marks(rows)
    return marks


def matched_sets(design: CellDesign, cell: int, rows: int) -> Positions:
    """Return the matched set of each row of a cell in which every unit is matched once at most, −1 for units in none, shape (rows,)."""
    sets = np.full(rows, -1, dtype=np.intp)
    for pairs in _stored_pairs(design, cell):
        one = pairs.one_by_one()
        sets[one.focal] = sets[one.match] = one.focal
    return sets


def _stored_pairs(design: CellDesign, cell: int) -> Iterator[Pairs | TiedPairs]:
    for file in sorted(design.folder.glob(f"pairs-{cell:06d}-*.npz")):
        with np.load(file) as stored:
            yield from _pairs_in(stored)


def _pairs_in(stored: Mapping[str, Any]) -> list[Pairs | TiedPairs]:
    """Return the pairs of a file, which has them one by one or by cells, an array a column."""
    blocks: dict[str, dict[str, Any]] = {}
    for name in stored:
        number, field = name.split("-")
        blocks.setdefault(number, {})[field] = stored[name]
    if all("share" in columns for columns in blocks.values()):
        return [TiedPairs(tuple(TiedCells(**columns) for columns in blocks.values()))]
    return [Pairs(**columns) for columns in blocks.values()]
