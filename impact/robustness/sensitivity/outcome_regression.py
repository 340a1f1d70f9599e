"""The regression of an outcome on treatment and covariates, and how strong each covariate is in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact import checks
from impact.arrays import Array, Positions, standardised
from impact.design.matched_sample import MatchedSample
from impact.effects.observed import units_with, with_values
from impact.errors import EstimationError, OptionError
from impact.language import Text, quoted
from impact.survey.clusters import group_codes, sums_by_code
from impact.survey.covariates import encode
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import only_outcome
from impact.survey.sample import Sample

_MATCHED = Text(
    "weighted by match weight ({strategy})",
    "ponderado por el peso de emparejamiento ({strategy})",
    strategy="",
)
_MATCHED_AND_SAMPLED = Text(
    "weighted by match weight ({strategy}) × sampling weight",
    "ponderado por el peso de emparejamiento ({strategy}) × factor de expansión",
    strategy="",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RegressionOnTreatment:
    """Weighted least squares of one outcome on a constant, treatment and covariates.

    Attributes
    ----------
    outcome, label, variance : str
        The outcome's name, what is regressed on what, and the variance method.
    estimate, se, plain_se : float
        Coefficient of treatment, its standard error (by group where the sample has groups), and the textbook's.
    dof : int
        Units less coefficients.
    groups : int
        Groups of the clustered standard error; 0 without.
    values, treatment : float64 arrays, shape (n,)
        Outcome and treatment times the root of the weight.
    terms : float64 array, shape (n, p + 1)
        Constant and standardised covariates times the root of the weight.
    columns : mapping of str to positions
        Columns of ``terms`` of each covariate.
    synthetic : bool
    """

    outcome: str
    label: Text
    variance: str
    estimate: float
    se: float
    plain_se: float
    dof: int
    groups: int
    values: Array
    treatment: Array
    terms: Array
    columns: dict[str, Positions]
    synthetic: bool

    def require_covariates(self, option: str, names: tuple[str, ...]) -> None:
        """Refuse names that are not covariates of the regression."""
        absent = [name for name in names if name not in self.columns]
        if absent:
            raise OptionError(
                Text(
                    "{option} must name covariates of the sample; {absent} is none. It has: {value}.",
                    "{option} debe nombrar covariables de la muestra; {absent} no lo es. Tiene: {value}.",
                    option=option,
                    absent=checks.listed(map(repr, absent)),
                    value=checks.listed(map(repr, self.columns), 12),
                )
            )

    def critical(self, alpha: float, lost: int = 0) -> float:
        """Return the two-sided critical value of t; ``lost`` degrees go to the confounder where there are no groups."""
        from scipy.special import stdtrit

        freedom = self.groups - 1 if self.groups else self.dof - lost
        return float(stdtrit(freedom, 1 - alpha / 2))

    def partial_r2(self, name: str) -> tuple[float, float]:
        """Return a covariate's partial R² with treatment, given the others, and with the outcome, given treatment too."""
        inside = self.columns[name]
        others = np.delete(self.terms, inside, axis=1)
        own = self.terms[:, inside]
        with_treatment = _partial(self.treatment, others, own)
        return with_treatment, _partial(self.values, np.column_stack([others, self.treatment]), own)


def outcome_regression(given: Sample | MatchedSample, outcome: str | Outcome | None) -> RegressionOnTreatment:
    """Return the regression of an outcome on treatment and all covariates of a sample.

    Parameters
    ----------
    given : Sample or MatchedSample
    outcome : str or Outcome, optional
    """
    required = Text("an im.Sample or an im.MatchedSample", "un im.Sample o un im.MatchedSample")
    checks.instance("sample", given, required, isinstance(given, Sample | MatchedSample))
    chosen = only_outcome((given if isinstance(given, Sample) else given.sample).outcomes, outcome)
    given = _units_with(given, chosen)
    sample = given if isinstance(given, Sample) else given.sample
    weight, whose = _weights(given)
    used = weight > 0
    values = chosen.values(sample.frame)[used]
    _require_finite(chosen.name, values)
    _require_variation(chosen.name, values)
    root = np.sqrt(weight[used] / weight[used].mean())
    terms = standardised(sample.matrix.to_numpy(dtype=np.float64)[used], weight[used])
    design = np.column_stack([np.ones(len(terms)), terms]) * root[:, None]
    y, d = values * root, sample.treated[used] * root
    codes = (
        None if sample.cluster is None else group_codes(sample.frame[sample.cluster], sample.cluster)[used]
    )
    fit = _fit(y, d, design, codes)
    adjusted = (
        quoted(*sample.covariates) if sample.covariates else Text("no covariates", "ninguna covariable")
    )
    return RegressionOnTreatment(
        outcome=chosen.name,
        label=Text(
            "{outcome} on treatment and {covariates}; {weights}; {variance}",
            "{outcome} sobre el tratamiento y {covariates}; {weights}; {variance}",
            outcome=quoted(chosen.name),
            covariates=adjusted,
            weights=whose,
            variance=fit.variance,
        ),
        variance=fit.variance,
        estimate=fit.estimate,
        se=fit.se,
        plain_se=fit.plain_se,
        dof=fit.dof,
        groups=fit.groups,
        values=y,
        treatment=d,
        terms=design,
        columns=_columns(sample),
        synthetic=sample.synthetic,
    )


def _units_with(given: Sample | MatchedSample, outcome: Outcome) -> Sample | MatchedSample:
    """Return the units that have the outcome, under the sample's policy for missing values."""
    if isinstance(given, MatchedSample):
        return with_values(given, [outcome])
    present = units_with(given, [outcome])
    return given if present.all() else given.take(present)


def _weights(given: Sample | MatchedSample) -> tuple[Array, Text]:
    if isinstance(given, MatchedSample):
        weights = _MATCHED if given.sample.sampling_weight is None else _MATCHED_AND_SAMPLED
        return given.analysis_weight, weights.with_values(strategy=type(given.strategy).__name__)
    if given.sampling_weight is None:
        return np.ones(len(given)), Text("unweighted", "sin ponderar")
    weight: Array = given.frame[given.sampling_weight].to_numpy(dtype=np.float64)
    return weight, Text(
        "weighted by {column}", "ponderado por {column}", column=quoted(given.sampling_weight)
    )


def _require_finite(name: str, values: Array) -> None:
    wrong = int((~np.isfinite(values)).sum())
    if wrong:
        raise EstimationError(
            Text(
                (
                    "Outcome '{name}' must be finite; {rows} {rows:is|are} not. Name it among the sample's outcomes, where "
                    'missing="drop" lists such rows.'
                ),
                (
                    "El resultado '{name}' debe ser finito; {rows} no lo {rows:es|son}. Nómbrelo entre los resultados de la "
                    'muestra, donde missing = "drop" lista esas filas.'
                ),
                name=name,
                rows=checks.counted(wrong, "row"),
            )
        )


def _require_variation(name: str, values: Array) -> None:
    if np.ptp(values) == 0:
        raise EstimationError(
            Text(
                "Outcome '{name}' must vary; it is {value} in every unit, so that no confounder can be measured against it. Ask about "
                "another outcome.",
                "El resultado '{name}' debe variar; es {value} en todas las unidades, de modo que ningún factor puede medirse contra él. "
                "Pregunte por otro resultado.",
                name=name,
                value=f"{values[0]:g}",
            )
        )


def _columns(sample: Sample) -> dict[str, Positions]:
    """Return the columns of each covariate in the design, after the constant."""
    columns, start = {}, 1
    for name in sample.covariates:
        width = encode(sample.frame, [name]).shape[1]
        columns[name] = np.arange(start, start + width)
        start += width
    return columns


@dataclass(frozen=True, slots=True)
class _Fit:
    estimate: float
    se: float
    plain_se: float
    dof: int
    groups: int
    variance: str


def _fit(y: Array, d: Array, design: Array, codes: Positions | None) -> _Fit:
    """Return the coefficient of treatment by partialling the covariates out, with its standard errors."""
    left, outcome_left = residuals(d, design), residuals(y, design)
    spread = float(left @ left)
    if spread <= 1e-12 * float(d @ d):
        raise EstimationError(
            Text(
                "The covariates say exactly who is treated, so that no comparison is left. Leave one out.",
                "Las covariables dicen exactamente quién es beneficiario, de modo que no queda comparación. Quite una.",
            )
        )
    estimate = float(left @ outcome_left) / spread
    errors = outcome_left - estimate * left
    coefficients = int(np.linalg.matrix_rank(design)) + 1
    dof = len(y) - coefficients
    if dof < 2:
        raise EstimationError(
            Text(
                "{number} units leave {dof} degrees of freedom with {coefficients} coefficients. Use fewer covariates.",
                "{number} unidades dejan {dof} grados de libertad con {coefficients} coeficientes. Use menos covariables.",
                number=len(y),
                dof=dof,
                coefficients=coefficients,
            )
        )
    plain = float(np.sqrt(errors @ errors / dof / spread))
    if not plain > 0:
        raise EstimationError(
            Text(
                "The outcome follows exactly from treatment and covariates: no error is left to measure confounders by.",
                (
                    "El resultado se sigue exactamente del tratamiento y las covariables: no queda error con que medir "
                    "factores de confusión."
                ),
            )
        )
    if codes is None:
        label = Text("least squares, unit-level, t", "mínimos cuadrados, por unidad, t")
        return _Fit(estimate, plain, plain, dof, 0, label)
    sums = _group_sums(left * errors, codes)
    groups = len(sums)
    factor = groups / (groups - 1) * (len(y) - 1) / dof
    clustered = float(np.sqrt(factor * float(sums @ sums))) / spread
    label = Text(
        "clustered by group (CR1), t with {degrees} df",
        "por grupo (CR1), t con {degrees} gl",
        degrees=groups - 1,
    )
    return _Fit(estimate, clustered, plain, dof, groups, label)


def _group_sums(terms: Array, codes: Positions) -> Array:
    """Return the terms summed by group, of which there are two at least."""
    present, numbers = np.unique(codes, return_inverse=True)
    if len(present) < 2:
        raise EstimationError(
            Text(
                "A standard error by group needs at least two groups; there is one. Leave out cluster=.",
                "Un error estándar por grupo necesita al menos dos grupos; hay uno. Quite cluster.",
            )
        )
    return sums_by_code(numbers, terms, len(present))


def residuals(values: Array, design: Array) -> Array:
    """Return what least squares on the columns of a design leaves of values, shape (n,)."""
    coefficients = np.linalg.lstsq(design, values, rcond=None)[0]
    result: Array = values - design @ coefficients
    return result


def _partial(values: Array, others: Array, own: Array) -> float:
    without, with_own = residuals(values, others), residuals(values, np.column_stack([others, own]))
    total = float(without @ without)
    return 1 - float(with_own @ with_own) / total if total > 0 else 0.0
