"""What one split says: the line through the score, the sorted groups, who they are, whom to target; with errors by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.effects.heterogeneity.learned.effect_score import EffectScore
from impact.effects.variances.sums.group_sums import Ways
from impact.errors import EstimationError
from impact.language import Text


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JudgedEstimates:
    """k estimates of one split.

    Attributes
    ----------
    estimate, std_error, freedom : float64 arrays, shape (k,)
    """

    estimate: Array
    std_error: Array
    freedom: Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ratio:
    """Averages Σ a ψ/Σ a w of the judging half with their linearised terms.

    Attributes
    ----------
    value : float64 array, shape (k,)
    terms : float64 array, shape (m, k)
        The error of each average is about the sum of its terms.
    """

    value: Array
    terms: Array

    @classmethod
    def of(cls, members: Array, numerator: Array, weight: Array) -> Ratio:
        """Return the averages over members, shape (m, k), of a quantity with this numerator, shape (m,) or (m, k)."""
        upper = numerator if numerator.ndim > 1 else numerator[:, None]
        total = weight @ members
        value = (members * upper).sum(0) / total
        return cls(value, members * (upper - weight[:, None] * value) / total)

    def minus(self, other: Ratio) -> Ratio:
        """Return the difference of averages."""
        return Ratio(self.value - other.value, self.terms - other.terms)


def sorted_groups(score: EffectScore, number: int, treated: Booleans) -> Array:
    """Return membership in groups of equal weight sorted by score, shape (m, number)."""
    group = np.minimum((score.place() * number).astype(np.intp), number - 1)
    members = (group[:, None] == np.arange(number)).astype(np.float64)
    arms = [members[treated[score.rows] == arm].sum(0) for arm in (True, False)]
    if min(count.min() for count in arms) == 0:
        raise EstimationError(
            Text(
                (
                    "A split has none of the treated or of the controls in one of {number} sorted groups. Use fewer "
                    "groups=, or a learner that is less sure of itself."
                ),
                (
                    "Una división no tiene beneficiarios, o no tiene controles, en uno de los {number} grupos ordenados. Use "
                    "menos groups, o un método menos seguro de sí mismo."
                ),
                number=number,
            )
        )
    return np.asarray(members)


def best_line(score: EffectScore) -> Ratio:
    """Return the average effect and the slope of the effect on the score about its mean (best linear predictor).

    Notes
    -----
    Σ z (ψ − w z′β) = 0 with z = (1, S − S̄).
    """
    weight = score.weight
    spread = score.predicted - weight @ score.predicted / weight.sum()
    design = np.column_stack([np.ones(len(spread)), spread])
    inverse = np.linalg.inv((design * weight[:, None]).T @ design)
    value = inverse @ (design.T @ score.contribution)
    left = score.contribution - weight * (design @ value)
    return Ratio(value, (design * left[:, None]) @ inverse)


def group_effects(score: EffectScore, members: Array) -> Ratio:
    """Return the average effect of each sorted group, and that of the last less that of the first."""
    groups = Ratio.of(members, score.contribution, score.weight)
    return Ratio(
        np.append(groups.value, groups.value[-1] - groups.value[0]),
        np.column_stack([groups.terms, groups.terms[:, -1] - groups.terms[:, 0]]),
    )


def who_they_are(score: EffectScore, members: Array, covariates: Array) -> Ratio:
    """Return covariate means of the first group, the last and their difference, one after the other, shape (3p,)."""
    weighted = score.weight[:, None] * covariates[score.rows]
    ends = [
        Ratio.of(np.broadcast_to(members[:, [k]], weighted.shape), weighted, score.weight) for k in (0, -1)
    ]
    parts = [*ends, ends[1].minus(ends[0])]
    return Ratio(np.concatenate([part.value for part in parts]), np.hstack([part.terms for part in parts]))


def targeting(score: EffectScore, shares: Array) -> Ratio:
    """Return the average effect on the top shares, what each gains over everybody, and the mean gain, shape (2k + 1,)."""
    members = (score.place()[:, None] >= 1 - shares).astype(np.float64)
    top = Ratio.of(members, score.contribution, score.weight)
    everybody = Ratio.of(np.ones_like(members), score.contribution, score.weight)
    gain = top.minus(everybody)
    return Ratio(
        np.concatenate([top.value, gain.value, [gain.value.mean()]]),
        np.hstack([top.terms, gain.terms, gain.terms.mean(1, keepdims=True)]),
    )


def judged(
    parts: tuple[Ratio, ...], score: EffectScore, groups: Positions, treated: Booleans
) -> JudgedEstimates:
    """Return the estimates of all parts with their standard errors by group."""
    terms = np.hstack([part.terms for part in parts])
    codes = np.unique(groups[score.rows], return_inverse=True)[1].astype(np.intp)
    active = np.ones(len(terms), dtype=np.bool_)
    variance, freedom = Ways(codes).sums(terms, active, treated[score.rows]).variances()
    return JudgedEstimates(np.concatenate([part.value for part in parts]), np.sqrt(variance), freedom)
