"""Subgroups that cannot be estimated: why, in words that may be published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

from impact.effects.heterogeneity.strata import StratumEffect
from impact.errors import (
    DataError,
    EstimationError,
    ImpactError,
    OneGroupError,
    OverlapWarning,
    SeparationError,
    SupportError,
)
from impact.language import Text, joined
from impact.warn import warn, warning_about

_REASONS: tuple[tuple[type[ImpactError], Text], ...] = (
    (
        SeparationError,
        Text(
            "a covariate tells its arms apart, so that no score can be fitted in it",
            "una covariable separa sus grupos de beneficiarios y controles, y no se puede estimar la probabilidad de participación en él",
        ),
    ),
    (
        OneGroupError,
        Text(
            "in one arm all weight rests on a single group, whose error cannot be estimated",
            "en uno de los dos lados todo el peso está en un solo grupo, cuyo error no se puede estimar",
        ),
    ),
    (
        SupportError,
        Text(
            "its treated units have no controls like them", "sus beneficiarios no tienen controles parecidos"
        ),
    ),
    (
        DataError,
        Text(
            "its units are too few or too alike to be matched",
            "sus unidades son muy pocas o muy iguales para emparejarlas",
        ),
    ),
    (
        EstimationError,
        Text("its effect or its error cannot be computed", "su efecto o su error no se puede calcular"),
    ),
)
REFUSALS = (DataError, EstimationError, SupportError)
"""What a stratum may end in without ending the others."""
_OF_SPLITS = Text(
    "{reason} (in {number} of {total} splits)",
    "{reason} (en {number} de {total} divisiones)",
    reason="",
    number=0,
    total=0,
)
_NONE = Text(
    "No stratum can be estimated. {said} Ask for fewer quantiles, or use fewer covariates.",
    "No se puede estimar ningún estrato. {said} Pida menos cuantiles, o use menos covariables.",
    said="",
)
_WARNED = Text(
    "{name} has no estimate. {refusal}", "{name} no tiene estimación. {refusal}", name="", refusal=""
)
NOT_ESTIMATED = Text(
    "{name} is not estimated: {reason}.", "{name} no se estima: {reason}.", name="", reason=""
)


class NoStratumError(EstimationError):
    """No stratum at all can be estimated: made of the message, and of each stratum with its reason."""

    @classmethod
    def of(cls, reasons: Mapping[str, str]) -> Self:
        """Return the error that tells every reason."""
        said = [NOT_ESTIMATED.with_values(name=name, reason=reason) for name, reason in reasons.items()]
        return cls(_NONE.with_values(said=joined(said, " ")), dict(reasons))

    @property
    def reasons(self) -> dict[str, str]:
        """Each stratum and why it has no estimate."""
        return dict(self.args[1])


def estimated_or_refused(estimated: Callable[[], StratumEffect], name: str) -> StratumEffect | ImpactError:
    """Return a stratum's effect, or what refused it, with a warning that tells it in full."""
    with warning_about(name):
        try:
            return estimated()
        except REFUSALS as refusal:
            warn(_WARNED.with_values(name=name, refusal=refusal.text), OverlapWarning)
            return refusal


def reason_of(refusals: list[ImpactError], splits: int) -> Text:
    """Return why a stratum is not estimated: of several splits, in how many it failed, and why in the first of them."""
    reason = next(text for kind, text in _REASONS if isinstance(refusals[0], kind))
    return (
        reason if splits == 1 else _OF_SPLITS.with_values(reason=reason, number=len(refusals), total=splits)
    )
