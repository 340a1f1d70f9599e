"""How alike the members of a group are: what a plan takes from the last survey."""

from __future__ import annotations

import numpy as np

from impact.arrays import Array, Positions
from impact.errors import DataError
from impact.language import Text
from impact.survey.clusters import sums_by_code


def intraclass_correlation(values: Array, group: Positions) -> float:
    """Return the share of an outcome's variance that lies between groups, by the analysis of variance; at least 0.

    Parameters
    ----------
    values : float64 array, shape (n,)
    group : int array, shape (n,)
        Numbers from 0, with or without gaps.

    Raises
    ------
    DataError
        Fewer than two groups, no group with two members, or no variance.

    Notes
    -----
    (B − W)/(B + (m₀ − 1)W), B and W the mean squares between and within groups, m₀ = (n − Σ n_g²/n)/(G − 1).

    References
    ----------
    Donner (1986), International Statistical Review 54(1), 67-82, doi:10.2307/1403259.

    Examples
    --------
    >>> import numpy as np
    >>> from impact.robustness.planning.within_groups import intraclass_correlation
    >>> intraclass_correlation(np.array([1.0, 3.0, 5.0, 7.0]), np.array([0, 0, 1, 1]))
    0.7777777777777778
    """
    sizes = np.bincount(group).astype(np.float64)
    present = sizes > 0
    number, groups = len(values), int(present.sum())
    means = np.divide(sums_by_code(group, values, len(sizes)), sizes, out=np.zeros_like(sizes), where=present)
    between = float((sizes * (means - values.mean()) ** 2).sum())
    within = float(((values - means[group]) ** 2).sum())
    if groups < 2 or number == groups or between + within == 0:
        raise DataError(
            Text(
                "The likeness within groups needs two groups, one of two members, and an outcome that varies; got {groups} "
                "and {members}. Give icc.",
                "La semejanza dentro de los grupos necesita dos grupos, uno con dos miembros, y un resultado que varíe; hay "
                "{groups} y {members}. Dé icc.",
                groups=f"G = {groups}",
                members=f"n = {number}",
            )
        )
    size = (number - (sizes**2).sum() / number) / (groups - 1)
    between, within = between / (groups - 1), within / (number - groups)
    return max(float((between - within) / (between + (size - 1) * within)), 0.0)
