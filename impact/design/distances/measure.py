"""What a distance makes of the units: points, and the fitted score behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact.arrays import Array, Positions, taken
from impact.design.distances.binary_regression import BinaryFit
from impact.errors import DataError
from impact.language import Text

_BLOCK = 256


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FittedPropensity:
    """A fitted score.

    Attributes
    ----------
    units : Index, shape (n,)
        Labels of the units.
    score, index : float64 arrays, shape (n,)
        What ``probability`` and ``linear_predictor`` hold.
    link : str
        "logit", "probit", "cloglog" or the classifier's class name.
    terms : tuple of str
        Names of a link's terms, the constant first; none for a classifier.
    fit : BinaryFit or None
        Scores, information and density for the variance of matching on an estimated score.
    """

    units: pd.Index[Any]
    score: Array
    index: Array
    link: str
    terms: tuple[str, ...] = ()
    fit: BinaryFit | None = None

    @property
    def probability(self) -> pd.Series[float]:
        """Fitted P(W=1|X) of every unit."""
        return pd.Series(self.score, index=self.units)

    @property
    def linear_predictor(self) -> pd.Series[float]:
        """The index of every unit: Xβ for a link, the log odds for a classifier."""
        return pd.Series(self.index, index=self.units)

    @property
    def coefficients(self) -> pd.DataFrame | None:
        """``term``, ``coefficient``, ``std_error`` of a link's model; None for a classifier."""
        if self.fit is None:
            return None
        columns = {
            "term": self.terms,
            "coefficient": self.fit.coefficients,
            "std_error": np.sqrt(np.diag(self.fit.covariance)),
        }
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        terms = f", {len(self.terms)} terms" if self.terms else ""
        return f"Propensity score ({self.link}{terms}), {self.score.min():.3f} to {self.score.max():.3f}"


class Between(Protocol):
    """A distance that is not one of points: a matrix, or a function of the covariates."""

    def __call__(self, rows: Positions, columns: Positions) -> Array:
        """Return the scaled distances of every row unit to every column unit, shape (len(rows), len(columns))."""
        ...


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Measure:
    """Units as points, or, where a distance has none, as pairs with a distance between them.

    Attributes
    ----------
    coordinates : float64 array, shape (n, k)
        Scaled coordinates: squared Euclidean distances between rows are the scaled squared distances that
        ties refer to. No columns (k = 0) where ``between`` holds the distances.
    unit : float
        Published distance per scaled distance: the score's SD for a score, 1 otherwise.
    score : float64 array, shape (n,), or None
        The score on its own scale where the distance is a score.
    label : str
        What the distance is, for tables.
    propensity : FittedPropensity or None
        The fitted model of a propensity score.
    between : Between or None
        Scaled distances between units, where the distance is not one of points.
    """

    coordinates: Array
    unit: float
    score: Array | None
    label: str
    propensity: FittedPropensity | None = None
    between: Between | None = None

    @property
    def present(self) -> NDArray[np.bool_]:
        """The units that have a distance, shape (n,): all but those left out of a score estimated again."""
        known = np.asarray(np.isfinite(self.coordinates).all(1), dtype=np.bool_)
        if isinstance(self.between, _Widened):
            known = known & (self.between.place >= 0)
        return known

    def block(self, rows: Positions, columns: Positions) -> Array:
        """Return the scaled distances of every row unit to every column unit, shape (len(rows), len(columns))."""
        if self.between is not None:
            return self.between(rows, columns)
        from scipy.spatial.distance import cdist

        result: Array = cdist(self.coordinates[rows], self.coordinates[columns])
        return result

    def along(self, first: Positions, second: Positions) -> Array:
        """Return the scaled distances of units taken in pairs, shape (len(first),)."""
        if self.between is None and self.coordinates.shape[1] == 1:
            line = self.coordinates[:, 0]
            return np.abs(line.take(first) - line.take(second))
        if self.between is None:
            result: Array = np.sqrt(((self.coordinates[first] - self.coordinates[second]) ** 2).sum(1))
            return result
        starts = range(0, len(first), _BLOCK)
        parts = [np.diag(self.between(first[at : at + _BLOCK], second[at : at + _BLOCK])) for at in starts]
        return np.concatenate(parts) if parts else np.empty(0)

    def widened(self, inside: Positions, number: int) -> Measure:
        """Return a measure made on the units ``inside`` as one on all ``number`` units; the others have no distance."""
        coordinates = np.full((number, self.coordinates.shape[1]), np.nan)
        coordinates[inside] = self.coordinates
        score = None
        if self.score is not None:
            score = np.full(number, np.nan)
            score[inside] = self.score
        between = None
        if self.between is not None:
            place = np.full(number, -1, dtype=np.intp)
            place[inside] = np.arange(len(inside))
            between = _Widened(self.between, place)
        return replace(self, coordinates=coordinates, score=score, between=between)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Widened:
    """A distance between some units, addressed by their positions among all."""

    between: Between
    place: Positions

    def __call__(self, rows: Positions, columns: Positions) -> Array:
        return self.between(self.place[rows], self.place[columns])


def score_label(link: str, scale: str) -> Text:
    """Return what a propensity score is called, by its link and whether it is the index or the probability."""
    scales = {"index": Text("index", "índice"), "probability": Text("probability", "probabilidad")}
    return Text(
        "propensity score ({link}, {scale})",
        "puntaje de propensión ({link}, {scale})",
        link=link,
        scale=scales[scale],
    )


def score_measure(
    score: Array, eligible: NDArray[np.bool_], label: str, propensity: FittedPropensity | None
) -> Measure:
    """Return a score as a one-dimensional measure, scaled by its SD over the units that are not discarded (n − 1)."""
    spread = float(np.std(taken(score, eligible), ddof=1))
    if not spread > 0:
        raise DataError(
            Text(
                "The {label} is the same for every unit: there is nothing to match on. Check the covariates.",
                "{label}: es igual para todas las unidades, no hay por qué emparejar. Revise las covariables.",
                label=label,
            )
        )
    return Measure((score / spread)[:, None], spread, score, label, propensity)
