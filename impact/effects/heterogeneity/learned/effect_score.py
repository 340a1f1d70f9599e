"""Half of the groups teach how the effect varies with covariates; the other half is scored by what they taught."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.distances.cross_fitting import fold_numbers
from impact.design.distances.propensity import PropensityScore
from impact.design.label_order import label_order
from impact.design.units import Units
from impact.effects.arm_means.cross_fitted import Regressor, predicted_outcome
from impact.errors import EstimationError, OptionError
from impact.language import Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EffectScore:
    """The judging half of m units, in the order of their score.

    Attributes
    ----------
    rows : int array, shape (m,)
        Their places in the sample.
    predicted : float64 array, shape (m,)
        S, the effect that the teaching half predicts, from the least to the most.
    weight : float64 array, shape (m,)
        Weight of each unit in the population asked for: sampling weight × persons, of the treated alone for the ATT.
    contribution : float64 array, shape (m,)
        ψ, such that Σψ/Σweight over any units sorted by covariates is their average effect, doubly robustly.
    """

    rows: Positions
    predicted: Array
    weight: Array
    contribution: Array

    def place(self) -> Array:
        """Return the share of the population that lies below each unit, shape (m,)."""
        below: Array = (np.cumsum(self.weight) - self.weight / 2) / self.weight.sum()
        return below


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EffectLearner:
    """How the effect is learnt and scored.

    Attributes
    ----------
    units : Units
    outcome : float64 array, shape (n,)
    persons : float64 array, shape (n,)
    regressor : Regressor
    propensity : PropensityScore
    clip : (float, float)
    """

    units: Units
    outcome: Array
    persons: Array
    regressor: Regressor
    propensity: PropensityScore
    clip: tuple[float, float]

    def score(self, seed: int) -> EffectScore:
        """Return the judging half of one split of the groups, drawn within the arms.

        Notes
        -----
        With μ̂0, μ̂1 and ê from the teaching half S = μ̂1(X) − μ̂0(X), and for the ATT ψ = W(Y − μ̂0) − (1 − W) ê/(1 − ê) (Y − μ̂0),
        for the ATE ψ = S + W(Y − μ̂1)/ê − (1 − W)(Y − μ̂0)/(1 − ê): errors of the learners enter as products.
        """
        half, order = fold_numbers(self.units, 2, seed), label_order(self.units)
        teach, judge = order[half[order] == 1], order[half[order] == 0]
        treated, y = self.units.treatment[judge].astype(np.float64), self.outcome[judge]
        without, with_it = (
            self._outcome(arm, teach, judge) for arm in (~self.units.treatment, self.units.treatment)
        )
        probability = np.clip(self.propensity.predicted(self.units, teach, judge), *self.clip)
        survey = self.units.sampling_weight[judge] * self.persons[judge]
        left = np.where(treated > 0, y - with_it, y - without)
        if self.units.estimand == "ATT":
            weight = survey * treated
            own = treated * (y - without) - (1 - treated) * probability / (1 - probability) * left
        else:
            weight = survey
            own = with_it - without + treated * left / probability - (1 - treated) * left / (1 - probability)
        predicted = with_it - without
        if np.ptp(predicted) == 0:
            raise EstimationError(
                Text(
                    (
                        "{regressor} predicts the same effect for everybody in a split: it finds nothing to sort by. "
                        "Penalise it less, or report the average effect alone."
                    ),
                    (
                        "{regressor} predice el mismo efecto para todos en una división: no encuentra por qué ordenar. "
                        "Penalice menos, o informe solo el efecto medio."
                    ),
                    regressor=type(self.regressor).__name__,
                )
            )
        by_score = np.argsort(predicted, kind="stable")  # equal scores in the order of the labels
        return EffectScore(judge[by_score], predicted[by_score], weight[by_score], (survey * own)[by_score])

    def _outcome(self, arm: Booleans, teach: Positions, judge: Positions) -> Array:
        weights = self.units.sampling_weight if self.units.weighted else None
        terms = self.units.matrix.to_numpy()
        return predicted_outcome(self.regressor, terms, self.outcome, weights, teach[arm[teach]], judge)


def check_clip(clip: tuple[float, float]) -> None:
    """Require two bounds of a score, increasing and inside of (0, 1)."""
    low, high = clip
    for bound in (low, high):
        checks.between(Text("Each bound of clip", "Cada límite de clip"), bound, 0.0, 1.0)
    if not low < high:
        raise OptionError(
            Text(
                "clip must be two increasing bounds such as (0.01, 0.99); got {clip!r}.",
                "clip debe ser dos límites crecientes como [0.01, 0.99]; se dio {clip!r}.",
                clip=clip,
            )
        )
