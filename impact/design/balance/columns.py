"""What a balance table compares: the score, the covariates with every level, their squares and products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.survey.sample import Sample

SCORE, COVARIATE, INTERACTION = "score", "covariate", "interaction"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BalanceColumn:
    """A column of numbers to be balanced.

    Attributes
    ----------
    name, role : str
        Role "score", "covariate" or "interaction".
    source : str
        The covariate that it encodes.
    values : float64 array, shape (n,)
        Missing only for a score, where a unit has none.
    """

    name: str
    role: str
    source: str
    values: Array


def balance_columns(matched: MatchedSample, interactions: bool) -> Iterator[BalanceColumn]:
    """Yield the score, the covariates and, if asked, squares and products: one at a time, to spare memory."""
    if matched.measure is not None and matched.measure.score is not None:
        yield BalanceColumn("distance", SCORE, "", matched.measure.score)
    covariates = list(_covariates(matched.sample))
    yield from covariates
    if interactions:
        yield from _interactions(covariates)


def _covariates(sample: Sample) -> Iterator[BalanceColumn]:
    """Yield numbers as they are and categories as all their levels (of two, the second), as in MatchIt."""
    frame = sample.frame
    for name in sample.covariates:
        column = frame[name]
        if not isinstance(column.dtype, pd.CategoricalDtype):
            yield BalanceColumn(name, COVARIATE, name, column.to_numpy(dtype=np.float64))
            continue
        levels, codes = column.cat.categories, column.cat.codes.to_numpy()
        for code in range(1 if len(levels) == 2 else 0, len(levels)):
            yield BalanceColumn(f"{name}{levels[code]}", COVARIATE, name, (codes == code).astype(np.float64))


def _interactions(covariates: list[BalanceColumn]) -> Iterator[BalanceColumn]:
    """Yield squares of columns with more than two values, then products across covariates."""
    for column in covariates:
        if not np.isin(column.values, (column.values.min(), column.values.max())).all():
            yield BalanceColumn(f"{column.name}²", INTERACTION, column.source, column.values**2)
    for first, second in combinations(covariates, 2):
        if first.source != second.source:
            product = first.values * second.values
            yield BalanceColumn(f"{first.name} × {second.name}", INTERACTION, first.source, product)
