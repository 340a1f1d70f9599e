"""What an adjustment comes to on one match: its terms, its regression, and which units weigh how much in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.design.units import TILTED
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.cross_fitted import FoldByFold
from impact.effects.arm_means.fitting import ArmWeights, AsMatched, Fitting
from impact.effects.arm_means.idle_terms import IdleTerms, warn_of_idle_terms
from impact.effects.arm_means.mean_model import LeastSquares, MeanModel
from impact.errors import OptionError
from impact.language import Text

if TYPE_CHECKING:
    from impact.design.matched_sample import MatchedSample


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OutcomeModel:
    """How an adjustment predicts every unit's outcome from the units of one arm.

    Attributes
    ----------
    terms : float64 array, shape (n, p)
    model : MeanModel
    fitting : Fitting
    normalized : bool
        Whether the weights that average the residuals are scaled to the focal units.
    survey : float64 array, shape (n,)
        Sampling weight (× persons) of the units on support, zero for the discarded.
    estimand : str
    """

    terms: Array
    model: MeanModel
    fitting: Fitting
    normalized: bool
    survey: Array
    estimand: str

    def weights_of(self, arm: Booleans, as_match: Array, raw: tuple[Array, float] | None) -> ArmWeights:
        """Return the weights of an arm's units; arguments as in ``ArmWeights``."""
        return ArmWeights(as_match, arm, self.survey, raw, self.estimand)

    def at(self, rows: Positions, survey: Array) -> OutcomeModel:
        """Return the model of a redrawn survey: some rows, with other sampling weights."""
        if isinstance(self.model, FoldByFold):
            raise OptionError(
                Text(
                    (
                        "A cross-fitted adjustment is not fitted again in every draw: its influence function is the "
                        "variance. Leave out variance=, or use im.LinearAdjustment(weighted=False)."
                    ),
                    (
                        "Un ajuste cruzado no se vuelve a estimar en cada sorteo: su función de influencia es la varianza. "
                        "Quite variance, o use LinearAdjustment con weighted = false."
                    ),
                )
            )
        return replace(self, terms=self.terms[rows], survey=survey)


def augments(adjustment: Adjustment | None) -> bool:
    """Return whether an adjustment leaves residuals for the match weights to average."""
    fitting: Fitting = getattr(adjustment, "fitting", AsMatched())
    return fitting.augments


def refuse_tilted(estimand: str) -> None:
    """Refuse an adjustment where the weights make the population."""
    if estimand in TILTED:
        raise OptionError(
            Text(
                (
                    "bias_adjustment averages the regression over the units for whom the effect is asked (ATT, ATC or "
                    "ATE); the population of the {estimand} is made by the weights. Leave it out: overlap weights "
                    "balance the covariates by themselves."
                ),
                (
                    "bias_adjustment promedia la regresión sobre las unidades cuyo efecto se pide (ATT, ATC o ATE); la "
                    "población del {estimand} la forman los pesos. Quítelo: los pesos de traslape equilibran las "
                    "covariables por sí mismos."
                ),
                estimand=estimand,
            )
        )


def outcome_model(adjustment: Adjustment, matched: MatchedSample, persons: Array | None) -> OutcomeModel:
    """Return what an adjustment comes to on a match: least squares weighted as the match weighs, unless it says otherwise."""
    refuse_tilted(matched.estimand)
    made_here = getattr(adjustment, "model_for", None)
    model: MeanModel = (
        getattr(adjustment, "model", LeastSquares()) if made_here is None else made_here(matched)
    )
    survey = matched.sampling_weight if persons is None else matched.sampling_weight * persons
    if len(matched.discarded):
        survey = np.where(matched.weights.index.isin(matched.discarded), 0.0, survey)
    fitting: Fitting = getattr(adjustment, "fitting", AsMatched())
    return OutcomeModel(
        terms=adjustment.terms(matched),
        model=model,
        fitting=fitting,
        # a regression weighted as the match leaves residuals of mean zero: their scale is the arm's own
        normalized=not fitting.augments or getattr(adjustment, "normalized", True),
        survey=survey,
        estimand=matched.estimand,
    )


def warn_of_idle_adjustment(
    idle: IdleTerms, adjustment: Adjustment, matched: MatchedSample, regression: Text
) -> None:
    """Name the terms that the regression of an adjustment leaves out; those of one that names none, by their place."""
    if not idle:
        return
    last = max((*idle, *(parent for parents in idle.values() for parent in parents)))
    names_of = getattr(adjustment, "names", None)
    names = [f"{place + 1}" for place in range(last + 1)] if names_of is None else names_of(matched)
    warn_of_idle_terms(idle, names, regression)
