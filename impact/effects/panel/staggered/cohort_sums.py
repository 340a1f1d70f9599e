"""The effects of all cells, and what each producer group contributes to their errors: every aggregation is made of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Positions
from impact.effects.panel.errors import ErrorSums, Independence
from impact.effects.panel.estimators.two_periods import Linearised
from impact.effects.panel.sample import PanelUnits
from impact.effects.panel.staggered.aggregation import CellQuantities
from impact.effects.panel.staggered.cells import Cell


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CohortSums:
    """k cells of c cohorts, from n households in G groups (G = n where households are independent).

    Attributes
    ----------
    together : Independence
    effects, means : float64 arrays, shape (k,)
        The effect of each cell, and its cohort's mean outcome in its wave.
    of_effects, of_means : float64 arrays, shape (G, k)
        What each group contributes to the errors of both.
    cohorts : float64 array, shape (c,)
    number : int array, shape (n,)
        Of each household's cohort.
    weight : float64 array, shape (n,)
        Of each household, in means of all 1.
    """

    together: Independence
    effects: Array
    means: Array
    of_effects: Array
    of_means: Array
    cohorts: Array
    number: Positions
    weight: Array

    @classmethod
    def of(cls, units: PanelUnits, weight: Array, effects: Linearised, means: Linearised) -> CohortSums:
        """Return the sums by group.

        Raises
        ------
        DataError
            A cohort of one group.
        """
        together = Independence.of(units.cohort, units.group)
        cohorts, number = np.unique(units.cohort, return_inverse=True)
        return cls(
            together,
            effects.estimate,
            means.estimate,
            together.contributions(effects.influence),
            together.contributions(means.influence),
            cohorts,
            number,
            weight / weight.mean(),
        )

    @property
    def errors(self) -> ErrorSums:
        """The errors of the cells' effects."""
        return self.together.errors(self.of_effects)

    @property
    def of_sizes(self) -> Array:
        """What each group contributes to the errors of the cohorts' sizes, shape (G, c)."""
        count, group = len(self.cohorts), self.together.group
        if group is None:
            return self.influence_of_sizes(np.eye(count)) / self.together.size
        totals = np.bincount(group * count + self.number, self.weight, len(self.together.factor) * count)
        sizes: Array = totals.reshape(-1, count) * (self.together.factor / self.together.size)[:, None]
        return sizes

    def influence_of_sizes(self, by_size: Array) -> Array:
        """Return each household's influence on estimates that move so with the cohorts' sizes, shape (n, r)."""
        influence: Array = self.weight[:, None] * by_size[self.number]
        return influence

    def quantities(self, cells: Sequence[Cell]) -> CellQuantities:
        """Return effects and means of the cells beside the shares of the cohorts."""
        sizes = np.bincount(self.number, self.weight, len(self.cohorts)) / len(self.number)
        return CellQuantities(np.column_stack([self.effects, self.means]), cells, self.cohorts, sizes)
