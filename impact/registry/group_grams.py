"""What each group adds to a matched comparison: sums of cross-products, taken cell by cell and added over cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.errors import EstimationError
from impact.language import Text
from impact.registry.matching.cell_match import CellDesign
from impact.registry.reading.runs import in_bundles
from impact.registry.registry_match import MatchedCell
from impact.registry.score import ScoreModel
from impact.registry.weighting.weight_model import WeightModel
from impact.survey.covariates import encode
from impact.survey.outcome import Outcome

_ROWS = 500_000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupGrams:
    """Sums over the units of some groups.

    Attributes
    ----------
    groups : int array, shape (m,)
        Increasing.
    focal : float64 array, shape (m, d)
        Σ f (Z, Y) over the matched focal units, f their sampling weight (× persons), Z the constant and p − 1 terms, Y the q outcomes.
    grams : float64 array, shape (m, d, d)
        Σ K (Z, Y)′(Z, Y) over the units that they are compared with, K match weight × sampling weight (× persons).
    weight : float64 array, shape (m, 2)
        Σ match weight × sampling weight of the focal and of the comparison units, without persons.
    scores : float64 array, shape (m, 2, r)
        Σ of the r estimating functions of the weights over the focal and over the other units; r is 0 for matches.
    moved : float64 array, shape (r, d)
        Σ K (∂ log K/∂γ)′(Z, Y) over all comparison units: how the sums move with the weights' parameters γ.
    """

    groups: Positions
    focal: Array
    grams: Array
    weight: Array
    scores: Array
    moved: Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RegressionTerms:
    """The terms of the regression on the comparison units, the constant first: a cubic in the score, or the covariates.

    Attributes
    ----------
    model : ScoreModel or None
        The score whose powers are the terms; None for the covariates.
    location, scale : float64 arrays
        What the score, or each covariate, is standardised by: it changes no estimate.
    covariates : tuple of str
    """

    model: ScoreModel | None
    location: Array
    scale: Array
    covariates: tuple[str, ...]

    def of(self, frame: pd.DataFrame) -> Array:
        """Return the terms, shape (n, p)."""
        constant = np.ones(len(frame))
        if self.model is not None:
            standard = (self.model.of(frame) - self.location[0]) / self.scale[0]
            return np.column_stack([constant, standard, standard**2, standard**3])
        matrix = encode(frame, self.covariates).to_numpy()
        return np.column_stack([constant, (matrix - self.location) / self.scale])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reader:
    """What is read of a matched cell for outcomes with the same persons column.

    Attributes
    ----------
    design : CellDesign
    terms : RegressionTerms
    outcomes : tuple of Outcome
    persons, cluster : str or None
    weights : WeightModel or None
        How the weights were estimated; None for matches.
    """

    design: CellDesign
    terms: RegressionTerms
    outcomes: tuple[Outcome, ...]
    persons: str | None
    cluster: str | None
    weights: WeightModel | None = None

    @property
    def columns(self) -> list[str]:
        """The columns read."""
        read = [column for outcome in self.outcomes for column in outcome.columns]
        further = [name for name in (self.design.sampling_weight, self.persons, self.cluster) if name]
        return list(dict.fromkeys([self.design.layout.treatment, *self.design.covariates, *read, *further]))


def cell_grams(cell: MatchedCell, reader: Reader) -> GroupGrams:
    """Return the sums of one cell's matched units by group, read a bundle of rows at a time."""
    weights = np.load(reader.design.weights_file(cell.number), mmap_mode="r")
    parts, start = [], 0
    for bundle in in_bundles(cell.pieces, _ROWS):
        rows = sum(map(len, bundle))
        raw = np.asarray(weights[start : start + rows])
        start += rows
        frame = reader.design.layout.frame(bundle, reader.columns)
        if reader.weights is None:  # a unit that no match uses adds nothing
            used = np.flatnonzero(raw > 0)
            frame, raw = frame.take(used), raw[used]
        parts.append(_grams(cell.name, frame, raw, reader))
    return group_sums(parts)


def _grams(name: str, frame: pd.DataFrame, raw: Array, reader: Reader) -> GroupGrams:
    design = reader.design
    treated = frame[design.layout.treatment].to_numpy() == 1
    focal = treated if design.estimand == "ATT" else ~treated
    survey = frame[design.sampling_weight].to_numpy() if design.sampling_weight else np.ones(len(frame))
    persons = frame[reader.persons].to_numpy() if reader.persons else np.ones(len(frame))
    columns = [outcome.values(frame) for outcome in reader.outcomes]
    for k, outcome in enumerate(reader.outcomes):
        finite = np.isfinite(columns[k])
        _require(outcome.name, Text("be finite", "ser finito"), finite | (raw == 0), name)
        columns[k] = np.where(finite, columns[k], 0.0)  # of units without weight
    if reader.persons:
        _require(
            reader.persons,
            Text("be above 0, as household sizes are,", "ser mayor que 0, como lo es el tamaño de un hogar,"),
            (persons > 0) | (raw == 0),
            name,
        )
    values = np.column_stack([reader.terms.of(frame), *columns])
    codes = frame[reader.cluster].to_numpy() if reader.cluster else np.zeros(len(frame), dtype=np.intp)
    groups, number = np.unique(codes, return_inverse=True)
    weight = raw * survey
    kept = focal & (raw > 0)
    own = focal_sums(values[kept] * (survey * persons)[kept, None], number[kept], len(groups))
    grams = _products(values[~focal], (weight * persons)[~focal], number[~focal], len(groups))
    by_side: Array = np.stack(
        [np.bincount(number[side], weight[side], len(groups)) for side in (focal, ~focal)], axis=1
    ).astype(np.float64)
    scores, moved = np.empty((len(groups), 2, 0)), np.empty((0, values.shape[1]))
    if reader.weights is not None:
        matrix = encode(frame, design.covariates).to_numpy()
        each = reader.weights.scores(matrix, treated, survey)
        sides = [focal_sums(each[side], number[side], len(groups)) for side in (focal, ~focal)]
        scores = np.stack(sides, axis=1)
        moved = reader.weights.slopes(matrix[~focal]).T @ (values * (weight * persons)[:, None])[~focal]
    return GroupGrams(groups.astype(np.intp), own, grams, by_side, scores, moved)


def _require(column: str, what: Text, met: Booleans, cell: str) -> None:
    wrong = int((~met).sum())
    if wrong:
        raise EstimationError(
            Text(
                (
                    "'{column}' must {what} in every matched unit; in cell {cell} {wrong} {wrong:is|are} not. Name it among the "
                    'outcomes of im.RegistrySample, whose missing="drop" leaves such rows out.'
                ),
                (
                    "'{column}' debe {what} en toda unidad emparejada; en la celda {cell}, {wrong} no lo {wrong:cumple|cumplen}. "
                    'Nómbrelo entre los outcomes de RegistrySample, cuyo missing = "drop" quita esas filas.'
                ),
                column=column,
                what=what,
                cell=cell,
                wrong=checks.counted(wrong, "unit"),
            )
        )


def focal_sums(values: Array, number: Positions, groups: int) -> Array:
    """Return the sum of each column in each group, shape (groups, k)."""
    return np.stack([np.bincount(number, column, groups) for column in values.T], axis=1)


def _products(values: Array, weight: Array, number: Positions, groups: int) -> Array:
    """Return Σ w v v′ in each group, shape (groups, d, d)."""
    width = values.shape[1]
    result = np.zeros((groups, width, width))
    for j in range(width):
        weighted = values[:, j] * weight
        for k in range(j, width):
            result[:, j, k] = result[:, k, j] = np.bincount(number, weighted * values[:, k], groups)
    return result


def group_sums(parts: Iterable[GroupGrams]) -> GroupGrams:
    """Return the sums over the units of all parts, their groups joined."""
    every = list(parts)
    if len(every) == 1:
        return every[0]
    groups, number = np.unique(np.concatenate([part.groups for part in every]), return_inverse=True)

    def joined(name: str) -> Array:
        return _scattered([getattr(part, name) for part in every], number, len(groups))

    return GroupGrams(
        groups=groups,
        focal=joined("focal"),
        grams=joined("grams"),
        weight=joined("weight"),
        scores=joined("scores"),
        moved=np.sum([part.moved for part in every], axis=0),
    )


def _scattered(parts: Sequence[Array], number: Positions, groups: int) -> Array:
    """Return the parts' rows added at their groups, in the order of the parts."""
    result = np.zeros((groups, *parts[0].shape[1:]))
    start = 0
    for part in parts:  # the groups of a part are distinct
        result[number[start : start + len(part)]] += part
        start += len(part)
    return result


def rows_with_grams(grams: Array) -> tuple[Array, Positions]:
    """Return a few rows for each group that have its sums of cross-products, shape (m, d), and the group of each.

    Notes
    -----
    With the eigenvectors V and eigenvalues Λ of a Gram matrix, Λ^½ V′ has that Gram matrix. What a regression and its residuals by group
    are made of are these sums alone, so that the rows stand for the group's units, however many they are.
    """
    values, vectors = np.linalg.eigh(grams)
    rows = np.sqrt(np.maximum(values, 0.0))[:, :, None] * np.swapaxes(vectors, 1, 2)
    width = grams.shape[1]
    return rows.reshape(-1, width), np.repeat(np.arange(len(grams)), width)


def standardising(gram: Array, terms: int) -> Array:
    """Return the matrix that takes (Z, Y) to columns of mean 0 and SD 1 over the comparison units, the constant apart.

    A column that does not vary there but by rounding becomes zero if it is a term, and stays if it is an outcome.
    """
    mean = gram[0] / gram[0, 0]
    size = np.sqrt(np.diag(gram) / gram[0, 0])
    spread = np.sqrt(np.maximum(np.diag(gram) / gram[0, 0] - mean**2, 0.0))
    varies = spread > 1e-7 * size
    result = np.zeros_like(gram)
    for j in range(1, len(gram)):
        by = spread[j] if varies[j] else 1.0
        if varies[j] or j >= terms:
            result[j, j], result[0, j] = 1 / by, -mean[j] / by
    result[0, 0] = 1.0
    return result
