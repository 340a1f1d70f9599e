"""Estimates of several matches of one sample side by side: their sums over common groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.effects.variances.sums.group_sums import GroupSums, Ways


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Terms:
    """Linearised terms of k estimates of one match, and by what that match sums them.

    Attributes
    ----------
    terms : float64 array, shape (n, k)
        Such that the error of an estimate is about the sum of its terms.
    active : bool array, shape (n,)
    pooled : bool
        Whether the arms are summed together.
    ways : Ways
    """

    terms: Array
    active: Booleans
    pooled: bool
    ways: Ways


def side_by_side(matches: Sequence[Terms], treated: Booleans, place: Positions) -> GroupSums:
    """Return the sums of all estimates as one.

    Parameters
    ----------
    matches : sequence of Terms
        All by the same groups; or, without a cluster, each by its own matched sets or by unit.
    treated : bool array, shape (n,)
    place : int array, shape (n,)
        Place of each unit by its label, which stands for its group where matches have no groups in common.

    Notes
    -----
    Matched sets differ between matches. What sets add to a covariance, Σ ψ_i ψ_j over units of different groups in one set, is taken
    over the sets of either match and averaged: within a match it is exactly that match's own.
    """
    common = all(np.array_equal(one.ways.groups, matches[0].ways.groups) for one in matches)
    ways = [one.ways if common else _by_unit(one.ways, place) for one in matches]
    by_group = [
        Ways(way.groups).sums(one.terms, one.active, treated, one.pooled)
        for one, way in zip(matches, ways, strict=True)
    ]
    joined = _joined(by_group)
    if all(way.sets is None for way in ways):
        return joined
    return GroupSums(joined.parts, joined.counts, _over_sets(matches, ways, treated))


def _by_unit(ways: Ways, place: Positions) -> Ways:
    """Return sets as a second way beside the units, which says the same: V by unit + V by set − V by both."""
    return Ways(place, None if np.array_equal(ways.groups, place) else ways.groups)


def _over_sets(matches: Sequence[Terms], ways: Sequence[Ways], treated: Booleans) -> tuple[Array, Array]:
    terms = np.hstack([one.terms for one in matches])
    active = np.hstack([np.tile(one.active[:, None], one.terms.shape[1]) for one in matches])
    owner = np.repeat(np.arange(len(matches)), [one.terms.shape[1] for one in matches])
    own = (owner[:, None] == np.arange(len(matches))).astype(np.float64)
    by_set, by_both = np.zeros((2, len(owner), len(owner)))
    for number, (one, way) in enumerate(zip(matches, ways, strict=True)):
        added = way.sums(terms, active, treated, one.pooled).other_ways
        if added is not None:
            share = (own[:, [number]] + own[:, number]) / 2
            by_set, by_both = by_set + share * added[0], by_both + share * added[1]
    return by_set, by_both


def _joined(sums: Sequence[GroupSums]) -> GroupSums:
    """Return the sums over the same groups as one; arms stay apart where all keep them apart."""
    apart = {len(one.parts) for one in sums}
    aligned = list(sums) if len(apart) == 1 else [_pooled(one) for one in sums]
    return GroupSums(
        tuple(np.hstack(parts) for parts in zip(*(one.parts for one in aligned), strict=True)),
        tuple(np.concatenate(counts) for counts in zip(*(one.counts for one in aligned), strict=True)),
    )


def _pooled(sums: GroupSums) -> GroupSums:
    total: Array = np.sum(sums.parts, axis=0)
    present: Array = np.sum([(part != 0).any(1) for part in sums.parts], axis=0) > 0
    return GroupSums((total,), (np.full(total.shape[1], float(present.sum())),))
