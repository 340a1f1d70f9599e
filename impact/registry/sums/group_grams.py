"""Sums of cross-products by group, and what a regression reads of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Positions

_AT_ONCE = 3
"""Sums held beside each other, as a multiple of those of all groups so far, at which they are joined."""
_FEW = 4_096
"""Groups whose sums are not joined before the end."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupGrams:
    """Sums over the units of some groups; a is the number of arms that are compared with the focal units.

    Attributes
    ----------
    groups : int array, shape (m,)
        Increasing.
    focal : float64 array, shape (m, 2, d)
        Σ f (Z, Y) over the matched focal units of each arm, treated first, f their sampling weight (× persons), Z the constant and p − 1
        terms, Y the q outcomes.
    compared : float64 array, shape (m, a, d)
        Σ K (Z, Y) over the units that they are compared with, K match weight × sampling weight (× persons).
    grams : float64 array, shape (m, a, d, d)
        Σ κ (Z, Y)′(Z, Y) over the same arms, κ the weight in the regression: K less what a unit has as a focal one itself, unless the
        regression is fitted by itself.
    spare : float64 array, shape (m, a, d)
        Σ K (Z, Y) over the focal units without weight in their arm's regression; without columns where there can be none.
    weight : float64 array, shape (m, 2)
        Σ match weight × sampling weight of the treated and of the controls, without persons.
    scores : float64 array, shape (m, 2, r)
        Σ of the r estimating functions of the weights over the treated and the controls; r is 0 for matches.
    moved : float64 array, shape (a, r, d)
        Σ K (∂ log K/∂γ)′(Z, Y) over all units: how the sums move with the weights' parameters γ.
    turned : float64 array, shape (a, p, r, d)
        Σ κ (∂ log κ/∂ log K) Z ⊗ (∂ log K/∂γ)′(Z, Y): how the regression does; p is 0 where its slopes are taken as known.
    """

    groups: Positions
    focal: Array
    compared: Array
    grams: Array
    spare: Array
    weight: Array
    scores: Array
    moved: Array
    turned: Array


def group_sums(parts: Iterable[GroupGrams]) -> GroupGrams:
    """Return the sums over the units of all parts, their groups joined; of groups in many parts, few times all sums are held at once."""
    waiting: list[GroupGrams] = []
    held = known = 0
    for part in parts:
        waiting.append(part)
        held += len(part.groups)
        if held > max(_AT_ONCE * known, _FEW):
            waiting = [_joined(waiting)]
            held = known = len(waiting[0].groups)
    return _joined(waiting)


def _joined(parts: list[GroupGrams]) -> GroupGrams:
    if len(parts) == 1:
        return parts[0]
    groups, number = np.unique(np.concatenate([part.groups for part in parts]), return_inverse=True)
    by_group = {
        name: _scattered([getattr(part, name) for part in parts], number, len(groups))
        for name in ("focal", "compared", "grams", "spare", "weight", "scores")
    }
    over_all = {name: np.sum([getattr(part, name) for part in parts], axis=0) for name in ("moved", "turned")}
    return GroupGrams(groups=groups, **by_group, **over_all)


def _scattered(parts: Sequence[Array], number: Positions, groups: int) -> Array:
    """Return the parts' rows added at their groups, in the order of the parts."""
    result = np.zeros((groups, *parts[0].shape[1:]))
    start = 0
    for part in parts:  # the groups of a part are distinct
        result[number[start : start + len(part)]] += part
        start += len(part)
    return result


def rows_with_grams(grams: Array) -> tuple[Array, Positions]:
    """Return a few rows for each group that have its sums of cross-products, shape (m, d), and the group of each.

    Notes
    -----
    With the eigenvectors V and eigenvalues Λ of a Gram matrix, Λ^½ V′ has that Gram matrix. What a regression and its residuals by group
    are made of are these sums alone, so that the rows stand for the group's units, however many they are.
    """
    values, vectors = np.linalg.eigh(grams)
    rows = np.sqrt(np.maximum(values, 0.0))[:, :, None] * np.swapaxes(vectors, 1, 2)
    width = grams.shape[1]
    return rows.reshape(-1, width), np.repeat(np.arange(len(grams)), width)


def standardising(gram: Array, terms: int) -> Array:
    """Return the matrix that takes (Z, Y) to columns of mean 0 and SD 1 over the comparison units, the constant apart.

    A column that does not vary there but by rounding becomes zero if it is a term, and stays if it is an outcome.
    """
    mean = gram[0] / gram[0, 0]
    size = np.sqrt(np.diag(gram) / gram[0, 0])
    spread = np.sqrt(np.maximum(np.diag(gram) / gram[0, 0] - mean**2, 0.0))
    varies = spread > 1e-7 * size
    result = np.zeros_like(gram)
    for j in range(1, len(gram)):
        by = spread[j] if varies[j] else 1.0
        if varies[j] or j >= terms:
            result[j, j], result[0, j] = 1 / by, -mean[j] / by
    result[0, 0] = 1.0
    return result
