"""Designs estimated anew: on a survey redrawn by group, or with the programme given to others."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.match_weights import match_weights
from impact.design.observed import observed_assignment
from impact.design.proposal import Assignment, Strategy, columns_read
from impact.design.units import Units
from impact.effects.arm_means.outcome_model import OutcomeModel, outcome_model
from impact.effects.arm_means.point_estimate import arm_means
from impact.effects.variances.estimation import Estimation
from impact.effects.variances.redrawn.group_draws import GroupDraws
from impact.errors import EstimationError, ImpactError, ImpactWarning
from impact.parallel import Lost, fits

_BLOCK = 25  # draws that a process takes at a time


def draw_blocks(draws: int) -> list[range]:
    """Return the numbers of the draws that a process takes at a time."""
    return [range(start, min(start + _BLOCK, draws)) for start in range(0, draws, _BLOCK)]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DesignAnew:
    """The match weights of other units, shape (n,), and their scale as in ``MatchedSample``."""

    weights: Array
    raw_scale: tuple[float, float] | None


def design_anew(strategy: Strategy, units: Units) -> DesignAnew | None:
    """Return what a strategy makes of other units, without its warnings; None where it fails."""
    assignment = assignment_anew(strategy, units)
    return None if assignment is None else design_of(strategy, assignment, units)


def assignment_anew(strategy: Strategy, units: Units) -> Assignment | None:
    """Return what a strategy proposes for other units, without its warnings; None where it fails."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImpactWarning)
            return strategy.assign(units)
    except ImpactError:
        return None


def design_of(
    strategy: Strategy, assignment: Assignment, units: Units, present: Booleans | None = None
) -> DesignAnew | None:
    """Return the match weights of the units present, all of them by default; None where nobody found a match."""
    try:
        if present is None or present.all():
            return DesignAnew(match_weights(assignment, units), assignment.raw_scale)
        part = units.take(present)
        if assignment.weights is not None:
            return design_anew(strategy, part)
        return DesignAnew(match_weights(observed_assignment(assignment, present), part), None)
    except ImpactError:
        return None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RedrawnSurveys:
    """All that a draw needs; a draw is a pure function of it, the seed and the draw's number.

    Attributes
    ----------
    strategy : Strategy
    units : Units
        Those of the survey itself.
    outcomes : float64 array, shape (n, q)
    persons : float64 array, shape (n,)
        Household sizes, or ones.
    regression : OutcomeModel or None
        The regression that adjusts the arm means.
    groups : GroupDraws
        The groups, drawn within each arm, or over both where they span the arms.
    """

    strategy: Strategy
    units: Units
    outcomes: Array
    persons: Array
    regression: OutcomeModel | None
    groups: GroupDraws

    @classmethod
    def of(cls, estimation: Estimation) -> RedrawnSurveys:
        """Return what redraws an estimate by its groups, or by unit where there are none."""
        matched = estimation.matched
        codes = np.arange(len(estimation.outcomes)) if estimation.groups is None else estimation.groups
        units = Units.of(matched.sample, matched.estimand, columns_read(matched.strategy)).in_one_piece()
        adjustment = estimation.adjustment
        return cls(
            strategy=matched.strategy,
            units=replace(units, eligible=~units.index.isin(matched.discarded)),
            outcomes=estimation.outcomes,
            persons=np.ones(len(codes)) if estimation.persons is None else estimation.persons,
            regression=None if adjustment is None else outcome_model(adjustment, matched, estimation.persons),
            groups=GroupDraws.of(codes, matched.sample.treated),
        )

    def draws(self, replications: int, seed: int, n_jobs: int | None = None) -> Array:
        """Return the arm means of each draw, shape (replications, 2, q); missing where the design failed."""
        found = np.full((replications, 2, self.outcomes.shape[1]), np.nan)
        blocks = draw_blocks(replications)
        for place, means in fits(partial(self.block, seed), blocks, n_jobs):
            if not isinstance(means, Lost):
                found[blocks[place]] = means
        return found

    def block(self, seed: int, numbers: Sequence[int]) -> Array:
        """Return the arm means of several draws, shape (draws, 2, q)."""
        return np.stack([self.means(seed, number) for number in numbers])

    def means(self, seed: int, number: int) -> Array:
        """Return the arm means of one draw, shape (2, q)."""
        generator = np.random.default_rng(np.random.SeedSequence([seed, number]))
        count = self.groups.counts(generator)
        drawn, rows = self.units.take(count > 0), np.flatnonzero(count)
        drawn = replace(drawn, sampling_weight=drawn.sampling_weight * count[rows])
        design = design_anew(self.strategy, drawn)
        if design is None:
            return np.full((2, self.outcomes.shape[1]), np.nan)
        persons, outcomes = self.persons[rows], self.outcomes[rows]
        on_support = drawn.sampling_weight * persons * drawn.eligible
        regression = None if self.regression is None else self.regression.at(rows, on_support)
        try:
            return arm_means(drawn, design.weights, outcomes, persons, regression, design.raw_scale)
        except EstimationError:  # a log link that does not converge on this draw
            return np.full((2, self.outcomes.shape[1]), np.nan)
