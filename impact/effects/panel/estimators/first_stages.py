"""The two first stages of a difference-in-differences, and what their estimation adds to an effect's error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, crossproducts
from impact.design.distances.binary_regression import fit_binary
from impact.design.distances.links import Logit
from impact.effects.panel.estimators.logit import newton_logit, probability_of
from impact.errors import DataError, EstimationError, SupportError
from impact.language import Text, joined
from impact.survey.covariates import collinear_columns, constant_columns

_LARGEST_PROPENSITY = 0.999
_TRIMMED_CONTROLS = 0.995
_SINGULAR = 1e-11


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OutcomeFit:
    """Least squares of q outcomes on some of n rows, and its predictions for all.

    Attributes
    ----------
    fitted : float64 array, shape (n, q)
    weighted_residuals : float64 array, shape (n, q)
        Weight × residual; zero for rows that were not used.
    design : float64 array, shape (n, p)
    inverse_moments : float64 array, shape (p, p)
        (Σ weight x x′ / n)⁻¹.
    """

    fitted: Array
    weighted_residuals: Array
    design: Array
    inverse_moments: Array

    def error(self, slope: Array) -> Array:
        """Return what the estimated coefficients add to the influence of an estimate with this derivative, (p,) or (p, q)."""
        direction = self.design @ (self.inverse_moments @ slope)
        return self.weighted_residuals * (direction[:, None] if direction.ndim == 1 else direction)


def fit_outcome(
    outcome: Array, design: Array, weight: Array, names: Sequence[str], where: str, who: str
) -> OutcomeFit:
    """Regress outcomes, shape (n, q), on the design over the rows with weight.

    Raises
    ------
    DataError
        The design is collinear among these rows.
    """
    moments = crossproducts(design.T, weight)
    _refuse_collinear(moments, design, weight, names, where, who)
    coefficients = np.linalg.solve(moments, design.T @ (weight[:, None] * outcome))
    fitted = design @ coefficients
    return OutcomeFit(fitted, weight[:, None] * (outcome - fitted), design, inverse(moments) * len(design))


def inverse(moments: Array) -> Array:
    """Return the inverse of a symmetric matrix, as numbers."""
    found: Array = np.asarray(np.linalg.inv(moments), dtype=np.float64)
    return found


def _independent(moments: Array) -> bool:
    """Whether no term is what the others say, from the sums of their products."""
    scale = np.sqrt(np.diag(moments))
    return bool((scale > 0).all() and np.linalg.eigvalsh(moments / np.outer(scale, scale))[0] > _SINGULAR)


def _refuse_collinear(
    moments: Array, design: Array, weight: Array, names: Sequence[str], where: str, who: str
) -> None:
    if _independent(moments):
        return
    rows = design[weight > 0]
    _refuse_few_rows(len(rows), names, where, who)
    table = pd.DataFrame(rows[:, 1:], columns=list(names[1:]))
    constant = constant_columns(table)
    found = collinear_columns(table.drop(columns=constant))
    still = Text("{names} constant", "{names} sin variación", names=checks.listed(map(repr, constant)))
    given = [
        Text(
            "'{name}' given by {parents}",
            "'{name}' dada por {parents}",
            name=name,
            parents=checks.listed(map(repr, parents)),
        )
        for name, parents in found.items()
    ]
    parts = [still, *given] if constant else given
    raise DataError(
        Text(
            (
                "{where}: the covariates are collinear among {who} ({parts}). Leave out the column, or merge its "
                "rare categories."
            ),
            (
                "{where}: las covariables son colineales entre {who} ({parts}). Quite la columna, o junte sus "
                "categorías raras."
            ),
            where=where,
            who=who,
            parts=joined(parts, "; ") if parts else Text("to rounding", "salvo redondeo"),
        )
    )


def _refuse_few_rows(number: int, names: Sequence[str], where: str, who: str) -> None:
    if number <= len(names):
        raise DataError(
            Text(
                (
                    "{where}: {rows} of {who} cannot carry a regression on {number} terms. Use fewer covariates, or "
                    "merge cohorts or waves."
                ),
                (
                    "{where}: {rows} de {who} no {rows:alcanza|alcanzan} para una regresión con {number} términos. Use menos "
                    "covariables, o junte cohortes o rondas."
                ),
                where=where,
                rows=checks.counted(number, "row"),
                who=who,
                number=len(names),
            )
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoreFit:
    """The propensity score of n rows.

    Attributes
    ----------
    coefficients : float64 array, shape (p,)
    probability : float64 array, shape (n,)
    odds : float64 array, shape (n,)
        p/(1 − p) of the comparison rows, zero for the treated and for comparison rows beyond .995.
    residuals : float64 array, shape (n,)
        Weight × (treated − p).
    design : float64 array, shape (n, p)
    inverse_information : float64 array, shape (p, p)
        Of the mean log-likelihood.
    """

    coefficients: Array
    probability: Array
    odds: Array
    residuals: Array
    design: Array
    inverse_information: Array

    def error(self, slope: Array) -> Array:
        """Return what the estimated coefficients add to the influence of an estimate with this derivative, shape (p, q)."""
        direction: Array = self.design @ (self.inverse_information @ slope)
        return self.residuals[:, None] * direction


def fit_score(
    treated: Booleans,
    design: Array,
    weight: Array,
    names: Sequence[str],
    where: str,
    certain: float = _LARGEST_PROPENSITY,
) -> ScoreFit:
    """Fit the logit of treatment by weighted maximum likelihood.

    Raises
    ------
    SupportError
        A propensity above ``certain``: these rows have no counterpart.
    DataError, EstimationError
        Collinear covariates; separation.
    """
    _refuse_collinear(crossproducts(design.T, weight), design, weight, names, where, "both arms")
    coefficients = newton_logit(treated, design, weight)
    if coefficients is None:
        coefficients = _maximum_likelihood(treated, design, weight, names, where)
    probability = probability_of(design, coefficients)
    refuse_certain_treatment(probability, where, certain)
    information = crossproducts(design.T, weight * probability * (1 - probability))
    return ScoreFit(
        coefficients,
        probability,
        odds_of_comparison(probability, treated),
        weight * (treated - probability),
        design,
        inverse(information) * len(design),
    )


def _maximum_likelihood(
    treated: Booleans, design: Array, weight: Array, names: Sequence[str], where: str
) -> Array:
    """Return the coefficients by the careful way, which says what is wrong where there are none."""
    try:
        return fit_binary(design[:, 1:], treated, weight, Logit(), names[1:]).coefficients
    except EstimationError as problem:
        raise EstimationError(
            Text("{where}: {problem}", "{where}: {problem}", where=where, problem=problem)
        ) from problem


def odds_of_comparison(probability: Array, treated: Booleans) -> Array:
    """Return p/(1 − p) of the comparison rows, zero for the treated and for comparison rows of .995 and above."""
    counted = ~treated & (probability < _TRIMMED_CONTROLS)
    return np.divide(probability, 1 - probability, out=np.zeros_like(probability), where=counted)


def refuse_certain_treatment(probability: Array, where: str, certain: float = _LARGEST_PROPENSITY) -> None:
    """Raise a SupportError where a propensity leaves no counterpart."""
    beyond = int((probability > certain).sum())
    if beyond:
        raise SupportError(
            Text(
                (
                    "{where}: {rows} of {number:,} {rows:has|have} a propensity above {certain:.3f}: there is nobody like "
                    "them to compare with. Leave out the covariate that tells the arms apart, restrict the panel to "
                    "units that occur in both, or use im.OutcomeRegression()."
                ),
                (
                    "{where}: {rows} de {number:,} {rows:tiene|tienen} una propensión mayor que {certain:.3f}: no hay nadie "
                    "como ellos con quien comparar. Quite la covariable que separa los brazos, limite el panel a "
                    "unidades que ocurran en ambos, o use OutcomeRegression."
                ),
                where=where,
                rows=checks.counted(beyond, "row"),
                number=len(probability),
                certain=certain,
            )
        )
