"""Omitted-variable bias in the partial R² of a confounder that nobody measured (Cinelli & Hazlett 2020)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.design.matched_sample import MatchedSample
from impact.errors import EstimationError, OptionError
from impact.language import Language, Text, quoted
from impact.robustness.sensitivity.outcome_regression import RegressionOnTreatment, outcome_regression
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample
from impact.survey.shares import shown_scale
from impact.views import html_view, kept_texts, text_view

BOUND_COLUMNS = (
    "bound_label",
    "benchmark",
    "kd",
    "r2dz_x",
    "r2yz_dx",
    "adjusted_estimate",
    "adjusted_se",
    "adjusted_t",
    "adjusted_conf_low",
    "adjusted_conf_high",
)

_STRENGTH = Text(
    "A confounder that explains {value} % of what is left of both treatment and {outcome} would take away {share} % of the effect.",
    "Un factor oculto que explique {value} % de lo que queda tanto de la participación como de {outcome} quitaría el {share} % del "
    "efecto.",
    **dict.fromkeys(("value", "outcome", "share"), ""),
)
_LEFT = Text(
    "A confounder {times} times as strong as {benchmark} would leave {left} of the effect of {whole}{unit} on {outcome} (interval {low} to "
    "{high}); to leave nothing it would have to explain {value} % of what is left of both treatment and outcome.",
    "Un factor oculto {times} veces tan fuerte como {benchmark} dejaría {left} del efecto de {whole}{unit} en {outcome} (intervalo "
    "de {low} a "
    "{high}); para no dejar nada tendría que explicar {value} % de lo que queda tanto de la participación como del resultado.",
    **dict.fromkeys(("times", "benchmark", "left", "whole", "outcome", "low", "high", "value", "unit"), ""),
)
_ALL_LEFT = Text(
    "A confounder {times} times as strong as {benchmark} would explain all that is left of {outcome}, so that no interval remains, and "
    "leave {left} of the effect of {whole}{unit}; to leave nothing it would have to explain {value} % of what is left of both "
    "treatment and "
    "outcome.",
    "Un factor oculto {times} veces tan fuerte como {benchmark} explicaría todo lo que queda de {outcome}, de modo que no queda intervalo, "
    "y dejaría {left} del efecto de {whole}{unit}; para no dejar nada tendría que explicar {value} % de lo que queda tanto de la "
    "participación "
    "como del resultado.",
    **dict.fromkeys(("times", "benchmark", "left", "whole", "outcome", "value", "unit"), ""),
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ConfounderSensitivity:
    """What a confounder of a given strength would do to the estimate of a regression.

    Attributes
    ----------
    frame : DataFrame
        One row: outcome, estimate, se, t_statistic, r2yd_x (partial R² of treatment with the outcome), rv_q, rv_qa (robustness values),
        f2yd_x, dof, variance.
    bounds : DataFrame
        One row per benchmark and multiple: bound_label, benchmark, kd, r2dz_x, r2yz_dx, adjusted_estimate, adjusted_se, adjusted_t,
        adjusted_conf_low, adjusted_conf_high (both the estimate, and ``adjusted_se`` 0, where the confounder would explain all that is
        left of the outcome: no interval).
    q, alpha : float
        Share of the estimate that is to be explained away, and the level of significance.
    regression : OutcomeRegression
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(200.0)
    >>> frame = pd.DataFrame({"treated": row % 2, "educ": row % 7 + row % 2, "income": 3 * (row % 2) + row % 7 + row % 5})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["educ"], outcomes=["income"])
    >>> found = im.confounder_sensitivity(sample, "income", benchmarks=["educ"], kd=[1])
    >>> found.frame[["estimate", "rv_q"]].round(3).values.tolist()  # .49 of both residual variances explains it all away
    [[1.999, 0.489]]
    >>> found.bounds[["bound_label", "adjusted_estimate"]].round(2).values.tolist()
    [['1x educ', 1.23]]
    """

    frame: pd.DataFrame
    bounds: pd.DataFrame
    q: float
    alpha: float
    regression: RegressionOnTreatment
    synthetic: bool

    def adjusted(self, r2dz_x: Array, r2yz_dx: Array) -> Array:
        """Return the estimate that a confounder of these partial R² would leave; arrays of one shape, entries in [0, 1)."""
        return _adjusted_estimate(self.regression, r2dz_x, r2yz_dx)

    def sentence(self, language: str = "en", names: Mapping[str, str] | None = None, unit: str = "") -> str:
        """Return what the strongest benchmark would leave, in one plain sentence (a code such as "es"), columns by these names."""
        words, called = Language(language), dict(names or {})
        row = self.frame.iloc[0]
        value = words.number(100 * row["rv_q"], 1)
        outcome = quoted(called.get(self.regression.outcome, self.regression.outcome))
        named = {"outcome": outcome, "value": value}
        if self.bounds.empty:
            return _STRENGTH.with_values(share=words.number(100 * self.q, 0), **named).to(language)
        factor, shown_unit = shown_scale(unit, words)
        last, decimals = self.bounds.iloc[-1], 1 if factor > 1 else _decimals(row["estimate"])
        left, low, high = (
            words.number(factor * last[key], decimals)
            for key in ("adjusted_estimate", "adjusted_conf_low", "adjusted_conf_high")
        )
        sentence = _LEFT if last["r2yz_dx"] < 1 else _ALL_LEFT
        return sentence.with_values(
            times=words.number(last["kd"], 0 if float(last["kd"]).is_integer() else 1),
            benchmark=quoted(called.get(str(last["benchmark"]), last["benchmark"])),
            left=left,
            low=low,
            high=high,
            whole=words.number(factor * row["estimate"], decimals),
            unit=shown_unit,
            **named,
        ).to(language)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the numbers rest on."""
        regression = Text("Regression of {label}.", "Regresión de {label}.", label=self.regression.label)
        return regression, Text(self.sentence(), self.sentence("es"))

    def __repr__(self) -> str:
        return "\n".join(
            [text_view(self.frame, (), self.synthetic), text_view(self.bounds, self.notes, False)]
        )

    def _repr_html_(self) -> str:
        return html_view(self.frame, (), self.synthetic) + html_view(self.bounds, self.notes, False)


def confounder_sensitivity(
    sample: Sample | MatchedSample,
    outcome: str | Outcome | None = None,
    benchmarks: str | Sequence[str] = (),
    kd: float | Sequence[float] = (1, 2, 3),
    q: float = 1.0,
    alpha: float = 0.05,
    ky: float | Sequence[float] | None = None,
) -> ConfounderSensitivity:
    r"""Return how strong an unmeasured confounder would have to be, and what one as strong as a covariate would leave.

    Parameters
    ----------
    sample : Sample or MatchedSample
        The regression is of the outcome on treatment and all covariates: of all units, weighted by the sampling weights, or of the matched
        units, weighted by match weight × sampling weight.
    outcome : str or Outcome, optional
        Needed where the sample has several.
    benchmarks : str or sequence of str
        Covariates of the sample to measure strength by; all indicators of a category together.
    kd : float or sequence of float
        How many times as strong as the benchmark, above 0, in the relation to treatment.
    q : float
        Share of the estimate that is to be explained away, above 0: 1 takes all of it.
    alpha : float
        Level of significance in (0, 1).
    ky : float or sequence of float, optional
        The same in the relation to the outcome; ``kd`` by default.

    Returns
    -------
    ConfounderSensitivity

    Raises
    ------
    OptionError
        A benchmark that is not a covariate; kd or q not above 0.
    EstimationError
        A multiple so large that the confounder would explain all of treatment; no degrees of freedom.

    Notes
    -----
    With f = t/√dof of the plain regression, a confounder of partial R² :math:`R^2_D` with treatment and :math:`R^2_Y` with the outcome
    takes away

    .. math:: |\widehat{bias}| = se \sqrt{dof}\, \sqrt{\frac{R^2_Y R^2_D}{1 - R^2_D}}, \qquad
              se_{adj} = se \sqrt{\frac{1 - R^2_Y}{1 - R^2_D} \cdot \frac{dof}{dof - 1}}.

    Robustness value: RV_q = ½(√(f⁴ + 4f²) − f²) with f → q|f|; RV_{q,α} likewise from q|f| − t*_{α, dof − 1}/√(dof − 1), 0 where that is
    negative. With a cluster the standard errors are clustered (CR1, t with groups − 1 degrees of freedom), as are those after
    adjustment; the bias is algebra and stays.

    References
    ----------
    Cinelli & Hazlett (2020), Journal of the Royal Statistical Society B 82(1), 39-67, doi:10.1111/rssb.12348.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(200.0)
    >>> frame = pd.DataFrame({"treated": row % 2, "educ": row % 7 + row % 2, "income": 3 * (row % 2) + row % 7 + row % 5})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["educ"], outcomes=["income"])
    >>> found = im.confounder_sensitivity(sample, "income", benchmarks=["educ"], kd=[1])
    >>> found.frame[["estimate", "rv_q"]].round(3).to_numpy().tolist()
    [[1.999, 0.489]]
    """
    checks.positive("q", q)
    checks.between("alpha", alpha, 0.0, 1.0)
    regression = outcome_regression(sample, outcome)
    names = (benchmarks,) if isinstance(benchmarks, str) else checks.columns("benchmarks", benchmarks)
    regression.require_covariates("benchmarks", names)
    multiples = _multiples(kd, ky)
    rows = [
        _bound(regression, name, treatment, with_outcome, alpha)
        for name in names
        for treatment, with_outcome in multiples
    ]
    return ConfounderSensitivity(
        frame=_strength(regression, q, alpha),
        bounds=pd.DataFrame(rows, columns=list(BOUND_COLUMNS)),
        q=q,
        alpha=alpha,
        regression=regression,
        synthetic=regression.synthetic,
    )


def _multiples(kd: float | Sequence[float], ky: float | Sequence[float] | None) -> list[tuple[float, float]]:
    treatment = [float(value) for value in np.atleast_1d(np.asarray(kd, dtype=np.float64))]
    outcome = treatment if ky is None else [float(v) for v in np.atleast_1d(np.asarray(ky, dtype=np.float64))]
    if len(outcome) == 1:
        outcome = outcome * len(treatment)
    if not treatment or len(outcome) != len(treatment):
        raise OptionError(
            Text(
                "kd and ky must have one entry each per bound; got {number} and {number_2}.",
                "kd y ky deben tener una entrada por límite; tienen {number} y {number_2}.",
                number=len(treatment),
                number_2=len(outcome),
            )
        )
    for value in treatment:
        checks.positive(
            "kd",
            value,
            Text("number of times the benchmark's strength", "número de veces la fuerza de la referencia"),
        )
    for value in outcome:
        checks.positive(
            "ky",
            value,
            Text("number of times the benchmark's strength", "número de veces la fuerza de la referencia"),
        )
    return list(zip(treatment, outcome, strict=True))


def _strength(regression: RegressionOnTreatment, q: float, alpha: float) -> pd.DataFrame:
    """Return the estimate and its robustness values, one row."""
    f = abs(regression.estimate) / (regression.plain_se * np.sqrt(regression.dof))
    clustered = regression.se / regression.plain_se
    reach = regression.critical(alpha, lost=1) * clustered / np.sqrt(regression.dof - 1)
    return pd.DataFrame(
        {
            "outcome": [regression.outcome],
            "estimate": regression.estimate,
            "se": regression.se,
            "t_statistic": regression.estimate / regression.se,
            "r2yd_x": f**2 / (1 + f**2),
            "rv_q": robustness_value(q * f),
            "rv_qa": _robustness_value_at(q * f, q * f - reach, reach),
            "f2yd_x": f**2,
            "dof": regression.dof,
            "variance": kept_texts([regression.variance]),
        }
    )


def robustness_value(f: float) -> float:
    """Return the partial R² with both treatment and outcome that takes away a partial f."""
    return float((np.sqrt(f**4 + 4 * f**2) - f**2) / 2)


def _robustness_value_at(f: float, beyond: float, reach: float) -> float:
    """Return the value that takes away significance: 0 where there is none, the extreme solution where f > 1/reach."""
    if beyond <= 0:
        return 0.0
    if (
        reach > 0 and f > 1 / reach
    ):  # the confounder of R² = 1 with the outcome is then the easier one (Cinelli & Hazlett, section 4.2)
        return float((f**2 - reach**2) / (1 + f**2))
    return robustness_value(beyond)


def _bound(
    regression: RegressionOnTreatment, name: str, kd: float, ky: float, alpha: float
) -> tuple[str | float, ...]:
    """Return the row of a confounder kd times as strong as a covariate (their section 4.4)."""
    with_treatment, with_outcome = regression.partial_r2(name)
    r2dz = kd * with_treatment / (1 - with_treatment)
    if not r2dz < 1:
        most = (1 - with_treatment) / with_treatment
        raise EstimationError(
            Text(
                (
                    "A confounder {kd:g} times as strong as '{name}' would explain all of treatment. Use kd below "
                    "{most:.3g} for it."
                ),
                (
                    "Un factor de confusión {kd:g} veces tan fuerte como '{name}' explicaría todo el tratamiento. Use kd "
                    "menor que {most:.3g} para él."
                ),
                kd=kd,
                name=name,
                most=most,
            )
        )
    benchmark_given = kd * with_treatment**2 / ((1 - kd * with_treatment) * (1 - with_treatment))
    if not benchmark_given < 1:
        raise EstimationError(
            Text(
                "A confounder {kd:g} times as strong as '{name}' is impossible beside it. Use a smaller kd for it.",
                (
                    "Un factor de confusión {kd:g} veces tan fuerte como '{name}' es imposible a su lado. Use un kd "
                    "menor para él."
                ),
                kd=kd,
                name=name,
            )
        )
    share = with_outcome / (1 - with_outcome)
    r2yz = ((np.sqrt(ky) + np.sqrt(benchmark_given)) / np.sqrt(1 - benchmark_given)) ** 2 * share
    r2yz = min(float(r2yz), 1.0)
    estimate = float(_adjusted_estimate(regression, np.array(r2dz), np.array(r2yz)))
    ratio = (1 - r2yz) / (1 - r2dz) * regression.dof / (regression.dof - 1)
    error = regression.se * float(np.sqrt(ratio))
    reach = (
        regression.critical(alpha) * error
    )  # none where the confounder explains all that is left, as in R's sensemakr
    statistic = estimate / error if error > 0 else np.nan
    label = f"{kd:g}x {name}" if kd == ky else f"{kd:g}/{ky:g}x {name}"
    return (label, name, kd, r2dz, r2yz, estimate, error, statistic, estimate - reach, estimate + reach)


def _adjusted_estimate(regression: RegressionOnTreatment, r2dz: Array, r2yz: Array) -> Array:
    bias = regression.plain_se * np.sqrt(regression.dof) * np.sqrt(r2yz * r2dz / (1 - r2dz))
    result: Array = np.sign(regression.estimate) * (abs(regression.estimate) - bias)
    return result


def _decimals(value: float) -> int:
    size = abs(value)
    return 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
