"""Strata of a sample, and the effect within one of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact.design.assignment import Strategy
from impact.design.match import match
from impact.effects.adjustment import Adjustment
from impact.effects.effect import EffectTable
from impact.effects.estimate import estimate
from impact.effects.variance import Variance
from impact.errors import DataError, SupportError
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Strata:
    """Fifths (or other shares) of the treated, applied to all units.

    Attributes
    ----------
    numbers : int array, shape (n,)
        1 for the lowest.
    cuts : float64 array
        Inner cut points, quantiles of the treated.
    """

    numbers: NDArray[np.intp]
    cuts: Array


def strata_of_treated(values: Array, treated: NDArray[np.bool_], quantiles: int) -> Strata:
    """Cut all units at quantiles of the treated; lowest stratum is 1."""
    cuts = np.quantile(values[treated], np.arange(1, quantiles) / quantiles)
    if (np.diff(cuts) <= 0).any():
        raise DataError(
            f"The ranking has too few different values among the treated to be cut into {quantiles} groups. Ask for fewer quantiles."
        )
    return Strata(np.searchsorted(cuts, values, side="right").astype(np.intp) + 1, cuts)


def stratum_effects(
    sample: Sample,
    inside: NDArray[np.bool_],
    name: str,
    strategy: Strategy,
    outcome: Outcome,
    variance: Variance | None,
    bias_adjustment: Adjustment | str | None,
    level: float,
) -> EffectTable:
    """Match and estimate within one stratum."""
    treated = sample.treated[inside]
    if treated.sum() < 2 or (~treated).sum() < 2:
        raise SupportError(
            f"Stratum {name} has {int(treated.sum())} treated and {int((~treated).sum())} controls; at least two of each are needed. "
            "Use fewer strata."
        )
    table = estimate(match(sample.take(inside), strategy), [outcome], variance, bias_adjustment, level)
    return table.labelled(subgroup=name)
