"""What a distance makes of the units: points, and the fitted score behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact.design.binary_regression import BinaryFit
from impact.errors import DataError

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FittedPropensity:
    """A fitted score.

    Attributes
    ----------
    probability : Series, shape (n,)
        Fitted P(W=1|X) of every unit.
    linear_predictor : Series, shape (n,)
        The index: Xβ for a link, the log odds for a classifier.
    coefficients : DataFrame or None
        ``term``, ``coefficient``, ``std_error`` of a link's model; None for a classifier.
    link : str
        "logit", "probit", "cloglog" or the classifier's class name.
    fit : BinaryFit or None
        Scores, information and density for the variance of matching on an estimated score.
    """

    probability: pd.Series[float]
    linear_predictor: pd.Series[float]
    coefficients: pd.DataFrame | None
    link: str
    fit: BinaryFit | None

    def __repr__(self) -> str:
        terms = "" if self.coefficients is None else f", {len(self.coefficients)} terms"
        return f"Propensity score ({self.link}{terms}), {self.probability.min():.3f} to {self.probability.max():.3f}"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Measure:
    """Units as points.

    Attributes
    ----------
    coordinates : float64 array, shape (n, k)
        Scaled coordinates: squared Euclidean distances between rows are the scaled squared distances that ties refer to.
    unit : float
        Published distance per scaled distance: the score's SD for a score, 1 otherwise.
    score : float64 array, shape (n,), or None
        The score on its own scale where the distance is a score.
    label : str
        What the distance is, for tables.
    propensity : FittedPropensity or None
        The fitted model of a propensity score.
    """

    coordinates: Array
    unit: float
    score: Array | None
    label: str
    propensity: FittedPropensity | None = None


def score_measure(score: Array, eligible: NDArray[np.bool_], label: str, propensity: FittedPropensity | None) -> Measure:
    """Return a score as a one-dimensional measure, scaled by its SD over the units that are not discarded (n − 1)."""
    spread = float(np.std(score[eligible], ddof=1))
    if not spread > 0:
        raise DataError(f"The {label} is the same for every unit: there is nothing to match on. Check the covariates.")
    return Measure((score / spread)[:, None], spread, score, label, propensity)
