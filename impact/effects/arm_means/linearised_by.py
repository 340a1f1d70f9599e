"""How an estimate is linearised: whose residuals it takes, and what it counts as estimated."""

from __future__ import annotations

from dataclasses import dataclass

from impact.arrays import Array, Positions
from impact.design.matched_sample import MatchedSample
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
    """

    residuals: Residuals = _LEAVE_OUT
    estimated_slopes: bool = False
    estimated_score: bool = False

    def linearization(
        self,
        matched: MatchedSample,
        outcomes: Array,
        persons: Array | None,
        adjustment: Adjustment | None,
        groups: Positions | None,
    ) -> Linearization:
        """Return the arm means of q outcomes, linearised this way; arguments as in ``linearize``."""
        options = (self.residuals, self.estimated_slopes, self.estimated_score)
        return linearize(matched, outcomes, persons, adjustment, groups, *options)


KNOWN_SLOPES = LinearisedBy()
BY_GROUP = LinearisedBy(BiasReduced(), estimated_slopes=True)
"""The default by group, but for weights that solve an equation: the best calibrated in docs/simulation.md."""


def suited_to(matched: MatchedSample) -> LinearisedBy:
    """Return the linearisation that suits a match: ``BY_GROUP`` where there are groups, leave-own-group-out residuals else.

    Weights that solve an equation keep leave-own-group-out residuals, which cover as well there and are never too small where a group
    alone carries a coefficient.
    """
    return KNOWN_SLOPES if matched.sample.cluster is None or matched.first_stage is not None else BY_GROUP
