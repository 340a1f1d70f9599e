"""In which order the focal units choose, when a unit can be used only so often."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions
from impact.design.label_order import label_order
from impact.design.search.ties import line_order
from impact.design.units import Units

ORDERS = ("largest", "smallest", "closest", "farthest", "random", "data")
BY_SCORE = ("largest", "smallest")


def focal_order(
    order: str, units: Units, focal: Positions, score: Array | None, seed: int | None
) -> Positions:
    """Return the numbers of the focal units in the order in which they choose.

    Parameters
    ----------
    order : str
        One of ``ORDERS``; "closest" and "farthest" start from the order of the rows, which then decides draws
        only.
    units : Units
    focal : int array
        Their positions.
    score : float64 array, shape (n,), or None
        Scaled score of all units, for "largest" and "smallest".
    seed : int or None
        Seed of the random order, drawn over the units in the order of their labels: rows may stand in any
        order.
    """
    if order == "random":
        by_label = np.argsort(np.argsort(label_order(units))[focal], kind="stable")
        shuffled: Positions = by_label[np.random.default_rng(seed).permutation(len(focal))]
        return shuffled
    if order not in BY_SCORE or score is None:
        return np.arange(len(focal))
    sign = -1.0 if order == "largest" else 1.0
    return line_order(sign * score[focal], np.zeros(len(focal), dtype=np.intp))[0]


def variable_quota(
    ratio: int, fewest: int, most: int, score: Array, treated: NDArray[np.bool_], focal: Positions
) -> Positions:
    """Return how many matches each focal unit may have when the number varies around ``ratio``.

    Parameters
    ----------
    ratio : int
        Mean number of matches.
    fewest, most : int
        Smallest and largest number for one unit.
    score : float64 array, shape (n,)
        Units whose score is far on the focal arm's own side have few counterparts and get few matches.
    treated : bool array, shape (n,)
    focal : int array
        Positions of the focal units.

    References
    ----------
    Ming & Rosenbaum (2000), Biometrics 56(1), 118-124, doi:10.1111/j.0006-341X.2000.00118.x.
    """
    number = len(focal)
    total = ratio * number
    at_most = (total - fewest * (number - 1)) // (most - fewest)
    at_least = number - at_most - 1
    between = total - fewest * at_least - most * at_most
    counts = np.concatenate([np.repeat(fewest, max(at_least, 0)), [between], np.repeat(most, at_most)])[
        -number:
    ]
    if (counts == 0).any():
        empty = int(np.flatnonzero(counts == 0)[0])
        counts[empty] = 1
        counts[empty + 1] -= 1
    own_side = treated[focal[0]]
    arm = treated if own_side else ~treated
    high_is_own = score[arm].mean() > score[~arm].mean()
    order = line_order((-1.0 if high_is_own else 1.0) * score[focal], np.zeros(number, dtype=np.intp))[0]
    quota = np.empty(number, dtype=np.intp)
    quota[order] = counts
    return quota
