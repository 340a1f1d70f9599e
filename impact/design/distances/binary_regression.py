"""Maximum likelihood for a binary treatment: logit, probit and complementary log-log by Fisher scoring.

statsmodels fits the same models; the tests hold the two together to 1e-10. This lean version serves the hot
loops: four strategies, a thousand draws, a million rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, crossproducts
from impact.design.distances.fisher_scoring import FLAT, is_flat, maximised, may_be_singular, scoring_step
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

_SQRT_TWO_PI = np.sqrt(2 * np.pi)


class Link(Protocol):
    """A link of the treatment probability to its index."""

    @property
    def name(self) -> str: ...  # noqa: D102

    def probability(self, index: Array) -> Array:
        """Return P(W=1) at the index."""
        ...

    def density(self, index: Array, probability: Array) -> Array:
        """Return the derivative of the probability by the index."""
        ...


@dataclass(frozen=True, slots=True)
class Logit:
    """Logistic link."""

    name: str = "logit"

    def probability(self, index: Array) -> Array:
        """Return 1/(1 + exp(−index))."""
        from scipy.special import expit

        result: Array = expit(index)
        return result

    def density(self, index: Array, probability: Array) -> Array:
        """Return p(1 − p)."""
        return probability * (1 - probability)


@dataclass(frozen=True, slots=True)
class Probit:
    """Normal link."""

    name: str = "probit"

    def probability(self, index: Array) -> Array:
        """Return Φ(index)."""
        from scipy.special import ndtr

        result: Array = ndtr(index)
        return result

    def density(self, index: Array, probability: Array) -> Array:
        """Return φ(index)."""
        result: Array = np.exp(-0.5 * index**2) / _SQRT_TWO_PI
        return result


@dataclass(frozen=True, slots=True)
class Cloglog:
    """Complementary log-log link."""

    name: str = "cloglog"

    def probability(self, index: Array) -> Array:
        """Return 1 − exp(−exp(index))."""
        result: Array = -np.expm1(-np.exp(np.minimum(index, 30.0)))
        return result

    def density(self, index: Array, probability: Array) -> Array:
        """Return exp(index − exp(index))."""
        bounded = np.minimum(index, 30.0)
        result: Array = np.exp(bounded - np.exp(bounded))
        return result


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BinaryFit:
    """A fitted binary regression on p terms, the constant first.

    Attributes
    ----------
    coefficients : float64 array, shape (p,)
    covariance : float64 array, shape (p, p)
        Inverse of the expected information.
    index, probability, density : float64 arrays, shape (n,)
        Linear predictor, fitted probability and its derivative by the index.
    pull : float64 array, shape (n,)
        Derivative of each unit's log-likelihood by its index, at the estimate.
    log_likelihood : float
    design, standard : float64 arrays, shape (n, p)
        The terms z, the constant first; and with mean 0 and SD 1.
    """

    coefficients: Array
    covariance: Array
    index: Array
    probability: Array
    density: Array
    pull: Array
    log_likelihood: float
    design: Array
    standard: Array

    @property
    def scores(self) -> Array:
        """Each unit's score contribution at the estimate, shape (n, p)."""
        return self.design * self.pull[:, None]


def fit_binary(
    design: Array, treatment: NDArray[np.bool_], weights: Array, link: Link, names: Sequence[str]
) -> BinaryFit:
    """Fit P(W=1|z) by weighted maximum likelihood.

    Parameters
    ----------
    design : float64 array, shape (n, p)
        Terms, the constant first.
    treatment : bool array, shape (n,)
    weights : float64 array, shape (n,)
        Sampling weights, above zero.
    link : Link
        Logit(), Probit() or Cloglog().
    names : sequence of str
        Names of the p terms, for messages.

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
    the coefficients keep moving while the likelihood stands still, which is how it is noticed.
    """
    standard, location, scale = _standardisation(design)
    response = treatment.astype(np.float64)
    likelihood = _Likelihood(standard, response, weights / weights.mean(), link)
    beta = np.zeros(design.shape[1])
    beta[0] = constant_of(link, float(np.average(response, weights=weights)))

    def separated(movement: Array) -> EstimationError:
        return _separation(standard, treatment, names, movement)

    if may_be_singular(likelihood.information(likelihood.curvature(likelihood.at(beta))[1])):
        _refuse_collinear(design, names)
    reached = maximised(likelihood, beta, separated)
    return _result(design, weights, likelihood, reached, location, scale)


def fit_independent(
    design: Array, treatment: NDArray[np.bool_], weights: Array, link: Link, names: Sequence[str]
) -> tuple[BinaryFit, list[int]]:
    """Fit as ``fit_binary`` on the terms that are not collinear, and return where they stand; the others are named in a warning.

    Leaving out a term that others reproduce changes no fitted probability. The parameters are those of ``fit_binary``.
    """
    try:
        return fit_binary(design, treatment, weights, link, names), list(range(design.shape[1]))
    except CollinearTermsError as found:
        warn(_LEFT_OUT.with_values(terms=described_terms(found.terms)), DataQualityWarning)
        kept = [j for j, name in enumerate(names) if name not in found.terms]
        return fit_binary(design[:, kept], treatment, weights, link, [names[j] for j in kept]), kept


def _refuse_collinear(design: Array, names: Sequence[str]) -> None:
    """Raise a CollinearTermsError that names each term without which the others say the same."""
    table = pd.DataFrame(design[:, 1:], columns=list(names[1:]))
    terms = collinear_terms(table)
    if terms:
        raise CollinearTermsError(_COLLINEAR.with_values(terms=described_terms(terms)), terms)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Point:
    """Coefficients of the standardised terms, and the model there."""

    beta: Array
    index: Array
    probability: Array
    log_likelihood: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Likelihood:
    """The weighted likelihood of the coefficients of standardised terms."""

    standard: Array
    response: Array
    weights: Array
    link: Link

    def at(self, beta: Array) -> _Point:
        """Return the model at some coefficients."""
        index = self.standard @ beta
        probability = self.link.probability(index)
        return _Point(beta, index, probability, log_likelihood(probability, self.response, self.weights))

    def curvature(self, point: _Point) -> tuple[Array, Array]:
        """Return each unit's derivative of the log-likelihood by the index, and its expected curvature."""
        return derivatives(self.link, point.index, point.probability, self.response, self.weights)

    def information(self, curvature: Array) -> Array:
        """Return the expected information of the coefficients, shape (p, p)."""
        return crossproducts(self.standard.T, curvature)

    def flat(self, point: _Point) -> bool:
        """Whether the likelihood is flat in some direction: all units that vary along it have a probability of 0 or 1."""
        _, curvature = self.curvature(point)
        if (curvature > FLAT * self.weights).all():
            return False
        return is_flat(self.information(curvature), self.information(self.weights))

    def scoring_step(self, point: _Point) -> Array:
        """Return the step of Fisher scoring; not finite where the information is singular."""
        slope, curvature = self.curvature(point)
        return scoring_step(self.information(curvature), self.standard.T @ slope)


def _result(
    design: Array, weights: Array, likelihood: _Likelihood, reached: _Point, location: Array, scale: Array
) -> BinaryFit:
    slope, curvature = likelihood.curvature(reached)
    back = back_from_standard(location, scale)
    unit = weights.mean()
    return BinaryFit(
        coefficients=back @ reached.beta,
        covariance=back @ np.linalg.inv(likelihood.information(curvature) * unit) @ back.T,
        index=reached.index,
        probability=reached.probability,
        density=likelihood.link.density(reached.index, reached.probability),
        pull=slope * unit,
        log_likelihood=unit * reached.log_likelihood,
        design=design,
        standard=likelihood.standard,
    )


def derivatives(
    link: Link, index: Array, probability: Array, response: Array, weights: Array
) -> tuple[Array, Array]:
    """Return each unit's derivative of the log-likelihood by the index, and its expected curvature, both of shape (n,)."""
    density = link.density(index, probability)
    variance = probability * (1 - probability)
    # a probability that is 0 or 1 to the last digit moves no more
    pull = np.divide(weights * density, variance, out=np.zeros_like(variance), where=variance > 0)
    return pull * (response - probability), pull * density


def log_likelihood(probability: Array, response: Array, weights: Array) -> float:
    """Return Σ w log P(W = its value)."""
    likelihood = np.where(response == 1.0, probability, 1 - probability)
    return float(weights @ np.log(np.maximum(likelihood, 1e-300)))


def back_from_standard(location: Array, scale: Array) -> Array:
    """Return the matrix that takes coefficients of standardised terms to those of the terms: the constant absorbs the means."""
    back: Array = np.diag(1 / scale)
    back[0, 1:] = -(location / scale)[1:]
    return back


def _standardisation(design: Array) -> tuple[Array, Array, Array]:
    """Return the terms with mean 0 and SD 1, column by column in memory, their means and SDs; the constant as it is."""
    standard = np.empty(design.shape, order="F")
    location, scale = np.zeros(design.shape[1]), np.ones(design.shape[1])
    standard[:, 0] = 1.0
    for j in range(1, design.shape[1]):
        location[j] = design[:, j].mean()
        left = np.subtract(design[:, j], location[j], out=standard[:, j])
        scale[j] = np.sqrt(left @ left / len(left)) or 1.0
        left /= scale[j]
    return standard, location, scale


def constant_of(link: Link, share: float) -> float:
    """Return the index at which the probability is the share."""
    from scipy.special import logit, ndtri

    start = {"logit": logit(share), "probit": ndtri(share)}
    return float(start.get(link.name, np.log(-np.log1p(-share))))


def _separation(
    standard: Array, treatment: NDArray[np.bool_], names: Sequence[str], movement: Array
) -> SeparationError:
    """Name the columns that tell the arms apart by themselves, else those whose coefficients ran away."""
    alone = [name for j, name in enumerate(names) if j and _separates(standard[:, j], treatment)]
    if not alone:
        order = np.argsort(-movement)
        alone = [names[j] for j in order if j and movement[j] > 0.1 * movement.max()] or list(names[1:])
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
