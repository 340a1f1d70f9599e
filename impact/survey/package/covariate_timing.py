"""Bad controls: what a covariate may not be, judged by its role and by when its value was settled."""

from __future__ import annotations

from collections.abc import Iterable

from impact.errors import DataError
from impact.language import Text
from impact.survey.package.schema import SurveyField, SurveySchema

FORBIDDEN_ROLES = ("treatment", "outcome", "outcome-denominator", "mediator")
FORBIDDEN_TIMINGS = ("current", "12m", "derived")


def refuse_bad_controls(covariates: Iterable[str], schema: SurveySchema, language: str = "en") -> None:
    """Refuse covariates that the programme itself may have changed.

    Matching on a consequence of the treatment removes part of the effect and opens paths that the design
    does not close. A covariate may therefore be fixed, settled before the alliance, recalled from before,
    or out of the programme's reach; never a mediator, an outcome, or anything measured at the interview.

    Parameters
    ----------
    covariates : iterable of str
        Names of the covariates of a comparison. Names that the schema does not know are not judged.
    schema : SurveySchema
        The survey's data package.
    language : {"en", "es"}, default "en"
        Language of the message.

    Raises
    ------
    DataError
        One or more covariates are mediators, outcomes or current values; the message says which, why, and
        what to use instead.

    References
    ----------
    Rosenbaum, P. R. (1984). The consequences of adjustment for a concomitant variable that has been
    affected by the treatment. Journal of the Royal Statistical Society A, 147(5), 656-666.
    doi:10.2307/2981697

    Examples
    --------
    >>> from impact.survey.package.schema import load_schema
    >>> refuse_bad_controls(["head_age", "hh_size_pre"], load_schema())
    >>> refuse_bad_controls(["hh_size"], load_schema())
    Traceback (most recent call last):
        ...
    impact.errors.DataError: Covariates must be settled before the programme could change them. 'hh_size' \
(Household members) has the role 'denominator of an outcome' and the timing 'at the interview': \
use 'hh_size_pre' instead.
    """
    refused = [
        field for name in covariates if (field := schema.find(name)) is not None and is_after_programme(field)
    ]
    if not refused:
        return
    opening = Text(
        en="Covariates must be settled before the programme could change them.",
        es="Las covariables deben estar determinadas antes de que el programa las pueda cambiar.",
    )
    raise DataError(
        " ".join([opening.to(language), *(_reason(field, schema).to(language) for field in refused)])
    )


def is_after_programme(field: SurveyField) -> bool:
    """Return whether the schema says that the programme may have changed a column: by its role, or by its timing."""
    return field.role in FORBIDDEN_ROLES or field.timing in FORBIDDEN_TIMINGS


def _reason(field: SurveyField, schema: SurveySchema) -> Text:
    role, timing = schema.roles[field.role], schema.timings.get(field.timing)
    before = f"{field.name}_pre"
    known = schema.find(before) is not None
    settled = (
        Text(en=f" and the timing '{timing.en}'", es=f" y el momento '{timing.es}'")
        if timing
        else Text("", "")
    )
    remedy = (
        Text(en=f"use {before!r} instead.", es=f"use {before!r} en su lugar.")
        if known
        else Text(
            en="leave it out, or use a value from before the programme.",
            es="quítela, o use un valor anterior al programa.",
        )
    )
    return Text(
        en=f"{field.name!r} ({field.label.en}) has the role '{role.en}'{settled.en}: {remedy.en}",
        es=f"{field.name!r} ({field.label.es}) tiene el rol '{role.es}'{settled.es}: {remedy.es}",
    )
