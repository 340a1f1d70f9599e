"""Covariates and their powers, as the means that weights are to balance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.arrays import Array, standardised
from impact.design.units import Units
from impact.errors import DataError, DataQualityWarning
from impact.language import Text
from impact.survey.covariates import described_terms, idle_in
from impact.warn import warn

_LEFT_OUT = Text(
    "Left out of what the weights balance, as the other terms say the same: {terms}. Balanced with these, they are balanced too.",
    "Fuera de lo que los pesos equilibran, porque los demás términos dicen lo mismo: {terms}. Equilibrados estos, también lo están.",
    terms="",
)


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


def moments_of(units: Units, highest: int, exact: bool = True) -> Moments:
    """Return every covariate, and the powers 2 to ``highest`` of those that take more than two values.

    Parameters
    ----------
    units : Units
    highest : int
    exact : bool
        Terms that are balanced exactly say nothing where others say the same: they are left out, and named in a warning. Within a tolerance
        each has its own.

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
    moments = Moments(tables[0] if len(tables) == 1 else np.hstack(tables), tuple(labels))
    if (
        highest == 1 and units.eligible.all()
    ):  # the covariates of all units are independent, or there would be no sample
        return moments
    still: dict[str, list[str]] = {name: [] for k, name in enumerate(names) if k not in varies}
    idle = _reproduced(moments, weight) if exact else {}
    if still or idle:
        warn(_LEFT_OUT.with_values(terms=described_terms(still | idle)), DataQualityWarning)
    kept = [k for k, name in enumerate(moments.names) if name not in idle]
    return Moments(moments.terms[:, kept], tuple(moments.names[k] for k in kept)) if idle else moments


def _reproduced(moments: Moments, weight: Array) -> dict[str, list[str]]:
    """Return the moments that the ones before them reproduce among the eligible units."""
    return idle_in((moments.terms * weight[:, None]).T @ moments.terms, moments.names)
