"""Adjusting a matched comparison for the covariate differences that matching left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from impact import checks
from impact.arrays import Array
from impact.effects.arm_means.mean_model import LeastSquares, LogLink, MeanModel
from impact.errors import OptionError
from impact.language import Text

if TYPE_CHECKING:
    from impact.design.matched_sample import MatchedSample


@runtime_checkable
class Adjustment(Protocol):
    """Which terms the outcome regression of each arm has.

    An adjustment whose regression is not least squares names it in an attribute ``model``.
    """

    @property
    def label(self) -> Text:
        """Name in the ``bias_adjustment`` column."""
        ...

    def terms(self, matched: MatchedSample) -> Array:
        """Return the regression's terms without the constant, shape (n, p)."""
        ...


@dataclass(frozen=True, slots=True)
class LinearAdjustment:
    """Least squares on the covariates, weighted as the matches are (Abadie & Imbens 2011).

    Parameters
    ----------
    covariates : tuple of str, optional
        Covariates of the sample to adjust for; all by default. Categories bring all their indicators.
    squares : bool
        Add the squares of the covariates that take more than two values, for outcomes that bend.

    References
    ----------
    Abadie & Imbens (2011), Journal of Business & Economic Statistics 29(1), 1-11, doi:10.1198/jbes.2009.07333.
    """

    covariates: tuple[str, ...] | None = None
    squares: bool = False

    @property
    def label(self) -> Text:
        """Name in the ``bias_adjustment`` column."""
        kind = Text("linear and squared", "lineal y cuadrático") if self.squares else Text("linear", "lineal")
        return _in_columns(kind, self.covariates)

    def terms(self, matched: MatchedSample) -> Array:
        """Return the covariates as numbers, shape (n, p)."""
        return _covariate_terms(matched, self.covariates, self.squares)


@dataclass(frozen=True, slots=True)
class LogLinkAdjustment:
    """A regression with a log link, weighted as the matches are: for skewed outcomes that are never negative, such as sales.

    Where covariates act in proportion, a straight line over- and undershoots, and leaves bias that matching has not removed. Not for
    rates such as a headcount, which do not grow in proportion (docs/simulation.md).

    Parameters
    ----------
    covariates : tuple of str, optional
        Covariates of the sample to adjust for; all by default. Categories bring all their indicators.
    squares : bool
        Add the squares of the covariates that take more than two values.

    Notes
    -----
    μ̂0(X) = exp(Zβ̂) by Poisson quasi-likelihood on the matched comparison units; the effect stays in the outcome's unit. Treated units far
    from every control are predicted by an exponential: look at overlap before.

    Raises
    ------
    EstimationError
        By ``estimate()``: an outcome below 0 in a unit with weight, no convergence, or a focal unit predicted beyond all measure.

    References
    ----------
    Santos Silva & Tenreyro (2006), Review of Economics and Statistics 88(4), 641-658, doi:10.1162/rest.88.4.641.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> land = np.arange(60.0) % 20
    >>> treated = np.arange(60) % 3 == 0
    >>> frame = pd.DataFrame({"treated": treated, "land": land, "sales": 100 * 1.1**land * np.where(treated, 1.25, 1.0)})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["land"], outcomes=["sales"])
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=3))
    >>> round(im.estimate(matched, bias_adjustment=im.LogLinkAdjustment()).one("sales").percent_effect, 6)
    25.0
    """

    covariates: tuple[str, ...] | None = None
    squares: bool = False

    @property
    def label(self) -> Text:
        """Name in the ``bias_adjustment`` column."""
        squared = Text("log link, linear and squared", "enlace logarítmico, lineal y cuadrático")
        return _in_columns(
            squared if self.squares else Text("log link", "enlace logarítmico"), self.covariates
        )

    @property
    def model(self) -> MeanModel:
        """The regression."""
        return LogLink()

    def terms(self, matched: MatchedSample) -> Array:
        """Return the covariates as numbers, shape (n, p)."""
        return _covariate_terms(matched, self.covariates, self.squares)


def mean_model(adjustment: Adjustment) -> MeanModel:
    """Return the adjustment's regression: least squares unless it names another."""
    model: MeanModel = getattr(adjustment, "model", LeastSquares())
    return model


def _covariate_terms(matched: MatchedSample, covariates: tuple[str, ...] | None, squares: bool) -> Array:
    from impact.survey.covariates import encode

    sample = matched.sample
    if covariates is None:
        matrix = sample.matrix.to_numpy()
    else:
        checks.columns_present("covariates", covariates, sample.covariates)
        matrix = encode(sample.frame, covariates).to_numpy()
    if not squares:
        return matrix
    many = [j for j in range(matrix.shape[1]) if len(np.unique(matrix[:, j])) > 2]
    centred = matrix[:, many] - matrix[:, many].mean(0)
    return np.column_stack([matrix, centred**2])


def as_adjustment(value: Adjustment | str | None) -> Adjustment | None:
    """Return an adjustment, reading ``"linear"`` as LinearAdjustment()."""
    if value is None or (isinstance(value, Adjustment) and not isinstance(value, str)):
        return value
    if value == "linear":
        return LinearAdjustment()
    raise OptionError(
        f'bias_adjustment must be None, "linear" or an adjustment such as im.LinearAdjustment(); got {value!r}.'
    )


def working_terms(matched: MatchedSample) -> Array:
    """Return the terms of the regression that the variance of an unadjusted estimate uses.

    A cubic in the score for a score strategy, the covariates otherwise: for weights with a first stage too, whose variance does not
    need the score's own terms and is nearer the truth with the covariates.
    """
    measure = matched.measure
    if measure is not None and measure.score is not None and matched.first_stage is None:
        score = np.where(np.isfinite(measure.score), measure.score, np.nanmean(measure.score))
        standard = (score - score.mean()) / score.std()
        return np.column_stack([standard, standard**2, standard**3])
    return matched.sample.matrix.to_numpy()


def _in_columns(kind: Text, covariates: tuple[str, ...] | None) -> Text:
    """Return the kind of adjustment, followed by its columns where it does not use all."""
    return (
        kind
        if covariates is None
        else Text("{kind} in {columns}", "{kind} en {columns}", kind=kind, columns=covariates)
    )
