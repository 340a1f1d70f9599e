"""What the groups of a cell add to a matched comparison: sums of the cross-products of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.units import weights_both_arms
from impact.effects.arm_means.fitting import ArmWeights, ByItself, Fitting, LeastVariance
from impact.errors import EstimationError
from impact.language import Text
from impact.registry.matching.cell_match import CellDesign, compared_arms, matched_focal
from impact.registry.reading.runs import in_bundles
from impact.registry.registry_match import MatchedCell
from impact.registry.score import ScoreModel
from impact.registry.sums.group_grams import GroupGrams, group_sums
from impact.registry.weighting.weight_model import WeightModel
from impact.survey.covariates import encode
from impact.survey.outcome import Outcome

_ROWS = 500_000
_ROUNDING = 1e-12


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
    fitting : Fitting
        Which units weigh how much in the regression.
    slopes : bool
        Whether the regression's slopes count as estimated.
    """

    design: CellDesign
    terms: RegressionTerms
    outcomes: tuple[Outcome, ...]
    persons: str | None
    cluster: str | None
    weights: WeightModel | None
    fitting: Fitting
    slopes: bool

    @property
    def columns(self) -> list[str]:
        """The columns read."""
        read = [column for outcome in self.outcomes for column in outcome.columns]
        further = [name for name in (self.design.sampling_weight, self.persons, self.cluster) if name]
        return list(dict.fromkeys([self.design.layout.treatment, *self.design.covariates, *read, *further]))

    @property
    def arms(self) -> tuple[int, ...]:
        """The arms that the focal units are compared with, 0 for the treated, 1 for the controls."""
        return compared_arms(self.design.estimand)

    @property
    def spares(self) -> bool:
        """Whether a focal unit may have no weight in the regression of its own arm."""
        matches = self.weights is None and not self.fitting.augments
        return len(self.arms) == 2 and (matches or isinstance(self.fitting, LeastVariance))


def cell_grams(cell: MatchedCell, reader: Reader) -> GroupGrams:
    """Return the sums of one cell's matched units by group, read a bundle of rows at a time."""
    return group_sums(_grams(rows, reader) for rows in outcome_rows(cell, reader))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OutcomeRows:
    """Some rows of a cell as an estimate reads them.

    Attributes
    ----------
    values : float64 array, shape (n, d)
        (Z, Y).
    treated : bool array, shape (n,)
    focal, compared, fitted : float64 arrays, shape (n,)
        f, K and κ, zero for others.
    elasticity : float64 array, shape (n,)
        By how many per cent κ grows with one per cent more match weight.
    weight : float64 array, shape (n,)
        Match weight × sampling weight.
    survey : float64 array, shape (n,)
    codes : int array, shape (n,)
        Group.
    matrix : float64 array, shape (n, k)
        The covariates as numbers; without columns for matches.
    place : int array, shape (n,)
        Row of the cell.
    """

    values: Array
    treated: Booleans
    focal: Array
    compared: Array
    fitted: Array
    elasticity: Array
    weight: Array
    survey: Array
    codes: Positions
    matrix: Array
    place: Positions


def outcome_rows(cell: MatchedCell, reader: Reader) -> Iterator[OutcomeRows]:
    """Yield a cell's rows, those together that a worker holds easily; of matches, those that say anything."""
    weights = np.load(reader.design.weights_file(cell.number), mmap_mode="r")
    start = 0
    own = np.zeros(len(weights))
    if reader.weights is None and len(reader.arms) == 2:  # each unit is matched, and may be others' match
        own[matched_focal(reader.design, cell.number, len(own))] = 1.0
    for bundle in in_bundles(cell.pieces, _ROWS):
        rows = sum(map(len, bundle))
        raw, itself = np.asarray(weights[start : start + rows]), own[start : start + rows]
        place = np.arange(start, start + rows)
        start += rows
        frame = reader.design.layout.frame(bundle, reader.columns)
        if reader.weights is None and not reader.fitting.augments:  # a unit that no match uses adds nothing
            used = np.flatnonzero(raw > 0)
            frame, raw, itself, place = frame.take(used), raw[used], itself[used], place[used]
        yield _rows(cell.name, frame, raw, itself, place, reader)


def _rows(
    name: str, frame: pd.DataFrame, raw: Array, own: Array, place: Positions, reader: Reader
) -> OutcomeRows:
    design, number = reader.design, len(frame)
    treated = frame[design.layout.treatment].to_numpy() == 1
    survey = frame[design.sampling_weight].to_numpy() if design.sampling_weight else np.ones(number)
    persons = frame[reader.persons].to_numpy() if reader.persons else np.ones(number)
    both = weights_both_arms(design.estimand)
    others = np.ones(number, dtype=np.bool_) if both else treated == (design.estimand == "ATC")
    on_support = raw > 0 if reader.weights is not None else np.ones(number, dtype=np.bool_)
    read = (raw > 0) | (others & on_support if reader.fitting.augments else False)
    counted = np.where(read, survey * persons, 0.0)
    _require_sizes(name, reader, persons, read)
    arm = ArmWeights(
        as_match=np.where(others, _collected(raw, own) * counted, 0.0),
        arm=others & on_support,
        survey=counted,
        raw=None if reader.weights is None else (raw, 1.0),
        estimand=design.estimand,
    )
    weights = reader.weights
    return OutcomeRows(
        values=np.column_stack([reader.terms.of(frame), _outcomes(name, frame, read, reader)]),
        treated=treated,
        focal=np.where(_focal(others, both, own if reader.weights is None else raw, raw), counted, 0.0),
        compared=np.where(others, raw * counted, 0.0),
        fitted=reader.fitting.weights(arm),
        elasticity=np.broadcast_to(np.ravel(reader.fitting.elasticity(arm)), number),
        weight=raw * survey,
        survey=survey,
        codes=frame[reader.cluster].to_numpy() if reader.cluster else np.zeros(number, dtype=np.intp),
        matrix=np.empty((number, 0)) if weights is None else encode(frame, design.covariates).to_numpy(),
        place=place,
    )


def _collected(raw: Array, own: Array) -> Array:
    """Return the match weights less what a unit has as a focal one itself: rounding counts as nothing."""
    collected = raw - own
    return np.where(collected > _ROUNDING, collected, 0.0) if own.any() else raw


def _focal(others: Booleans, both: bool, own: Array, raw: Array) -> Booleans:
    """Return the focal units that stay in the estimate."""
    return np.asarray(own > 0) if both else np.asarray(~others & (raw > 0))


def _outcomes(name: str, frame: pd.DataFrame, read: Booleans, reader: Reader) -> Array:
    columns = []
    for outcome in reader.outcomes:
        values = outcome.values(frame)
        finite = np.isfinite(values)
        _require(outcome.name, Text("be finite", "ser finito"), finite | ~read, name)
        columns.append(np.where(finite, values, 0.0))  # of units without weight
    return np.column_stack(columns)


def _require_sizes(name: str, reader: Reader, persons: Array, read: Booleans) -> None:
    if reader.persons:
        _require(
            reader.persons,
            Text("be above 0, as household sizes are,", "ser mayor que 0, como lo es el tamaño de un hogar,"),
            (persons > 0) | ~read,
            name,
        )


def _grams(rows: OutcomeRows, reader: Reader) -> GroupGrams:
    """Return the sums of some rows by group."""
    groups, number = np.unique(rows.codes, return_inverse=True)
    size, sides = len(groups), (rows.treated, ~rows.treated)

    def by_arm(values: Array, weight: Array, arms: Sequence[int]) -> Array:
        parts = []
        for arm in arms:
            kept = sides[arm] & (weight != 0)
            parts.append(focal_sums(values[kept] * weight[kept, None], number[kept], size))
        return np.stack(parts, axis=1)

    arms = [sides[arm] & (rows.fitted > 0) for arm in reader.arms]
    grams = [_products(rows.values[arm], rows.fitted[arm], number[arm], size) for arm in arms]
    idle = np.where((rows.fitted == 0) & (rows.focal > 0), rows.compared, 0.0)
    weight = [np.bincount(number[side], rows.weight[side], size) for side in sides]
    scores, moved, turned = _of_weights(rows, reader, number, size)
    return GroupGrams(
        groups=groups.astype(np.intp),
        focal=by_arm(rows.values, rows.focal, (0, 1)),
        compared=by_arm(rows.values, rows.compared, reader.arms),
        grams=np.stack(grams, axis=1),
        spare=by_arm(rows.values if reader.spares else rows.values[:, :0], idle, reader.arms),
        weight=np.stack(weight, axis=1).astype(np.float64),
        scores=scores,
        moved=moved,
        turned=turned,
    )


def _of_weights(
    rows: OutcomeRows, reader: Reader, number: Positions, size: int
) -> tuple[Array, Array, Array]:
    """Return what the estimation of the weights adds: their equations by group and arm, and how the sums move with their parameters."""
    arms, width = len(reader.arms), rows.values.shape[1]
    if reader.weights is None:
        return np.empty((size, 2, 0)), np.empty((arms, 0, width)), np.empty((arms, 0, 0, width))
    each = reader.weights.scores(rows.matrix, rows.treated, rows.survey)
    sides = (rows.treated, ~rows.treated)
    scores = np.stack([focal_sums(each[side], number[side], size) for side in sides], axis=1)
    turns = reader.slopes and not isinstance(reader.fitting, ByItself)
    terms = width - len(reader.outcomes) if turns else 0
    moved, turned = np.empty((arms, each.shape[1], width)), np.empty((arms, terms, each.shape[1], width))
    for place, arm in enumerate(reader.arms):
        inside = sides[arm]
        values, slopes = rows.values[inside], reader.weights.slopes(rows.matrix[inside], rows.treated[inside])
        moved[place] = slopes.T @ (values * rows.compared[inside, None])
        turning = values * (rows.fitted * rows.elasticity)[inside, None]
        for term in range(terms):
            turned[place, term] = (slopes * values[:, [term]]).T @ turning
    return scores, moved, turned


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
                    'Nómbrelo entre los [[outcomes]], de los que [roles] missing = "drop" quita esas filas.'
                ),
                column=column,
                what=what,
                cell=cell,
                wrong=checks.counted(wrong, "unit"),
            )
        )


def focal_sums(values: Array, number: Positions, groups: int) -> Array:
    """Return the sum of each column in each group, shape (groups, k)."""
    if not values.shape[1]:
        return np.empty((groups, 0))
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
