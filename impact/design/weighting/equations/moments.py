"""Covariates and their powers, as the means that weights are to balance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, standardised
from impact.design.units import Units
from impact.errors import DataError
from impact.language import Text


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
    weight = np.where(units.eligible, units.sampling_weight, 0.0)
    first = standardised(matrix, weight)
    varies = np.flatnonzero(first.any(0))
    if not len(varies):
        raise DataError(
            Text(
                "Weights balance covariates, and no covariate of the sample varies. Add covariates.",
                "Los pesos equilibran covariables, y ninguna covariable de la muestra varía. Agregue covariables.",
            )
        )
    tables = [first if len(varies) == len(names) else first[:, varies]]
    labels = [names[k] for k in varies]
    if highest > 1:
        many = [k for k in varies if len(np.unique(first[units.eligible, k])) > 2]
        powers = [(k, power) for k in many for power in range(2, highest + 1)]
        tables += [standardised(first[:, [k]] ** power, weight) for k, power in powers]
        labels += [f"{names[k]}^{power}" for k, power in powers]
    return Moments(tables[0] if len(tables) == 1 else np.hstack(tables), tuple(labels))
