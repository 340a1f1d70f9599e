"""The probability to answer, by one logit in each arm."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impact.arrays import Array, Booleans
from impact.effects.panel.estimators.first_stages import fit_score
from impact.errors import SupportError
from impact.language import Text

LEAST_PROBABILITY = 0.02
_LOST_TREATED = Text(
    "who was lost among the treated households", "quién se perdió entre los hogares tratados"
)
_LOST_COMPARED = Text(
    "who was lost among the comparison households", "quién se perdió entre los hogares de comparación"
)
"""Below it one household would stand for more than fifty."""


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
        fit = fit_score(
            ~found[rows],
            design,
            weight[rows],
            held,
            label,
            certain=1.0,
        )
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
