"""``[sorted_effects]``: who gains most and least, learnt on half of the producer groups and judged on the other half."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

from impact import checks
from impact.design.distances.propensity import PropensityScore
from impact.effects.arm_means.cross_fitted import Regressor
from impact.effects.heterogeneity.learned.sorted_effects import SortedEffects, sorted_effects
from impact.evaluation.reading.analysis import Named

if TYPE_CHECKING:
    from impact.evaluation.findings import Findings


@dataclass(frozen=True, slots=True)
class SortedGroups:
    """Effects of groups sorted by a learnt score.

    Parameters
    ----------
    outcomes : tuple of str
        The first outcome by default.
    regressor : regressor, optional
        Any of scikit-learn's, such as ``{ type = "random forest", min_samples_leaf = 20 }``; least squares in each arm by default.
    propensity : PropensityScore, optional
        The logit by default.
    groups : int
        5 for fifths.
    splits : int
    seed : int
    """

    TABLE: ClassVar[str] = "sorted_effects"

    outcomes: tuple[str, ...] = ()
    regressor: Regressor | None = None
    propensity: PropensityScore | None = None
    groups: int = 5
    splits: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, least in (("groups", self.groups, 2), ("splits", self.splits, 1)):
            checks.whole(name, value, minimum=least)

    def settled(self, named: Named) -> Self:
        """Return the table with its outcomes filled in."""
        filled = replace(self, outcomes=self.outcomes or named.outcomes[:1])
        for outcome in filled.outcomes:
            checks.one_of("outcomes", outcome, named.outcomes)
        return filled

    def answer(self, findings: Findings) -> tuple[SortedEffects, ...]:
        """Return the sorted groups of every outcome."""
        from sklearn.linear_model import LinearRegression

        configuration = findings.configuration
        return tuple(
            sorted_effects(
                findings.sample,
                outcome,
                LinearRegression() if self.regressor is None else self.regressor,
                self.propensity,
                self.groups,
                self.splits,
                configuration.estimand,
                level=configuration.level,
                seed=self.seed,
                n_jobs=1,
            )
            for outcome in self.outcomes
        )
