"""Doubly robust difference-in-differences: right where either the outcome regression or the propensity score is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Booleans
from impact.effects.panel.estimators.calibrated_score import calibrated_odds
from impact.effects.panel.estimators.first_stages import OutcomeFit, ScoreFit, fit_outcome, fit_score
from impact.effects.panel.estimators.two_periods import (
    Changes,
    CrossSections,
    Linearised,
    linearised_mean,
    mean_products,
    mean_terms,
)
from impact.effects.panel.labels import DIFFERENCES
from impact.language import Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Period:
    """The arms' difference in one period, and the part of its influence that is the comparison rows' regression."""

    effect: Linearised
    of_comparison: Array


TREATED_ROWS = Text("the treated rows of a period", "las filas tratadas de un período")


@dataclass(frozen=True, slots=True)
class DoublyRobust:
    """Effect on the treated by outcome regression and propensity score together.

    Parameters
    ----------
    improved : bool
        False: logit by maximum likelihood and least squares. True: odds that balance the covariates exactly, and least squares weighted
        by them; the error then needs no first-stage terms and is right where either model is.
    locally_efficient : bool
        For repeated cross-sections. True: the treated are regressed too, which is efficient where all models are right. False:
        without.
    convention : {"DRDID", "derivative"}
        For the standard error from repeated cross-sections and unbalanced panels, improved=False. "DRDID": as R's package, which adds the
        earlier period's regression with the later one's sign; the same in large samples where the propensity score is right.
        "derivative": with the sign of the derivative, right where the score is not.

    Notes
    -----
    Panel: τ̂ = Σ_{W=1} s (ΔY − μ̂)/Σ_{W=1} s − Σ_{W=0} s ô (ΔY − μ̂)/Σ_{W=0} s ô with μ̂ the comparison units' regression and
    ô = p̂/(1 − p̂). Regression and score count as estimated. Comparison units with p̂ of .995 and above do not count, as in R's DRDID.

    References
    ----------
    Sant'Anna & Zhao (2020), Journal of Econometrics 219(1), 101-122, equations 2.6 and 3.1 to 3.9,
    doi:10.1016/j.jeconom.2020.06.003.

    Examples
    --------
    >>> import impact as im
    >>> im.DoublyRobust().label
    'doubly robust'
    """

    improved: bool = False
    locally_efficient: bool = True
    convention: str = "DRDID"

    def __post_init__(self) -> None:
        checks.one_of("convention", self.convention, ("DRDID", "derivative"))
        for name in ("improved", "locally_efficient"):
            value = getattr(self, name)
            checks.instance(name, value, Text("True or False", "true o false"), isinstance(value, bool))

    @property
    def label(self) -> str:
        """Name in the ``strategy`` column."""
        if self.improved:
            return Text("doubly robust, improved", "doblemente robusto, mejorado")
        return Text("doubly robust", "doblemente robusto")

    @property
    def identification(self) -> str:
        """What the estimate rests on."""
        return DIFFERENCES

    def of_changes(self, data: Changes) -> Linearised:
        """Return the effect from the same units in both periods."""
        score, odds = self._odds(data)
        focal, compared = data.weight * data.treated, data.weight * odds
        fit = self._regression(data, data.change, ~data.treated, odds)
        left = data.change - fit.fitted
        treated, control = linearised_mean(focal, left), linearised_mean(compared, left)
        effect = treated - control
        if score is None:
            return effect
        of_regression = fit.error(mean_terms(focal, data.design) - mean_terms(compared, data.design))
        of_score = score.error(mean_products(compared, left - control.estimate, data.design))
        return effect.moved_by(-of_regression - of_score)

    def of_cross_sections(self, data: CrossSections) -> Linearised:
        """Return the effect from two cross-sections."""
        score, odds = self._odds(data)
        after, before = (self._period(data, score, odds, period) for period in (data.post, ~data.post))
        effect = after.effect - before.effect
        if self.improved or self.convention == "derivative":
            return effect
        return effect.moved_by(2 * before.of_comparison)

    def _period(self, data: CrossSections, score: ScoreFit | None, odds: Array, period: Booleans) -> _Period:
        """Return the arms' adjusted difference in one period."""
        everyone = data.weight * data.treated
        focal, compared = everyone * period, data.weight * odds * period
        fit = self._regression(data, data.outcome, ~data.treated & period, odds)
        left = data.outcome - fit.fitted
        treated, control = linearised_mean(focal, left), linearised_mean(compared, left)
        effect, nothing = treated - control, np.zeros_like(left)
        if self.locally_efficient:
            effect = effect + self._gain(data, fit, everyone, focal, counted=score is not None)
        if score is None:
            return _Period(effect, nothing)
        of_comparison = fit.error(mean_terms(compared, data.design) - mean_terms(focal, data.design))
        of_score = score.error(mean_products(compared, left - control.estimate, data.design))
        return _Period(effect.moved_by(of_comparison - of_score), of_comparison)

    def _gain(
        self, data: CrossSections, fit: OutcomeFit, everyone: Array, focal: Array, counted: bool
    ) -> Linearised:
        """Return what the treated of both periods know of the effect beyond those of this one, by regression in each arm."""
        own = fit_outcome(
            data.outcome,
            data.design,
            focal,
            data.names,
            data.where,
            TREATED_ROWS,
        )
        predicted = own.fitted - fit.fitted
        gain = linearised_mean(everyone, predicted) - linearised_mean(focal, predicted)
        if not counted:
            return gain
        shift = mean_terms(everyone, data.design) - mean_terms(focal, data.design)
        return gain.moved_by(own.error(shift) - fit.error(shift))

    def _odds(self, data: Changes | CrossSections) -> tuple[ScoreFit | None, Array]:
        if self.improved:
            return None, calibrated_odds(data.treated, data.design, data.weight, data.names, data.where)
        score = fit_score(data.treated, data.design, data.weight, data.names, data.where)
        return score, score.odds

    def _regression(
        self, data: Changes | CrossSections, outcome: Array, rows: Booleans, odds: Array
    ) -> OutcomeFit:
        weight = data.weight * rows * (odds if self.improved else np.ones_like(odds))
        return fit_outcome(
            outcome,
            data.design,
            weight,
            data.names,
            data.where,
            Text("the comparison rows", "las filas de comparación"),
        )
