"""What the estimation of a score or of weights adds to the linearised effect."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions
from impact.design.distances.binary_regression import BinaryFit
from impact.design.distances.score_stage import score_stage
from impact.design.matched_sample import MatchedSample
from impact.design.proposal import EstimationStage, FirstStage
from impact.errors import OptionError
from impact.language import Text


def first_stage_terms(stage: EstimationStage, weights: Array, rows: Positions, contributions: Array) -> Array:
    """Return what the estimation of weights adds to the terms ψ of a mean that they weight, shape (n, q).

    Parameters
    ----------
    stage : EstimationStage
    weights : float64 array, shape (n,)
        Match weights.
    rows : int array, shape (m,)
        The units that the mean is made of.
    contributions : float64 array, shape (m, q)
        What their weights contribute to the mean's error, such as K_i (Y_i − μ̂); proportional to the weight.

    Notes
    -----
    With the parameters γ of the weights w, their estimating functions s_i and H = −∂Σs/∂γ:
    s_i′ H⁻¹ Σ_j (∂ log w_j/∂γ) c_j, with c the contributions: the stacked (M-estimation) influence function.

    References
    ----------
    Newey & McFadden (1994), Handbook of Econometrics 4, section 6, doi:10.1016/S1573-4412(05)80005-4; Lunceford & Davidian
    (2004), Statistics in Medicine 23(19), 2937-2960, doi:10.1002/sim.1903.
    """
    own = weights[rows, None]
    relative = np.zeros((len(weights), contributions.shape[1]))
    relative[rows] = np.divide(contributions, own, where=own > 0, out=np.zeros_like(contributions))
    return stage.contribution(relative)


def matched_score_stage(matched: MatchedSample) -> FirstStage:
    """Return the first stage of a match on a score that was estimated by logit, probit or cloglog.

    Raises
    ------
    OptionError
        There is no such score, the match is without replacement, by sets or on another distance, or the weights count their
        estimation already.

    Notes
    -----
    Matches jump as the score moves, but the weight that a unit collects tends to the odds of its score, p/(1 − p) for a control of the
    ATT, whose logarithm has the derivative f z/(p(1 − p)): this stands for the weights' own. Taken with the residuals of a regression on
    the score it gives the −c′Vc (and d′Vd) of Abadie and Imbens where units are independent, and its counterpart by group.

    References
    ----------
    Abadie & Imbens (2016), Econometrica 84(2), 781-807, doi:10.3982/ECTA11293; Hirano, Imbens & Ridder (2003), Econometrica 71(4),
    1161-1189, doi:10.1111/1468-0262.00442.
    """
    if matched.first_stage is not None:
        raise OptionError(
            Text(
                (
                    "estimated_score=True is for matches on a score; the weights of {strategy} count their estimation "
                    "already. Leave it out."
                ),
                (
                    "estimated_score = true es para emparejamientos por un puntaje; los pesos de {strategy} ya cuentan "
                    "su estimación. Quítelo."
                ),
                strategy=type(matched.strategy).__name__,
            )
        )
    _refuse_other_weights(matched)
    fitted = matched.propensity
    if fitted is None or fitted.fit is None:
        raise no_fitted_score()
    number, treated = len(matched.sample), matched.sample.treated
    # a support rule may have left units out of the score
    inside = matched.weights.index.get_indexer(fitted.probability.index)
    stage = score_stage(fitted.fit, fitted.link, treated[inside], matched.sampling_weight[inside])
    scores, rising = np.zeros((2, number, stage.scores.shape[1]))
    scores[inside] = stage.scores
    rising[inside] = (
        stage.probability_slopes / _odds_scale(fitted.fit, treated[inside], matched.estimand)[:, None]
    )
    weights = np.where(matched.focal & (matched.estimand != "ATE"), 0.0, matched.weights.to_numpy())
    return FirstStage(scores, stage.hessian, rising * np.where(treated, -weights, weights)[:, None])


def _refuse_other_weights(matched: MatchedSample) -> None:
    """Refuse matches whose weights do not tend to the odds of the score."""
    limited = matched.pair_positions is not None and matched.rules.reuse is not None
    elsewhere = matched.rules.score_caliper is not None  # the score is but a caliper of another distance
    if limited or elsewhere or matched.set_numbers is not None:
        raise OptionError(
            Text(
                (
                    "estimated_score=True is for matching with replacement, kernel and radius on the score itself; "
                    "{strategy} here matches once, by sets, or on another distance within a caliper of the score. Leave "
                    "it out."
                ),
                (
                    "estimated_score = true es para emparejar con reemplazo, kernel y radio sobre el puntaje mismo; aquí "
                    "{strategy} empareja una vez, por conjuntos, o por otra distancia dentro de un caliper del puntaje. "
                    "Quítelo."
                ),
                strategy=type(matched.strategy).__name__,
            )
        )


def _odds_scale(fit: BinaryFit, treated: NDArray[np.bool_], estimand: str) -> Array:
    """Return dp over the growth of a control's weight, whose limit is the odds, or one plus them where units match themselves (ATE)."""
    probability = fit.probability
    if estimand == "ATE":
        return np.where(treated, probability, 1 - probability)
    return probability * (1 - probability)


def no_fitted_score() -> OptionError:
    """Return the refusal to count a score's estimation where none was estimated."""
    return OptionError(
        Text(
            (
                "estimated_score=True needs a match on a propensity score estimated by logit, probit or cloglog; a "
                "classifier's score, another distance, or an outcome that some units lack has no such correction. "
                "Pass estimated_score=False."
            ),
            (
                "estimated_score = true necesita un emparejamiento por un puntaje de propensión estimado por logit, "
                "probit o cloglog; el puntaje de un clasificador, otra distancia, o un resultado que falta en "
                "algunas unidades no tienen esa corrección. Escriba estimated_score = false."
            ),
        )
    )
