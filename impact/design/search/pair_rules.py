"""Which pairs are allowed, whatever their distance: exact and anti-exact columns, calipers on the score and on covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, Positions

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PairRules:
    """Rules that a pair of units has to meet.

    Attributes
    ----------
    strata : int array, shape (n,)
        Units of a pair have the same number here (exact columns); zeros without any.
    limits : tuple of (float64 array, shape (n,), float)
        Values, and how far those of a pair may lie apart (calipers on covariates, or on the score beside
        another distance).
    unlike : tuple of int array, shape (n,)
        Codes that must differ within a pair (anti-exact columns).
    """

    strata: Positions
    limits: tuple[tuple[Array, float], ...] = ()
    unlike: tuple[Positions, ...] = ()

    @property
    def beyond_strata(self) -> bool:
        """Whether there are rules besides the strata."""
        return bool(self.limits or self.unlike)

    def allow(self, first: Positions, second: Positions) -> Booleans:
        """Return which pairs meet the rules besides the strata; the arrays broadcast against each other."""
        allowed = np.ones(np.broadcast_shapes(first.shape, second.shape), dtype=np.bool_)
        for values, width in self.limits:
            allowed &= np.abs(values[first] - values[second]) <= width * (1 + _ROUNDING)
        for codes in self.unlike:
            allowed &= codes[first] != codes[second]
        return allowed

    def allow_one(self, first: int, second: int) -> bool:
        """Return whether one pair meets the rules besides the strata."""
        near = all(
            abs(values[first] - values[second]) <= width * (1 + _ROUNDING) for values, width in self.limits
        )
        return near and all(codes[first] != codes[second] for codes in self.unlike)


def by_stratum(strata: Positions, focal: Positions, pool: Positions) -> list[tuple[Positions, Positions]]:
    """Return the focal units and the pool of each stratum that has focal units; the pool may be empty."""
    if len(focal) == 0 or (
        (strata[focal] == strata[focal[0]]).all() and (strata[pool] == strata[focal[0]]).all()
    ):
        return [(focal, pool)]
    groups, focal_parts = _split(strata, focal)
    pool_groups, pool_parts = _split(strata, pool)
    pools = dict(zip(pool_groups.tolist(), pool_parts, strict=True))
    nobody = np.empty(0, dtype=np.intp)
    return [
        (part, pools.get(group, nobody)) for group, part in zip(groups.tolist(), focal_parts, strict=True)
    ]


def _split(strata: Positions, units: Positions) -> tuple[Positions, list[Positions]]:
    order = units[np.argsort(strata[units], kind="stable")]
    groups, starts = np.unique(strata[order], return_index=True)
    return groups, np.split(order, starts[1:])
