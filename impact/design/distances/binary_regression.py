"""Maximum likelihood for a binary treatment: logit, probit and complementary log-log by Fisher scoring.

statsmodels fits the same models; the tests hold the two together to 1e-10. This lean version serves the hot
loops: four strategies, a thousand draws, a million rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.algebra.scaled_terms import ScaledTerms
from impact.arrays import Array, parts_of
from impact.design.distances.fisher_scoring import maximised, may_be_singular
from impact.design.distances.links import Link, derivatives
from impact.design.distances.rows_likelihood import LikelihoodSums, RowsLikelihood
from impact.errors import CollinearTermsError, DataQualityWarning, EstimationError, SeparationError
from impact.language import Text
from impact.survey.covariates import collinear_terms, described_terms
from impact.warn import warn

_COLLINEAR = Text(
    "Terms of the model say what the others say: {terms}. Leave them out.",
    "Hay términos del modelo que dicen lo que ya dicen los demás: {terms}. Quítelos.",
    terms="",
)
_LEFT_OUT = Text(
    "Left out of the score, as the other terms say the same: {terms}. The scores do not change by it.",
    "Fuera de la probabilidad de participación, porque los demás términos dicen lo mismo: {terms}. Las probabilidades no cambian por ello.",
    terms="",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BinaryFit:
    """A fitted binary regression on a constant and k terms, p = 1 + k in all.

    Attributes
    ----------
    coefficients : float64 array, shape (p,)
        The constant first.
    covariance : float64 array, shape (p, p)
        Inverse of the expected information.
    index, probability, density : float64 arrays, shape (n,)
        Linear predictor, fitted probability and its derivative by the index.
    pull : float64 array, shape (n,)
        Derivative of each unit's log-likelihood by its index, at the estimate.
    treatment : bool array, shape (n,)
    weights : float64 array, shape (n,)
        Sampling weights.
    standard : ScaledTerms
        The k terms with mean 0 and SD 1.
    information : float64 array, shape (p, p)
        Expected information of the coefficients of a constant and ``standard``.
    """

    coefficients: Array
    covariance: Array
    index: Array
    probability: Array
    density: Array
    pull: Array
    treatment: NDArray[np.bool_]
    weights: Array
    standard: ScaledTerms
    information: Array

    @property
    def design(self) -> Array:
        """The constant and the terms, shape (n, p)."""
        return np.column_stack([np.ones(len(self.index)), self.standard.columns])

    @property
    def scores(self) -> Array:
        """Each unit's score contribution at the estimate, shape (n, p)."""
        return self.design * self.pull[:, None]

    @property
    def log_likelihood(self) -> float:
        """Σ w log P(W = its value)."""
        likelihood = np.where(self.treatment, self.probability, 1 - self.probability)
        return float(self.weights @ np.log(np.maximum(likelihood, 1e-300)))


def fit_binary(
    terms: Array, treatment: NDArray[np.bool_], weights: Array, link: Link, names: Sequence[str]
) -> BinaryFit:
    """Fit P(W=1|z) by weighted maximum likelihood, z a constant and k terms.

    Parameters
    ----------
    terms : float64 array, shape (n, k)
        Without the constant.
    treatment : bool array, shape (n,)
    weights : float64 array, shape (n,)
        Sampling weights, above zero.
    link : Link
        Logit(), Probit() or Cloglog().
    names : sequence of str
        Names of the k terms, for messages.

    Raises
    ------
    CollinearTermsError
        Terms that do not vary or that others reproduce; see ``fit_independent``, which leaves them out.
    EstimationError
        Perfect separation or no convergence, naming the columns whose coefficients ran away.

    Notes
    -----
    Fisher scoring on standardised columns, with step halving; it stops when the step that would follow, by
    the ratio of the last two, moves no coefficient by more than 1e-12 standard deviations. Under separation
    the coefficients keep moving while the likelihood stands still, which is how it is noticed. Of many rows, the
    first step goes to where a few steps on some thousands of them lead.
    """
    standard, scaled = _standardisation(terms)
    unit = float(weights.mean())
    relative = None if (weights == unit).all() else weights / unit
    likelihood = RowsLikelihood.of(standard, treatment.astype(np.float64), relative, link)

    def separated(movement: Array) -> EstimationError:
        return _separation(terms, treatment, names, movement)

    if may_be_singular(likelihood.moments):
        _refuse_collinear(terms, names)
    reached = maximised(likelihood, likelihood.start(), separated)
    return _result(scaled, treatment, weights, likelihood, reached)


def fit_independent(
    terms: Array, treatment: NDArray[np.bool_], weights: Array, link: Link, names: Sequence[str]
) -> tuple[BinaryFit, list[int]]:
    """Fit as ``fit_binary`` on the terms that are not collinear, and return which these are; the others are named in a warning.

    Leaving out a term that others reproduce changes no fitted probability. The parameters are those of ``fit_binary``.
    """
    try:
        return fit_binary(terms, treatment, weights, link, names), list(range(terms.shape[1]))
    except CollinearTermsError as found:
        warn(_LEFT_OUT.with_values(terms=described_terms(found.terms)), DataQualityWarning)
        kept = [j for j, name in enumerate(names) if name not in found.terms]
        return fit_binary(terms[:, kept], treatment, weights, link, [names[j] for j in kept]), kept


def _refuse_collinear(terms: Array, names: Sequence[str]) -> None:
    """Raise a CollinearTermsError that names each term without which the others say the same."""
    found = collinear_terms(pd.DataFrame(terms, columns=list(names)))
    if found:
        raise CollinearTermsError(_COLLINEAR.with_values(terms=described_terms(found)), found)


def _result(
    terms: ScaledTerms,
    treatment: NDArray[np.bool_],
    weights: Array,
    likelihood: RowsLikelihood,
    reached: LikelihoodSums,
) -> BinaryFit:
    back = back_from_standard(
        *(np.append(start, ends) for start, ends in ((0.0, terms.centre), (1.0, terms.spread)))
    )
    index, probability, response = likelihood.index, likelihood.probability, likelihood.response
    pull, _ = derivatives(likelihood.link, index, probability, response, likelihood.weights)
    unit = weights.mean()
    information = reached.information * unit
    return BinaryFit(
        coefficients=back @ reached.beta,
        covariance=back @ np.linalg.inv(information) @ back.T,
        index=index,
        probability=probability,
        density=likelihood.link.density(index, probability),
        pull=pull if unit == 1.0 else pull * unit,
        treatment=treatment,
        weights=weights,
        standard=terms,
        information=information,
    )


def back_from_standard(location: Array, scale: Array) -> Array:
    """Return the matrix that takes coefficients of standardised terms to those of the terms: the constant absorbs the means."""
    back: Array = np.diag(1 / scale)
    back[0, 1:] = -(location / scale)[1:]
    return back


def _standardisation(terms: Array) -> tuple[Array, ScaledTerms]:
    """Return the constant and the terms with mean 0 and SD 1, column by column in memory; and how the terms become that."""
    number, width = terms.shape
    standard = np.empty((number, 1 + width), order="F")
    standard[:, 0] = 1.0
    columns, location = standard.T[1:], (standard[:, 0] @ terms) / number
    squares = np.zeros(width)
    for part in parts_of(number):
        left = np.subtract(terms.T[:, part], location[:, None], out=columns[:, part])
        squares += np.einsum("kn,kn->k", left, left)
    scale = np.sqrt(squares / number)
    scale[scale == 0] = 1.0
    for part in parts_of(number):
        columns[:, part] *= (1 / scale)[:, None]
    return standard, ScaledTerms(terms, location, np.zeros(width), 1 / scale)


def _separation(
    terms: Array, treatment: NDArray[np.bool_], names: Sequence[str], movement: Array
) -> SeparationError:
    """Name the columns that tell the arms apart by themselves, else those whose coefficients ran away."""
    alone = [name for j, name in enumerate(names) if _separates(terms[:, j], treatment)]
    if not alone:
        moved = movement[1:]
        alone = [names[j] for j in np.argsort(-moved) if moved[j] > 0.1 * movement.max()] or list(names)
    return SeparationError(
        Text(
            (
                "The propensity score does not converge: {alone} predict{ending} the treatment perfectly "
                "(separation), so those units have no counterpart in the other arm. Leave the column out, merge its "
                "rare categories, or restrict the sample to values that occur in both arms."
            ),
            (
                "El puntaje de propensión no converge: {alone} predice perfectamente el tratamiento (separación), de "
                "modo que esas unidades no tienen contraparte en el otro brazo. Quite la columna, junte sus "
                "categorías raras, o limite la muestra a valores que ocurran en ambos brazos."
            ),
            alone=checks.listed(Text("'{name}'", name=name) for name in alone),
            ending="s" if len(alone) == 1 else "",
        ),
        alone,
    )


def _separates(column: Array, treatment: NDArray[np.bool_]) -> bool:
    treated, control = column[treatment], column[~treatment]
    if treated.min() >= control.max() or control.min() >= treated.max():
        return True
    values = np.unique(column)
    return (
        len(values) == 2
        and any((treated == value).all() or (control == value).all() for value in values)
        and (not set(treated) >= set(values) or not set(control) >= set(values))
    )
