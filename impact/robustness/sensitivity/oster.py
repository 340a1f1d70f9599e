"""How much selection on what was not measured, beside what was, would explain an estimate (Oster 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.errors import EstimationError
from impact.language import Language, Text, quoted
from impact.robustness.sensitivity.outcome_regression import (
    RegressionOnTreatment,
    outcome_regression,
    residuals,
)
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.views import html_view, text_view

_USUAL = 1.3
_EN = (
    "Selection on what was not measured would have to be {delta} times as strong as selection on the covariates to explain the effect on "
    "{outcome} away"
)
_ES = "La selección por lo no medido tendría que ser {delta} veces la selección por las covariables para explicar el efecto en {outcome}"
_SELECTION = Text(f"{_EN}.", f"{_ES}.", delta="", outcome="")
_REGRESSION = Text(
    "Regression of {label}. r2_max is an assumption; 1.3 times the controlled R² by default.",
    "Regresión de {label}. r2_max es un supuesto; por defecto, 1,3 veces el R² con controles.",
)
_OPPOSITE = Text(
    f"{_EN}; a negative number: in the opposite direction.",
    f"{_ES}; un número negativo: en dirección opuesta.",
    delta="",
    outcome="",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OsterBounds:
    """Proportional selection on observed and unobserved covariates.

    Attributes
    ----------
    frame : DataFrame
        One row: outcome, estimate_uncontrolled, r2_uncontrolled, estimate_controlled, r2_controlled, r2_max, delta (of no effect),
        adjusted_estimate (at ``selection``), selection.
    label : str
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(200.0)
    >>> frame = pd.DataFrame({"treated": row % 2, "educ": row % 7 + row % 2, "income": 3 * (row % 2) + row % 7 + row % 5})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["educ"], outcomes=["income"])
    >>> found = im.oster(sample, "income").frame
    >>> found[["estimate_uncontrolled", "estimate_controlled", "delta"]].round(2).values.tolist()
    [[3.02, 2.0, 3.11]]
    """

    frame: pd.DataFrame
    label: str
    synthetic: bool

    def sentence(self, language: str = "en", names: Mapping[str, str] | None = None) -> str:
        """Return what δ says, in one plain sentence (a code such as "es"), columns by these names."""
        words, called = Language(language), dict(names or {})
        row = self.frame.iloc[0]
        sentence = _OPPOSITE if row["delta"] < 0 else _SELECTION
        return sentence.with_values(
            outcome=quoted(called.get(row["outcome"], row["outcome"])), delta=words.number(row["delta"], 2)
        ).to(language)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers rest on."""
        return (
            _REGRESSION.with_values(label=self.label),
            Text(self.sentence(), self.sentence("es")),
        )

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


@dataclass(frozen=True, slots=True)
class OsterMoments:
    """What Oster's formulas read.

    Attributes
    ----------
    short, long : float
        Coefficient of treatment without and with the covariates.
    short_r2, long_r2, r2_max : float
    outcome_variance, treatment_variance, left_variance : float
        Of the outcome, of treatment, and of what the covariates leave of treatment.
    """

    short: float
    long: float
    short_r2: float
    long_r2: float
    r2_max: float
    outcome_variance: float
    treatment_variance: float
    left_variance: float

    def selection_for(self, effect: float) -> float:
        """Return the δ under which the effect is this one (Oster's Proposition 3)."""
        cubic, square, linear, constant = self._terms()
        bias = self.long - effect
        numerator = cubic * bias**3 + 2 * square * bias**2 + linear[0] * bias
        denominator = cubic * bias**3 + square * bias**2 + linear[1] * bias + constant
        return numerator / denominator if denominator != 0 else np.inf

    def effect_at(self, selection: float) -> float:
        """Return the effect under a δ: of the roots of her Proposition 2 the one nearest to the controlled estimate."""
        cubic, square, linear, constant = self._terms()
        polynomial = [
            cubic * (1 - selection),
            square * (2 - selection),
            linear[0] - selection * linear[1],
            -selection * constant,
        ]
        roots = np.roots(np.trim_zeros(polynomial, "f"))
        real = roots[np.abs(roots.imag) < 1e-9 * (1 + np.abs(roots.real))].real
        if not len(real):
            return np.nan
        return float(self.long - real[np.argmin(np.abs(real))])

    def _terms(self) -> tuple[float, float, tuple[float, float], float]:
        moved, tau, sigma = self.short - self.long, self.left_variance, self.treatment_variance
        unexplained = (self.r2_max - self.long_r2) * self.outcome_variance
        explained = (self.long_r2 - self.short_r2) * self.outcome_variance
        cubic = tau * sigma - tau**2
        square = tau * moved * sigma
        linear = (explained * tau + sigma * tau * moved**2, unexplained * (sigma - tau))
        return cubic, square, linear, unexplained * moved * sigma


def oster(
    sample: Sample | MatchedSample,
    outcome: str | Outcome | None = None,
    r2_max: float | None = None,
    selection: float = 1.0,
) -> OsterBounds:
    """Return how strong selection on unobservables must be to explain the effect away, and the effect under equal selection.

    Parameters
    ----------
    sample : Sample or MatchedSample
        The long regression is of the outcome on treatment and all covariates, the short one on treatment alone.
    outcome : str or Outcome, optional
        Needed where the sample has several.
    r2_max : float, optional
        R² of a regression that also had what was not measured, above that of the covariates and at most 1; 1.3 times it by default.
    selection : float
        δ of the adjusted estimate: 1 is as much selection on what was not measured as on the covariates.

    Returns
    -------
    OsterBounds

    Raises
    ------
    OptionError
        ``r2_max`` not above the controlled R².
    EstimationError
        Covariates that explain nothing of treatment and outcome: there is nothing to compare with.

    Notes
    -----
    Point formulas; no interval. Several δ may go with one effect and the reverse where the covariates move the estimate little: read them
    beside ``im.confounder_sensitivity``.

    References
    ----------
    Oster (2019), Journal of Business & Economic Statistics 37(2), 187-204, doi:10.1080/07350015.2016.1227711, Propositions 2 and 3.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(200.0)
    >>> frame = pd.DataFrame({"treated": row % 2, "educ": row % 7 + row % 2, "income": 3 * (row % 2) + row % 7 + row % 5})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["educ"], outcomes=["income"])
    >>> im.oster(sample, "income").frame[["estimate_uncontrolled", "estimate_controlled"]].round(2).to_numpy().tolist()
    [[3.02, 2.0]]
    """
    checks.instance("selection", selection, Text("a number", "un número"), isinstance(selection, int | float))
    regression = outcome_regression(sample, outcome)
    moments = _moments(regression, r2_max)
    frame = pd.DataFrame(
        {
            "outcome": [regression.outcome],
            "estimate_uncontrolled": moments.short,
            "r2_uncontrolled": moments.short_r2,
            "estimate_controlled": moments.long,
            "r2_controlled": moments.long_r2,
            "r2_max": moments.r2_max,
            "delta": moments.selection_for(0.0),
            "adjusted_estimate": moments.effect_at(selection),
            "selection": float(selection),
        }
    )
    return OsterBounds(frame, regression.label, regression.synthetic)


def _moments(regression: RegressionOnTreatment, r2_max: float | None) -> OsterMoments:
    constant = regression.terms[:, :1]
    y, d = residuals(regression.values, constant), residuals(regression.treatment, constant)
    left = residuals(regression.treatment, regression.terms)
    total, number = float(y @ y), len(y)
    short = float(d @ y) / float(d @ d)
    long_r2 = _r2(y, np.column_stack([regression.terms, regression.treatment]))
    short_r2 = _r2(y, np.column_stack([constant, regression.treatment]))
    if long_r2 - short_r2 < 1e-12:
        raise EstimationError(
            Text(
                "The covariates explain nothing of the outcome, so that selection on them says nothing.",
                "Las covariables no explican nada del resultado, de modo que la selección sobre ellas no dice nada.",
            )
        )
    most = min(_USUAL * long_r2, 1.0) if r2_max is None else r2_max
    if r2_max is not None:
        checks.within("r2_max", r2_max, np.nextafter(long_r2, 1), 1.0)
    return OsterMoments(
        short,
        regression.estimate,
        short_r2,
        long_r2,
        most,
        total / number,
        float(d @ d) / number,
        float(left @ left) / number,
    )


def _r2(centred: Array, design: Array) -> float:
    errors = residuals(centred, design)
    return 1 - float(errors @ errors) / float(centred @ centred)
