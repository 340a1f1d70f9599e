"""Two-way fixed effects: what the usual regression gives, for two waves or many."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.effects.panel.estimators.regressions import ChangeScore, Regression
from impact.effects.panel.estimators.two_periods import Changes, CrossSections, Linearised, linearised_mean
from impact.effects.panel.labels import DIFFERENCES
from impact.effects.panel.sample import PanelUnits
from impact.errors import EstimationError, OptionError
from impact.language import Text
from impact.survey.clusters import sums_by_code
from impact.survey.outcome import Outcome

_CHANGE = ChangeScore()


@dataclass(frozen=True, slots=True)
class TwoWayFixedEffects:
    """Regression of the outcome on having entered, with effects of household and wave (linearmodels' ``PanelOLS``).

    Notes
    -----
    Y_it = α_i + λ_t + τ D_it + ε_it. With two waves it is the difference of the arms' mean changes. Where groups enter at different dates
    and effects grow or differ by cohort, τ̂ is a mean of comparisons some of which have households already treated as controls, with weights
    that nobody chose (``im.goodman_bacon``): use ``im.group_time_effects()``, and this beside it. Covariates that do not change over
    time drop out.

    References
    ----------
    Goodman-Bacon (2021), Journal of Econometrics 225(2), 254-277, doi:10.1016/j.jeconom.2021.03.014.

    Examples
    --------
    >>> import impact as im
    >>> im.TwoWayFixedEffects().label
    'two-way fixed effects'
    """

    @property
    def label(self) -> str:
        """Name in the ``strategy`` column."""
        return Text("two-way fixed effects", "efectos fijos de hogar y ronda")

    @property
    def identification(self) -> str:
        """What the estimate rests on."""
        return DIFFERENCES

    def of_changes(self, data: Changes) -> Linearised:
        """Return the effect from the same units in both periods."""
        return _CHANGE.of_changes(_without_covariates(data))

    def of_cross_sections(self, data: CrossSections) -> Linearised:
        """Raise an OptionError: cross-sections have no household effects."""
        raise OptionError(
            Text(
                (
                    "im.TwoWayFixedEffects() needs the same households in both waves. Use im.ChangeScore() for repeated "
                    "cross-sections."
                ),
                (
                    "TwoWayFixedEffects necesita los mismos hogares en ambas rondas. Use ChangeScore para muestras "
                    "transversales repetidas."
                ),
            )
        )

    def regression(self, data: Changes | CrossSections, k: int) -> Regression:
        """Return the regression of outcome k in changes."""
        if isinstance(data, CrossSections):
            self.of_cross_sections(data)
        return _CHANGE.regression(_without_covariates(data), k)

    def of_waves(self, units: PanelUnits, outcome: Outcome) -> tuple[Linearised, Linearised]:
        """Return the effect over all waves, and the mean of the treated rows, with each household's influence.

        The influence is n Σ_t w D̃_it ε̂_it / Σ w D̃², D̃ what the effects leave of D.
        """
        from linearmodels.panel import PanelOLS

        values = units.values(outcome)
        weight = units.weight * units.persons(outcome)
        household, wave = np.nonzero(units.observed)
        entered = _entered(units)[household, wave].astype(np.float64)
        frame = pd.DataFrame(
            {"outcome": values[household, wave], "entered": entered, "weight": weight[household]},
            index=pd.MultiIndex.from_arrays([household, wave]),
        )
        model = PanelOLS(
            frame["outcome"],
            frame[["entered"]],
            entity_effects=True,
            time_effects=True,
            weights=frame["weight"],
            singletons=True,
        )
        fit = _fitted(model)
        left, residual = _within(frame), fit.resids.to_numpy(dtype=np.float64)
        moved = frame["weight"].to_numpy() * left
        scale = len(units.used) / float(moved @ left)
        influence = scale * sums_by_code(household, moved * residual, len(units.used))
        estimate = np.array([float(fit.params["entered"])])
        treated = linearised_mean(frame["weight"].to_numpy() * entered, frame[["outcome"]].to_numpy())
        share = len(units.used) / len(household)
        of_treated = share * sums_by_code(household, treated.influence[:, 0], len(units.used))
        return Linearised(estimate, influence[:, None]), Linearised(treated.estimate, of_treated[:, None])


def _without_covariates(data: Changes | CrossSections) -> Any:
    return replace(data, design=data.design[:, :1], names=data.names[:1])


def _entered(units: PanelUnits) -> Any:
    """Return whether each household had entered in each wave, shape (n, T)."""
    return units.treated[:, None] & (units.cohort[:, None] <= np.asarray(units.waves)[None, :])


def _fitted(model: Any) -> Any:
    from linearmodels.panel.utility import AbsorbingEffectError

    try:
        return model.fit()
    except AbsorbingEffectError as problem:
        raise EstimationError(
            Text(
                (
                    "Household and wave effects leave nothing of who had entered: no wave holds both households that had "
                    "entered and others."
                ),
                (
                    "Los efectos de hogar y de ronda no dejan nada de quién había entrado: ninguna ronda tiene a la vez "
                    "hogares que habían entrado y otros."
                ),
            )
        ) from problem


def _within(frame: pd.DataFrame) -> Array:
    """Return what the effects of household and wave leave of having entered, weighted."""
    from linearmodels.panel.data import PanelData

    weights = PanelData(frame[["weight"]])
    scaled = PanelData(frame[["entered"]]).demean("both", weights=weights).values2d[:, 0]
    left: Array = np.asarray(scaled, dtype=np.float64) / np.sqrt(frame["weight"].to_numpy())
    return left
