"""Full matching on a line, exactly, in linear time once the scores are sorted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from impact.arrays import Array, Positions, sorting

_NEVER = float("inf")


def cover_line(here: Array, there: Array, radius: float) -> tuple[Positions, Positions] | None:
    """Return links between two arms on a line that reach every unit with the smallest total distance.

    Parameters
    ----------
    here : float64 array, shape (q,)
    there : float64 array, shape (r,)
        Scores of the two arms.
    radius : float
        Largest distance of a link; may be infinite. Every unit must have a unit of the other arm within it.

    Returns
    -------
    here, there : int arrays, shape (m,), or None
        The ends of each link; None if only links longer than the radius attain the smallest total.

    Notes
    -----
    Sort the units and call neighbours of one arm a run. Some optimal links join neighbouring runs only: a
    link from a to d over b of d's arm and then c of a's is no shorter than a–b and c–d together. Between two
    runs, p units on one side and q on the other need max(p, q) links over the gap, and the way of each to the
    gap. What remains is how many units of each run are linked to the left: a dynamic programme over the runs,
    as in Colannino and others.

    References
    ----------
    Colannino, Damian, Hurtado, Langerman, Meijer, Ramaswami, Souvaine & Toussaint (2007), Graphs and
    Combinatorics 23 (suppl), 169-183, doi:10.1007/s00373-007-0714-3.
    """
    score = np.concatenate([here, there])
    order = sorting(score)
    arm = order >= len(here)
    starts = np.flatnonzero(np.diff(arm, prepend=~arm[:1])).tolist()
    runs = [score[order[a:b]].tolist() for a, b in zip(starts, [*starts[1:], len(order)], strict=True)]
    first, second = _links(runs, starts, _linked_left(runs, radius))
    ends = np.sort(np.column_stack([order[first], order[second]]), axis=1)
    if (np.abs(score[ends[:, 0]] - score[ends[:, 1]]) > radius * (1 + 1e-14)).any():
        return None
    return ends[:, 0], ends[:, 1] - len(here)


def _linked_left(runs: list[list[float]], radius: float) -> list[int]:
    """Return how many units of each run are linked to the left."""
    cost = [0.0] + [_NEVER] * len(runs[0])
    chosen: list[list[int]] = []
    for run, after in pairwise(runs):
        cost, best = _over_gap(cost, run, after, radius)
        chosen.append(best)
    linked = [len(runs[-1])]
    for run, best in zip(runs[-2::-1], chosen[::-1], strict=True):
        linked.append(len(run) - best[linked[-1]])
    return linked[::-1]


def _over_gap(
    cost: list[float], run: list[float], after: list[float], radius: float
) -> tuple[list[float], list[int]]:
    """Return the least cost by the units of ``after`` linked to the left, and what it takes of ``run``.

    cost[q] is the least cost of the runs so far if q units of ``run`` are linked to the left, the others to
    the right.
    """
    last, edge, first = len(run), run[-1], after[0]
    gap, limit = first - edge, radius * (1 + 1e-14)
    sent, way = [cost[last]], 0.0  # by how many of the run go over the gap: those nearest to it
    for count in range(1, last + 1):
        score = run[-count]
        way += edge - score
        sent.append(cost[last - count] + way if first - score <= limit else _NEVER)
    more, of_more = _least_of_more(sent, gap)
    fewer, of_fewer = sent[0], 0
    result, chosen, way = [], [], 0.0
    for count in range(len(after) + 1):
        if 0 < count <= last and sent[count] < fewer:
            fewer, of_fewer = sent[count], count
        value, who = fewer + count * gap, of_fewer
        if count < last and more[count + 1] < value:
            value, who = more[count + 1], of_more[count + 1]
        if count:
            way += after[count - 1] - first
            if after[count - 1] - edge > limit:
                value = _NEVER
        result.append(value + way)
        chosen.append(who)
    return result, chosen


def _least_of_more(sent: list[float], gap: float) -> tuple[list[float], list[int]]:
    """Return, for each number of units, the least cost of sending so many or more over the gap, and how many these are."""
    many = len(sent) - 1
    least = sent[many] + many * gap
    more, of_more = [least] * (many + 1), [many] * (many + 1)
    for count in range(many - 1, 0, -1):
        value = sent[count] + count * gap
        if value < least:
            least, many = value, count
        more[count], of_more[count] = least, many
    return more, of_more


def _links(runs: list[list[float]], starts: list[int], linked: list[int]) -> tuple[list[int], list[int]]:
    """Return the links by place in the sorted order, the longest of them as short as can be."""
    first: list[int] = []
    second: list[int] = []
    for run, taken, after, count in zip(runs, linked, starts[1:], linked[1:], strict=False):
        sent = [after - 1 - step for step in range(len(run) - taken)]
        met = [after + step for step in range(count)]
        if not sent or not met:
            sent, met = sent or [after - 1] * len(met), met or [after] * len(sent)
        elif len(sent) >= len(met):
            met = met[:0:-1] + [after] * (len(sent) - len(met) + 1)
        else:
            sent = sent[:0:-1] + [after - 1] * (len(met) - len(sent) + 1)
        first += sent
        second += met
    return first, second
