"""CR1, CR2 and CR3: the sandwich of a weighted regression on the treatment, as R and Stata print it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.linearization import Linearization
from impact.effects.arm_means.mean_model import LeastSquares, MeanModel
from impact.effects.arm_means.outcome_model import augments, outcome_model
from impact.effects.arm_means.regression import ArmRegression
from impact.effects.arm_means.residuals import (
    BiasReduced,
    InSample,
    LeaveOwnGroupOut,
    Residuals,
    scaled_residuals,
)
from impact.effects.variances.cluster_robust import SLOPES_ESTIMATED, missing_on_one_group
from impact.effects.variances.estimation import Estimation, Uncertainty
from impact.effects.variances.sums.ways import way_label, ways_of
from impact.errors import OptionError
from impact.language import Text
from impact.survey.clusters import sums_by_code

_REGRESSION = Text(
    "weighted regression on treatment, {way}, {name}, t",
    "regresión ponderada sobre el tratamiento, {way}, {name}, t",
    way="",
    name="",
)
_ADJUSTED_REGRESSION = Text(
    "weighted regression on treatment, {slopes}, {way}, {name}, t",
    "regresión ponderada sobre el tratamiento, {slopes}, {way}, {name}, t",
    slopes="",
    way="",
    name="",
)
_ADJUSTMENT_AS_KNOWN = Text("adjustment as known", "con ajuste dado")

Factor = Callable[[int, int, int], float]
"""Small-sample factor of G groups, n units and k parameters."""


@dataclass(frozen=True, slots=True)
class CR1:
    """Sandwich of the weighted regression of Y − μ̂(X) on (1, W), in-sample residuals, Stata's factor; t(G − 1).

    Parameters
    ----------
    estimated_slopes : bool
        False: μ̂(X) of a bias adjustment is taken as known, the regression is of Y − μ̂(X) on a constant and the treatment. True: it is
        of Y on the adjustment's terms in each arm, its contrast at the focal units' mean (R's g-computation), covariates fixed.

    Notes
    -----
    V = G/(G − 1) · (n − 1)/(n − k) · Σ_g S_g², S_g the group's sum of weight × residual in each arm's mean; the G
    groups of both arms count together, weights are taken as known. Without adjustment it is
    ``sandwich::vcovCL(lm(y ~ treat, weights), type = "HC1")`` in R and ``regress y treat [pw], vce(cluster)`` in
    Stata; without groups HC1. Where units are matched once and have groups, two-way by group and matched set. For
    comparison with others: with few groups of weight its intervals are too short (``ClusterRobust``).

    References
    ----------
    Cameron & Miller (2015), Journal of Human Resources 50(2), 317-372, doi:10.3368/jhr.50.2.317.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "income": 100 + row % 11})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> im.estimate(matched, variance=im.CR1()).one("income").variance
    'weighted regression on treatment, by group, CR1, t'
    """

    estimated_slopes: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the standard errors; an OptionError for an adjusted ATE."""
        return _uncertainty(estimation, InSample(), "CR1", _stata_factor, self.estimated_slopes)


@dataclass(frozen=True, slots=True)
class CR2:
    """As ``CR1`` with residuals scaled by (I − H_gg)^(−1/2), unbiased under a working model; t with that model's degrees of freedom.

    Parameters
    ----------
    estimated_slopes : bool
        As in ``CR1``.

    Notes
    -----
    The degrees of freedom (Bell and McCaffrey's) are those of the variance under errors of variance 1/weight: they
    depend on how the weight is spread over the groups, not on the outcome.
    Without groups HC2. Two-way, t has the smaller number of groups less one.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181; Pustejovsky & Tipton (2018), Journal of Business & Economic
    Statistics 36(4), 672-683, doi:10.1080/07350015.2016.1247004.

    Examples
    --------
    >>> import impact as im
    >>> im.Specification("4-NN", im.NearestNeighbor(im.Mahalanobis(), ratio=4), "linear", im.CR2(estimated_slopes=True)).variance
    CR2(estimated_slopes=True)
    """

    estimated_slopes: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the standard errors; an OptionError for an adjusted ATE."""
        return _uncertainty(
            estimation, BiasReduced(), "CR2", _no_factor, self.estimated_slopes, _bell_mccaffrey_freedom
        )


@dataclass(frozen=True, slots=True)
class CR3:
    """As ``CR1`` with residuals of each group from the regression without it, (I − H_gg)⁻¹ e: on the wide side; t(G − 1).

    Parameters
    ----------
    estimated_slopes : bool
        As in ``CR1``.

    Notes
    -----
    Without groups HC3.

    References
    ----------
    Bell & McCaffrey (2002), Survey Methodology 28(2), 169-181.

    Examples
    --------
    >>> import impact as im
    >>> im.Specification("kernel", im.Kernel(im.PropensityScore()), variance=im.CR3()).variance
    CR3(estimated_slopes=False)
    """

    estimated_slopes: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        """Return the standard errors; an OptionError for an adjusted ATE."""
        return _uncertainty(estimation, LeaveOwnGroupOut(), "CR3", _no_factor, self.estimated_slopes)


def _stata_factor(groups: int, units: int, parameters: int) -> float:
    return groups / (groups - 1) * (units - 1) / (units - parameters)


def _no_factor(groups: int, units: int, parameters: int) -> float:
    return 1.0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Sandwich:
    """The two arm means as regressions, with the groups that their errors are summed by."""

    linear: Linearization
    arms: tuple[tuple[ArmRegression, Array], ...]
    codes: Positions
    factor: Factor

    @property
    def groups(self) -> int:
        return len(np.unique(self.codes[self.linear.active]))

    def variance(self, psi: Array) -> Array:
        """Return the variance of Σψ / size, shape (q,)."""
        if self.groups < 2:
            return np.full(psi.shape[1], np.nan)
        number = int(self.codes.max()) + 1
        inside = self.linear.active
        sums = np.stack([sums_by_code(self.codes[inside], column[inside], number) for column in psi.T])
        parameters = sum(
            max(int(np.linalg.matrix_rank(local.fit.moments)) for local in regression.fits)
            for regression, _ in self.arms
        )
        factor = self.factor(self.groups, int(inside.sum()), parameters)
        result: Array = factor * (sums**2).sum(1) / self.linear.size**2
        return result


def _uncertainty(
    estimation: Estimation,
    rule: Residuals,
    name: str,
    factor: Factor,
    slopes: bool,
    freedom: Callable[[_Sandwich, int], float] | None = None,
) -> Uncertainty:
    _refuse_other_fits(estimation, name)
    ways = ways_of(estimation.matched).codes
    parts = [_Sandwich(*_arm_regressions(estimation, rule, codes, slopes), codes, factor) for codes in ways]
    main = parts[0]
    smallest = min(part.groups for part in parts[:2]) - 1
    number = estimation.outcomes.shape[1]
    degrees = [
        float(smallest) if freedom is None or len(parts) > 1 else freedom(main, k) for k in range(number)
    ]
    (effect, fallback), (percent, _), (control, _) = (
        _over_ways([part.variance(terms(part.linear)) for part in parts])
        for terms in (Linearization.effect_terms, Linearization.percent_terms, _control_terms)
    )
    way = way_label(estimation.matched, fallback)
    return Uncertainty(
        std_error=np.sqrt(missing_on_one_group(effect, estimation, ways[0])),
        percent_std_error=np.sqrt(percent),
        degrees_of_freedom=np.array(degrees),
        control_mean_std_error=np.sqrt(control),
        label=_regression_label(estimation.adjustment, slopes).with_values(way=way, name=name),
    )


def _refuse_other_fits(estimation: Estimation, name: str) -> None:
    """Require an adjustment fitted with the weights of the match, and one arm that all focal units lie in."""
    if augments(estimation.adjustment):
        raise OptionError(
            Text(
                (
                    "{name} is of a regression weighted as the match is; {adjustment} here is fitted without its "
                    "weights. Use im.ClusterRobust()."
                ),
                (
                    "{name} es de una regresión ponderada como el emparejamiento; {adjustment} se estima aquí sin sus "
                    "pesos. Use ClusterRobust."
                ),
                name=name,
                adjustment=type(estimation.adjustment).__name__,
            )
        )
    if estimation.adjustment is not None and estimation.matched.estimand == "ATE":
        raise OptionError(
            Text(
                (
                    "{name} of an adjusted estimate is for the ATT and the ATC, whose focal units lie in one arm; got an "
                    "ATE. Use im.ClusterRobust(), or leave out bias_adjustment."
                ),
                (
                    "{name} de una estimación ajustada es para el ATT y el ATC, cuyas unidades focales están en un "
                    "brazo; se dio un ATE. Use ClusterRobust, o quite bias_adjustment."
                ),
                name=name,
            )
        )


def _over_ways(variances: Sequence[Array]) -> tuple[Array, bool]:
    """Return the variance by group, or V by group + V by set − V by both; and whether the larger of the first two stands for an outcome."""
    if len(variances) == 1:
        return variances[0], False
    by_group, by_set, by_both = variances
    total = by_group + by_set - by_both
    return np.where(total > 0, total, np.maximum(by_group, by_set)), bool((total <= 0).any())


def _control_terms(linear: Linearization) -> Array:
    return linear.psi_control


def _arm_regressions(
    estimation: Estimation, rule: Residuals, codes: Positions, slopes: bool
) -> tuple[Linearization, tuple[tuple[ArmRegression, Array], ...]]:
    """Return the arm means linearised as regressions, and each regression with the weight its residuals have in its mean."""
    matched, outcomes = estimation.matched, estimation.outcomes
    treated = matched.sample.treated
    survey = matched.sampling_weight * (1.0 if estimation.persons is None else estimation.persons)
    weight = matched.weights.to_numpy() * survey
    focal = np.where(matched.kept, survey, 0.0)
    size, number = float(focal.sum()), outcomes.shape[1]
    nothing = np.empty((len(outcomes), 0))
    known = np.zeros_like(outcomes)
    terms, adjustment = nothing, estimation.adjustment
    model: MeanModel = LeastSquares()
    if adjustment is not None and slopes:
        made = outcome_model(adjustment, matched, estimation.persons)
        terms, model = made.terms, made.model
    elif adjustment is not None:
        compared = np.where(matched.focal, 0.0, weight)
        made = outcome_model(adjustment, matched, estimation.persons)
        predicted = made.model.regression(outcomes, made.terms, compared, codes, rule)
        known = predicted.fitted
    regressions, contributions = [], []
    for arm in (treated, ~treated):
        regression = model.regression(
            np.hstack([outcomes, known]), terms, np.where(arm, weight, 0.0), codes, rule
        )
        loading = regression.loading(focal / size)
        contributions.append(size * loading * regression.left_out)
        regressions.append((regression, loading))
    # Y and μ̂ apart: what the focal units' μ̂ contributes belongs to the mean without the programme
    outcome, prediction = (np.stack([part[:, where] for part in contributions]) for where in _halves(number))
    of_compared = 1 if matched.estimand == "ATT" else 0
    moved = np.zeros_like(outcome)
    moved[of_compared] = prediction[1 - of_compared] - prediction[of_compared]
    psi_treated, psi_control = outcome + moved
    linear = replace(
        estimation.linear, psi_treated=psi_treated, psi_control=psi_control, active=weight > 0, pooled=True
    )
    return linear, tuple(regressions)


def _halves(number: int) -> tuple[slice, slice]:
    return slice(None, number), slice(number, None)


def _bell_mccaffrey_freedom(sandwich: _Sandwich, k: int) -> float:
    """Return the degrees of freedom of the variance of effect k under errors with variance 1/weight.

    Notes
    -----
    The group sums are c_g′ε̂_g with c_g = A_g l_g; (Σ d_g − Σ |r_g|²)² / Σ_gh (δ_gh d_g − r_g′r_h)² with
    d_g = c_g′c_g and r_g = Q_g′c_g, Q an orthonormal basis of the weighted design.
    """
    number = int(sandwich.codes.max()) + 1
    diagonal, shared = np.zeros(number), []
    for regression, loading in sandwich.arms:
        which = min(k, len(regression.fits) - 1)
        fit = regression.fits[which].fit
        root = np.sqrt(fit.weight)
        scaled = replace(fit, residuals=(loading[regression.used, which] / fit.weight)[:, None])
        own = root * scaled_residuals(scaled)[:, 0]
        basis = np.linalg.qr(fit.design * root[:, None])[0]
        codes = sandwich.codes[regression.used]
        diagonal += sums_by_code(codes, own**2, number)
        shared += [sums_by_code(codes, own * column, number) for column in basis.T]
    common = np.stack(shared, axis=1)
    squares = (common**2).sum(1)
    total = float((diagonal - squares).sum())
    spread = float((diagonal**2 - 2 * diagonal * squares).sum() + ((common.T @ common) ** 2).sum())
    return total**2 / spread if spread > 0 else np.inf


def _regression_label(adjustment: Adjustment | None, slopes: bool) -> Text:
    if adjustment is None:
        return _REGRESSION
    return _ADJUSTED_REGRESSION.with_values(slopes=SLOPES_ESTIMATED if slopes else _ADJUSTMENT_AS_KNOWN)
