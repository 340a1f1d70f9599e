"""When an arm rests on too few groups for its intervals to be trusted."""

from __future__ import annotations

from collections.abc import Iterable

from impact.arrays import Array, Booleans, Positions
from impact.design.matched_sample import effective_size
from impact.errors import FewClustersWarning
from impact.language import Text
from impact.survey.clusters import sums_by_code
from impact.warn import warn

FEW_GROUPS = 20
"""Below this effective number of groups intervals may cover less than they say."""
GROUPS = Text("groups", "grupos")


def warn_of_few_groups(
    groups: Positions, weight: Array, arms: Iterable[Booleans], of: Text = GROUPS, advice: str = ""
) -> None:
    """Warn where an arm is few groups by their effective number.

    Parameters
    ----------
    groups : int array, shape (n,)
        Code of each unit's group, from 0.
    weight : float64 array, shape (n,)
    arms : iterable of bool array, shape (n,)
        The units of each arm.
    of : Text
        What the groups are called.
    advice : Text
        What to look at.
    """
    number = int(groups.max()) + 1
    few = min(effective_size(sums_by_code(groups[arm], weight[arm], number)) for arm in arms)
    if few < FEW_GROUPS:
        warn(
            Text(
                "The weight of an arm rests on about {few:.0f} {of} (effective number, below {limit}): intervals may cover less than "
                "they say.{space}{advice}",
                "El peso de un brazo descansa en unos {few:.0f} {of} (número efectivo, menos de {limit}): los intervalos pueden cubrir "
                "menos de lo que dicen.{space}{advice}",
                few=few,
                of=of,
                limit=FEW_GROUPS,
                space=" " if advice else "",
                advice=advice,
            ),
            FewClustersWarning,
        )
