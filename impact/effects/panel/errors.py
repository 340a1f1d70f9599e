"""Standard errors of estimates whose influence functions are known, by producer group where there is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.errors import DataError
from impact.language import Text
from impact.survey.clusters import cluster_totals

INDEPENDENT = Text(
    "influence function, households independent, normal",
    "función de influencia, hogares independientes, normal",
)
BY_GROUP = Text("influence function by group, t", "función de influencia por grupo, t")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ErrorSums:
    """What each group, or unit, contributes to the errors of k estimates.

    Attributes
    ----------
    contributions : float64 array, shape (G, k)
        Scaled such that the squares of a column add up to the variance.
    freedom : float64 array, shape (k,)
        Degrees of freedom of t; infinite where units are independent.
    label : str
        Name in the ``variance`` column.
    clusters : int
        Groups; 0 where units are independent.
    """

    contributions: Array
    freedom: Array
    label: str
    clusters: int

    @property
    def covariance(self) -> Array:
        """Covariance of the estimates, shape (k, k)."""
        covariance: Array = self.contributions.T @ self.contributions
        return covariance

    @property
    def std_error(self) -> Array:
        """Standard errors, shape (k,)."""
        error: Array = np.sqrt((self.contributions**2).sum(0))
        return error


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Independence:
    """Which of n units stand together in an error: producer groups, or each unit by itself.

    Attributes
    ----------
    size : int
        n.
    group : int array, shape (n,), or None
        Producer group, 0 to G − 1; without it units are independent, as in R's packages.
    factor : float64 array, shape (G,)
        √(G_c/(G_c − 1)) of each group, G_c the groups of its cohort.

    Notes
    -----
    V = n⁻² Σ_c G_c/(G_c − 1) Σ_{g∈c} S_g² with S_g the group's sum of influence and G_c the groups of cohort c; degrees of freedom
    V²/Σ_c (V_c²/d_c), d_c = (Σ S²)²/Σ S⁴. Where a group holds several cohorts, all groups are one part. What a combination of estimates
    contributes is the combination of what they contribute, so that influences are summed by group once.
    """

    size: int
    group: Positions | None
    factor: Array

    @classmethod
    def of(cls, cohort: Array, group: Positions | None) -> Independence:
        """Return what stands together.

        Raises
        ------
        DataError
            A cohort of one group.
        """
        if group is None:
            return cls(len(cohort), None, np.ones(0))
        part = _parts(group, cohort, int(group.max()) + 1)
        sizes = np.bincount(part).astype(np.float64)
        return cls(len(cohort), group, np.sqrt(sizes / (sizes - 1))[part])

    def contributions(self, influence: Array) -> Array:
        """Return what each group, or unit, contributes to estimates with these influence functions, shape (G, k)."""
        if self.group is None:
            return influence / self.size
        totals: Array = cluster_totals(influence, self.group) * (self.factor / self.size)[:, None]
        return totals

    def errors(self, contributions: Array) -> ErrorSums:
        """Return the errors of estimates by what the groups contribute to them."""
        if self.group is None:
            return ErrorSums(contributions, np.full(contributions.shape[1], np.inf), INDEPENDENT, 0)
        squares = contributions**2
        with np.errstate(invalid="ignore", divide="ignore"):
            freedom = squares.sum(0) ** 2 / (squares**2).sum(0)
        return ErrorSums(contributions, np.where(squares.any(0), freedom, np.inf), BY_GROUP, len(self.factor))


def error_sums(influence: Array, cohort: Array, group: Positions | None) -> ErrorSums:
    """Return the error sums of estimates with these influence functions, shape (n, k): ``Independence`` says how.

    Raises
    ------
    DataError
        A cohort of one group.
    """
    together = Independence.of(cohort, group)
    return together.errors(together.contributions(influence))


def _parts(codes: Positions, cohort: Array, number: int) -> Positions:
    """Return the part of each group: its cohort, or one part where a group holds several."""
    numbers = np.unique(cohort, return_inverse=True)[1]
    of_group = np.zeros(number, dtype=np.intp)
    of_group[codes] = numbers
    if (of_group[codes] != numbers).any():
        return np.zeros(number, dtype=np.intp)
    lonely = np.flatnonzero(np.bincount(of_group) == 1)
    if len(lonely):
        cohorts = checks.listed(
            f"{value:g}" if value else Text("0 (not entering)", "0 (no entran)")
            for value in np.unique(cohort)[lonely]
        )
        raise DataError(
            Text(
                (
                    "Cohort {cohorts} holds one producer group, which cannot tell its own error. Merge it with a "
                    "neighbouring cohort, leave it out, or make the panel without cluster= and say that households are "
                    "taken as independent."
                ),
                (
                    "La cohorte {cohorts} tiene un solo grupo de productores, que no puede decir su propio error. "
                    "Júntela con una cohorte vecina, quítela, o haga el panel sin cluster y diga que los hogares se "
                    "toman como independientes."
                ),
                cohorts=cohorts,
            )
        )
    return of_group
