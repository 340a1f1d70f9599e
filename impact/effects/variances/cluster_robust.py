"""The linearised variance by group, and the standard errors of sums by group."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.matched_sample import effective_size
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.cross_fitted import CrossFitted
from impact.effects.arm_means.linearised_by import LinearisedBy
from impact.effects.arm_means.linearization import Linearization
from impact.effects.arm_means.outcome_model import augments
from impact.effects.arm_means.residuals import BiasReduced, InSample, LeaveOwnGroupOut, Residuals
from impact.effects.variances.estimation import Estimation, Uncertainty
from impact.effects.variances.sums.draws import Draws
from impact.effects.variances.sums.group_sums import GroupSums, inference_arms, with_weight
from impact.effects.variances.sums.ways import BY_UNIT, way_label, ways_of
from impact.language import Text
from impact.survey.clusters import sums_by_code

_LEAVE_OUT = LeaveOwnGroupOut()
_RULES = LeaveOwnGroupOut | BiasReduced | InSample
"""Looked at before the protocol, which takes long to hold a class against."""
_A_RULE = Text(
    "im.LeaveOwnGroupOut(), im.BiasReduced() or im.InSample()",
    "LeaveOwnGroupOut, BiasReduced o InSample",
)

LEAVE_ONE_OUT = Text("leave-one-out", "con residuos sin la propia unidad")

_UNIT_LEVEL = Text("unit-level", "por unidad")

SLOPES_ESTIMATED = Text("slopes estimated", "con pendientes estimadas")

_ONE_GROUP = 1.01
"""Effective number of groups below which an arm rests on one of them."""

_ROUNDING = 1e-14
"""Share of the arm means below which a standard error is the rounding of sums."""


@dataclass(frozen=True, slots=True)
class ClusterRobust:
    """Linearised variance by group, with residuals corrected for what its own outcomes fitted; t interval.

    By itself it has leave-own-group-out residuals, the slopes taken as known: cautious by a few per cent. ``estimate()`` takes
    ``ClusterRobust(BiasReduced(), estimated_slopes=True)`` for groups, which covered best in simulations, and this for weights that
    balance, for weights beside a bias adjustment, and where there are no groups.

    The group is the sample's cluster; without one, the matched set where units are matched once, else the unit. With a cluster
    and matched sets it is both: two-way. Strata (subclasses, exact cells) are no sets: units, or groups, are independent draws
    within them.

    Parameters
    ----------
    residuals : Residuals
        ``LeaveOwnGroupOut()`` (the jackknife's, CR3), ``BiasReduced()`` (CR2) or ``InSample()`` (CR1).
    estimated_slopes : bool
        True: count the slopes of a bias adjustment as estimated too, which matters where matching left imbalance.
    estimated_score : bool
        True: count the propensity score of a match (nearest neighbours, kernel, radius) as estimated, by group; an OptionError without one.
        It makes an unadjusted estimate's standard error smaller, as a rule, and leaves one adjusted for the score's own terms as it
        is. Weights that solve an equation (inverse probability, entropy balancing) always count their estimation; those by strata of a
        score, unadjusted, are a comparison within strata.

    Notes
    -----
    ψ_i = W_i (Y_i − μ̂0(X_i) − τ̂) − (1 − W_i) K_i ẽ_i with the residuals ẽ of the K-weighted regression
    μ̂0 on the controls; V = N1⁻² Σ_arm G_a/(G_a − 1) Σ_g S_g² with S_g the group's sum of ψ, over groups
    that carry weight. Degrees of freedom (V1 + V0)²/(V1²/d1 + V0²/d0), d_a = (Σ S²)²/Σ S⁴. Where a group
    holds units of both arms, the sums run over both arms together. Sampling weights multiply the match
    weights. A cross-fitted adjustment has Welch's degrees of freedom, d_a = G_a − 1: no group fitted its own residuals.

    Two-way: V by group + V by matched set − V by their intersection; where that is not positive, the larger of the first two.

    References
    ----------
    Abadie & Spiess (2022), JASA 117(538), 983-995, doi:10.1080/01621459.2020.1840383, for matching and
    clustering; Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181, for the residuals; Cameron, Gelbach & Miller (2011),
    Journal of Business & Economic Statistics 29(2), 238-249, doi:10.1198/jbes.2010.07136, for two ways; Ibragimov & Müller
    (2010), Journal of Business & Economic Statistics 28(4), 453-468, doi:10.1198/jbes.2009.08046, for the degrees of freedom of
    cross-fitted estimates.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100 + row % 11})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> im.estimate(matched, variance=im.ClusterRobust()).one("income").variance
    'linearised by group, leave-own-group-out, t'
    >>> im.estimate(matched, bias_adjustment="linear").one("income").variance
    'linearised by group, bias-reduced (CR2), slopes estimated, t'
    """

    residuals: Residuals = _LEAVE_OUT
    estimated_slopes: bool = False
    estimated_score: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)
        checks.instance("residuals", self.residuals, _A_RULE, isinstance(self.residuals, _RULES | Residuals))

    @classmethod
    def of(cls, by: LinearisedBy) -> ClusterRobust:
        """Return the variance of an estimate linearised this way."""
        return cls(by.residuals, by.estimated_slopes, by.estimated_score)

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the group-level standard errors."""
        if estimation.groups is None:
            return self._by_unit(estimation)
        linear = self.linearization(estimation)
        ways = ways_of(estimation.matched)
        sums = ways.of(linear, all_terms(linear))
        of_effects = sums.take(range(len(linear.effect)))
        way = way_label(estimation.matched, bool(of_effects.fallen_back.any()))
        known = uncertainty_of(sums, self.label_by(way, estimation.adjustment))
        if isinstance(estimation.adjustment, CrossFitted):
            known = replace(known, degrees_of_freedom=of_effects.freedom_of_independent_sums())
        return replace(known, std_error=missing_on_one_group(known.std_error, estimation, ways.groups))

    def _by_unit(self, estimation: Estimation) -> Uncertainty:
        """Return the standard errors where each unit is a group of its own."""
        linear = self.linearization(estimation)
        draws = Draws.by_unit(linear, all_terms, estimation.matched.analysis_weight)
        known = uncertainty_of_draws(draws, linear.pooled, self.label_by(BY_UNIT, estimation.adjustment))
        if isinstance(estimation.adjustment, CrossFitted):
            freedom = draws.freedom_of_independent_sums(linear.pooled)
            known = replace(known, degrees_of_freedom=freedom[: len(linear.effect)])
        return known

    def linearization(self, estimation: Estimation) -> Linearization:
        """Return the estimate linearised as this variance takes it."""
        return estimation.linearised(
            LinearisedBy(self.residuals, self.estimated_slopes, self.estimated_score)
        )

    def label_by(self, way: Text, adjustment: Adjustment | None) -> Text:
        """Return the name in the ``variance`` column of errors summed this way."""
        by_unit = way is BY_UNIT
        parts = [_UNIT_LEVEL if by_unit else way, *self._residuals_labels(adjustment, by_unit)]
        if self.estimated_score:
            parts.append(Text("score estimated", "con probabilidad estimada"))
        method = Text("linearised {parts}", "linealizados {parts}", parts=tuple(parts))
        return Text("{method}, t", method=method)

    def _residuals_labels(self, adjustment: Adjustment | None, by_unit: bool) -> list[Text]:
        if isinstance(adjustment, CrossFitted):
            return [Text("cross-fitted", "con ajuste cruzado")]
        left_out = by_unit and isinstance(self.residuals, LeaveOwnGroupOut)
        counted = self.estimated_slopes and adjustment is not None
        slopes = [SLOPES_ESTIMATED] if counted or augments(adjustment) else []
        return [LEAVE_ONE_OUT if left_out else self.residuals.label, *slopes]


def all_terms(linear: Linearization) -> Array:
    """Return the terms of the q effects, of the effects as shares of the control means, and of those means, shape (n, 3 q)."""
    effects = linear.psi_control.shape[1]
    terms = np.empty((len(linear.psi_control), 3 * effects), order="F")
    terms[:, :effects] = linear.effect_terms()
    terms[:, effects : 2 * effects] = linear.percent_terms()
    terms[:, 2 * effects :] = linear.psi_control
    return terms


def uncertainty_of(sums: GroupSums, label: Text) -> Uncertainty:
    """Return the standard errors of the group sums of ``all_terms``."""
    variances, freedoms = sums.variances()
    variance, percent, control = variances.reshape(3, -1)
    return Uncertainty(
        std_error=np.sqrt(variance),
        percent_std_error=np.sqrt(percent),
        degrees_of_freedom=freedoms[: len(variance)],
        control_mean_std_error=np.sqrt(control),
        label=label,
    )


def uncertainty_of_draws(draws: Draws, pooled: bool, label: Text) -> Uncertainty:
    """Return the standard errors of the draws' sums of ``all_terms``; missing where an arm rests on one draw."""
    variances, freedoms = draws.variances(pooled)
    effect, percent, control = variances.reshape(3, -1)
    missing = np.nan if draws.alone(pooled) else 1.0
    return Uncertainty(
        std_error=np.sqrt(effect) * missing,
        percent_std_error=np.sqrt(percent),
        degrees_of_freedom=freedoms[: len(effect)],
        control_mean_std_error=np.sqrt(control),
        label=label,
    )


def missing_on_one_group(values: Array, estimation: Estimation, codes: Positions) -> Array:
    """Return variances or standard errors, all missing where an arm's weight rests on one group, which cannot tell its own error."""
    return missing_where_alone(values, estimation.linear, estimation.matched.analysis_weight, codes)


def missing_where_alone(values: Array, linear: Linearization, weights: Array, codes: Positions) -> Array:
    """Return the same from the weights themselves, shape (n,)."""
    number, active = int(codes.max()) + 1, with_weight(linear)
    for arm in inference_arms(active, codes, linear.treatment, linear.pooled):
        if effective_size(sums_by_code(codes, np.where(active & arm, weights, 0.0), number)) < _ONE_GROUP:
            return np.full_like(values, np.nan)
    return values


def beyond_rounding(std_error: Array, linear: Linearization) -> Array:
    """Return standard errors; zero where they are but the rounding of sums over an outcome without spread."""
    return np.where(std_error <= _ROUNDING * _level(linear), 0.0, std_error)


def effect_beyond_rounding(linear: Linearization) -> Array:
    """Return the effects; zero where the arm means differ by no more than n rounding errors."""
    rounding = len(linear.treatment) * np.finfo(np.float64).eps
    return np.where(np.abs(linear.effect) <= rounding * _level(linear), 0.0, linear.effect)


def _level(linear: Linearization) -> Array:
    return np.maximum(np.abs(linear.mean_treated), np.abs(linear.mean_control))
