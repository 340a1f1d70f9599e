"""What units are ranked by: a baseline, or the outcome predicted without the programme; never the outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, Booleans
from impact.effects.arm_means.idle_terms import warn_of_idle_terms
from impact.effects.arm_means.regression import arm_regression
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.clusters import group_codes
from impact.survey.outcome import Outcome, as_outcome
from impact.survey.sample import Sample

_PREDICTION = Text(
    "the regression that predicts the outcome without the programme",
    "la regresión que predice el resultado sin el programa",
)
REMEDY = Text(
    'Use by=im.Baseline("income_pre") where a baseline exists, else by=im.PredictedOutcome(): cutting at income after the programme '
    "compares the treated whom the programme lifted with other people and turns effects of 160/40/52/30/25 % into 46/6/10/3/13 %.",
    'Use Baseline("income_pre") donde haya línea de base; si no, PredictedOutcome: cortar por el ingreso posterior al programa compara '
    "a los beneficiarios que el programa levantó con otra gente, y convierte efectos de 160/40/52/30/25 % en 46/6/10/3/13 %.",
)

_HOW = {
    "leave-group-out": Text("leave-group-out", "sin el propio grupo"),
    "split": Text("{splits} repeated splits by group", "{splits} divisiones repetidas por grupo", splits=0),
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ranked:
    """One ranking of the units, and who is compared by it.

    Attributes
    ----------
    values : float64 array, shape (n,)
        What each unit is ranked by.
    compared : bool array, shape (n,)
        The units that stay in the comparison: controls whose outcomes made the ranking are left out of it.
    """

    values: Array
    compared: Booleans


@runtime_checkable
class Ranking(Protocol):
    """What units are ranked by before they are cut into fifths."""

    @property
    def label(self) -> str:
        """How the strata were made, for the tables."""
        ...

    @property
    def seed(self) -> int | None:
        """Seed of a ranking that draws, None of one that does not."""
        ...

    def rankings(self, sample: Sample, outcome: Outcome) -> Sequence[Ranked]:
        """Return one ranking, or several over which the estimate is averaged."""
        ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """Rank by a column measured before the programme.

    Parameters
    ----------
    column : str
        For example income at baseline.

    Notes
    -----
    A baseline measured with error, or income that moves from year to year, blends neighbouring fifths: the
    estimand is the effect by *baseline* rank.

    Examples
    --------
    >>> from impact.effects.heterogeneity.ranking import Baseline
    >>> Baseline("income_pre").label
    "baseline 'income_pre'"
    """

    column: str

    @property
    def label(self) -> str:
        """How the strata were made."""
        return Text("baseline '{column}'", "línea de base '{column}'", column=self.column)

    @property
    def seed(self) -> None:
        """None: nothing is drawn."""
        return

    def rankings(self, sample: Sample, outcome: Outcome) -> Sequence[Ranked]:
        """Return the baseline column; an outcome is refused."""
        refuse_ex_post(self.column, sample, outcome)
        checks.columns_present("by", [self.column], sample.frame.columns)
        values = _numbers(sample, self.column)
        if not np.isfinite(values).all():
            rows = sample.frame.index[~np.isfinite(values)]
            raise DataError(
                Text(
                    "Baseline '{column}' is missing for {units} (first: {rows}). Leave these units out of the sample.",
                    "La línea base '{column}' falta en {units} (primero: {rows}). Deje esas unidades fuera de la muestra.",
                    column=self.column,
                    units=checks.counted(len(rows), "unit"),
                    rows=checks.listed(rows),
                )
            )
        return [Ranked(values, np.ones(len(sample), dtype=np.bool_))]


@dataclass(frozen=True, slots=True)
class PredictedOutcome:
    """Rank by the outcome predicted without the programme, from controls outside the unit's own group.

    Parameters
    ----------
    method : {"leave-group-out", "split"}
        "leave-group-out": each unit is predicted from the controls of all other groups. "split": half of the
        control groups, drawn at random, make the prediction and the other half are compared; repeated.
    of : str or Outcome, optional
        What is predicted: the outcome itself by default. With ``of="income_pc_month"`` the effects on poverty
        or land are told apart by predicted income.
    splits : int, optional
        Number of repeated splits, 100 by default; for ``method="split"`` only.
    seed : int, optional
        Seed of the splits, 0 by default; for ``method="split"`` only.

    Notes
    -----
    Ranking controls by a prediction that their own outcome shaped, but the treated by one that theirs did
    not, makes strata of unlike units (endogenous stratification). Under group assignment a unit's group has
    to be left out, not the unit alone. The method is stated for experiments; here it rests on
    unconfoundedness, and the estimand is the effect by *predicted* rank: what the covariates do not predict
    blends the fifths, so that the true gap between poorest and richest is larger than the one shown.

    The prediction is least squares on the covariates in levels. A logarithmic or Poisson regression ranked
    the synthetic survey's households no better (rank correlation with true untreated income .51, .52, .51).

    References
    ----------
    Abadie, Chingos & West (2018), Review of Economics and Statistics 100(4), 567-580,
    doi:10.1162/rest_a_00732.

    Examples
    --------
    >>> from impact.effects.heterogeneity.ranking import PredictedOutcome
    >>> PredictedOutcome("split", splits=20, seed=1).label
    'outcome predicted without the programme (20 repeated splits by group)'
    """

    method: str = "leave-group-out"
    of: str | Outcome | None = None
    splits: int | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        checks.one_of("method", self.method, ("leave-group-out", "split"))
        if self.splits is not None:
            checks.whole("splits", self.splits, minimum=2)
        if self.seed is not None:
            checks.whole("seed", self.seed, minimum=0)
        if self.method != "split" and (self.splits is not None or self.seed is not None):
            raise OptionError(
                Text(
                    'splits and seed need method="split": nothing is drawn to leave a group out.',
                    'splits y seed necesitan method = "split": nada se sortea para dejar fuera a un grupo.',
                )
            )
        if self.method == "split":
            object.__setattr__(self, "splits", 100 if self.splits is None else self.splits)
            object.__setattr__(self, "seed", 0 if self.seed is None else self.seed)

    @property
    def label(self) -> str:
        """How the strata were made."""
        what = Text("outcome", "resultado") if self.of is None else f"'{as_outcome(self.of).name}'"
        how = _HOW[self.method].with_values(splits=self.splits)
        return Text(
            "{what} predicted without the programme ({how})",
            "{what} predicho sin el programa ({how})",
            what=what,
            how=how,
        )

    def rankings(self, sample: Sample, outcome: Outcome) -> Sequence[Ranked]:
        """Return the leave-group-out prediction, or one prediction per split."""
        predicted = outcome if self.of is None else sample.chosen([self.of])[0]
        everyone = np.ones(len(sample), dtype=np.bool_)
        if self.method != "split":
            return [Ranked(predicted_without_programme(sample, predicted, everyone), everyone)]
        generator = np.random.default_rng(self.seed)
        donors = [_half_of_the_control_groups(sample, generator) for _ in range(self.splits or 0)]
        return [Ranked(predicted_without_programme(sample, predicted, half), ~half) for half in donors]


def predicted_without_programme(sample: Sample, outcome: Outcome, donors: Booleans) -> Array:
    """Predict every unit's outcome without the programme from donor controls outside its own group.

    Parameters
    ----------
    sample : Sample
    outcome : Outcome
    donors : bool array, shape (n,)
        Units whose outcomes may be used; only the controls among them are.

    Returns
    -------
    float64 array, shape (n,)
        Least squares on the covariates, weighted by the sampling weights.
    """
    frame = sample.frame
    values, matrix = outcome.values(frame), sample.matrix.to_numpy()
    survey = frame[sample.sampling_weight].to_numpy() if sample.sampling_weight else np.ones(len(sample))
    weights = np.where(~sample.treated & donors, survey, 0.0)
    used = weights > 0
    known = np.isfinite(
        values
    )  # a control that lacks the outcome predicts nobody's, and is predicted like the others
    values, weights = np.where(known, values, 0.0), np.where(known, weights, 0.0)
    codes = _groups(sample)
    if len(np.unique(codes[used])) < 2:
        raise DataError(
            Text(
                "A prediction that leaves the own group out needs controls of at least two groups; got one.",
                "Una predicción que deja fuera al propio grupo necesita controles de al menos dos grupos; hay uno.",
            )
        )
    fit = arm_regression(values[:, None], matrix, weights, codes)
    warn_of_idle_terms(fit.idle, list(map(str, sample.matrix.columns)), _PREDICTION)
    prediction: Array = fit.fitted[:, 0].copy()
    prediction[used] = values[used] - fit.left_out[used, 0]
    beside_donors = np.isin(codes, codes[used]) & ~used
    for group in np.unique(codes[beside_donors]):  # treated units whose group also holds donors
        inside = beside_donors & (codes == group)
        outside = np.where(codes == group, 0.0, weights)
        refit = arm_regression(values[:, None], matrix, outside, np.zeros(len(sample), dtype=np.intp))
        prediction[inside] = refit.fitted[inside, 0]
    return prediction


def refuse_ex_post(column: str, sample: Sample, outcome: Outcome) -> None:
    """Raise an OptionError if a ranking column was measured after the programme.

    That is: the outcome or a column that any outcome reads, or one that the sample knows to be from after the
    programme, by its schema or its ``ex_post`` columns.
    """
    if column in (outcome.name, *outcome.columns) or column in sample.outcome_columns:
        raise OptionError(
            Text(
                "'{column}' is an outcome, measured after the programme. {remedy}",
                "'{column}' es un resultado, medido después del programa. {remedy}",
                column=column,
                remedy=REMEDY,
            )
        )
    if sample.is_after_programme(column):
        raise OptionError(
            Text(
                (
                    "'{column}' is by the sample's {column_2} a value from after the programme. {remedy} If this column "
                    "is from before the programme, correct what says otherwise."
                ),
                (
                    "'{column}' es según {column_2} de la muestra un valor de después del programa. {remedy} Si esta "
                    "columna es de antes del programa, corrija lo que dice otra cosa."
                ),
                column=column,
                column_2="ex_post" if column in sample.ex_post else "schema",
                remedy=REMEDY,
            )
        )


def _half_of_the_control_groups(sample: Sample, generator: np.random.Generator) -> Booleans:
    """Return the controls of a random half of the groups that hold controls."""
    codes = _groups(sample)
    groups = np.unique(codes[~sample.treated])
    half = generator.permutation(groups)[: len(groups) // 2]
    return np.isin(codes, half) & ~sample.treated


def _groups(sample: Sample) -> NDArray[np.intp]:
    """Return the group of each unit, itself without groups; codes do not depend on the order of the rows."""
    if sample.cluster is None:
        return group_codes(sample.frame.index, "the index")
    return group_codes(sample.frame[sample.cluster], sample.cluster)


def _numbers(sample: Sample, column: str) -> Array:
    try:
        values: Array = sample.frame[column].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        raise DataError(
            Text(
                "Baseline '{column}' must hold numbers; got {dtype}. Convert it first.",
                "La línea base '{column}' debe tener números; tiene {dtype}. Conviértala antes.",
                column=column,
                dtype=sample.frame[column].dtype,
            )
        ) from None
    return values
