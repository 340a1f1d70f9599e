"""Outcome regression: the comparison units' change, predicted for the treated."""

from __future__ import annotations

from dataclasses import dataclass

from impact.effects.panel.estimators.first_stages import fit_outcome
from impact.effects.panel.estimators.two_periods import (
    Changes,
    CrossSections,
    Linearised,
    linearised_mean,
    mean_terms,
)
from impact.effects.panel.labels import DIFFERENCES
from impact.language import Text

COMPARISON = Text("the comparison units", "las unidades de comparación")


@dataclass(frozen=True, slots=True)
class OutcomeRegression:
    """Effect on the treated by regression of the comparison units' change on baseline covariates.

    Notes
    -----
    Panel: τ̂ = Σ_{W=1} s (ΔY − X β̂) / Σ_{W=1} s, β̂ least squares of ΔY on the comparison units, weights s. Repeated cross-sections:
    one regression of each period. The coefficients count as estimated. It rests on the regression being right.

    References
    ----------
    Heckman, Ichimura & Todd (1997), Review of Economic Studies 64(4), 605-654, doi:10.2307/2971733; Sant'Anna & Zhao (2020), Journal of
    Econometrics 219(1), 101-122, equations 2.2 and 2.3, doi:10.1016/j.jeconom.2020.06.003.

    Examples
    --------
    >>> import impact as im
    >>> im.OutcomeRegression().label
    'outcome regression'
    """

    @property
    def label(self) -> str:
        """Name in the ``strategy`` column."""
        return Text("outcome regression", "regresión del resultado")

    @property
    def identification(self) -> str:
        """What the estimate rests on."""
        return DIFFERENCES

    def of_changes(self, data: Changes) -> Linearised:
        """Return the effect from the same units in both periods."""
        focal = data.weight * data.treated
        compared = data.weight * ~data.treated
        fit = fit_outcome(data.change, data.design, compared, data.names, data.where, COMPARISON)
        error = fit.error(mean_terms(focal, data.design))
        return linearised_mean(focal, data.change - fit.fitted).moved_by(-error)

    def of_cross_sections(self, data: CrossSections) -> Linearised:
        """Return the effect from two cross-sections."""
        focal = data.weight * data.treated
        slope = mean_terms(focal, data.design)
        fits = [
            fit_outcome(
                data.outcome,
                data.design,
                data.weight * (period & ~data.treated),
                data.names,
                data.where,
                Text("the comparison rows of a period", "las filas de comparación de un período"),
            )
            for period in (~data.post, data.post)
        ]
        before, after = fits
        gained = linearised_mean(focal * data.post, data.outcome) - linearised_mean(
            focal * ~data.post, data.outcome
        )
        predicted = linearised_mean(focal, after.fitted - before.fitted)
        return (gained - predicted).moved_by(before.error(slope) - after.error(slope))
