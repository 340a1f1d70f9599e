"""What a variance needs of an estimated score, whatever the strategy makes of it: terms, estimating functions, information."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, standardised
from impact.design.distances.binary_regression import BinaryFit


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoreStage:
    """The first stage of a score fitted by maximum likelihood, in p standardised terms.

    Attributes
    ----------
    probability_slopes : float64 array, shape (n, p)
        Derivative of each unit's probability by the parameters.
    scores : float64 array, shape (n, p)
        Its estimating function.
    hessian : float64 array, shape (p, p)
        Observed information.
    """

    probability_slopes: Array
    scores: Array
    hessian: Array


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
    standard = standardised(fit.design[:, 1:], np.ones(len(fit.design)))
    design = np.column_stack([np.ones(len(standard)), standard])
    return ScoreStage(
        probability_slopes=design * fit.density[:, None],
        scores=design * fit.scores[:, :1],  # the constant's score is the derivative by the index
        hessian=_observed_information(fit, link, design, treatment, sampling_weight),
    )


def _observed_information(
    fit: BinaryFit,
    link: str,
    design: Array,
    treatment: NDArray[np.bool_],
    sampling_weight: Array,
) -> Array:
    """Return the negative derivative of the summed score; other than the expected one where the link is not the logit."""
    curvature = observed_curvature(link, fit.index, fit.probability, fit.density, treatment)
    result: Array = (design * (sampling_weight * curvature)[:, None]).T @ design
    return result


def observed_curvature(
    link: str, index: Array, probability: Array, density: Array, treatment: NDArray[np.bool_]
) -> Array:
    """Return the negative second derivative of each unit's log-likelihood by its index, shape (n,)."""
    variance = np.maximum(probability * (1 - probability), 1e-300)
    residual = treatment - probability
    bend = {
        "logit": density * (1 - 2 * probability),
        "probit": -index * density,
        "cloglog": density * (1 - np.exp(np.minimum(index, 30.0))),
    }[link]
    # of density / variance, by the index
    slope = bend / variance - density**2 * (1 - 2 * probability) / variance**2
    result: Array = density**2 / variance - residual * slope
    return result
