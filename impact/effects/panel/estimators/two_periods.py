"""What an estimator of two periods gets, and what it gives back: the same units twice, or two cross-sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from impact.arrays import Array, Booleans


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Changes:
    """The same n units before and after.

    Attributes
    ----------
    before, after : float64 arrays, shape (n, q)
        q outcomes, or one outcome in q waves.
    treated : bool array, shape (n,)
        Units that enter between the two periods; the others are compared with them.
    design : float64 array, shape (n, p)
        Baseline covariates, the constant first.
    weight : float64 array, shape (n,)
        Above zero.
    names : tuple of str, length p
        Of the design's columns.
    where : str
        The comparison, for messages: "cohort 3 in wave 4".
    """

    before: Array
    after: Array
    treated: Booleans
    design: Array
    weight: Array
    names: tuple[str, ...]
    where: str

    @property
    def change(self) -> Array:
        """After less before, shape (n, q)."""
        return self.after - self.before


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CrossSections:
    """Rows of two periods, of the same units or of others.

    Attributes
    ----------
    outcome : float64 array, shape (n, q)
    post : bool array, shape (n,)
        Rows of the later period.
    treated, design, weight, names, where
        As in ``Changes``, by row.
    """

    outcome: Array
    post: Booleans
    treated: Booleans
    design: Array
    weight: Array
    names: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Linearised:
    """q estimates and every row's influence on them.

    Attributes
    ----------
    estimate : float64 array, shape (q,)
    influence : float64 array, shape (n, q)
        Such that the error of an estimate is about the mean of its column.
    """

    estimate: Array
    influence: Array

    def __add__(self, other: Linearised) -> Linearised:
        return Linearised(self.estimate + other.estimate, self.influence + other.influence)

    def __sub__(self, other: Linearised) -> Linearised:
        return Linearised(self.estimate - other.estimate, self.influence - other.influence)

    def moved_by(self, first_stage_error: Array) -> Linearised:
        """Return the same estimates with what an estimated first stage adds to their errors."""
        return Linearised(self.estimate, self.influence + first_stage_error)


@runtime_checkable
class DifferenceInDifferences(Protocol):
    """An estimator of two periods: any object with these two methods and labels."""

    @property
    def label(self) -> str:
        """Name in the ``strategy`` column."""
        ...

    @property
    def identification(self) -> str:
        """What the estimate rests on, for the ``identification`` column."""
        ...

    def of_changes(self, data: Changes) -> Linearised:
        """Return the effect on the treated from the same units in both periods."""
        ...

    def of_cross_sections(self, data: CrossSections) -> Linearised:
        """Return the effect on the treated from two cross-sections."""
        ...


def linearised_mean(weight: Array, values: Array) -> Linearised:
    """Return Σ weight × values / Σ weight and its influence, for values of shape (n, q)."""
    share = weight / weight.sum()
    mean = share @ values
    influence = values - mean
    influence *= (len(weight) * share)[:, None]
    return Linearised(mean, influence)


def mean_terms(weight: Array, design: Array) -> Array:
    """Return the weighted means of the design's columns, shape (p,)."""
    means: Array = (weight @ design) / weight.sum()
    return means


def mean_products(weight: Array, values: Array, design: Array) -> Array:
    """Return Σ weight × values × design / Σ weight for values of shape (n, q), shape (p, q)."""
    products: Array = design.T @ (weight[:, None] * values) / weight.sum()
    return products


def as_column(values: Array) -> Array:
    """Return a vector as one column, for what is the same for all outcomes."""
    return np.asarray(values)[:, None]
