"""What a variance needs of an estimated score, whatever the strategy makes of it: terms, estimating functions, information."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.algebra.scaled_terms import ScaledTerms
from impact.arrays import Array
from impact.design.distances.binary_regression import BinaryFit

_CANONICAL = "logit"
"""The link whose curvature is the same whichever arm a unit is in."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoreStage:
    """The first stage of a score fitted by maximum likelihood, in p standardised terms.

    Attributes
    ----------
    terms : ScaledTerms
        All but the constant, the first of the p.
    density : float64 array, shape (n,)
        Derivative of each unit's probability by its index.
    pull : float64 array, shape (n,)
        Derivative of each unit's log-likelihood by its index.
    hessian : float64 array, shape (p, p)
        Observed information.
    """

    terms: ScaledTerms
    density: Array
    pull: Array
    hessian: Array

    @property
    def design(self) -> Array:
        """The constant and the terms, shape (n, p)."""
        return np.column_stack([np.ones(len(self.pull)), self.terms.everywhere()])

    @property
    def probability_slopes(self) -> Array:
        """Derivative of each unit's probability by the parameters, shape (n, p)."""
        return self.design * self.density[:, None]

    @property
    def scores(self) -> Array:
        """Each unit's estimating function, shape (n, p)."""
        return self.design * self.pull[:, None]


def score_stage(
    fit: BinaryFit, link: str, treatment: NDArray[np.bool_], sampling_weight: Array
) -> ScoreStage:
    """Return the first stage of a fitted score.

    Parameters
    ----------
    fit : BinaryFit
    link : str
        Name of its link.
    treatment : bool array, shape (n,)
    sampling_weight : float64 array, shape (n,)

    Notes
    -----
    The terms are standardised: no term's unit or location makes the information matrix look singular. What follows from it, the
    score's share in an effect's error, does not depend on how the terms are written.
    """
    hessian = fit.information
    if link != _CANONICAL:
        curvature = observed_curvature(link, fit.index, fit.probability, fit.density, treatment)
        hessian = fit.standard.crossproducts(sampling_weight * curvature)
    return ScoreStage(fit.standard, fit.density, fit.pull, hessian)


def observed_curvature(
    link: str, index: Array, probability: Array, density: Array, treatment: NDArray[np.bool_]
) -> Array:
    """Return the negative second derivative of each unit's log-likelihood by its index, shape (n,)."""
    if link == _CANONICAL:
        return density
    variance = np.maximum(probability * (1 - probability), 1e-300)
    residual = treatment - probability
    bend = {
        "probit": -index * density,
        "cloglog": density * (1 - np.exp(np.minimum(index, 30.0))),
    }[link]
    # of density / variance, by the index
    slope = bend / variance - density**2 * (1 - 2 * probability) / variance**2
    result: Array = density**2 / variance - residual * slope
    return result
