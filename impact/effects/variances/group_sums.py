"""What each group contributes to the error of k estimates: the sums from which joint inference is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Positions
from impact.effects.arm_means.linearization import Linearization
from impact.effects.variances.cluster_robust import inference_arms
from impact.survey.clusters import sums_by_code


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GroupSums:
    """Group sums of the linearised terms of k estimates, over the same G groups.

    Attributes
    ----------
    parts : tuple of float64 arrays, each of shape (G, k)
        C_g = √(G_a/(G_a − 1)) Σ_{i∈g} ψ_i / size, one array per part of the sample whose groups are summed apart (the two
        arms, as a rule); zero for groups without weight.
    counts : tuple of float64 arrays, each of shape (k,)
        G_a: groups with weight in each part, by estimate.
    """

    parts: tuple[Array, ...]
    counts: tuple[Array, ...]

    @property
    def covariance(self) -> Array:
        """Σ_g C_g C_g′ over the parts: joint covariance of the k estimates, shape (k, k)."""
        total: Array = np.sum([part.T @ part for part in self.parts], axis=0)
        return total

    def combination(self, weights: Array) -> tuple[float, float]:
        """Return the variance of a linear combination of the estimates, and its Satterthwaite degrees of freedom."""
        sums = [part @ weights for part in self.parts]
        total = sum(float(one @ one) for one in sums)
        # V_a²/d_a with d_a = (Σ C²)²/Σ C⁴ is Σ C⁴
        fourth = sum(float((one**4).sum()) for one in sums)
        return total, total**2 / fourth if fourth > 0 else np.inf

    def studentised(self, multipliers: Array) -> Array:
        """Return draws of the k studentised statistics.

        Parameters
        ----------
        multipliers : float64 array, shape (draws, G)
            Independent, mean 0, variance 1.

        Returns
        -------
        float64 array, shape (draws, k)
            Σ v_g C_g over its standard error, which each draw computes anew from its own v_g C_g about their mean.
        """
        statistic = np.zeros((len(multipliers), self.parts[0].shape[1]))
        variance = np.zeros_like(statistic)
        squares = multipliers**2
        for part, count in zip(self.parts, self.counts, strict=True):
            total = multipliers @ part
            statistic += total
            spread = squares @ part**2 - total**2 / count
            variance += np.maximum(spread, 0.0) * count / np.maximum(count - 1, 1)
        result: Array = statistic / np.sqrt(np.where(variance > 0, variance, np.inf))
        return result


def group_sums(linear: Linearization, terms: Array, codes: Positions, number: int) -> GroupSums:
    """Return the sums of terms, shape (n, k), over ``number`` groups, part by part."""
    parts, counts = [], []
    for arm in inference_arms(linear, codes):
        present = len(np.unique(codes[arm]))
        scale = np.sqrt(present / (present - 1)) / linear.size if present > 1 else np.nan
        sums = [sums_by_code(codes[arm], column, number) for column in terms[arm].T]
        parts.append(scale * np.stack(sums, axis=1))
        counts.append(np.full(terms.shape[1], float(present)))
    return GroupSums(tuple(parts), tuple(counts))


def side_by_side(sums: Sequence[GroupSums]) -> GroupSums:
    """Return the sums of several estimates over the same groups as one; arms stay apart where all keep them apart."""
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
