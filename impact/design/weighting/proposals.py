"""From the weights of the comparison units to a proposal: what every weighting strategy has in common."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impact.arrays import Array, Booleans, taken
from impact.design.distances.measure import FittedPropensity, Measure, score_measure
from impact.design.proposal import Assignment, EstimationStage
from impact.design.units import Units, focal_units, weights_both_arms
from impact.errors import SupportError
from impact.language import Text

_SAME = 1e-12
"""Scores this near to each other differ by rounding only."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WeightedArm:
    """An arm whose units are weighted towards the focal units.

    Attributes
    ----------
    members : bool array, shape (n,)
        The eligible units of the arm.
    treated : bool
        Which arm it is.
    """

    members: Booleans
    treated: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EstimatedWeights:
    """Weights on any scale, zero outside the weighted arms, without the sampling weight; and how they were estimated.

    Attributes
    ----------
    values : float64 array, shape (n,)
    stage : EstimationStage
        Their estimating functions and their derivative by the p estimated parameters, on the same scale.
    """

    values: Array
    stage: EstimationStage


def weighted_arms(units: Units) -> tuple[WeightedArm, ...]:
    """Return the arms that receive weights: the controls (ATT), the treated (ATC) or both (ATE, ATO, ATM)."""
    treated = WeightedArm(units.treatment & units.eligible, treated=True)
    control = WeightedArm(~units.treatment & units.eligible, treated=False)
    if weights_both_arms(units.estimand):
        return treated, control
    return (control,) if units.estimand == "ATT" else (treated,)


def score_behind(units: Units, fitted: FittedPropensity, label: str) -> Measure | None:
    """Return the score of every unit; None where it is the same for all, as when the arms are balanced already."""
    score = fitted.score
    if np.ptp(taken(score, units.eligible)) <= _SAME:
        return None
    return score_measure(score, units.eligible, label, fitted)


def refuse_separation(score: Array, units: Units) -> None:
    """Refuse a score that puts every unit of one arm beyond every unit of the other: nobody has a counterpart."""
    treated, control = (score.compress(arm & units.eligible) for arm in (units.treatment, ~units.treatment))
    if treated.min() > control.max() or control.min() > treated.max():
        raise SupportError(
            Text(
                "No overlap: the score of every treated unit lies beyond that of every control, so that nobody has a counterpart in the "
                "other arm. Cross-fit the score (folds=), use a simpler model or fewer covariates, or compare populations that overlap.",
                "Sin soporte común: el puntaje de cada beneficiario está más allá del de todos los controles: nadie tiene contraparte en "
                "el otro brazo. Use ajuste cruzado (folds=), un modelo más simple o menos covariables, o compare poblaciones que se "
                "traslapen.",
            )
        )


def weights_as_known(units: Units, weights: Array, measure: Measure | None = None) -> Assignment:
    """Return a proposal whose variance takes the weights as known.

    Parameters
    ----------
    units : Units
        ``eligible`` false for everybody who is left out.
    weights : float64 array, shape (n,)
        Weights of the weighted arms on any scale, without the sampling weight.
    measure : Measure, optional
        The score behind the weights.

    Notes
    -----
    Each weighted arm is scaled to sum to the number of focal units (Hájek); focal units of an arm that is not weighted have
    weight 1.
    """
    factors = _factors(units, weights)
    return _known(units, weights, factors, _scale(units, factors), measure)


def _known(
    units: Units, weights: Array, factors: tuple[float, float], scale: Array, measure: Measure | None
) -> Assignment:
    final = scale * weights
    if not weights_both_arms(units.estimand):
        final += focal_units(units) & units.eligible
    raw = tuple(1 / factor if factor > 0 else 1.0 for factor in factors)
    return Assignment(weights=final, discarded=~units.eligible, measure=measure, raw_scale=(raw[0], raw[1]))


def weights_as_estimated(
    units: Units, weights: EstimatedWeights, measure: Measure | None = None
) -> Assignment:
    """Return a proposal whose variance counts the estimation of the weights.

    Notes
    -----
    The scale is that of ``weights_as_known``, for the weights and their derivative alike; that it depends on the parameters itself
    cancels in every weighted mean.
    """
    factors = _factors(units, weights.values)
    scale = _scale(units, factors)
    proposal = _known(units, weights.values, factors, scale, measure)
    return replace(proposal, first_stage=weights.stage.scaled(scale))


def _factors(units: Units, weights: Array) -> tuple[float, float]:
    """Return what the weights of the treated and of the controls are multiplied by: zero for an arm that is not weighted."""
    number = int((focal_units(units) & units.eligible).sum())
    found = {arm.treated: number / float(weights.compress(arm.members).sum()) for arm in weighted_arms(units)}
    return found.get(True, 0.0), found.get(False, 0.0)


def _scale(units: Units, factors: tuple[float, float]) -> Array:
    """Return what each unit's weight is multiplied by: zero outside the weighted arms."""
    scale = np.array([0.0, *factors])
    return scale.take(np.where(units.treatment, np.int8(1), np.int8(2)) * units.eligible)


def weight_of_probability(own: Array, estimand: str) -> tuple[Array, Array]:
    """Return the weight of units that had the probability ``own`` of being in their arm, and its derivative by it."""
    if estimand == "ATO":
        return 1 - own, -np.ones_like(own)
    if estimand == "ATE":
        return 1 / own, -1 / own**2
    odds = (1 - own) / own
    if estimand == "ATM":
        return np.minimum(odds, 1.0), np.where(odds < 1, -1 / own**2, 0.0)
    return odds, -1 / own**2
