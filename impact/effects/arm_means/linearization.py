"""The estimate as two arm means, and what each unit contributes to their sampling error."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions
from impact.design.matched_sample import MatchedSample
from impact.design.proposal import EstimationStage
from impact.design.units import TILTED, weights_both_arms
from impact.design.weighting.equations.strata_stage import StrataStage
from impact.effects.arm_means.adjustment import Adjustment, working_names, working_terms
from impact.effects.arm_means.first_stage import first_stage_terms, matched_score_stage
from impact.effects.arm_means.fitting import ArmWeights, AsMatched
from impact.effects.arm_means.idle_terms import OF_ARM, OF_VARIANCE, warn_of_idle_terms
from impact.effects.arm_means.mean_model import LeastSquares, MeanModel
from impact.effects.arm_means.outcome_model import (
    OutcomeModel,
    outcome_model,
    warn_of_idle_adjustment,
)
from impact.effects.arm_means.point_estimate import weight_as_match
from impact.effects.arm_means.regression import ArmRegression
from impact.effects.arm_means.residuals import Residuals
from impact.effects.arm_means.stratum_means import StratumMeans
from impact.errors import EstimationError
from impact.language import Text

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
        Whether variance terms are pooled over the arms (ATE, ATO, ATM) or taken arm by arm.
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

    def at(self, part: slice) -> Linearization:
        """Return the linearisation of some units, in the scale of all."""
        return replace(
            self,
            psi_treated=self.psi_treated[part],
            psi_control=self.psi_control[part],
            treatment=self.treatment[part],
            active=self.active[part],
        )

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
    smooth_strata: bool = False,
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
    smooth_strata : bool
        Take the derivative of the score for that of its strata: see Notes.

    Notes
    -----
    Arm d has the mean m_d = Σ_F f μ̂_d(X)/Σ_F f + Σ_d a (Y − μ̂_d(X))/Σ_d a over the focal units F with
    weights f and the arm's analysis weights a; without adjustment μ̂_d is left out of the estimate but
    kept in the linearisation, which then reads ψ_i = f_i (μ̂_d(X_i) − mean) + a_i ẽ_i. For the ATT the
    treated are themselves focal, so that ψ_T = f (Y − μ̂T).

    With ``estimated_slopes`` a_i becomes a_i + Σa (z̄_F − z̄_a)′ (Z′KZ)⁻¹ Z_i K_i, the weight that the adjusted mean
    really gives to the outcome of i. The two agree where matching has balanced the terms; where it has not, the plain
    formula leaves out what the slopes contribute.

    An adjustment that is not weighted as the match is (AIPW) always counts its slopes, and its residuals' mean Σ a (Y − μ̂_d)/Σa takes the
    weights as they were estimated unless it is ``normalized``: Σ a (Y − μ̂_d)/Σf, with ψ_i = f_i (μ̂_d − m_d) + a_i ẽ_i + the slopes' part.

    Weights with a ``first_stage`` bring its term (``first_stage_terms``). Unadjusted, they read ψ_i = a_i (μ̂_d(X_i) − mean) + a_i ẽ_i
    + the term of a (Y − m_d): with in-sample residuals that is the stacked a (Y − m_d) + term, whatever μ̂_d. A match on an estimated
    score brings it with ``estimated_score`` (``matched_score_stage``), from the residuals of the score's own regression.

    Weights by strata of a score (``StrataStage``) are, unadjusted, a comparison within strata: μ̂ is each stratum's mean, and the strata
    are fixed; with ``smooth_strata``, or an adjustment, they bring the score's derivative. Where the strata's weights make the population
    too (ATO, ATM), the shares of treated in them bring their term.
    """
    survey = matched.sampling_weight if persons is None else matched.sampling_weight * persons
    treated = matched.sample.treated
    own: Array = np.asarray(matched.weights, dtype=np.float64)
    weight, focal = own * survey, survey * matched.kept
    stage = matched_score_stage(matched) if estimated_score else matched.first_stage
    strata = None
    if isinstance(stage, StrataStage) and adjustment is None and not smooth_strata:
        strata, stage = stage.shares.strata, stage.shares if matched.estimand in TILTED else None
    model = (
        _working_model(matched, survey, strata)
        if adjustment is None
        else outcome_model(adjustment, matched, persons)
    )
    way = _Way(
        matched=matched,
        own=own,
        survey=survey,
        focal=focal,
        size=float(focal.sum()),
        regression=model,
        adjustment=adjustment,
        slopes=(estimated_slopes and adjustment is not None) or model.fitting.augments,
        solved=matched.first_stage is not None and strata is None,
        stage=stage,
    )
    arms = [way.arm_mean(outcomes, weight, arm, groups, rule) for arm in (treated, ~treated)]
    (mean_treated, psi_treated), (mean_control, psi_control) = arms
    return Linearization(
        mean_treated=mean_treated,
        mean_control=mean_control,
        psi_treated=psi_treated,
        psi_control=psi_control,
        size=way.size,
        treatment=treated,
        active=weight > 0,
        pooled=weights_both_arms(matched.estimand),
    )


def _working_model(matched: MatchedSample, survey: Array, strata: Positions | None) -> OutcomeModel:
    """Return the regression of an unadjusted estimate's variance: each stratum's mean, else least squares on the working terms."""
    sets = matched.set_numbers if matched.rules.strata else strata
    model: MeanModel = LeastSquares() if sets is None else StratumMeans(sets)
    return OutcomeModel(working_terms(matched), model, AsMatched(), True, survey, matched.estimand)


def _refuse_extrapolation(predicted: Array, observed: Array) -> None:
    if not (np.abs(predicted) <= _BEYOND * np.abs(observed).max(0)).all():
        raise EstimationError(
            Text(
                (
                    "The bias adjustment predicts outcomes beyond all measure for units far from those with weight. Use "
                    "a caliper or a support rule, leave covariates out of the adjustment, or use im.LinearAdjustment()."
                ),
                (
                    "El ajuste por sesgo predice resultados desmedidos para unidades lejanas de las que tienen peso. Use "
                    "un caliper o una regla de soporte, quite covariables del ajuste, o use LinearAdjustment."
                ),
            )
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Compared:
    """The units of an arm that carry weight in its mean or in its regression, and what the regression leaves of their outcomes.

    Attributes
    ----------
    rows : int array, shape (m,)
    residuals, left_out : float64 arrays, shape (m, q)
        Those that the regression gives no weight, focal units that nobody is matched to, have their plain residual in both.
    fit : ArmRegression
    """

    rows: Positions
    residuals: Array
    left_out: Array
    fit: ArmRegression

    @classmethod
    def of(cls, fit: ArmRegression, outcomes: Array, weight: Array) -> _Compared:
        """Return the units of an arm with these weights, shape (n,)."""
        beside = np.flatnonzero((weight > 0) & (fit.weights <= 0))
        if not len(beside):
            return cls(fit.used, fit.own_residuals, fit.own_left_out, fit)
        plain = outcomes[beside] - fit.fitted[beside]
        return cls(
            rows=np.concatenate([fit.used, beside]),
            residuals=np.vstack([fit.own_residuals, plain]),
            left_out=np.vstack([fit.own_left_out, plain]),
            fit=fit,
        )

    def loading(self, contrast: Array) -> Array:
        """Return how much each unit's outcome moves Σ contrast μ̂(X), shape (m, 1) or (m, q)."""
        own = self.fit.own_loading(contrast)
        return np.vstack([own, np.zeros((len(self.rows) - len(own), own.shape[1]))])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Way:
    """How an arm's mean is made of outcomes: the focal units, the regression, what is counted as estimated."""

    matched: MatchedSample
    own: Array
    survey: Array
    focal: Array
    size: float
    regression: OutcomeModel
    adjustment: Adjustment | None
    slopes: bool
    solved: bool
    stage: EstimationStage | None

    @property
    def adjusted(self) -> bool:
        """Whether the regression moves the estimate; else it serves the variance alone."""
        return self.adjustment is not None

    def arm_mean(
        self,
        outcomes: Array,
        weights: Array,
        arm: NDArray[np.bool_],
        groups: Positions | None,
        rule: Residuals | None,
    ) -> tuple[Array, Array]:
        """Return an arm's mean over the focal units and its terms ψ, shapes (q,) and (n, q)."""
        size = float(self.focal.sum())
        if not (
            self.focal * ~arm
        ).any():  # every focal unit is in this arm: its mean is observed, not imputed
            mean = self.focal @ outcomes / size
            psi = outcomes - mean
            psi *= self.focal[:, None]
            return mean, psi
        weight = weights * arm
        arm_weights = self._arm_weights(weight, arm)
        fit_weight = self.regression.fitting.weights(arm_weights)
        fit = self.regression.model.regression(outcomes, self.regression.terms, fit_weight, groups, rule)
        self._warn_and_refuse(fit, outcomes, weight, self._side(arm))
        scale = self._total(weight, arm) / float(weight.sum())
        compared = _Compared.of(fit, outcomes, weight)
        rows, share = compared.rows, scale * weight[compared.rows]
        left = share @ compared.residuals
        mean = self.focal @ fit.fitted / size + left if self.adjusted else share @ outcomes[rows]
        psi = self._prediction_terms(fit.fitted, weight, size * scale, left)
        used, loading = share[:, None], np.zeros((1, 1))
        if self.slopes:
            loading = compared.loading(self.focal / size - scale * weight)
            used = used + loading
        moved = used * compared.left_out
        psi[rows] += size * (moved - used * (moved.sum(0) - (left if self._augments else 0.0)))
        if self.stage is None:
            return mean, psi
        moved = self._moved_by_weights(compared, outcomes, mean, share)
        if self.slopes:
            elasticity = np.broadcast_to(self.regression.fitting.elasticity(arm_weights), (len(weight), 1))
            moved += elasticity[rows] * loading * compared.residuals
        psi += first_stage_terms(self.stage, self.own, rows, size * moved)
        return mean, psi

    @property
    def _augments(self) -> bool:
        return self.regression.fitting.augments

    def _prediction_terms(self, fitted: Array, weight: Array, scale: float, left: Array) -> Array:
        """Return what each unit's own prediction contributes to the arm's mean, shape (n, q)."""
        # weights that solve an equation need not balance μ̂: their first stage says what they leave
        stands_alone = (self.solved or self.matched.estimand in TILTED) and not self.adjusted
        over, by = (weight, scale) if stands_alone else (self.focal, 1.0)
        psi = fitted - by * (over @ fitted) / self.size
        psi *= over[:, None]
        psi *= by
        if self._augments:
            psi -= (scale * weight if self.regression.normalized else self.focal)[:, None] * left
        return psi

    def _moved_by_weights(self, compared: _Compared, outcomes: Array, mean: Array, share: Array) -> Array:
        """Return what each unit's weight contributes to the arm's mean, shape (m, q)."""
        apart = compared.residuals
        if not self.adjusted and self.matched.first_stage is not None:
            apart = outcomes[compared.rows] - mean
        elif self._augments and self.regression.normalized:
            apart = apart - share @ apart
        return share[:, None] * apart

    def _warn_and_refuse(self, fit: ArmRegression, outcomes: Array, weight: Array, side: int) -> None:
        """Name the terms that the arm's regression leaves out; refuse an adjustment that predicts beyond all measure."""
        if self.adjustment is None:
            names = working_names(self.matched) if fit.idle else []
            warn_of_idle_terms(fit.idle, names, OF_VARIANCE[side])
        else:
            warn_of_idle_adjustment(fit.idle, self.adjustment, self.matched, OF_ARM[side])
            _refuse_extrapolation(
                np.compress(self.focal > 0, fit.fitted, axis=0), np.compress(weight > 0, outcomes, axis=0)
            )

    def _arm_weights(self, weight: Array, arm: NDArray[np.bool_]) -> ArmWeights:
        """Return the weights of the arm's units in their several capacities."""
        matched = self.matched
        if matched.first_stage is None and matched.raw_scale is None:
            as_match = weight_as_match(self.own, matched.sampling_weight, matched.kept, arm)
            return self.regression.weights_of(arm, self.survey * as_match, None)
        scale = (matched.raw_scale or (1.0, 1.0))[self._side(arm)]
        return self.regression.weights_of(arm, weight, (self.own, scale))

    def _total(self, weight: Array, arm: NDArray[np.bool_]) -> float:
        """Return what the weights of the arm sum to, as a share of the focal units: one, unless they are taken as they were estimated."""
        if self.regression.normalized or self.matched.raw_scale is None:
            return 1.0
        return self.matched.raw_scale[self._side(arm)] * float(weight.sum()) / self.size

    def _side(self, arm: NDArray[np.bool_]) -> int:
        """Return 0 for the treated, 1 for the controls."""
        return 0 if bool((arm & self.matched.sample.treated).any()) else 1
