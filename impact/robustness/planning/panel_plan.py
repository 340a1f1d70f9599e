"""A survey with a baseline: difference-in-differences, ANCOVA, or the follow-up alone, by formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impact import checks

ANALYSES = ("difference-in-differences", "ancova", "follow-up")


@dataclass(frozen=True, slots=True)
class PanelPlan:
    """A survey of groups with waves before and after the programme.

    Parameters
    ----------
    groups : int
        Groups in both arms, at least 6.
    members : float
        Interviews per group and wave, at least 1, before attrition.
    icc : float
        Share of the outcome's variance that lies between groups, in [0, 1].
    group_correlation, unit_correlation : float
        Correlation of a group's mean, and of a household's deviation from it, between two waves, in [0, 1]. ``unit_correlation=0``
        for other households in every wave (repeated cross-sections).
    analysis : {"difference-in-differences", "ancova", "follow-up"}
    baseline_waves, follow_up_waves : int
        At least 1.
    attrition : float
        Share of the households that is not found again, at random, in [0, 1).
    treated_share : float
        Share of groups with the programme, in (0, 1).
    effective_share : float
        Effective over actual number of control groups after matching, in (0, 1]; 1 without matching.

    Notes
    -----
    A group's mean has variance v = ρ + (1 − ρ)/m and covariance c = ρ r_g + (1 − ρ) r_u/m between waves, m the members found again;
    R = c/v. With b waves before and a after, the variance of the effect is f v [1/(PJ) + 1/((1 − P)Je)] with

    - difference-in-differences: f = (1 − R)(1/b + 1/a)
    - ANCOVA: f = [1 + (a − 1)R]/a − bR²/[1 + (b − 1)R]
    - follow-up: f = [1 + (a − 1)R]/a

    ANCOVA is never worse than either of the others. With small R a difference is worse than no baseline at all.

    References
    ----------
    McKenzie (2012), Journal of Development Economics 99(2), 210-221, doi:10.1016/j.jdeveco.2012.01.002; Teerenstra, Eldridge, Graff, de
    Hoop & Borm (2012), Statistics in Medicine 31(20), 2169-2178, doi:10.1002/sim.5352.

    Examples
    --------
    >>> import impact as im
    >>> from impact.robustness.planning.power_formula import minimum_detectable_effect
    >>> plans = {a: im.PanelPlan(150, 12, 0.25, group_correlation=0.7, unit_correlation=0.4, analysis=a)
    ...          for a in ("difference-in-differences", "ancova", "follow-up")}
    >>> {name: round(minimum_detectable_effect(plan, standard_deviation=1.0), 3) for name, plan in plans.items()}
    {'difference-in-differences': 0.218, 'ancova': 0.198, 'follow-up': 0.257}
    """

    groups: int
    members: float
    icc: float
    group_correlation: float
    unit_correlation: float
    analysis: str = "difference-in-differences"
    baseline_waves: int = 1
    follow_up_waves: int = 1
    attrition: float = 0.0
    treated_share: float = 0.5
    effective_share: float = 1.0

    def __post_init__(self) -> None:
        checks.whole("groups", self.groups, minimum=6)
        checks.within("members", self.members, 1, np.inf)
        for name in ("icc", "group_correlation", "unit_correlation"):
            checks.within(name, getattr(self, name), 0, 1)
        checks.one_of("analysis", self.analysis, ANALYSES)
        checks.whole("baseline_waves", self.baseline_waves)
        checks.whole("follow_up_waves", self.follow_up_waves)
        checks.within("attrition", self.attrition, 0, 1 - 1e-6)
        checks.between("treated_share", self.treated_share, 0, 1)
        checks.within("effective_share", self.effective_share, 1e-6, 1)

    @property
    def variance(self) -> float:
        """Variance of the estimated effect, in units of the outcome's variance."""
        level, correlation = group_mean_moments(self)
        treated, control = self.effective_groups
        return level * self._factor(correlation) * (1 / treated + 1 / control)

    @property
    def effective_groups(self) -> tuple[float, float]:
        """Treated groups, and control groups by their effective number."""
        control = (1 - self.treated_share) * self.groups * self.effective_share
        return self.treated_share * self.groups, control

    @property
    def degrees_of_freedom(self) -> float:
        """Effective number of groups, less one for each arm."""
        return max(sum(self.effective_groups) - 2, 1.0)

    def _factor(self, correlation: float) -> float:
        before, after = self.baseline_waves, self.follow_up_waves
        if self.analysis == "difference-in-differences":
            return (1 - correlation) * (1 / before + 1 / after)
        follow_up = (1 + (after - 1) * correlation) / after
        if self.analysis == "follow-up":
            return follow_up
        return follow_up - before * correlation**2 / (1 + (before - 1) * correlation)


class GroupMeans(Protocol):
    """What the moments of a group's mean depend on."""

    @property
    def members(self) -> float: ...  # noqa: D102
    @property
    def icc(self) -> float: ...  # noqa: D102
    @property
    def group_correlation(self) -> float: ...  # noqa: D102
    @property
    def unit_correlation(self) -> float: ...  # noqa: D102
    @property
    def attrition(self) -> float: ...  # noqa: D102


def group_mean_moments(plan: GroupMeans) -> tuple[float, float]:
    """Return the variance of a group's mean in one wave, in units of the outcome's, and its correlation between waves."""
    found = max(plan.members * (1 - plan.attrition), 1.0)
    within = (1 - plan.icc) / found
    variance = plan.icc + within
    covariance = plan.icc * plan.group_correlation + within * plan.unit_correlation
    return variance, covariance / variance
