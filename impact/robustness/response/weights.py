"""Inverse-probability-of-response weights: those who answered stand for those like them who did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.errors import DataError, OptionError
from impact.language import Text, quoted
from impact.robustness.response.probability import response_probability
from impact.survey.covariates import encode
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.views import Exported, html_view, text_view

RESPONSE_WEIGHT = "response_weight"
_NOTE = Text(
    "One logit of the answer in each arm on {covariates}; a respondent's weight is the sampling weight ÷ the "
    "probability, and estimates take "
    "it as known. It repairs a loss that depends on these, and no other.",
    "Un logit de la respuesta en cada grupo sobre {covariates}; el peso de quien respondió es el factor de expansión ÷ "
    "la probabilidad, y las "
    "estimaciones lo toman como conocido. Corrige una pérdida que dependa de estas, y ninguna otra.",
    covariates="",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ResponseWeights(Exported):
    """How much each respondent counts for those who did not answer.

    Attributes
    ----------
    weights : Series of float64
        Sampling weight ÷ probability to answer, on the sample's index; 0 for those who did not.
    probability : Series of float64
        Probability to answer, in (0, 1].
    sample : Sample
        The respondents, with these weights as their sampling weights: match and estimate it like any other.
    frame : DataFrame
        By arm: units, responded, share, smallest and largest probability, effective number of respondents (Σw)²/Σw².
    covariates : tuple of str
    synthetic : bool

    Examples
    --------
    Half of the old did not answer; one of them who did stands for more than a young one.

    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> frame["income"] = np.where((frame["age"] > 30) & (row % 2 == 0), np.nan, 100.0 + row % 11)
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group", missing="drop")
    >>> found = im.weighted_for_response(sample)
    >>> found.frame[["arm", "units", "responded"]].values.tolist()
    [['treated', 200, 188], ['control', 200, 182]]
    >>> found.weights[[0, 36, 73]].round(2).tolist()  # of 0, 36 (no answer) and 36 years
    [1.0, 0.0, 5.37]
    """

    TITLE: ClassVar[Text] = Text("Weights for those who did not answer", "Pesos por quienes no respondieron")

    weights: pd.Series[float]
    probability: pd.Series[float]
    sample: Sample
    frame: pd.DataFrame
    covariates: tuple[str, ...]
    synthetic: bool

    @property
    def notes(self) -> tuple[Text, ...]:
        """How the weights were made, and what they repair."""
        return (_NOTE.with_values(covariates=quoted(*self.covariates)),)

    def __repr__(self) -> str:
        return text_view(self.frame, tuple(self.notes), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, tuple(self.notes), self.synthetic)


def weighted_for_response(
    sample: Sample,
    outcomes: Sequence[str | Outcome] | None = None,
    covariates: Sequence[str] | None = None,
) -> ResponseWeights:
    """Weight those who answered by the inverse of their probability to answer.

    Parameters
    ----------
    sample : Sample
        With ``missing="drop"``: of the whole frame, those without an interview among them, known by their covariates.
    outcomes : sequence of str or Outcome, optional
        Who has all of them answered; the sample's by default.
    covariates : sequence of str, optional
        Columns that predict an answer, known of everybody; the sample's covariates by default.

    Returns
    -------
    ResponseWeights

    Raises
    ------
    OptionError
        The sample refuses missing values, or has no outcome.
    DataError
        Nobody of an arm answered, or a covariate is missing.
    SupportError
        A probability below .02.

    Notes
    -----
    The weight of a respondent is s/p, with s the sampling weight and p the probability of the arm's logit. Right where, given these
    covariates, who answers has nothing to do with the outcome. ``im.lee_bounds`` needs no such model.

    References
    ----------
    Wooldridge (2002), Portuguese Economic Journal 1(2), 117-139, doi:10.1007/s10258-002-0008-x.

    Examples
    --------
    >>> import impact as im
    >>> survey = im.synthetic.rural_alliances(1, groups=60, attrition=0.1, attrition_gap=0.1)
    >>> sample = im.Sample(survey.household, **survey.roles(), missing="drop")
    >>> weighted = im.weighted_for_response(sample)
    >>> len(weighted.sample) == int((weighted.weights > 0).sum())
    True
    """
    if sample.missing == "raise":
        raise OptionError(
            Text(
                (
                    'missing must be "drop" in im.Sample for response weights: those who did not answer have no outcome '
                    "and belong to the sample."
                ),
                (
                    'missing debe ser "drop" en [roles] para los pesos de respuesta: quienes no respondieron no tienen '
                    "resultado y son parte de la muestra."
                ),
            )
        )
    chosen = sample.chosen(outcomes)
    if not chosen:
        raise OptionError(
            Text(
                "outcomes must name at least one outcome: those who have it answered.",
                "outcomes debe nombrar al menos un resultado: quienes lo tienen respondieron.",
            )
        )
    named = tuple(sample.covariates if covariates is None else covariates)
    checks.columns_present("covariates", named, sample.frame.columns)
    responded = np.ones(len(sample), dtype=np.bool_)
    for outcome in chosen:
        responded &= sample.has(outcome)
    for arm, label in ((sample.treated, checks.ARMS[True]), (~sample.treated, checks.ARMS[False])):
        if not (responded & arm).any():
            raise DataError(
                Text(
                    "Nobody answered in the {label} arm; weights need respondents in both.",
                    "Nadie respondió en el brazo {label}; los pesos necesitan respondientes en ambos.",
                    label=label,
                )
            )
    return _weighted(sample, responded, named)


def _weighted(sample: Sample, responded: Booleans, named: tuple[str, ...]) -> ResponseWeights:
    frame = sample.frame
    lacking = [name for name in named if frame[name].isna().any()]
    if lacking:
        raise DataError(
            Text(
                "Response weights need covariates known of everybody; {lacking} are missing for some.",
                "Los pesos de respuesta necesitan covariables conocidas de todos; {lacking} faltan en algunos.",
                lacking=checks.listed(map(repr, lacking)),
            )
        )
    matrix = sample.matrix if named == sample.covariates else encode(frame, named)
    survey = (
        np.ones(len(sample))
        if sample.sampling_weight is None
        else frame[sample.sampling_weight].to_numpy(float)
    )
    everybody = np.ones(len(sample), dtype=np.bool_)
    names = tuple(map(str, matrix.columns))
    probability = response_probability(
        responded,
        sample.treated,
        matrix.to_numpy(dtype=np.float64),
        names,
        survey,
        everybody,
        "im.lee_bounds",
    )
    weight = np.where(responded, survey / probability, 0.0)
    kept = frame.assign(**{RESPONSE_WEIGHT: weight}).loc[responded]
    return ResponseWeights(
        weights=pd.Series(weight, index=frame.index, name=RESPONSE_WEIGHT),
        probability=pd.Series(probability, index=frame.index, name="probability"),
        sample=sample.with_frame(kept, sampling_weight=RESPONSE_WEIGHT),
        frame=pd.DataFrame(
            [
                _arm(arm, responded[who], probability[who], weight[who])
                for arm, who in (("treated", sample.treated), ("control", ~sample.treated))
            ]
        ),
        covariates=named,
        synthetic=sample.synthetic,
    )


def _arm(arm: str, responded: Booleans, probability: np.ndarray, weight: np.ndarray) -> dict[str, object]:
    return {
        "arm": arm,
        "units": len(responded),
        "responded": int(responded.sum()),
        "share": float(responded.mean()),
        "smallest_probability": float(probability.min()),
        "largest_probability": float(probability.max()),
        "effective": float(weight.sum() ** 2 / (weight**2).sum()),
    }
