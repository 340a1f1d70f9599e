"""Small cells hidden, and with them as many others as keep them from being computed from the margins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Booleans
from impact.report.contents import Cell, Number, Suppressed

Counts = NDArray[np.int64]
Relation = tuple[int, tuple[int, ...]]
"""A total and its parts, by their places among the counts."""
_DETERMINED = 1e-9


def hidden_cells(counts: Sequence[int], relations: Sequence[Relation], minimum: int) -> Booleans:
    """Return which counts are not published, shape (k,).

    Parameters
    ----------
    counts : sequence of int, shape (k,)
    relations : sequence of (int, tuple of int)
        Totals and their parts, as a reader knows them.
    minimum : int
        The fewest units of a published count; zero may be published.

    Notes
    -----
    Hidden first: 0 < n < minimum. Then the smallest published part of a relation, again and again, until no hidden count follows
    from the published ones (its unit vector is no combination of the relations' rows) and no relation tells that its hidden
    parts hold fewer than ``minimum`` units together.

    Examples
    --------
    >>> hidden_cells([100, 97, 3], [(0, (1, 2))], 5).tolist()
    [False, True, True]
    """
    numbers = np.asarray(counts, dtype=np.int64)
    small: Booleans = (numbers > 0) & (numbers < minimum)
    hidden = small.copy()
    matrix = _rows(len(numbers), relations)
    while (weak := _weak_relation(numbers, hidden, relations, matrix, minimum)) is not None:
        total, parts = relations[weak]
        open_parts = [part for part in parts if not hidden[part] and numbers[part] > 0]
        if not open_parts and hidden[total]:
            break
        hidden[min(open_parts, key=lambda part: numbers[part]) if open_parts else total] = True
    return hidden


def _rows(size: int, relations: Sequence[Relation]) -> Array:
    rows = np.zeros((len(relations), size))
    for row, (total, parts) in zip(rows, relations, strict=True):
        row[total] = -1
        row[list(parts)] += 1
    return rows


def _weak_relation(
    numbers: Counts, hidden: Booleans, relations: Sequence[Relation], matrix: Array, minimum: int
) -> int | None:
    """Return a relation through which a hidden count, or a small sum of them, can be had; None where there is none."""
    by_size = sorted(
        range(len(relations)), key=lambda row: int(numbers[relations[row][0]])
    )  # the fewest cells go with it
    for row in by_size:
        total, parts = relations[row]
        inside = [part for part in parts if hidden[part]]
        if (
            inside
            and not hidden[total]
            and numbers[inside].sum() < minimum
            and _can_hide_more(numbers, hidden, relations[row])
        ):
            return row
    places = np.flatnonzero(hidden)
    if not len(places):
        return None
    known = matrix[:, places]
    for k, place in enumerate(places.tolist()):
        unit = np.zeros(len(places))
        unit[k] = 1
        weights, *_ = np.linalg.lstsq(known.T, unit, rcond=None)
        if np.abs(known.T @ weights - unit).max() < _DETERMINED:
            used = [
                row
                for row in np.flatnonzero(np.abs(weights) > _DETERMINED).tolist()
                if _can_hide_more(numbers, hidden, relations[row])
            ]
            if used:
                return min(used, key=lambda row: (place not in relations[row][1], by_size.index(row)))
    return None


def _can_hide_more(numbers: Counts, hidden: Booleans, relation: Relation) -> bool:
    total, parts = relation
    return not hidden[total] or any(not hidden[part] and numbers[part] > 0 for part in parts)


def counts_shown(counts: Sequence[int], relations: Sequence[Relation], minimum: int) -> list[Cell]:
    """Return counts as cells: small ones suppressed, others hidden where they would give them away."""
    hidden = hidden_cells(counts, relations, minimum)
    return [
        Suppressed(minimum, secondary=not 0 < number < minimum) if out else Number(number, 0)
        for number, out in zip(counts, hidden, strict=True)
    ]
