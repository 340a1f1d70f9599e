"""What a balance table compares: the score, the covariates with every level, their squares and products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, groupby

from impact.arrays import Array, two_valued
from impact.design.matched_sample import MatchedSample
from impact.survey.covariates import term_values
from impact.survey.sample import Sample

SCORE, COVARIATE, INTERACTION = "score", "covariate", "interaction"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BalanceColumn:
    """A column of numbers to be balanced.

    Attributes
    ----------
    name, role : str
        Role "score", "covariate" or "interaction".
    source, level : str
        The covariate that it encodes, and the level of a category; empty where there is none.
    values : float64 array, shape (n,)
        Missing only for a score, where a unit has none.
    """

    name: str
    role: str
    source: str
    level: str
    values: Array


def balance_columns(matched: MatchedSample, interactions: bool) -> Iterator[BalanceColumn]:
    """Yield the score, the covariates and, if asked, squares and products: one at a time, to spare memory."""
    if matched.measure is not None and matched.measure.score is not None:
        yield BalanceColumn("distance", SCORE, "", "", matched.measure.score)
    covariates = list(_covariates(matched.sample))
    yield from covariates
    if interactions:
        yield from interactions_of(covariates)


def _covariates(sample: Sample) -> Iterator[BalanceColumn]:
    """Yield numbers as they are and categories as all their levels (of two, the second), as in MatchIt."""
    numbers = sample.numbers
    for column, terms in groupby(sample.terms, key=lambda term: term.column):
        shown = list(terms)
        for term in shown[1:] if len(shown) == 2 else shown:
            values = term_values(sample.frame, term) if term.code == 0 else numbers[term.name]
            yield BalanceColumn(term.name, COVARIATE, column, term.level or "", values)


def interactions_of(covariates: list[BalanceColumn]) -> Iterator[BalanceColumn]:
    """Yield squares of columns with more than two values, then products across covariates."""
    for column in covariates:
        if not two_valued(column.values):
            yield BalanceColumn(f"{column.name}²", INTERACTION, column.source, "", column.values**2)
    for first, second in combinations(covariates, 2):
        if first.source != second.source:
            product = first.values * second.values
            yield BalanceColumn(f"{first.name} × {second.name}", INTERACTION, first.source, "", product)
