"""Many groups with few interviews, or few groups with many: what is cheapest for a wanted effect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.robustness.planning.panel_plan import PanelPlan
from impact.robustness.planning.power_formula import SurveyPlan, groups_needed
from impact.robustness.planning.staggered_plan import StaggeredPlan

_MOST_GROUPS = 100_000


def cost_of_designs(
    plan: SurveyPlan | PanelPlan | StaggeredPlan,
    effect: float,
    standard_deviation: float,
    group_cost: float,
    member_cost: float,
    members: Iterable[int] = range(2, 31),
    power: float = 0.8,
    level: float = 0.95,
) -> pd.DataFrame:
    """Return what each number of interviews per group costs, with the groups that it needs, the cheapest first.

    Parameters
    ----------
    plan : SurveyPlan, PanelPlan or StaggeredPlan
        Its own numbers of groups and members do not count.
    effect : float
        To be detected; in the outcome's unit, above zero.
    standard_deviation : float
        Of the outcome among the controls.
    group_cost, member_cost : float
        Cost of reaching one group, and of one household's interviews, over all waves; at least 0, in one currency.
    members : iterable of int
        Numbers of interviews per group to compare.
    power, level : float
        As for ``minimum_detectable_effect``.

    Returns
    -------
    DataFrame
        members, groups, interviews, cost; sorted by cost.

    Raises
    ------
    OptionError
        No design detects the effect, or nothing costs anything.

    Notes
    -----
    Without a restriction on the number of groups the optimum is near √[(group_cost/member_cost)(1 − ρ)/ρ] members.

    Examples
    --------
    >>> import impact as im
    >>> plan = im.SurveyPlan(groups=100, members=10, icc=0.25)
    >>> im.cost_of_designs(plan, 0.2, 1.0, group_cost=400, member_cost=40).iloc[0].astype(int).to_dict()
    {'members': 5, 'groups': 316, 'interviews': 1580, 'cost': 189600}
    """
    checks.nonnegative("group_cost", group_cost)
    checks.nonnegative("member_cost", member_cost)
    if group_cost + member_cost == 0:
        raise OptionError(
            Text(
                "group_cost or member_cost must be above 0; got 0 for both: every design is free.",
                "group_cost o member_cost debe ser mayor que 0; ambos son 0: todo diseño es gratis.",
            )
        )
    rows = []
    for number in members:
        checks.whole("members", number)
        try:
            groups = groups_needed(replace(plan, members=number), effect, standard_deviation, power, level)
        except OptionError:
            continue
        cost = groups * (group_cost + member_cost * number)
        rows.append({"members": number, "groups": groups, "interviews": groups * number, "cost": cost})
    if not rows:
        raise OptionError(
            Text(
                (
                    "No design of up to {most_groups:,} groups detects an effect of {effect:g}. Name a larger effect or "
                    "more members."
                ),
                (
                    "Ningún diseño de hasta {most_groups:,} grupos detecta un efecto de {effect:g}. Nombre un efecto "
                    "mayor o más miembros."
                ),
                most_groups=_MOST_GROUPS,
                effect=effect,
            )
        )
    return pd.DataFrame(rows).sort_values(["cost", "members"], ignore_index=True)
