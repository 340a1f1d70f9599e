"""The propensity score as a distance: P(W=1|X), on the probability or the index scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.design.binary_regression import Cloglog, Link, Logit, Probit, fit_binary
from impact.design.formula import formula_matrix
from impact.design.measure import FittedPropensity, Measure, score_measure
from impact.design.units import Units
from impact.errors import DataError, EstimationError, OptionError
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
        Terms in Wilkinson notation, such as ``"age + I(age**2) + C(region)"``; all covariates by default. Only covariates,
        arithmetic and a few named transformations may occur.
    model : classifier, optional
        Any scikit-learn classifier with ``predict_proba``; it takes the place of the link.

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
    PropensityScore(link='probit', scale='linear', formula=None, model=None)
    """

    link: str = "logit"
    scale: str = "probability"
    formula: str | None = None
    model: Classifier | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        checks.one_of("link", self.link, tuple(_LINKS))
        checks.one_of("scale", self.scale, ("probability", "linear"))
        if self.model is not None and not hasattr(self.model, "predict_proba"):
            raise OptionError(f"model must be a classifier with predict_proba; got {type(self.model).__name__}.")

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
        units = sample if isinstance(sample, Units) else Units.of(sample, "ATT")
        matrix = units.matrix if self.formula is None else formula_matrix(self.formula, units.covariates)
        if matrix.shape[1] == 0:
            raise DataError("The propensity score needs at least one covariate; the sample has none that vary.")
        if self.model is not None:
            return _fit_classifier(self.model, matrix, units)
        return _fit_link(_LINKS[self.link], matrix, units)

    def measure(self, units: Units) -> Measure:
        """Return the score of every unit as a one-dimensional distance."""
        fitted = self.fit(units)
        score = fitted.probability if self.scale == "probability" else fitted.linear_predictor
        label = f"propensity score ({fitted.link}, {'index' if self.scale == 'linear' else 'probability'})"
        return score_measure(score.to_numpy(), units.eligible, label, fitted)


def _fit_link(link: Link, matrix: pd.DataFrame, units: Units) -> FittedPropensity:
    names = ["(Intercept)", *map(str, matrix.columns)]
    design = np.column_stack([np.ones(len(matrix)), matrix.to_numpy()])
    fit = fit_binary(design, units.treatment, units.sampling_weight, link, names)
    coefficients = pd.DataFrame(
        {"term": names, "coefficient": fit.coefficients, "std_error": np.sqrt(np.diag(fit.covariance))}
    )
    return FittedPropensity(
        probability=pd.Series(fit.probability, index=units.index),
        linear_predictor=pd.Series(fit.index, index=units.index),
        coefficients=coefficients,
        link=link.name,
        fit=fit,
    )


def _fit_classifier(model: Classifier, matrix: pd.DataFrame, units: Units) -> FittedPropensity:
    from sklearn.base import clone

    fresh = clone(model)
    arguments = {"sample_weight": units.sampling_weight} if units.weighted else {}
    fresh.fit(matrix.to_numpy(), units.treatment.astype(np.int64), **arguments)
    probability = np.asarray(fresh.predict_proba(matrix.to_numpy()), dtype=np.float64)[:, 1]
    if not np.isfinite(probability).all():
        raise EstimationError(f"{type(model).__name__} gave propensity scores that are not finite numbers.")
    bounded = np.clip(probability, 1e-12, 1 - 1e-12)
    return FittedPropensity(
        probability=pd.Series(probability, index=units.index),
        linear_predictor=pd.Series(np.log(bounded / (1 - bounded)), index=units.index),
        coefficients=None,
        link=type(model).__name__,
        fit=None,
    )
