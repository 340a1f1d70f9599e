"""Terms of a regression that say nothing beside the others: left out, and named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from impact.arrays import Array
from impact.design.distances.fisher_scoring import may_be_singular
from impact.errors import DataQualityWarning
from impact.language import Text
from impact.survey.covariates import described_terms, idle_in
from impact.warn import warn

IdleTerms = Mapping[int, tuple[int, ...]]
"""Places of the terms that say nothing of their own, each with the places of those that say it; none where it does not vary."""

OF_ARM = (
    Text("the regression of the treated", "la regresión de los beneficiarios"),
    Text("the regression of the controls", "la regresión de los controles"),
)
OF_VARIANCE = (
    Text(
        "the standard error's regression of the treated",
        "la regresión del error estándar de los beneficiarios",
    ),
    Text(
        "the standard error's regression of the controls", "la regresión del error estándar de los controles"
    ),
)
"""Of an estimate without adjustment, where the regression serves the standard error alone."""
_LEFT_OUT = Text(
    "Left out of {regression}, as the other terms say the same there: {terms}. Units in which they say more are predicted without them.",
    "Fuera de {regression}, porque allí los demás términos dicen lo mismo: {terms}. Las unidades en que dicen más se predicen sin ellos.",
    regression="",
    terms="",
)


def idle_terms(moments: Array) -> IdleTerms:
    """Return the standardised terms that those before them reproduce, from Z′KZ whose first term is the constant."""
    if not may_be_singular(moments):
        return {}
    found = idle_in(moments[1:, 1:], [str(place) for place in range(len(moments) - 1)])
    return {int(place): tuple(map(int, parents)) for place, parents in found.items()}


def warn_of_idle_terms(idle: IdleTerms, names: Sequence[str], regression: Text) -> None:
    """Name the terms that a regression leaves out, each with those that say the same."""
    if idle:
        named = {names[place]: [names[parent] for parent in parents] for place, parents in idle.items()}
        warn(_LEFT_OUT.with_values(regression=regression, terms=described_terms(named)), DataQualityWarning)
