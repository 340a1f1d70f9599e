"""How an estimate is linearised: whose residuals it takes, and what it counts as estimated."""

from __future__ import annotations

from dataclasses import dataclass

from impact.arrays import Array, Positions
from impact.design.matched_sample import MatchedSample
from impact.design.weighting.inverse_probability import InverseProbability
from impact.design.weighting.subclass_weights import SubclassWeights
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.linearization import Linearization, linearize
from impact.effects.arm_means.residuals import BiasReduced, LeaveOwnGroupOut, Residuals

_LEAVE_OUT = LeaveOwnGroupOut()


@dataclass(frozen=True, slots=True)
class LinearisedBy:
    """The options of a linearisation; see ``linearize``.

    Attributes
    ----------
    residuals : Residuals
    estimated_slopes, estimated_score : bool
    smooth_strata : bool
        Weights by strata of a score take the score's derivative for that of its strata.
    """

    residuals: Residuals = _LEAVE_OUT
    estimated_slopes: bool = False
    estimated_score: bool = False
    smooth_strata: bool = False

    def linearization(
        self,
        matched: MatchedSample,
        outcomes: Array,
        persons: Array | None,
        adjustment: Adjustment | None,
        groups: Positions | None,
    ) -> Linearization:
        """Return the arm means of q outcomes, linearised this way; arguments as in ``linearize``."""
        options = (self.residuals, self.estimated_slopes, self.estimated_score, self.smooth_strata)
        return linearize(matched, outcomes, persons, adjustment, groups, *options)


KNOWN_SLOPES = LinearisedBy()
BY_GROUP = LinearisedBy(BiasReduced(), estimated_slopes=True)
"""The default by group, but for weights that balance and for doubly robust estimates: the best calibrated in docs/simulation.md."""


def suited_to(matched: MatchedSample, adjustment: Adjustment | None = None) -> LinearisedBy:
    """Return the linearisation that suits a match: ``BY_GROUP`` where there are groups, leave-own-group-out residuals else.

    Weights that solve equations of balance keep leave-own-group-out residuals, which cover as well there and are never too small where a
    group alone carries a coefficient; and so do weights of an estimated score beside an outcome regression. Without one these have
    ``BY_GROUP``: with residuals left out the intervals of inverse probabilities, overlap and matching weights are too wide
    (docs/weighting.md).
    """
    if matched.sample.cluster is None:
        return KNOWN_SLOPES
    if matched.first_stage is None or weighted_by_score_alone(matched.strategy, adjustment):
        return BY_GROUP
    return KNOWN_SLOPES


def weighted_by_score_alone(strategy: object, adjustment: Adjustment | None) -> bool:
    """Return whether nothing but a score makes the estimate: its weights, and no outcome regression beside them."""
    return adjustment is None and isinstance(strategy, InverseProbability | SubclassWeights)
