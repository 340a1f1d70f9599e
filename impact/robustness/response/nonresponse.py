"""What non-response can do to each effect: respondents weighted for those who did not answer, and bounds without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from impact.design.matched_sample import MatchedSample
from impact.design.supports.rule import Support
from impact.effects.effect import Effect
from impact.errors import ImpactError, OptionError
from impact.language import Language, Text, kept_reason, quoted
from impact.robustness.four_strategies import Specification
from impact.robustness.response.weights import weighted_for_response
from impact.survey.outcome import Outcome
from impact.survey.response.lee import LeeBounds, lee_bounds
from impact.survey.sample import Sample
from impact.views import Exported, html_view, text_view

_SENTENCE = Text(
    "{outcome}: {estimate} as reported; {weighted} with respondents weighted for those like them who did not answer; "
    "between {lower} and "
    "{upper} whoever they were (interval {low} to {high}).",
    "{outcome}: {estimate} según lo publicado; {weighted} con quienes respondieron ponderados por quienes, pareciéndose, "
    "no respondieron; "
    "entre {lower} y {upper} fueran quienes fueran (intervalo de {low} a {high}).",
    **dict.fromkeys(("outcome", "estimate", "weighted", "lower", "upper", "low", "high"), ""),
)
_NOTES = (
    Text(
        "Bounds: Lee (2009), on the match of everybody in the frame, without adjustment, for units that would answer in "
        "either arm; they "
        "suppose that the programme moved response in one direction only, and the interval is Imbens and Manski's.",
        "Cotas: Lee (2009), sobre el emparejamiento de todo el marco, sin ajuste, para quienes responderían en "
        "cualquiera de los grupos; "
        "suponen que el programa movió la respuesta en un solo sentido; el intervalo es el de Imbens y Manski.",
    ),
    Text(
        "Weights: sampling weight ÷ probability to answer (a logit in each arm on {covariates}), matched and estimated "
        "again; they repair a "
        "loss that depends on these covariates only.",
        "Pesos: factor de expansión ÷ probabilidad de responder (un logit en cada grupo sobre {covariates}), emparejados "
        "y estimados de nuevo; "
        "corrigen solo una pérdida que dependa de estas covariables.",
        covariates="",
    ),
)
_PERSONS = Text(
    "counts persons, whose number is not known where nobody answered",
    "cuenta personas, cuyo número no se conoce donde nadie respondió",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NonresponseEffects(Exported):
    """Each effect as reported, with response weights, and its bounds.

    Attributes
    ----------
    frame : DataFrame
        outcome, estimate, std_error, conf_low, conf_high (of those who answered), weighted_estimate, weighted_std_error,
        weighted_conf_low, weighted_conf_high (response weights), lee_lower, lee_upper, lee_conf_low, lee_conf_high, trimmed_share,
        trimmed_arm, response_treated, response_control (shares of the match that answered), n_treated, n_control (respondents), reason
        (why a part is missing; a Text).
    covariates : tuple of str
        Of the response model.
    strategy : str
    level : float
    synthetic : bool

    Examples
    --------
    Every fifth control did not answer.

    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(800)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> frame["income"] = np.where(row % 10 == 0, np.nan, 100.0 + row % 11 + 5 * frame["treated"])
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group", missing="drop")
    >>> near = im.Specification("4-NN", im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> found = im.nonresponse_effects(sample, near, ["income"]).of("income")
    >>> found[["response_treated", "response_control"]].round(4).tolist()
    [np.float64(1.0), np.float64(0.8001)]
    >>> found[["lee_lower", "estimate", "lee_upper"]].astype(float).round(1).tolist()
    [4.1, 5.1, 6.2]
    """

    TITLE: ClassVar[Text] = Text("Effects and who did not answer", "Los efectos y quienes no respondieron")

    frame: pd.DataFrame
    covariates: tuple[str, ...]
    strategy: str
    level: float
    synthetic: bool

    @property
    def notes(self) -> tuple[Text, ...]:
        """How bounds and weights were made."""
        return _NOTES[0], _NOTES[1].with_values(covariates=quoted(*self.covariates))

    def of(self, outcome: str) -> pd.Series[Any]:
        """Return the row of an outcome."""
        row: pd.Series[Any] = self.frame.loc[self.frame["outcome"] == outcome].iloc[0]
        return row

    def sentence(self, outcome: str, language: str = "en", name: str | None = None) -> str:
        """Return what weights and bounds make of an effect, in one plain sentence."""
        row, words = self.of(outcome), Language(language)
        decimals = 0 if abs(row["estimate"]) >= 100 else 1 if abs(row["estimate"]) >= 10 else 3
        parts = {
            "estimate": "estimate", "weighted": "weighted_estimate", "lower": "lee_lower", "upper": "lee_upper", "low": "lee_conf_low",
            "high": "lee_conf_high",
        }  # fmt: skip
        said = {part: words.number(row[column], decimals) for part, column in parts.items()}
        return _SENTENCE.with_values(outcome=name or outcome, **said).to(language)

    def __repr__(self) -> str:
        return text_view(self.frame, tuple(self.notes), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, tuple(self.notes), self.synthetic)


def nonresponse_effects(
    sample: Sample,
    specification: Specification,
    outcomes: Sequence[str | Outcome] | None = None,
    covariates: Sequence[str] | None = None,
    estimand: str = "ATT",
    support: Support | None = None,
    level: float = 0.95,
) -> NonresponseEffects:
    """Set each effect beside the same with response weights, and beside Lee bounds.

    Parameters
    ----------
    sample : Sample
        With ``missing="drop"``: the whole frame, those without an interview among them, known by their covariates.
    specification : Specification
        Strategy, adjustment and variance of the reported effect.
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default.
    covariates : sequence of str, optional
        Of the response model; the sample's by default.
    estimand, support, level
        As in ``match`` and ``estimate``.

    Returns
    -------
    NonresponseEffects

    Raises
    ------
    OptionError
        The sample refuses missing values.

    Notes
    -----
    The match never sees an outcome, so that those who did not answer are matched like everybody else; the bounds trim the matched
    respondents of the arm that answered more, weighted by match and sampling weight.

    References
    ----------
    Lee (2009), Review of Economic Studies 76(3), 1071-1102, doi:10.1111/j.1467-937X.2009.00536.x. Wooldridge (2002), Portuguese Economic
    Journal 1(2), 117-139, doi:10.1007/s10258-002-0008-x.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(1, groups=150, attrition=0.05, attrition_gap=0.15)
    >>> sample = im.Sample(survey.household, **survey.roles(), missing="drop")
    >>> found = im.nonresponse_effects(sample, im.FOUR_STRATEGIES[3], ["income_labour"])
    >>> row = found.of("income_labour")
    >>> bool(row["lee_lower"] < row["estimate"] < row["lee_upper"])
    True
    """
    if sample.missing == "raise":
        raise OptionError(
            Text(
                (
                    'missing must be "drop" in im.Sample to judge non-response: those who did not answer belong to the '
                    "sample."
                ),
                (
                    'missing debe ser "drop" en [roles] para juzgar la no respuesta: quienes no respondieron son parte '
                    "de la muestra."
                ),
            )
        )
    matched = specification.matched(sample, estimand, support)
    named = tuple(sample.covariates if covariates is None else covariates)
    rows = [_row(matched, specification, one, named, support, level) for one in sample.chosen(outcomes)]
    return NonresponseEffects(pd.DataFrame(rows), named, specification.name, level, sample.synthetic)


def _row(
    matched: MatchedSample,
    specification: Specification,
    outcome: Outcome,
    covariates: tuple[str, ...],
    support: Support | None,
    level: float,
) -> dict[str, Any]:
    effect = specification.effect(matched, outcome, level)
    row: dict[str, Any] = {"outcome": outcome.name, **_numbers("", effect)}
    row["reason"] = Text("")
    try:
        respondents = weighted_for_response(matched.sample, [outcome], covariates).sample
        again = specification.matched(respondents, matched.estimand, support)
        row |= _numbers("weighted_", specification.effect(again, outcome, level))
    except ImpactError as problem:
        row |= dict.fromkeys((f"weighted_{part}" for part in _PARTS), np.nan) | {
            "reason": kept_reason(problem)
        }
    bounds = _bounds(matched, outcome, level)
    return (
        row
        | (_bounded(bounds) if isinstance(bounds, LeeBounds) else _unbounded(bounds))
        | _response(matched, outcome)
    )


_PARTS = ("estimate", "std_error", "conf_low", "conf_high")


def _numbers(prefix: str, effect: Effect) -> dict[str, float]:
    return {f"{prefix}{part}": float(getattr(effect, part)) for part in _PARTS}


def _bounds(matched: MatchedSample, outcome: Outcome, level: float) -> LeeBounds | Text:
    sample = matched.sample
    weight = matched.analysis_weight
    if outcome.persons is not None:
        persons = sample.frame[outcome.persons].to_numpy(dtype=np.float64, na_value=np.nan)
        if np.isnan(persons).any():
            return _PERSONS
        weight = weight * persons
    used = weight > 0
    cluster = None if sample.cluster is None else sample.frame.loc[used, sample.cluster]
    try:
        return lee_bounds(
            outcome.values(sample.frame)[used],
            sample.treated[used],
            sample.has(outcome)[used],
            cluster=cluster,
            weights=weight[used],
            level=level,
        )
    except ImpactError as problem:
        return kept_reason(problem)


def _bounded(bounds: LeeBounds) -> dict[str, Any]:
    return {
        "lee_lower": bounds.lower,
        "lee_upper": bounds.upper,
        "lee_conf_low": bounds.conf_low,
        "lee_conf_high": bounds.conf_high,
        "trimmed_share": bounds.trimmed_share,
        "trimmed_arm": bounds.trimmed_arm,
    }


def _unbounded(reason: Text) -> dict[str, Any]:
    numbers = ("lee_lower", "lee_upper", "lee_conf_low", "lee_conf_high", "trimmed_share")
    return dict.fromkeys(numbers, np.nan) | {"trimmed_arm": "", "reason": reason}


def _response(matched: MatchedSample, outcome: Outcome) -> dict[str, Any]:
    """Return the shares of the match that have the outcome, and how many have it, by arm."""
    sample, weight = matched.sample, matched.analysis_weight
    has, shares = sample.has(outcome), {}
    for arm, who in (("treated", sample.treated), ("control", ~sample.treated)):
        shares[f"response_{arm}"] = float(weight[who] @ has[who] / weight[who].sum())
        shares[f"n_{arm}"] = int((has & who & (weight > 0)).sum())
    return shares
