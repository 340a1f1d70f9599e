"""Planning a survey: the smallest effect it can detect, and how many groups an effect needs, by formula.

Its counterpart for a matched estimate, by simulation, is ``simulated_power()``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.robustness.planning.panel_plan import PanelPlan
from impact.robustness.planning.plan import Plan
from impact.robustness.planning.staggered_plan import StaggeredPlan


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """A survey of groups, of which whole ones get the programme.

    Parameters
    ----------
    groups : int
        Groups in both arms, at least 6.
    members : float
        Interviews per group, at least 1.
    icc : float
        Share of the outcome's variance that lies between groups, in [0, 1].
    treated_share : float
        Share of groups with the programme, in (0, 1).
    group_r_squared, unit_r_squared : float
        Shares of the variance between groups, and within them, that the covariates (a baseline, for instance) explain.
    effective_share : float
        Effective over actual number of control groups after matching, in (0, 1]: take ``effective_control_clusters`` of a similar
        evaluation over its number of control groups. 1 without matching.

    Examples
    --------
    >>> from impact.robustness.planning.power_formula import SurveyPlan, minimum_detectable_effect
    >>> plan = SurveyPlan(groups=330, members=12, icc=0.26, effective_share=0.45)
    >>> round(minimum_detectable_effect(plan, standard_deviation=1.0), 3)
    0.223
    """

    groups: int
    members: float
    icc: float
    treated_share: float = 0.5
    group_r_squared: float = 0.0
    unit_r_squared: float = 0.0
    effective_share: float = 1.0

    def __post_init__(self) -> None:
        checks.whole("groups", self.groups, minimum=6)
        checks.within("members", self.members, 1, np.inf)
        checks.within("icc", self.icc, 0, 1)
        checks.between("treated_share", self.treated_share, 0, 1)
        for name in ("group_r_squared", "unit_r_squared"):
            checks.within(name, getattr(self, name), 0, 1)
        checks.within("effective_share", self.effective_share, 1e-6, 1)

    @property
    def variance(self) -> float:
        """Variance of the estimated effect, in units of the outcome's variance.

        Notes
        -----
        [ρ(1 − R²_g) + (1 − ρ)(1 − R²_u)/m] · [1/(PJ) + 1/((1 − P)Je)], with J groups, the share P of them treated and e the
        effective share of the control groups (Bloom 2005; with e = 1 the usual formula of a cluster-randomised trial).
        """
        between = self.icc * (1 - self.group_r_squared)
        within = (1 - self.icc) * (1 - self.unit_r_squared) / self.members
        treated = self.treated_share * self.groups
        control = (1 - self.treated_share) * self.groups * self.effective_share
        return (between + within) * (1 / treated + 1 / control)

    @property
    def degrees_of_freedom(self) -> float:
        """Effective number of groups, less one for each arm."""
        control = (1 - self.treated_share) * self.groups * self.effective_share
        return max(self.treated_share * self.groups + control - 2, 1.0)


def minimum_detectable_effect(
    plan: Plan, standard_deviation: float, power: float = 0.8, level: float = 0.95
) -> float:
    """Return the smallest effect that the survey's interval leaves out zero for with the wanted probability.

    Parameters
    ----------
    plan : SurveyPlan, PanelPlan or StaggeredPlan
    standard_deviation : float
        Of the outcome among the controls; the answer is in its unit.
    power : float
        Wanted probability, in (0.5, 1).
    level : float
        Confidence level of the two-sided interval.

    Returns
    -------
    float
        (t_{1−α/2} + t_{power}) × standard deviation × √variance.

    References
    ----------
    Bloom (1995), Evaluation Review 19(5), 547-556, doi:10.1177/0193841X9501900504; Bloom (2005), Learning More from Social
    Experiments, chapter 4.

    Examples
    --------
    >>> import impact as im
    >>> plan = im.SurveyPlan(groups=330, members=12, icc=0.26, effective_share=0.45)
    >>> round(im.minimum_detectable_effect(plan, standard_deviation=1.0), 3)
    0.223
    """
    from scipy.special import stdtrit

    checks.positive("standard_deviation", standard_deviation)
    checks.between("power", power, 0.5, 1.0)
    checks.between("level", level, 0.0, 1.0)
    freedom = plan.degrees_of_freedom
    multiplier = stdtrit(freedom, 0.5 + level / 2) + stdtrit(freedom, power)
    return float(multiplier * standard_deviation * np.sqrt(plan.variance))


def power_of(plan: Plan, effect: float, standard_deviation: float, level: float = 0.95) -> float:
    """Return the probability that the survey's interval leaves out zero, on either side, for a given effect.

    Parameters
    ----------
    plan : SurveyPlan, PanelPlan or StaggeredPlan
    effect : float
        In the outcome's unit.
    standard_deviation : float
        Of the outcome among the controls.
    level : float
        Confidence level of the two-sided interval.

    Examples
    --------
    >>> import impact as im
    >>> plan = im.SurveyPlan(groups=330, members=12, icc=0.26, effective_share=0.45)
    >>> round(im.power_of(plan, effect=0.223, standard_deviation=1.0), 2)
    0.8
    """
    from scipy.special import stdtrit
    from scipy.stats import nct

    checks.positive("standard_deviation", standard_deviation)
    checks.between("level", level, 0.0, 1.0)
    freedom = plan.degrees_of_freedom
    shift = abs(effect) / (standard_deviation * np.sqrt(plan.variance))
    critical = stdtrit(freedom, 0.5 + level / 2)
    # P(T < −c) with shift δ is P(T > c) with −δ; the lower tail itself is not a number where δ is large.
    return float(nct.sf(critical, freedom, shift) + nct.sf(critical, freedom, -shift))


def groups_needed(
    plan: SurveyPlan | PanelPlan | StaggeredPlan,
    effect: float,
    standard_deviation: float,
    power: float = 0.8,
    level: float = 0.95,
) -> int:
    """Return the smallest number of groups with which the effect is detected with the wanted probability.

    Parameters
    ----------
    plan : SurveyPlan, PanelPlan or StaggeredPlan
        Its own number of groups does not count.
    effect : float
        In the outcome's unit, above zero.
    standard_deviation, power, level
        As for ``minimum_detectable_effect``.

    Raises
    ------
    OptionError
        A hundred thousand groups would not do.

    Examples
    --------
    >>> import impact as im
    >>> plan = im.SurveyPlan(groups=330, members=12, icc=0.26, effective_share=0.45)
    >>> im.groups_needed(plan, effect=0.223, standard_deviation=1.0)
    330
    """
    checks.positive("effect", effect)
    low, high = 6, 100_000
    if minimum_detectable_effect(replace(plan, groups=high), standard_deviation, power, level) > effect:
        raise OptionError(
            Text(
                "No survey of up to {high:,} groups detects an effect of {effect:g}. Name a larger effect.",
                "Ninguna encuesta de hasta {high:,} grupos detecta un efecto de {effect:g}. Nombre un efecto mayor.",
                high=high,
                effect=effect,
            )
        )
    while low < high:
        middle = (low + high) // 2
        if minimum_detectable_effect(replace(plan, groups=middle), standard_deviation, power, level) > effect:
            low = middle + 1
        else:
            high = middle
    return low
