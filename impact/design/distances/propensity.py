"""The propensity score as a distance: P(W=1|X), on the probability or the index scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Positions
from impact.design.distances.binary_regression import fit_independent
from impact.design.distances.cross_fitting import check_folds, fold_columns, fold_numbers, folds_label
from impact.design.distances.fitted_copy import fitted_copy
from impact.design.distances.formula import formula_matrix
from impact.design.distances.links import Cloglog, Link, Logit, Probit
from impact.design.distances.measure import FittedPropensity, Measure, score_label, score_measure
from impact.design.label_order import label_order
from impact.design.units import Units
from impact.errors import DataError, EstimationError, OptionError
from impact.language import Text
from impact.survey.sample import Sample

_LINKS: Mapping[str, Link] = {"logit": Logit(), "probit": Probit(), "cloglog": Cloglog()}


class Classifier(Protocol):
    """What is asked of a scikit-learn classifier."""

    def fit(self, X: object, y: object) -> object: ...  # noqa: D102
    def predict_proba(self, X: object) -> NDArray[np.float64]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class PropensityScore:
    """Distance on the estimated propensity score.

    Parameters
    ----------
    link : {"logit", "probit", "cloglog"}
        Link of the binary regression.
    scale : {"probability", "linear"}
        Match on the probability or on the index ("linear").
    formula : str, optional
        Terms in Wilkinson notation, such as ``"age + I(age**2) + C(region)"``; all covariates by default.
        Only covariates, arithmetic and a few named transformations may occur.
    model : classifier, optional
        Any scikit-learn classifier with ``predict_proba``; it takes the place of the link.
    folds : int or str, optional
        Cross-fit: each unit's score comes from a model that did not see its fold. Clusters stay in one fold. A text names the
        column that holds each unit's fold.
        Recommended with flexible classifiers, whose in-sample scores separate the arms too well.
    seed : int
        Seed of the folds, drawn over the labels of the clusters (or units), so that the order of rows does
        not matter.

    Notes
    -----
    Sampling weights, where the sample has them, weight the likelihood.

    References
    ----------
    Rosenbaum & Rubin (1983), Biometrika 70(1), 41-55, doi:10.1093/biomet/70.1.41.

    Examples
    --------
    >>> import impact as im
    >>> im.PropensityScore(link="probit", scale="linear")
    PropensityScore(link='probit', scale='linear', formula=None, model=None, folds=None, seed=0)
    """

    link: str = "logit"
    scale: str = "probability"
    formula: str | None = None
    model: Classifier | None = field(default=None, compare=False)
    folds: int | str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        checks.one_of("link", self.link, tuple(_LINKS))
        checks.one_of("scale", self.scale, ("probability", "linear"))
        if self.model is not None and not hasattr(self.model, "predict_proba"):
            raise OptionError(
                Text(
                    "model must be a classifier with predict_proba; got {model}.",
                    "model debe ser un clasificador con predict_proba; se dio {model}.",
                    model=type(self.model).__name__,
                )
            )
        if self.model is not None and self.link != "logit":
            raise OptionError(
                Text(
                    "model takes the place of the link; got both a model and link={link!r}. Leave out one of them.",
                    "model toma el lugar de link; se dieron un modelo y link = {link!r}. Quite uno de los dos.",
                    link=self.link,
                )
            )
        if self.folds is not None:
            check_folds(self.folds, self.seed)
        checks.whole("seed", self.seed, minimum=0)
        if self.folds is None and self.seed != 0:
            raise OptionError(
                Text(
                    "seed draws the folds, and there are none; got seed={seed!r}. Add folds=5, or leave it out.",
                    "seed sortea las particiones, y no hay ninguna; se dio seed = {seed!r}. Agregue folds = 5, o quítelo.",
                    seed=self.seed,
                )
            )

    @property
    def design_columns(self) -> tuple[str, ...]:
        """Columns beyond the covariates that the score reads."""
        return fold_columns(self.folds)

    def fit(self, sample: Sample | Units) -> FittedPropensity:
        """Estimate the score on a sample (or on a strategy's view of it).

        Returns
        -------
        FittedPropensity
            Probability and index of every unit, and the model.

        Raises
        ------
        EstimationError
            Perfect separation or no convergence; the columns are named.
        """
        units = sample if isinstance(sample, Units) else Units.of(sample, "ATT", self.design_columns)
        matrix = self._matrix(units)
        if matrix.shape[1] == 0:
            raise DataError(
                Text(
                    "The propensity score needs at least one covariate; the sample has none that vary.",
                    "El puntaje de propensión necesita al menos una covariable; la muestra no tiene ninguna que varíe.",
                )
            )
        if self.folds is not None:
            return self._cross_fit(
                matrix, units, fold_numbers(units, self.folds, self.seed), folds_label(self.folds)
            )
        return self._fit(matrix, units)

    def _fit(self, matrix: pd.DataFrame, units: Units) -> FittedPropensity:
        if self.model is not None:
            return _fit_classifier(self.model, matrix, units)
        return _fit_link(_LINKS[self.link], matrix, units)

    def _cross_fit(self, matrix: pd.DataFrame, units: Units, fold: Positions, said: str) -> FittedPropensity:
        """Return each unit's score from a model fitted on the other folds."""
        order = label_order(units)
        probability = np.empty(len(units))
        for part in np.unique(fold):
            train, test = order[fold[order] != part], np.flatnonzero(fold == part)
            probability[test] = self._predicted(matrix, units, train, test)
        name = self.link if self.model is None else type(self.model).__name__
        return _without_coefficients(probability, units, f"{name}, {said}")

    def predicted(self, units: Units, train: Positions, test: Positions) -> NDArray[np.float64]:
        """Return the probability of some units by a model fitted on others.

        Parameters
        ----------
        units : Units
        train, test : int arrays
            Places of the units to learn from, and of those to predict.
        """
        return self._predicted(self._matrix(units), units, train, test)

    def _matrix(self, units: Units) -> pd.DataFrame:
        return units.matrix if self.formula is None else formula_matrix(self.formula, units.covariates)

    def _predicted(
        self, matrix: pd.DataFrame, units: Units, train: Positions, test: Positions
    ) -> NDArray[np.float64]:
        if self.model is not None:
            return _classifier_probability(self.model, matrix, units, train, test)[0]
        link = _LINKS[self.link]
        terms, names = matrix.to_numpy(), list(map(str, matrix.columns))
        weights = units.sampling_weight[train]
        fit, kept = fit_independent(terms[train], units.treatment[train], weights, link, names)
        return link.probability(fit.coefficients[0] + terms[test][:, kept] @ fit.coefficients[1:])

    def measure(self, units: Units) -> Measure:
        """Return the score of every unit as a one-dimensional distance."""
        fitted = self.fit(units)
        score = fitted.score if self.scale == "probability" else fitted.index
        label = score_label(fitted.link, "index" if self.scale == "linear" else "probability")
        return score_measure(score, units.eligible, label, fitted)


def _fit_link(link: Link, matrix: pd.DataFrame, units: Units) -> FittedPropensity:
    names = list(map(str, matrix.columns))
    fit, kept = fit_independent(matrix.to_numpy(), units.treatment, units.sampling_weight, link, names)
    return FittedPropensity(
        units=units.index,
        score=fit.probability,
        index=fit.index,
        link=link.name,
        terms=("(Intercept)", *(names[j] for j in kept)),
        fit=fit,
    )


def _fit_classifier(model: Classifier, matrix: pd.DataFrame, units: Units) -> FittedPropensity:
    everyone = label_order(units)
    probability = np.empty(len(units))
    probability[everyone], name = _classifier_probability(model, matrix, units, everyone, everyone)
    return _without_coefficients(probability, units, name)


def _classifier_probability(
    model: Classifier, matrix: pd.DataFrame, units: Units, train: Positions, test: Positions
) -> tuple[NDArray[np.float64], str]:
    """Fit a fresh copy on some units (in the order of their labels: some classifiers heed it) and predict others."""
    values, weights = matrix.to_numpy(), units.sampling_weight[train] if units.weighted else None
    fresh = fitted_copy(model, values[train], units.treatment[train].astype(np.int64), weights)
    probability = np.asarray(fresh.predict_proba(values[test]), dtype=np.float64)[:, 1]
    if not np.isfinite(probability).all():
        raise EstimationError(
            Text(
                (
                    "{model} gave propensity scores that are not finite numbers. Scale the covariates, or use another "
                    "classifier."
                ),
                (
                    "{model} dio puntajes de propensión que no son números finitos. Escale las covariables, o use otro "
                    "clasificador."
                ),
                model=type(model).__name__,
            )
        )
    return probability, type(model).__name__


def _without_coefficients(probability: NDArray[np.float64], units: Units, label: str) -> FittedPropensity:
    if np.ptp(probability) == 0:
        raise EstimationError(
            Text(
                (
                    "{label} gives everybody the same score: it learns nothing from the covariates. Penalise it less, "
                    "scale the covariates, or use the logit."
                ),
                (
                    "{label} da a todos el mismo puntaje: no aprende nada de las covariables. Penalice menos, escale las "
                    "covariables, o use el logit."
                ),
                label=label,
            )
        )
    bounded = np.clip(probability, 1e-12, 1 - 1e-12)
    return FittedPropensity(
        units=units.index,
        score=probability,
        index=np.log(bounded / (1 - bounded)),
        link=label,
    )
