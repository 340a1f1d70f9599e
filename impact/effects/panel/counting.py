"""How many households and producer groups an effect of a panel rests on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, Booleans
from impact.design.matched_sample import effective_size
from impact.effects.few_groups import warn_of_few_groups
from impact.effects.panel.labels import Counts
from impact.effects.panel.sample import PanelUnits
from impact.language import Text
from impact.survey.clusters import sums_by_code


def counts(units: PanelUnits, treated: Booleans, others: Booleans, weight: Array) -> Counts:
    """Return how many households and groups an effect rests on."""
    of_groups = np.empty(0)
    clusters = 0
    if units.group is not None:
        number = int(units.group.max()) + 1
        of_groups = sums_by_code(units.group[others], weight[others], number)
        of_groups = of_groups[of_groups > 0]
        clusters = int((np.bincount(units.group[treated | others]) > 0).sum())
    return Counts(
        treated=int(treated.sum()),
        treated_total=int(units.panel.ever_treated.sum()),
        control=int(others.sum()),
        clusters=clusters,
        ess_control=effective_size(weight[others]),
        effective_control_clusters=effective_size(of_groups),
        largest_cluster_share=float(of_groups.max() / of_groups.sum()) if len(of_groups) else np.nan,
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CohortCounts:
    """Households, groups and weight of c cohorts, counted once for all that is said of them.

    Attributes
    ----------
    treated_total : int
        Households that ever enter.
    cohorts : float64 array, shape (c,)
    number, weight, squares : float64 arrays, shape (c,)
        Households of each cohort, their weight and its squares.
    in_group, weight_in_group : float64 arrays, shape (G, c)
        The same by producer group; no rows without groups.
    """

    treated_total: int
    cohorts: Array
    number: Array
    weight: Array
    squares: Array
    in_group: Array
    weight_in_group: Array

    @classmethod
    def of(cls, units: PanelUnits, weight: Array) -> CohortCounts:
        """Count the households that take part."""
        cohorts, code = np.unique(units.cohort, return_inverse=True)
        count = len(cohorts)
        in_group = weight_in_group = np.empty((0, count))
        if units.group is not None:
            cell, cells = units.group * count + code, (int(units.group.max()) + 1) * count
            in_group = np.bincount(cell, minlength=cells).reshape(-1, count).astype(np.float64)
            weight_in_group = sums_by_code(cell, weight, cells).reshape(-1, count)
        return cls(
            int(units.panel.ever_treated.sum()),
            cohorts,
            np.bincount(code, minlength=count).astype(np.float64),
            sums_by_code(code, weight, count),
            sums_by_code(code, weight**2, count),
            in_group,
            weight_in_group,
        )

    def households(self, cohorts: Collection[int]) -> int:
        """Return how many households these cohorts have."""
        return int(self.number[self._inside(cohorts)].sum())

    def groups(self, cohorts: Collection[int]) -> int:
        """Return how many groups these cohorts have."""
        return int((self.in_group[:, self._inside(cohorts)].sum(1) > 0).sum())

    def behind(self, own: Collection[int], others: Collection[int]) -> Counts:
        """Return how many households and groups an effect on some cohorts rests on."""
        compared = self._inside(others)
        of_groups = self.weight_in_group[:, compared].sum(1)
        of_groups = of_groups[of_groups > 0]
        squares = self.squares[compared].sum()
        return Counts(
            treated=self.households(own),
            treated_total=self.treated_total,
            control=self.households(others),
            clusters=self.groups({*own, *others}),
            ess_control=float(self.weight[compared].sum() ** 2 / squares) if squares > 0 else 0.0,
            effective_control_clusters=effective_size(of_groups),
            largest_cluster_share=float(of_groups.max() / of_groups.sum()) if len(of_groups) else np.nan,
        )

    def _inside(self, cohorts: Collection[int]) -> Booleans:
        return np.array([cohort in cohorts for cohort in self.cohorts.tolist()], dtype=np.bool_)


def warn_of_few_entering(units: PanelUnits) -> None:
    """Warn where those that enter, or those that do not, are few groups by their effective number."""
    if units.group is not None:
        arms = [units.treated, ~units.treated] if (~units.treated).any() else [units.treated]
        warn_of_few_groups(units.group, units.weight, arms, Text("producer groups", "grupos de productores"))
