"""Covariates and their powers, as the means that weights are to balance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, standardised
from impact.design.units import Units
from impact.errors import DataError


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Moments:
    """Standardised terms with the covariate that each comes from.

    Attributes
    ----------
    terms : float64 array, shape (n, k)
        Mean 0 and SD 1 over the eligible units, by their sampling weights.
    names : tuple of str
        Covariate of each term; powers are marked.
    """

    terms: Array
    names: tuple[str, ...]


def moments_of(units: Units, highest: int) -> Moments:
    """Return every covariate, and the powers 2 to ``highest`` of those that take more than two values.

    Notes
    -----
    Powers are of the standardised covariate: together with the lower powers they span what the plain powers span, and are better
    conditioned.
    """
    matrix, names = units.matrix.to_numpy(), [str(name) for name in units.matrix.columns]
    first = [(_standardised(column, units), name) for column, name in zip(matrix.T, names, strict=True)]
    found = [(column, name) for column, name in first if column.any()]
    if not found:
        raise DataError("Weights balance covariates, and no covariate of the sample varies. Add covariates.")
    columns, labels = [column for column, _ in found], [name for _, name in found]
    for column, name in found:
        if len(np.unique(column[units.eligible])) > 2:
            for power in range(2, highest + 1):
                columns.append(_standardised(column**power, units))
                labels.append(f"{name}^{power}")
    return Moments(np.column_stack(columns), tuple(labels))


def _standardised(column: Array, units: Units) -> Array:
    """Return the column with mean 0 and SD 1 over the eligible units; zeros where it does not vary."""
    return standardised(column, np.where(units.eligible, units.sampling_weight, 0.0))
