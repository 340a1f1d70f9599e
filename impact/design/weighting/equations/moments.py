"""Covariates and their powers, as the means that weights are to balance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.algebra.scaled_terms import ScaledTerms
from impact.arrays import Array, Booleans, two_valued
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
    standard : ScaledTerms
        Mean 0 and SD 1 over the eligible units, by their sampling weights.
    names : tuple of str
        Covariate of each term; powers are marked.
    """

    standard: ScaledTerms
    names: tuple[str, ...]

    @property
    def terms(self) -> Array:
        """The terms of every unit, shape (n, k)."""
        return self.standard.everywhere()


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
    weight = units.sampling_weight if units.eligible.all() else units.sampling_weight * units.eligible
    first = ScaledTerms.of(matrix, weight)
    varies = np.flatnonzero(first.scale)
    if not len(varies):
        raise DataError(
            Text(
                "Weights balance covariates, and no covariate of the sample varies. Add covariates.",
                "Los pesos equilibran covariables, y ninguna covariable de la muestra varía. Agregue covariables.",
            )
        )
    if len(varies) < len(names):
        first = first.only(varies)
    labels = tuple(names[k] for k in varies)
    moments = Moments(first, labels)
    if highest > 1:
        moments = _with_powers(moments, highest, units.eligible, weight)
    if (
        highest == 1 and units.eligible.all()
    ):  # the covariates of all units are independent, or there would be no sample
        return moments
    still: dict[str, list[str]] = {name: [] for k, name in enumerate(names) if k not in varies}
    idle = _reproduced(moments, weight) if exact else {}
    if still or idle:
        warn(_LEFT_OUT.with_values(terms=described_terms(still | idle)), DataQualityWarning)
    kept = [k for k, name in enumerate(moments.names) if name not in idle]
    return Moments(moments.standard.only(kept), tuple(moments.names[k] for k in kept)) if idle else moments


def _with_powers(first: Moments, highest: int, eligible: Booleans, weight: Array) -> Moments:
    """Return the terms with the powers 2 to ``highest`` of those that take more than two values among the eligible."""
    terms = first.terms
    many = [k for k, column in enumerate(terms.T) if not two_valued(column[eligible])]
    powers = [(k, power) for k in many for power in range(2, highest + 1)]
    columns = np.asfortranarray(np.column_stack([terms, *(terms[:, k] ** power for k, power in powers)]))
    labels = [f"{first.names[k]}^{power}" for k, power in powers]
    return Moments(ScaledTerms.of(columns, weight), (*first.names, *labels))


def _reproduced(moments: Moments, weight: Array) -> dict[str, list[str]]:
    """Return the moments that the ones before them reproduce among the eligible units."""
    return idle_in(moments.standard.crossproducts(weight)[1:, 1:], moments.names)
