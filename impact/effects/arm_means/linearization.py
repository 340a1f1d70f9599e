"""The estimate as two arm means, and what each unit contributes to their sampling error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions
from impact.design.matched_sample import MatchedSample
from impact.design.proposal import FirstStage
from impact.effects.arm_means.adjustment import Adjustment, mean_model, working_terms
from impact.effects.arm_means.first_stage import matched_score_stage, with_first_stage
from impact.effects.arm_means.mean_model import LeastSquares, MeanModel
from impact.effects.arm_means.residuals import Residuals
from impact.effects.arm_means.stratum_means import StratumMeans
from impact.errors import EstimationError

_BEYOND = 1e50  # times the largest outcome observed


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Linearization:
    """Arm means of q outcomes over the focal units, linearised.

    Attributes
    ----------
    mean_treated, mean_control : float64 arrays, shape (q,)
        μ̂T and μ̂C: what the focal units have with the programme and, by the match, without it.
    psi_treated, psi_control : float64 arrays, shape (n, q)
        Each unit's contribution to the two means, in the scale in which the mean's error is Σψ / ``size``.
    size : float
        Total weight of the focal units.
    treatment : bool array, shape (n,)
    active : bool array, shape (n,)
        Units that carry weight.
    pooled : bool
        Whether variance terms are pooled over the arms (ATE) or taken arm by arm.
    """

    mean_treated: Array
    mean_control: Array
    psi_treated: Array
    psi_control: Array
    size: float
    treatment: NDArray[np.bool_]
    active: NDArray[np.bool_]
    pooled: bool

    @property
    def effect(self) -> Array:
        """τ̂ of each outcome, shape (q,)."""
        return self.mean_treated - self.mean_control

    def effect_terms(self) -> Array:
        """Return ψ of the effect, shape (n, q)."""
        return self.psi_treated - self.psi_control

    def percent_terms(self) -> Array:
        """Return ψ of the effect as a share of the control mean, shape (n, q)."""
        with np.errstate(divide="ignore", invalid="ignore"):  # no percentage of a control mean of zero
            ratio = self.effect / self.mean_control
            result: Array = (self.psi_treated - (1 + ratio) * self.psi_control) / self.mean_control
        return result


def linearize(
    matched: MatchedSample,
    outcomes: Array,
    persons: Array | None,
    adjustment: Adjustment | None,
    groups: Positions | None,
    rule: Residuals | None = None,
    estimated_slopes: bool = False,
    estimated_score: bool = False,
) -> Linearization:
    """Estimate the arm means of q outcomes and linearise them.

    Parameters
    ----------
    matched : MatchedSample
    outcomes : float64 array, shape (n, q)
    persons : float64 array, shape (n,), optional
        Household sizes: households then count once per person in both arms.
    adjustment : Adjustment or None
        The bias adjustment of the estimate.
    groups : int array, shape (n,), optional
        Group of inference; each unit by itself without it.
    rule : Residuals, optional
        The residuals ẽ of the linearisation; ``LeaveOwnGroupOut()`` by default.
    estimated_slopes : bool
        Count the slopes of the bias adjustment as estimated: see Notes.
    estimated_score : bool
        Count the score of a match as estimated: see Notes.

    Notes
    -----
    Arm d has the mean m_d = Σ_F f μ̂_d(X)/Σ_F f + Σ_d a (Y − μ̂_d(X))/Σ_d a over the focal units F with
    weights f and the arm's analysis weights a; without adjustment μ̂_d is left out of the estimate but
    kept in the linearisation, which then reads ψ_i = f_i (μ̂_d(X_i) − mean) + a_i ẽ_i. For the ATT the
    treated are themselves focal, so that ψ_T = f (Y − μ̂T).

    With ``estimated_slopes`` a_i becomes a_i + Σa (z̄_F − z̄_a)′ (Z′KZ)⁻¹ Z_i K_i, the weight that the adjusted mean
    really gives to the outcome of i. The two agree where matching has balanced the terms; where it has not, the plain
    formula leaves out what the slopes contribute.

    Weights with a ``first_stage`` bring its term (``with_first_stage``). Unadjusted, they read ψ_i = a_i (μ̂_d(X_i) − mean) + a_i ẽ_i
    + the term of a (Y − m_d): with in-sample residuals that is the stacked a (Y − m_d) + term, whatever μ̂_d. A match on an estimated
    score brings it with ``estimated_score`` (``matched_score_stage``), from the residuals of the score's own regression.
    """
    survey = matched.sampling_weight * (1.0 if persons is None else persons)
    treated = matched.sample.treated
    weight = matched.weights.to_numpy() * survey
    focal = np.where(matched.kept, survey, 0.0)
    way = _Way(
        matched=matched,
        focal=focal,
        terms=working_terms(matched) if adjustment is None else adjustment.terms(matched),
        model=_working_model(matched) if adjustment is None else mean_model(adjustment),
        adjusted=adjustment is not None,
        slopes=estimated_slopes and adjustment is not None,
        stage=matched_score_stage(matched) if estimated_score else matched.first_stage,
    )
    arms = [
        way.arm_mean(outcomes, np.where(arm, weight, 0.0), arm, groups, rule) for arm in (treated, ~treated)
    ]
    (mean_treated, psi_treated), (mean_control, psi_control) = arms
    return Linearization(
        mean_treated=mean_treated,
        mean_control=mean_control,
        psi_treated=psi_treated,
        psi_control=psi_control,
        size=float(focal.sum()),
        treatment=treated,
        active=weight > 0,
        pooled=matched.estimand == "ATE",
    )


def _working_model(matched: MatchedSample) -> MeanModel:
    """Return the regression of an unadjusted estimate's variance: each stratum's mean, else least squares on the working terms."""
    if matched.rules.strata and matched.set_numbers is not None:
        return StratumMeans(matched.set_numbers)
    return LeastSquares()


def _refuse_extrapolation(predicted: Array, observed: Array) -> None:
    if not (np.abs(predicted) <= _BEYOND * np.abs(observed).max(0)).all():
        raise EstimationError(
            "The bias adjustment predicts outcomes beyond all measure for units far from those with weight. Use a caliper or a support "
            "rule, leave covariates out of the adjustment, or use im.LinearAdjustment()."
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Way:
    """How an arm's mean is made of outcomes: the focal units, the regression, what is counted as estimated."""

    matched: MatchedSample
    focal: Array
    terms: Array
    model: MeanModel
    adjusted: bool
    slopes: bool
    stage: FirstStage | None

    def arm_mean(
        self,
        outcomes: Array,
        weight: Array,
        arm: NDArray[np.bool_],
        groups: Positions | None,
        rule: Residuals | None,
    ) -> tuple[Array, Array]:
        """Return an arm's mean over the focal units and its terms ψ, shapes (q,) and (n, q)."""
        focal, size = self.focal, float(self.focal.sum())
        own = focal * arm
        if not (focal > 0)[~arm].any():  # every focal unit is in this arm: its mean is observed, not imputed
            mean = focal @ outcomes / size
            return mean, focal[:, None] * (outcomes - mean)
        # the weight a unit has as somebody's match; weights that solve an equation do not come from matches
        solved = self.matched.first_stage is not None
        as_match = weight if solved else np.maximum(weight - own, 0.0)
        regression = self.model.regression(outcomes, self.terms, as_match, groups, rule)
        # focal units of this arm that nobody was matched to keep their plain residual
        spare = (own > 0) & (as_match == 0)
        left_out = np.where(spare[:, None], outcomes - regression.fitted, regression.left_out)
        if self.adjusted:
            _refuse_extrapolation(regression.fitted[focal > 0], outcomes[weight > 0])
        predicted = focal @ regression.fitted / size
        share = (weight / weight.sum())[:, None]
        mean = (share * (outcomes - regression.fitted)).sum(0)
        mean = predicted + mean if self.adjusted else (share * outcomes).sum(0)
        # weights that solve an equation need not balance μ̂: their first stage says what they leave
        prediction = size * share if solved and not self.adjusted else focal[:, None]
        psi = prediction * (regression.fitted - (prediction * regression.fitted).sum(0) / size)
        used = share + regression.loading(focal / size - share[:, 0]) if self.slopes else share
        psi = psi + size * used * (left_out - (used * left_out).sum(0))
        if self.stage is None:
            return mean, psi
        apart = np.where(arm[:, None], outcomes - mean, 0.0)
        if self.adjusted or not solved:
            apart = np.where(spare[:, None], outcomes - regression.fitted, regression.residuals)
        weights: Array = np.asarray(self.matched.weights, dtype=np.float64)
        return mean, with_first_stage(psi, self.stage, weights, size * used * apart)
