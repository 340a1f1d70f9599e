"""What each group contributes to the error of k estimates: the one place where terms are summed, for tables and tests alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.effects.arm_means.linearization import Linearization
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
    other_ways : tuple of two float64 arrays, each of shape (k, k), optional
        The same covariance summed by matched set, and by matched set and group at once, where sets are a second way.

    Notes
    -----
    Two ways (Cameron, Gelbach & Miller 2011): V by group + V by set − V by both; where that is not positive for a combination of
    estimates, the larger of the first two. Degrees of freedom are those of the sums by group.

    References
    ----------
    Cameron, Gelbach & Miller (2011), Journal of Business & Economic Statistics 29(2), 238-249, doi:10.1198/jbes.2010.07136;
    Abadie & Spiess (2022), JASA 117(538), 983-995, doi:10.1080/01621459.2020.1840383.
    """

    parts: tuple[Array, ...]
    counts: tuple[Array, ...]
    other_ways: tuple[Array, Array] | None = None

    @property
    def by_group(self) -> Array:
        """Σ_g C_g C_g′ over the parts, shape (k, k)."""
        total: Array = np.sum([part.T @ part for part in self.parts], axis=0)
        return total

    @property
    def contributions(self) -> Array:
        """C of the groups of all parts that have any, shape (number of groups, k): C′C is the covariance by group."""
        every: Array = np.vstack(self.parts)
        result: Array = every[(every != 0).any(1)]
        return result

    @property
    def covariance(self) -> Array:
        """Joint covariance of the k estimates, shape (k, k); its diagonal is ``variances()``."""
        total = self._two_way(self.by_group)
        np.fill_diagonal(total, self.variances()[0])
        return total

    def variances(self) -> tuple[Array, Array]:
        """Return the variance of each estimate and its Satterthwaite degrees of freedom, each of shape (k,)."""
        squared = [part * part for part in self.parts]
        squares = np.sum([square.sum(0) for square in squared], axis=0)
        # V_a²/d_a with d_a = (Σ C²)²/Σ C⁴ is Σ C⁴
        fourths = np.sum([np.einsum("gk,gk->k", square, square) for square in squared], axis=0)
        freedom = np.where(fourths > 0, squares**2 / np.where(fourths > 0, fourths, 1.0), np.inf)
        return self._over_ways(squares), freedom

    def freedom_of_independent_sums(self) -> Array:
        """Return Welch's degrees of freedom (Σ V_a)²/Σ V_a²/(G_a − 1), shape (k,): for sums of residuals that no group of theirs fitted.

        Notes
        -----
        For independent sums of whatever variances Student's t with one degree of freedom less than there are sums is not too narrow at 5 %
        (Bakirov & Székely), and Welch's are fewer. ``variances()`` has fewer still, which make up for residuals that share a regression.

        References
        ----------
        Welch (1947), Biometrika 34(1/2), 28-35, doi:10.1093/biomet/34.1-2.28; Ibragimov & Müller (2010), Journal of Business & Economic
        Statistics 28(4), 453-468, doi:10.1198/jbes.2009.08046, theorem 1.
        """
        whole, each = np.zeros((2, len(self.counts[0])))
        for part, count in zip(self.parts, self.counts, strict=True):
            squares = (part * part).sum(0)
            whole += squares
            each += squares**2 / np.maximum(count - 1, 1)
        result: Array = np.where(each > 0, whole**2 / np.where(each > 0, each, 1.0), np.inf)
        return result

    def combination(self, weights: Array) -> tuple[float, float]:
        """Return the variance of a linear combination of the estimates, and its degrees of freedom."""
        variance, freedom = self.combined(weights[:, None]).variances()
        return float(variance[0]), float(freedom[0])

    def combined(self, matrix: Array) -> GroupSums:
        """Return the sums of the combinations in the columns of a matrix, shape (k, m)."""
        return GroupSums(
            tuple(part @ matrix for part in self.parts),
            tuple(np.full(matrix.shape[1], count.max(initial=0.0)) for count in self.counts),
            self._of_others(lambda way: matrix.T @ way @ matrix),
        )

    def take(self, kept: Sequence[int]) -> GroupSums:
        """Return the sums of the estimates at these positions."""
        where = list(kept)
        return GroupSums(
            tuple(part[:, where] for part in self.parts),
            tuple(count[where] for count in self.counts),
            self._of_others(lambda way: way[np.ix_(where, where)]),
        )

    @property
    def fallen_back(self) -> Booleans:
        """Estimates whose two-way sum is not positive, so that the larger way stands for it, shape (k,)."""
        if self.other_ways is None:
            return np.zeros(len(self.counts[0]), dtype=np.bool_)
        return np.asarray(np.diag(self._two_way(self.by_group)) <= 0)

    def positive_definite(self) -> Array:
        """Return the covariance for a joint test: by group alone where two ways are not positive definite together."""
        covariance = self.covariance
        if self.other_ways is not None and np.linalg.eigvalsh(covariance)[0] <= 0:
            return self.by_group
        return covariance

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

    def _over_ways(self, by_group: Array) -> Array:
        if self.other_ways is None:
            return by_group
        by_set, by_both = (np.diag(way) for way in self.other_ways)
        total = by_group + by_set - by_both
        return np.where(total > 0, total, np.maximum(by_group, by_set))

    def _two_way(self, by_group: Array) -> Array:
        return by_group if self.other_ways is None else by_group + self.other_ways[0] - self.other_ways[1]

    def _of_others(self, change: Callable[[Array], Array]) -> tuple[Array, Array] | None:
        if self.other_ways is None:
            return None
        by_set, by_both = self.other_ways
        return change(by_set), change(by_both)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ways:
    """The groups by which errors are summed.

    Attributes
    ----------
    groups : int array, shape (n,)
        From 0.
    sets : int array, shape (n,), optional
        Matched sets as a second way, from 0; -1 for units in none.
    """

    groups: Positions
    sets: Positions | None = None

    @property
    def codes(self) -> tuple[Positions, ...]:
        """The groups; and, two-way, the sets and the intersections, each of shape (n,) and from 0."""
        if self.sets is None:
            return (self.groups,)
        sets = self.sets - min(int(self.sets.min()), 0)
        both = self.groups.astype(np.int64) * (int(sets.max()) + 1) + sets
        return self.groups, sets, np.unique(both, return_inverse=True)[1].astype(np.intp)

    def sums(self, terms: Array, active: Booleans, treated: Booleans, pooled: bool = False) -> GroupSums:
        """Return the group sums of k estimates.

        Parameters
        ----------
        terms : float64 array, shape (n, k)
            Such that the error of an estimate is about the sum of its terms.
        active : bool array, shape (n,) or (n, k)
            Units that carry weight, in all estimates or in each.
        treated : bool array, shape (n,)
        pooled : bool
            Whether the arms are summed together; they are too where a group holds units of both.
        """
        carried = np.broadcast_to(active.reshape(len(terms), -1), terms.shape)
        arms = inference_arms(_anywhere(carried), self.groups, treated, pooled)
        parts, counts = _summed(terms, carried, self.groups, arms)
        if self.sets is None:
            return GroupSums(parts, counts)
        inside = carried & (self.sets >= 0)[:, None]
        by_set, by_both = (
            _covariance(
                _summed(terms, inside, codes, inference_arms(_anywhere(inside), codes, treated, pooled))
            )
            for codes in self.codes[1:]
        )
        return GroupSums(parts, counts, (by_set, by_both))

    def of(self, linear: Linearization, psi: Array) -> GroupSums:
        """Return the group sums of estimates whose error is Σψ / size, for ψ of shape (n, k)."""
        return self.sums(psi / linear.size, with_weight(linear), linear.treatment, linear.pooled)


def with_weight(linear: Linearization) -> Booleans:
    """Return the units that carry weight, or a contribution of their own, shape (n,)."""
    result = linear.active.copy()
    for column in (*linear.psi_treated.T, *linear.psi_control.T):
        result |= np.abs(column) > 0
    return result


def _anywhere(carried: Booleans) -> Booleans:
    return np.asarray(carried[:, 0] if carried.strides[1] == 0 else carried.any(1))


def inference_arms(active: Booleans, codes: Positions, treated: Booleans, pooled: bool) -> list[Booleans]:
    """Return the parts whose groups are summed apart: the arms, or all units where groups span both."""
    if pooled or _holds_both(codes, active & treated, active & ~treated):
        return [np.ones(len(treated), dtype=np.bool_)]
    return [treated, ~treated]


def _holds_both(codes: Positions, treated: Booleans, control: Booleans) -> bool:
    return bool((_present(codes, treated) & _present(codes, control)).any())


def _present(codes: Positions, marked: Booleans) -> Booleans:
    """Return the groups of the marked units, shape (G,)."""
    present = np.zeros(int(codes.max()) + 1, dtype=np.bool_)
    present[codes[marked]] = True
    return present


def _summed(
    terms: Array, active: Booleans, codes: Positions, arms: Sequence[Booleans]
) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Return the scaled sums and the number of groups of each part; missing where a part has one group alone.

    No group has active units of two parts (``inference_arms``): a term is summed once, and its sums are shared out.
    """
    number, width = int(codes.max()) + 1, terms.shape[1]
    sums = [
        sums_by_code(codes, np.where(rows, term, 0.0), number)
        for rows, term in zip(active.T, terms.T, strict=True)
    ]
    parts, counts = [], []
    for arm in arms:
        if active.strides[1] == 0:  # the same units in all estimates: looked for once
            present = [_present(codes, active[:, 0] & arm)] * width
        else:
            present = [_present(codes, rows & arm) for rows in active.T]
        count = np.array([one.sum() for one in present], dtype=np.float64)
        scale = np.where(count > 1, np.sqrt(count / np.maximum(count - 1, 1)), np.nan)
        part = np.empty((number, width), order="F")
        for column, groups, factor, total in zip(part.T, present, scale, sums, strict=True):
            np.multiply(total, np.where(groups, factor, 0.0 * factor), out=column)
        parts.append(part)
        counts.append(count)
    return tuple(parts), tuple(counts)


def _covariance(summed: tuple[tuple[Array, ...], tuple[Array, ...]]) -> Array:
    total: Array = np.sum([part.T @ part for part in summed[0]], axis=0)
    return total
