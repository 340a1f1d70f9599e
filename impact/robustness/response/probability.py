"""The probability to answer, by one logit in each arm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impact import checks
from impact.arrays import Array, Booleans
from impact.effects.panel.estimators.first_stages import fit_score
from impact.errors import EstimationError, SeparationError, SupportError
from impact.language import Text

LEAST_PROBABILITY = 0.02
"""Below it one household would stand for more than fifty."""
_LOST_TREATED = Text(
    "who was lost among the treated households", "quién se perdió entre los hogares beneficiarios"
)
_LOST_COMPARED = Text(
    "who was lost among the comparison households", "quién se perdió entre los hogares de comparación"
)


def response_probability(
    found: Booleans,
    treated: Booleans,
    terms: Array,
    names: Sequence[str],
    weight: Array,
    counted: Booleans,
    remedy: str,
) -> Array:
    """Return each unit's probability to be found, shape (n,); 1 in an arm where everybody was.

    Parameters
    ----------
    found, treated : bool array, shape (n,)
    terms : float64 array, shape (n, p)
        What predicts an answer, known of everybody who is counted.
    names : sequence of str
        Of the terms.
    weight : float64 array, shape (n,)
        Sampling weights.
    counted : bool array, shape (n,)
        The units that the model is about.
    remedy : str
        What to do where a probability is too small.

    Raises
    ------
    SupportError
        A probability below .02.
    EstimationError
        A term that tells by itself who was lost.
    """
    probability = np.ones(len(found))
    for arm, label in ((treated, _LOST_TREATED), (~treated, _LOST_COMPARED)):
        rows = np.flatnonzero(counted & arm)
        if not len(rows) or found[rows].all():
            continue
        design, kept = standardised_covariates(terms[rows])
        held = (
            Text("the constant", "la constante"),
            *(name for name, varies in zip(names, kept, strict=True) if varies),
        )
        try:
            fit = fit_score(~found[rows], design, weight[rows], held, label, certain=1.0)
        except EstimationError as problem:
            if isinstance(problem.__cause__, SeparationError):
                raise _told_of_answers(problem.__cause__.columns, label, remedy) from problem
            raise
        probability[rows] = 1 - fit.probability
    least = float(probability[counted].min())
    if least < LEAST_PROBABILITY:
        raise SupportError(
            Text(
                (
                    "Some households had a probability of {least:.3f} to be found, below {least_probability}: weights "
                    "cannot stand for them. Use fewer covariates, or {remedy}."
                ),
                (
                    "Algunos hogares tenían una probabilidad de {least:.3f} de ser encontrados, menor que "
                    "{least_probability}: los pesos no pueden representarlos. Use menos covariables, o {remedy}."
                ),
                least=least,
                least_probability=LEAST_PROBABILITY,
                remedy=remedy,
            )
        )
    return probability


def standardised_covariates(values: Array) -> tuple[Array, Booleans]:
    """Return a constant and the columns that vary, in standard deviations, and which those are."""
    spread = values.std(0)
    varies: Booleans = spread > 0
    terms = (values - values.mean(0)) / np.where(varies, spread, 1.0)
    return np.column_stack([np.ones(len(values)), terms[:, varies]]), varies


def _told_of_answers(columns: Sequence[str], label: Text, remedy: str) -> EstimationError:
    """Return the error of columns that separate, in the words of who answered, not of who was treated."""
    return EstimationError(
        Text(
            "{label}: {columns} {columns_verb} it perfectly (separation), so that nobody found stands for those lost. Use fewer covariates "
            "or first outcomes, or {remedy}.",
            "{label}: {columns} lo {columns_verb} perfectamente (separación), de modo que ningún hogar hallado representa a los perdidos. "
            "Use menos covariables o primeros resultados, o {remedy}.",
            label=label,
            columns=checks.listed(map(repr, columns)),
            columns_verb=Text("tells", "dice") if len(columns) == 1 else Text("tell", "dicen"),
            remedy=remedy,
        )
    )
