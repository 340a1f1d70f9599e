"""Optimal assignment on a line, exactly and without a distance matrix.

On a line some optimal assignment never crosses: of the units that are matched, the k-th smallest focal copy
takes the k-th smallest match. What is left to find is who is matched.
"""

from __future__ import annotations

from heapq import heappush, heappushpop

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions, sorting


def assign_on_line(focal: Array, pool: Array, ratio: int, radius: float) -> tuple[Positions, Positions]:
    """Return the focal units and their matches, each pool unit used once, with the smallest total distance.

    Parameters
    ----------
    focal : float64 array, shape (q,)
    pool : float64 array, shape (r,)
        Scores.
    ratio : int
        Matches wanted by each focal unit.
    radius : float
        Largest distance of a match; may be infinite.

    Returns
    -------
    focal, match : int arrays, shape (m,)
        As many focal units as possible have a match, then as many matches as possible are made, then their
        total distance is as small as possible.

    Notes
    -----
    Leaving a copy of a focal unit without a match costs more than any rearrangement of the others: on a line,
    one match more moves the total distance by at most the range of the scores, for it changes by one how many
    matches span a stretch of the line. The first copy of each unit costs twice as much as the others, so that
    nobody gets a second match at the expense of someone's first.
    """
    focal_order, pool_order = sorting(focal), sorting(pool)
    copies = np.repeat(focal[focal_order], ratio)
    targets = pool[pool_order]
    span = 1.0 + np.ptp(np.concatenate([copies, targets]))
    penalties = np.tile(np.r_[4.0 * span, np.full(ratio - 1, 2.0 * span)], len(focal))
    matched, used = _who_is_matched(copies, targets, penalties)
    if np.isfinite(radius) and (
        len(matched) < len(copies) or (np.abs(copies[matched] - targets[used]) > radius).any()
    ):
        matched, used = _within_caliper(copies, targets, penalties, radius)
    return focal_order[matched // ratio], pool_order[used]


def _who_is_matched(copies: Array, targets: Array, penalties: Array) -> tuple[Positions, Positions]:
    """Return the sorted copies and targets that an assignment without caliper uses.

    Notes
    -----
    Sweep the line from left to right. Let F be the number of matched copies less that of used targets so far:
    |F| matches span the gap to the next point, so the total distance is Σ gap·|F|. The least cost of reaching
    F is convex in F; it is kept as the sorted list of its slopes, in one heap for F < 0 and one for F > 0. A
    gap adds its length to the slopes on the right and takes it from those on the left. A copy inserts the
    slope −penalty (matching it raises F), a target inserts 0 (not using it raises F). The cost at F = 0
    passes the slopes on the left, so these tell, in the end, which copies were matched and which targets were
    not. O(n log n).
    """
    points = np.concatenate([copies, targets])
    order = sorting(points)
    gaps = np.diff(points[order], append=points[order[-1]])
    left: list[tuple[float, int]] = []
    right: list[tuple[float, int]] = []
    # Both heaps pop their smallest key: −slope − travelled on the left, slope − travelled on the right, which
    # no gap changes.
    number, travelled = len(copies), 0.0
    cost = penalties.tolist()
    for point, gap in zip(order.tolist(), gaps.tolist(), strict=True):
        if point < number:
            key, who = heappushpop(left, (cost[point] - travelled, point))
            heappush(right, (-key - 2.0 * travelled, who))
        else:
            key, who = heappushpop(right, (-travelled, point))
            heappush(left, (-key - 2.0 * travelled, who))
        travelled += gap
    passed = np.array([who for _, who in left], dtype=np.intp)
    is_used = np.ones(len(targets), dtype=np.bool_)
    is_used[passed[passed >= number] - number] = False
    return np.sort(passed[passed < number]), np.flatnonzero(is_used)


def _within_caliper(
    copies: Array, targets: Array, penalties: Array, radius: float
) -> tuple[Positions, Positions]:
    """Return the matched sorted copies and their targets under a caliper.

    Notes
    -----
    Dynamic programme over the copies. gain[j] is the least cost, counted from everybody unmatched, of
    matching the copies so far to the first j targets; a copy changes it only at the targets within the
    caliper, a window that moves to the right. Time and memory (two bits each) grow with the number of
    copy–target combinations within the caliper.
    """
    edge = radius * (1 + 1e-14)
    start = np.searchsorted(targets, copies - edge, "left")
    stop = np.searchsorted(targets, copies + edge, "right")
    gain = np.zeros(len(targets) + 1)
    reached = 0
    taken: list[NDArray[np.uint8]] = []
    better: list[NDArray[np.uint8]] = []
    for copy, low, high, penalty in zip(copies, start, stop, penalties, strict=True):
        gain[reached + 1 : high + 1] = gain[reached]
        reached = max(reached, high)
        window = gain[low + 1 : high + 1]
        paired = gain[low:high] + np.abs(targets[low:high] - copy) - penalty
        is_paired = paired < window
        best = np.minimum.accumulate(np.concatenate([gain[low : low + 1], np.minimum(window, paired)]))
        taken.append(np.packbits(is_paired))
        better.append(np.packbits(best[1:] < best[:-1]))
        gain[low + 1 : high + 1] = best[1:]
    return _traced_back(start, stop, taken, better, len(targets))


def _traced_back(
    start: Positions,
    stop: Positions,
    taken: list[NDArray[np.uint8]],
    better: list[NDArray[np.uint8]],
    last: int,
) -> tuple[Positions, Positions]:
    matched, used = [], []
    for copy in range(len(start) - 1, -1, -1):
        low, high = int(start[copy]), int(stop[copy])
        last = min(last, high)
        if last <= low:
            continue
        improves = np.unpackbits(better[copy], count=high - low)[: last - low]
        steps = np.flatnonzero(improves)
        last = low + 1 + int(steps[-1]) if len(steps) else low
        if last > low and np.unpackbits(taken[copy], count=high - low)[last - 1 - low]:
            last -= 1
            matched.append(copy)
            used.append(last)
    return np.array(matched[::-1], dtype=np.intp), np.array(used[::-1], dtype=np.intp)
