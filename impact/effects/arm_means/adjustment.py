"""Adjusting a matched comparison for the covariate differences that matching left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from impact import checks
from impact.arrays import Array, Booleans, two_valued
from impact.design.weighting.equations.strata_stage import StrataStage
from impact.effects.arm_means.fitting import AsMatched, ByItself, Fitting, LeastVariance
from impact.effects.arm_means.mean_model import LogLink, MeanModel
from impact.errors import OptionError
from impact.language import Text

if TYPE_CHECKING:
    import pandas as pd

    from impact.design.matched_sample import MatchedSample
    from impact.survey.sample import Sample


@runtime_checkable
class Adjustment(Protocol):
    """Which terms the outcome regression of each arm has.

    An adjustment whose regression is not least squares names it in an attribute ``model``; one that is not weighted as the match is has
    an attribute ``fitting``; one that takes weights as they were estimated has ``normalized`` false. One that depends on what the outcome
    is has a method ``chosen_for(outcome, sample)``, which returns the adjustment of that outcome. One that names its terms, for the warning
    of those that say nothing of their own, has a method ``names(matched)``.
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
    """Least squares on the covariates, weighted as the matches are (Abadie & Imbens 2011), or by itself (AIPW).

    Parameters
    ----------
    covariates : tuple of str, optional
        Covariates of the sample to adjust for; all by default. Categories bring all their indicators.
    squares : bool
        Add the squares of the covariates that take more than two values, for outcomes that bend.
    weighted : bool
        True: the regression is weighted as the match is; with inverse probabilities that is IPWRA. False: it is fitted to all units of
        the arm by themselves, and the match weights average what it leaves; with inverse probabilities that is AIPW.
    normalized : bool
        Only with ``weighted=False``. False: what is left is averaged by the weights as they were estimated, Σ w (Y − μ̂)/N, as Stata's
        teffects aipw does. True: by weights scaled to the focal units (Hájek), which no single large weight can blow up. Weights that
        balance a constant, and matches, give the same either way.

    Notes
    -----
    Both are doubly robust: right if the weights or the regression are. μC = Σ_F f μ̂0(X)/Σ_F f + Σ w (Y − μ̂0(X))/N.

    References
    ----------
    Abadie & Imbens (2011), Journal of Business & Economic Statistics 29(1), 1-11, doi:10.1198/jbes.2009.07333; Robins, Rotnitzky &
    Zhao (1994), JASA 89(427), 846-866, doi:10.1080/01621459.1994.10476818, for AIPW; Wooldridge (2007), Journal of Econometrics 141(2),
    1281-1301, doi:10.1016/j.jeconom.2007.02.002, for IPWRA.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> land = np.arange(60.0) % 20
    >>> treated = (np.arange(60) * 7 % 20) > 5 + land / 3
    >>> frame = pd.DataFrame({"treated": treated, "land": land, "income": 100 + 3 * land + 5 * treated})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["land"], outcomes=["income"])
    >>> matched = im.match(sample, im.InverseProbability(im.PropensityScore()))
    >>> round(im.estimate(matched, bias_adjustment=im.LinearAdjustment(weighted=False)).one("income").estimate, 6)
    5.0
    """

    covariates: tuple[str, ...] | None = None
    squares: bool = False
    weighted: bool = True
    normalized: bool = False

    def __post_init__(self) -> None:
        check_options(self)
        check_fitting(self.weighted, self.normalized)

    @property
    def label(self) -> Text:
        """Name in the ``bias_adjustment`` column."""
        kind = Text("linear and squared", "lineal y cuadrático") if self.squares else Text("linear", "lineal")
        return fitted_label(in_columns(kind, self.covariates), self.weighted, self.normalized)

    @property
    def fitting(self) -> Fitting:
        """Which units weigh how much in the regression."""
        return AsMatched() if self.weighted else ByItself()

    def terms(self, matched: MatchedSample) -> Array:
        """Return the covariates as numbers, shape (n, p)."""
        return adjustment_terms(matched, self.covariates, self.squares)

    def names(self, matched: MatchedSample) -> tuple[str, ...]:
        """Return the names of the terms."""
        return adjustment_names(matched, self.covariates, self.squares)


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
    weighted, normalized : bool
        As for ``LinearAdjustment``.

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
    weighted: bool = True
    normalized: bool = False

    def __post_init__(self) -> None:
        check_options(self)
        check_fitting(self.weighted, self.normalized)

    @property
    def label(self) -> Text:
        """Name in the ``bias_adjustment`` column."""
        squared = Text("log link, linear and squared", "enlace logarítmico, lineal y cuadrático")
        kind = squared if self.squares else Text("log link", "enlace logarítmico")
        return fitted_label(in_columns(kind, self.covariates), self.weighted, self.normalized)

    @property
    def fitting(self) -> Fitting:
        """Which units weigh how much in the regression."""
        return AsMatched() if self.weighted else ByItself()

    @property
    def model(self) -> MeanModel:
        """The regression."""
        return LogLink()

    def terms(self, matched: MatchedSample) -> Array:
        """Return the covariates as numbers, shape (n, p)."""
        return adjustment_terms(matched, self.covariates, self.squares)

    def names(self, matched: MatchedSample) -> tuple[str, ...]:
        """Return the names of the terms."""
        return adjustment_names(matched, self.covariates, self.squares)


@dataclass(frozen=True, slots=True)
class LeastVarianceAdjustment:
    """Least squares with the weights under which AIPW varies least when the regression is wrong (Stata's ``wnls``).

    Only for weights such as ``InverseProbability``: matches have none that are estimated.

    Parameters
    ----------
    covariates : tuple of str, optional
        Covariates of the sample to adjust for; all by default. Categories bring all their indicators.
    squares : bool
        Add the squares of the covariates that take more than two values.
    normalized : bool
        As for ``LinearAdjustment``.

    Notes
    -----
    The regression's weights are w(w − 1) for the ATE and w(w + 1) for the ATT and the ATC, with w the weight as it was estimated.

    References
    ----------
    Cao, Tsiatis & Davidian (2009), Biometrika 96(3), 723-734, doi:10.1093/biomet/asp033.

    Examples
    --------
    >>> import impact as im
    >>> im.LeastVarianceAdjustment().label
    'linear, weighted for least variance'
    """

    covariates: tuple[str, ...] | None = None
    squares: bool = False
    normalized: bool = False

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def label(self) -> Text:
        """Name in the ``bias_adjustment`` column."""
        kind = Text("linear and squared", "lineal y cuadrático") if self.squares else Text("linear", "lineal")
        weighted = Text("weighted for least variance", "ponderado para la mínima varianza")
        return normalised_label(in_columns(kind, self.covariates), weighted, self.normalized)

    @property
    def fitting(self) -> Fitting:
        """Which units weigh how much in the regression."""
        return LeastVariance()

    def terms(self, matched: MatchedSample) -> Array:
        """Return the covariates as numbers, shape (n, p)."""
        return adjustment_terms(matched, self.covariates, self.squares)

    def names(self, matched: MatchedSample) -> tuple[str, ...]:
        """Return the names of the terms."""
        return adjustment_names(matched, self.covariates, self.squares)


def check_options(adjustment: Any) -> None:
    """Require a list of covariates, which a bare text is not, and True or False where an option is on or off."""
    checks.switches(adjustment)
    if adjustment.covariates is not None:
        object.__setattr__(adjustment, "covariates", checks.columns("covariates", adjustment.covariates))


def check_fitting(weighted: bool, normalized: bool) -> None:
    """Require that only a regression fitted by itself says how its residuals are averaged."""
    if weighted and normalized:
        raise OptionError(
            Text(
                (
                    "normalized=True says how residuals are averaged that a regression weighted as the match does not "
                    "leave. Leave it out, or add weighted=False."
                ),
                (
                    "normalized = true dice cómo se promedian residuos que una regresión ponderada como el "
                    "emparejamiento no deja. Quítelo, o agregue weighted = false."
                ),
            )
        )


def fitted_label(kind: Text, weighted: bool, normalized: bool) -> Text:
    """Return an adjustment's name with how it is fitted."""
    itself = Text("fitted by itself", "estimado sin los pesos del emparejamiento")
    return kind if weighted else normalised_label(kind, itself, normalized)


def normalised_label(kind: Text, fitted: Text, normalized: bool) -> Text:
    """Return an adjustment's name with how it is fitted, and whether its residuals' weights are scaled."""
    scaled = (Text("residuals normalised", "residuos normalizados"),) if normalized else ()
    return Text("{parts}", parts=(kind, fitted, *scaled))


def adjustment_terms(matched: MatchedSample, covariates: tuple[str, ...] | None, squares: bool) -> Array:
    """Return covariates as numbers, and the squares of those that take more than two values, shape (n, p)."""
    matrix = covariate_columns(matched.sample, covariates)
    if not squares:
        return matrix
    many = matrix[:, with_squares(matrix)]
    return np.column_stack([matrix, (many - many.mean(0)) ** 2])


def adjustment_names(
    matched: MatchedSample, covariates: tuple[str, ...] | None, squares: bool
) -> tuple[str, ...]:
    """Return the names of the terms of ``adjustment_terms``; squares are marked."""
    table = _covariate_table(matched.sample, covariates)
    many = table.columns[with_squares(table.to_numpy())] if squares else ()
    return (*map(str, table.columns), *(f"{name}^2" for name in many))


def covariate_columns(sample: Sample, covariates: tuple[str, ...] | None) -> Array:
    """Return covariates of a sample as numbers, all by default, shape (n, p)."""
    return _covariate_table(sample, covariates).to_numpy()


def _covariate_table(sample: Sample, covariates: tuple[str, ...] | None) -> pd.DataFrame:
    from impact.survey.covariates import encode

    if covariates is None:
        return sample.matrix
    checks.columns_present("covariates", covariates, sample.covariates)
    return encode(sample.frame, covariates)


def with_squares(columns: Array) -> Booleans:
    """Return which columns take more than two values, so that their squares say more than they do, shape (p,)."""
    return ~two_valued(columns, axis=0)


def working_terms(matched: MatchedSample) -> Array:
    """Return the terms of the regression that the variance of an unadjusted estimate uses.

    A cubic in the score for a score strategy, strata of a score too; the covariates otherwise: for weights with a first stage too, whose
    variance does not need the score's own terms and is nearer the truth with the covariates.
    """
    measure = matched.measure
    if measure is not None and measure.score is not None and _compared_by_score(matched):
        score = np.where(np.isfinite(measure.score), measure.score, np.nanmean(measure.score))
        standard = (score - score.mean()) / score.std()
        return np.column_stack([standard, standard**2, standard**3])
    return matched.sample.matrix.to_numpy()


def working_names(matched: MatchedSample) -> list[str]:
    """Return the names of ``working_terms``, in their order."""
    measure = matched.measure
    if measure is not None and measure.score is not None and _compared_by_score(matched):
        return ["score", "score^2", "score^3"]
    return list(map(str, matched.sample.matrix.columns))


def _compared_by_score(matched: MatchedSample) -> bool:
    return matched.first_stage is None or isinstance(matched.first_stage, StrataStage)


def in_columns(kind: Text, covariates: tuple[str, ...] | None) -> Text:
    """Return the kind of adjustment, followed by its columns where it does not use all."""
    return (
        kind
        if covariates is None
        else Text("{kind} in {columns}", "{kind} en {columns}", kind=kind, columns=covariates)
    )
