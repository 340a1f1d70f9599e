"""The propensity score of a registry: Fisher scoring on sums over its runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.design.distances.binary_regression import back_from_standard
from impact.design.distances.fisher_scoring import is_flat, maximised
from impact.design.distances.links import Cloglog, Link, Logit, Probit, constant_of, derivatives
from impact.design.distances.propensity import PropensityScore
from impact.errors import DataError, EstimationError, OptionError
from impact.language import Text
from impact.parallel import each
from impact.registry.reading.moments import CrossProducts, of_all_parts
from impact.registry.reading.runs import Piece, RunLayout, in_bundles
from impact.registry.sample import RegistrySample
from impact.survey.covariates import encode
from impact.threads import on_one_thread
from impact.views import html_view, text_view

_LINKS: Mapping[str, Link] = {"logit": Logit(), "probit": Probit(), "cloglog": Cloglog()}
_ROWS = 250_000
"""Rows of which the terms are held at a time."""


Sums = TypeVar("Sums")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoreModel:
    """A score as a worker computes it.

    Attributes
    ----------
    covariates : tuple of str
    link : Link
    coefficients : float64 array, shape (p,)
        The constant first.
    linear : bool
        Whether the score is the index; else the probability.
    """

    covariates: tuple[str, ...]
    link: Link
    coefficients: Array
    linear: bool

    def of(self, frame: pd.DataFrame) -> Array:
        """Return the score of every row, shape (n,)."""
        return self.of_matrix(encode(frame, self.covariates).to_numpy())

    def of_matrix(self, matrix: Array) -> Array:
        """Return the score of rows of terms, shape (n,)."""
        index: Array = self.coefficients[0] + matrix @ self.coefficients[1:]
        return index if self.linear else self.link.probability(index)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RegistryScore:
    """A propensity score fitted to a registry.

    Attributes
    ----------
    model : ScoreModel
    link : str
    terms : tuple of str
        The constant first.
    covariance : float64 array, shape (p, p)
        Inverse of the expected information.
    mean, spread : float
        Of the score over all units; the spread with n − 1, as calipers are measured in it.
    passes : int
        How often the runs were read for the fit.

    Examples
    --------
    >>> import tempfile, numpy as np, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> age = np.arange(40.0)
    >>> pd.DataFrame({"treated": age * 7 % 40 > 20 - age / 4, "age": age}).to_parquet(f"{folder}/all.parquet")
    >>> fitted = im.registry.score(im.RegistrySample(folder, "treated", ["age"]))
    >>> fitted.frame.round(3).values.tolist()
    [['(Intercept)', -0.524, 0.646], ['age', 0.056, 0.031]]
    """

    model: ScoreModel
    link: str
    terms: tuple[str, ...]
    covariance: Array
    mean: float
    spread: float
    passes: int

    @property
    def frame(self) -> pd.DataFrame:
        """``term``, ``coefficient``, ``std_error``."""
        error = np.sqrt(np.diag(self.covariance))
        return pd.DataFrame({"term": self.terms, "coefficient": self.model.coefficients, "std_error": error})

    def __repr__(self) -> str:
        return text_view(
            self.frame, (f"Propensity score ({self.link}), fitted in {self.passes} passes.",), False
        )

    def _repr_html_(self) -> str:
        return html_view(self.frame, (), False)


@on_one_thread
def score(sample: RegistrySample, propensity: PropensityScore | None = None) -> RegistryScore:
    """Fit the propensity score by sums over the registry's runs.

    Parameters
    ----------
    sample : RegistrySample
    propensity : PropensityScore, optional
        ``im.PropensityScore(link=..., scale=...)``; a formula, a classifier and folds are refused: they need the rows together.

    Returns
    -------
    RegistryScore

    Raises
    ------
    OptionError
        A score that is no regression on the covariates as they are.
    EstimationError
        Perfect separation or no convergence.

    Notes
    -----
    Each step of Fisher scoring needs Σ z z′ and Σ z s alone, with s the score of a unit: every run gives its own, shape (p, p) and (p,),
    and they are added in the runs' order. The first steps are taken on a tenth of the runs, the last on all: where they start changes
    nothing. The coefficients are those of ``im.PropensityScore().fit`` on the same rows.

    Examples
    --------
    >>> import tempfile, numpy as np, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> age = np.arange(40.0)
    >>> frame = pd.DataFrame({"treated": age * 7 % 40 > 20 - age / 4, "age": age})
    >>> frame.to_parquet(f"{folder}/all.parquet")
    >>> fitted = im.registry.score(im.RegistrySample(folder, "treated", ["age"]))
    >>> memory = im.PropensityScore().fit(im.Sample(frame, "treated", ["age"]))
    >>> bool(np.allclose(fitted.frame["coefficient"], memory.coefficients["coefficient"], rtol=1e-10))
    True
    """
    chosen = PropensityScore() if propensity is None else propensity
    checks.instance(
        "sample",
        sample,
        Text("an im.RegistrySample", "un RegistrySample"),
        isinstance(sample, RegistrySample),
    )
    _refuse_what_needs_rows(chosen)
    if not sample.roles.covariates:
        raise DataError(
            Text(
                "The propensity score needs at least one covariate; the registry sample has none.",
                "El puntaje de propensión necesita al menos una covariable; la muestra del registro no tiene ninguna.",
            )
        )
    link = _LINKS[chosen.link]
    likelihood = _SummedLikelihood(sample, link, sample.whole_runs)
    reached = maximised(likelihood, likelihood.at(likelihood.start()), likelihood.separated)
    back = back_from_standard(likelihood.location, likelihood.scale)
    model = ScoreModel(sample.roles.covariates, link, back @ reached.beta, chosen.scale == "linear")
    moments = _score_moments(sample, model)
    spread = float(np.sqrt(moments.products[0, 0] / (moments.count - 1)))
    if not spread > 0:
        raise DataError(
            Text(
                "The propensity score is the same for every unit: there is nothing to match on. Check the covariates.",
                (
                    "El puntaje de propensión es igual para todas las unidades: no hay por qué emparejar. Revise las "
                    "covariables."
                ),
            )
        )
    return RegistryScore(
        model=model,
        link=link.name,
        terms=sample.names,
        covariance=back @ np.linalg.inv(reached.information) @ back.T,
        mean=float(moments.mean[0]),
        spread=spread,
        passes=likelihood.passes,
    )


def _refuse_what_needs_rows(propensity: PropensityScore) -> None:
    for option, used in (
        ("formula", propensity.formula is not None),
        ("model", propensity.model is not None),
        ("folds", propensity.folds is not None),
    ):
        if used:
            raise OptionError(
                Text(
                    (
                        "A registry's score is a logit, probit or cloglog on the covariates as they are; got {option}=. "
                        "Leave it out, or match a sample of the registry in memory with im.match."
                    ),
                    (
                        "El puntaje de un registro es un logit, probit o cloglog sobre las covariables tal como están; se "
                        "dio {option}. Quítelo, o empareje una muestra que quepa en la memoria."
                    ),
                    option=option,
                )
            )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _SummedPoint:
    """Coefficients of the standardised terms with the sums over all runs there."""

    beta: Array
    slope: Array
    information: Array
    moments: Array


class _SummedLikelihood:
    """The likelihood of a registry, its sums taken run by run."""

    def __init__(self, sample: RegistrySample, link: Link, pieces: list[Piece]) -> None:
        self._sample, self._link, self._pieces = sample, link, pieces
        moments = sample.term_moments
        self.location = np.concatenate([[0.0], moments.mean])
        self.scale = np.concatenate([[1.0], np.sqrt(np.diag(moments.products) / moments.weight)])
        self.passes = 0

    @property
    def order(self) -> int:
        """2 where the expected information is the observed one."""
        return 2 if self._link.canonical else 1

    def bend(self, point: _SummedPoint, step: Array) -> None:
        """Tell nothing: that would take a pass over the runs, as another step does."""

    def start(self) -> Array:
        """Return where to begin: the fit to a tenth of the runs, or a constant."""
        few = self._pieces[:: max(len(self._pieces) // 10, 10)]
        beta = np.zeros(len(self.location))
        if len(self._pieces) < 20:
            beta[0] = constant_of(self._link, self._share(self._pieces))
            return beta
        part = _SummedLikelihood(self._sample, self._link, few)
        beta[0] = constant_of(self._link, part._share(few))
        try:
            return maximised(part, part.at(beta), self.separated).beta
        except EstimationError:  # a tenth may lack what all have
            return beta

    def _share(self, pieces: list[Piece]) -> float:
        sums = np.sum(self._over(_arm_sums, pieces), axis=0)
        return float(sums[0] / sums[1])

    def _over(self, function: Callable[..., Sums], pieces: list[Piece], *further: object) -> list[Sums]:
        given = (self._sample.layout, self._sample.roles.treatment, self._sample.roles.sampling_weight)
        tasks = [(piece, *given, *further) for piece in pieces]
        return each(function, tasks, self._sample.n_jobs, Text("fitting the score", "se ajustaba el puntaje"))

    def at(self, beta: Array) -> _SummedPoint:
        """Return the model at some coefficients: one pass over the runs."""
        self.passes += 1
        covariates = self._sample.roles.covariates
        sums = self._over(
            _likelihood_sums, self._pieces, covariates, self._link, beta, self.location, self.scale
        )
        slope, information, moments = (np.sum(part, axis=0) for part in zip(*sums, strict=True))
        return _SummedPoint(beta, slope, information, moments)

    def flat(self, point: _SummedPoint) -> bool:
        """Whether the likelihood is flat in some direction."""
        return is_flat(point.information, point.moments)

    def separated(self, movement: Array) -> EstimationError:
        """Name the terms whose coefficients ran away."""
        order = np.argsort(-movement)
        names = self._sample.names
        run_away = [names[j] for j in order if j and movement[j] > 0.1 * movement.max()] or list(names[1:])
        return EstimationError(
            Text(
                (
                    "The propensity score does not converge: {terms} {number:predicts|predict} the treatment perfectly (separation), so "
                    "those units have no counterpart in the other arm. Leave the column out, merge its rare categories, "
                    "or leave out the files and cells in which they occur."
                ),
                (
                    "El puntaje de propensión no converge: {terms} {number:predice|predicen} el tratamiento perfectamente (separación), "
                    "así que esas unidades no tienen contraparte en el otro brazo. Quite la columna, una sus categorías "
                    "raras, o quite los archivos y celdas en que aparecen."
                ),
                terms=checks.listed(map(repr, run_away)),
                number=len(run_away),
            )
        )


def _arm_sums(piece: Piece, layout: RunLayout, treatment: str, weight: str | None) -> Array:
    """Return the weight of the treated and of all."""
    frame = layout.frame([piece], [treatment, *([weight] if weight else [])])
    survey = frame[weight].to_numpy() if weight else np.ones(len(frame))
    return np.array([survey @ frame[treatment].to_numpy(), survey.sum()])


def _likelihood_sums(
    piece: Piece,
    layout: RunLayout,
    treatment: str,
    weight: str | None,
    covariates: tuple[str, ...],
    link: Link,
    beta: Array,
    location: Array,
    scale: Array,
) -> tuple[Array, Array, Array]:
    """Return a run's Σ of the scores, of the information, and of the terms' products."""
    width = len(beta)
    slope = np.zeros(width)
    information, moments = np.zeros((width, width)), np.zeros((width, width))
    for bundle in in_bundles([piece], _ROWS):
        frame = layout.frame(bundle, [treatment, *covariates, *([weight] if weight else [])])
        matrix = encode(frame, covariates).to_numpy()
        standard = np.empty((len(frame), width))
        standard[:, 0] = 1.0
        np.divide(matrix - location[1:], scale[1:], out=standard[:, 1:])
        response = frame[treatment].to_numpy()
        survey = frame[weight].to_numpy() if weight else np.ones(len(frame))
        index = standard @ beta
        probability = link.probability(index)
        pull, curvature = derivatives(link, index, probability, response, survey)
        slope += standard.T @ pull
        information += (standard * curvature[:, None]).T @ standard
        moments += (standard * survey[:, None]).T @ standard
    return slope, information, moments


def _score_moments(sample: RegistrySample, model: ScoreModel) -> CrossProducts:
    tasks = [(piece, sample.layout, model) for piece in sample.whole_runs]
    return of_all_parts(
        each(_moments_of_score, tasks, sample.n_jobs, Text("measuring the score", "se medía el puntaje"))
    )


def _moments_of_score(piece: Piece, layout: RunLayout, model: ScoreModel) -> CrossProducts:
    parts = [
        CrossProducts.of(model.of(layout.frame(bundle, model.covariates))[:, None])
        for bundle in in_bundles([piece], _ROWS)
    ]
    return of_all_parts(parts)
