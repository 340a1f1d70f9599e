"""When an arm rests on too few groups for its intervals to be trusted."""

from __future__ import annotations

from collections.abc import Iterable

from impact.arrays import Array, Booleans, Positions
from impact.design.matched_sample import effective_size
from impact.errors import FewClustersWarning
from impact.survey.clusters import sums_by_code
from impact.warn import warn

FEW_GROUPS = 20
"""Below this effective number of groups intervals may cover less than they say."""


def warn_of_few_groups(
    groups: Positions, weight: Array, arms: Iterable[Booleans], of: str = "groups", advice: str = ""
) -> None:
    """Warn where an arm is few groups by their effective number.

    Parameters
    ----------
    groups : int array, shape (n,)
        Code of each unit's group, from 0.
    weight : float64 array, shape (n,)
    arms : iterable of bool array, shape (n,)
        The units of each arm.
    of : str
        What the groups are called.
    advice : str
        What to look at.
    """
    number = int(groups.max()) + 1
    few = min(effective_size(sums_by_code(groups[arm], weight[arm], number)) for arm in arms)
    if few < FEW_GROUPS:
        warn(
            f"The weight of an arm rests on about {few:.0f} {of} (effective number, below {FEW_GROUPS}): intervals may cover less "
            f"than they say.{advice and ' '}{advice}",
            FewClustersWarning,
        )
