"""Any scikit-learn regressor as outcome regression, each unit predicted by a model that did not see its fold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from impact import checks
from impact.arrays import Array, Positions
from impact.design.distances.cross_fitting import check_folds, fold_columns, fold_numbers, folds_label
from impact.design.distances.fitted_copy import fitted_copy
from impact.design.label_order import label_order
from impact.design.units import Units
from impact.effects.arm_means.adjustment import adjustment_terms, in_columns, normalised_label
from impact.effects.arm_means.fitting import ByItself
from impact.effects.arm_means.regression import ArmRegression
from impact.effects.arm_means.residuals import Residuals
from impact.errors import EstimationError, OptionError
from impact.language import Text

if TYPE_CHECKING:
    from impact.design.matched_sample import MatchedSample


class Regressor(Protocol):
    """What is asked of a scikit-learn regressor."""

    def fit(self, X: object, y: object) -> object: ...  # noqa: D102
    def predict(self, X: object) -> Array: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Predict outcomes by any scikit-learn regressor, each unit by a copy that was fitted without its fold.

    With ``InverseProbability(PropensityScore(model=…, folds=5))`` that is double machine learning; with entropy balancing, augmented
    balancing. Of the two models either may be slow to learn or, for consistency, wrong.

    Parameters
    ----------
    regressor : regressor
        Any scikit-learn regressor; it is copied, never changed. One that draws and has no ``random_state`` is given 0. It sees the
        covariates in their own units: where a learner minds them (a penalty, distances, columns of 1e-12), put a ``StandardScaler`` before
        it with ``make_pipeline``.
    folds : int or str
        Folds to draw, by cluster where the sample has one; or the column that names each unit's fold. The same number and seed as the
        score's give the same folds.
    seed : int
        Seed of the folds.
    covariates : tuple of str, optional
        Covariates of the sample to predict from; all by default. Categories bring their indicators.
    normalized : bool
        As for ``LinearAdjustment``: False averages what is left by the weights as they were estimated.

    Raises
    ------
    OptionError
        No regressor, or fewer groups than folds in an arm.
    DataError
        A column of folds that splits a group, or leaves a fold without an arm or with one group.
    EstimationError
        By ``estimate()``: predictions that are not finite, or the same for everybody.

    Notes
    -----
    ψ_i = W_i (Y_i − μ̂0(X_i) − τ̂) − (1 − W_i) w_i (Y_i − μ̂0(X_i)) for the ATT, summed by group: the efficient influence function, in
    which the errors of μ̂0 and of the score enter as a product. Sampling weights weight the fits.

    References
    ----------
    Chernozhukov, Chetverikov, Demirer, Duflo, Hansen, Newey & Robins (2018), Econometrics Journal 21(1), C1-C68, equations 5.3 and 5.4,
    doi:10.1111/ectj.12097; Chiang, Kato, Ma & Sasaki (2022), Journal of Business & Economic Statistics 40(3), 1046-1056,
    doi:10.1080/07350015.2021.1895815, for folds by cluster.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> from sklearn.linear_model import LinearRegression
    >>> land = np.arange(60.0) % 20
    >>> treated = (np.arange(60) * 7 % 20) > 5 + land / 3
    >>> frame = pd.DataFrame({"treated": treated, "land": land, "income": 100 + 3 * land + 5 * treated})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["land"], outcomes=["income"])
    >>> matched = im.match(sample, im.InverseProbability(im.PropensityScore()))
    >>> effect = im.estimate(matched, bias_adjustment=im.CrossFitted(LinearRegression())).one("income")
    >>> round(effect.estimate, 6), effect.bias_adjustment
    (5.0, 'cross-fitted LinearRegression, 5 folds')
    """

    regressor: Regressor = field(compare=False)
    folds: int | str = 5
    seed: int = 0
    covariates: tuple[str, ...] | None = None
    normalized: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)
        check_regressor(self.regressor)
        check_folds(self.folds, self.seed)

    @property
    def label(self) -> Text:
        """Name in the ``bias_adjustment`` column."""
        name = type(self.regressor).__name__
        kind = Text("cross-fitted {name}", "{name} con ajuste cruzado", name=name)
        return normalised_label(in_columns(kind, self.covariates), folds_label(self.folds), self.normalized)

    @property
    def fitting(self) -> ByItself:
        """Which units weigh how much in the regression."""
        return ByItself()

    def terms(self, matched: MatchedSample) -> Array:
        """Return the covariates as numbers, shape (n, p)."""
        return adjustment_terms(matched, self.covariates, False)

    def model_for(self, matched: MatchedSample) -> FoldByFold:
        """Return the regression with the folds of a matched sample."""
        units = Units.of(matched.sample, matched.estimand, fold_columns(self.folds))
        return FoldByFold(
            regressor=self.regressor,
            fold=fold_numbers(units, self.folds, self.seed),
            order=label_order(units),
            weighted=units.weighted,
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FoldByFold:
    """A regressor with the folds of a sample.

    Attributes
    ----------
    regressor : Regressor
    fold : int array, shape (n,)
    order : int array, shape (n,)
        The units by label: some regressors heed the order in which they see them.
    weighted : bool
        Whether the fits are weighted.
    """

    regressor: Regressor
    fold: Positions
    order: Positions
    weighted: bool

    def check(self, outcomes: Array, names: Sequence[str]) -> None:
        """Accept every outcome."""

    def regression(
        self,
        outcomes: Array,
        terms: Array,
        weights: Array,
        groups: Positions | None,
        rule: Residuals | None = None,
    ) -> ArmRegression:
        """Return μ̂(X) of each unit from the arm's units outside its fold; residuals are left out by fold already."""
        arm = self.order[weights[self.order] > 0]
        fitted = np.empty_like(outcomes)
        for part in np.unique(self.fold):
            train, test = arm[self.fold[arm] != part], np.flatnonzero(self.fold == part)
            for k in range(outcomes.shape[1]):
                given = weights if self.weighted else None
                fitted[test, k] = predicted_outcome(self.regressor, terms, outcomes[:, k], given, train, test)
        self._refuse_nothing_learnt(fitted, outcomes[arm])
        used = np.sort(arm)
        residuals = outcomes[used] - fitted[used]
        return ArmRegression(fitted, residuals, residuals, weights, used, ())

    def _refuse_nothing_learnt(self, fitted: Array, outcomes: Array) -> None:
        """Refuse an outcome that varies and is predicted as one number fold by fold."""
        flat = np.ones(fitted.shape[1], dtype=np.bool_)
        for part in np.unique(self.fold):
            flat &= np.ptp(fitted[self.fold == part], axis=0) == 0
        if (flat & (np.ptp(outcomes, axis=0) > 0)).any():
            raise EstimationError(
                Text(
                    (
                        "{regressor} predicts the same outcome for everybody: it learns nothing from the covariates. "
                        "Penalise it less, scale the covariates, or leave bias_adjustment out."
                    ),
                    (
                        "{regressor} predice el mismo resultado para todos: no aprende nada de las covariables. Penalice "
                        "menos, escale las covariables, o quite bias_adjustment."
                    ),
                    regressor=type(self.regressor).__name__,
                )
            )


def predicted_outcome(
    regressor: Regressor,
    terms: Array,
    outcome: Array,
    weights: Array | None,
    train: Positions,
    test: Positions,
) -> Array:
    """Return the outcome of some units as a copy of the regressor predicts it that was fitted on others.

    Raises
    ------
    EstimationError
        A prediction is not a finite number.
    """
    given = None if weights is None else weights[train]
    fresh = fitted_copy(regressor, terms[train], outcome[train], given)
    predicted: Array = np.asarray(fresh.predict(terms[test]), dtype=np.float64).reshape(len(test))
    if not np.isfinite(predicted).all():
        raise EstimationError(
            Text(
                (
                    "{regressor} predicts outcomes that are not finite numbers. Scale the covariates, or use another "
                    "regressor."
                ),
                "{regressor} predice resultados que no son números finitos. Escale las covariables, o use otro regresor.",
                regressor=type(regressor).__name__,
            )
        )
    return predicted


def check_regressor(regressor: object) -> None:
    """Require an instance of a scikit-learn regressor."""
    fits = hasattr(regressor, "fit") and hasattr(regressor, "predict")
    if not fits or isinstance(regressor, type) or hasattr(regressor, "predict_proba"):
        got = repr(regressor) if isinstance(regressor, type) else type(regressor).__name__
        raise OptionError(
            Text(
                (
                    "regressor must be a scikit-learn regressor such as LinearRegression(); got {got}. A classifier "
                    "belongs to the score."
                ),
                (
                    "regressor debe ser un regresor de scikit-learn como LinearRegression; se dio {got}. Un "
                    "clasificador corresponde al puntaje."
                ),
                got=got,
            )
        )
