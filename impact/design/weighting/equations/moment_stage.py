"""The first stage of weights that meet moments, kept as it arises: in each equation a unit counts a factor of its own times a term."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from impact.algebra.scaled_terms import ScaledTerms
from impact.arrays import Array, Positions
from impact.design.distances.score_stage import ScoreStage
from impact.design.proposal import loading


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ArmEquations:
    """The equations Σ_i (e_i z_i + f_i δ) = 0 of an arm's weights, z the constant and the terms that are met, f the focal weights.

    Attributes
    ----------
    terms : ScaledTerms
        k of them, without the constant.
    factor : float64 array, shape (n,)
        e.
    growth : float64 array, shape (n,)
        The weight's derivative by the index γ′z.
    shift : float64 array, shape (k,)
        δ: zero where a mean is met exactly.
    """

    terms: ScaledTerms
    factor: Array
    growth: Array
    shift: Array

    def information(self, survey: Array | None) -> Array:
        """Return Σ s_i (∂w_i/∂γ) z_i′, shape (1 + k, 1 + k)."""
        return self.terms.crossproducts(self.growth if survey is None else self.growth * survey)

    def moved(self, relative: Array) -> Array:
        """Return Σ_i (∂w_i/∂γ) r_i, shape (1 + k, q)."""
        return self.terms.summed(np.multiply(relative.T, self.growth, order="C"))

    def along(self, coefficients: Array, focal: Array) -> Array:
        """Return each unit's equations times coefficients, shape (n, q)."""
        result = self.terms.times(coefficients)
        result *= self.factor[:, None]
        return result + np.outer(focal, self.shift @ coefficients[1:]) if self.shift.any() else result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MomentStage:
    """The equations of all weighted arms, which share no parameter; a ``EstimationStage``.

    Attributes
    ----------
    arms : sequence of ArmEquations
    focal : float64 array, shape (n,)
        The weights over which the target is averaged.
    hessian : float64 array, shape (p, p)
        Derivative of the summed equations, negated.
    """

    arms: Sequence[ArmEquations]
    focal: Array
    hessian: Array

    @classmethod
    def of(cls, arms: Sequence[ArmEquations], focal: Array, survey: Array | None) -> MomentStage:
        """Return the stage of arms whose units have these sampling weights; None for ones."""
        blocks = [arm.information(survey) for arm in arms]
        hessian, start = np.zeros((sum(map(len, blocks)),) * 2), 0
        for block in blocks:
            hessian[start : start + len(block), start : start + len(block)] = block
            start += len(block)
        return cls(arms, focal, hessian)

    @property
    def scores(self) -> Array:
        """Each unit's equations, shape (n, p)."""
        return self._each(
            [_with_constant(arm.terms, arm.factor) + _shifted(arm, self.focal) for arm in self.arms]
        )

    @property
    def weight_jacobian(self) -> Array:
        """Derivative of each unit's weight by the parameters, shape (n, p)."""
        return self._each([_with_constant(arm.terms, arm.growth) for arm in self.arms])

    def contribution(self, relative: Array) -> Array:
        """Return what each unit adds to the errors of q means, by the estimation, shape (n, q)."""
        found = loading(self.hessian, np.vstack([arm.moved(relative) for arm in self.arms]))
        ends = np.cumsum([1 + len(arm.terms) for arm in self.arms])[:-1]
        added = [
            arm.along(coefficients, self.focal)
            for arm, coefficients in zip(self.arms, np.split(found, ends), strict=True)
        ]
        result: Array = added[0] if len(added) == 1 else np.sum(added, axis=0)
        return result

    def scaled(self, scale: Array) -> MomentStage:
        """Return the stage of weights multiplied by a known scale, shape (n,)."""
        return replace(self, arms=[replace(arm, growth=arm.growth * scale) for arm in self.arms])

    def widened(self, inside: Positions, number: int) -> MomentStage:
        """Return the stage among ``number`` units, of which these positions are its own."""

        def wide(values: Array) -> Array:
            result = np.zeros(number)
            result[inside] = values
            return result

        arms = [
            replace(
                arm,
                terms=arm.terms.widened(inside, number),
                factor=wide(arm.factor),
                growth=wide(arm.growth),
            )
            for arm in self.arms
        ]
        return replace(self, arms=arms, focal=wide(self.focal))

    def _each(self, parts: Sequence[Array]) -> Array:
        result: Array = np.vstack(parts).T
        return result


def stage_of_score(score: ScoreStage, slopes: Array) -> MomentStage:
    """Return the stage of weights that a fitted score makes.

    Parameters
    ----------
    score : ScoreStage
    slopes : float64 array, shape (n,)
        Derivative of each unit's weight by its probability.
    """
    terms = score.terms
    likelihood = ArmEquations(terms, score.pull, slopes * score.density, np.zeros(len(terms)))
    return MomentStage((likelihood,), np.zeros(len(slopes)), score.hessian)


def _with_constant(terms: ScaledTerms, factor: Array) -> Array:
    return np.vstack([factor, terms.everywhere().T * factor])


def _shifted(arm: ArmEquations, focal: Array) -> Array:
    return np.outer(np.concatenate([[0.0], arm.shift]), focal)
