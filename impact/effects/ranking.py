"""What units are ranked by: a baseline, or the outcome predicted without the programme; never the outcome itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.effects.regression import arm_regression
from impact.errors import DataError, OptionError
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample

Array = NDArray[np.float64]


@runtime_checkable
class Ranking(Protocol):
    """What units are ranked by before they are cut into fifths."""

    @property
    def label(self) -> str:
        """How the strata were made, for the tables."""
        ...

    def values(self, sample: Sample, outcome: Outcome) -> Array:
        """Return one value per unit."""
        ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """Rank by a column measured before the programme.

    Parameters
    ----------
    column : str
        For example income at baseline.
    """

    column: str

    @property
    def label(self) -> str:
        """How the strata were made."""
        return f"baseline '{self.column}'"

    def values(self, sample: Sample, outcome: Outcome) -> Array:
        """Return the baseline column; an outcome is refused."""
        checks.columns_present("by", [self.column], sample.frame.columns)
        refuse_ex_post(self.column, sample, outcome)
        values: Array = sample.frame[self.column].to_numpy(dtype=np.float64, na_value=np.nan)
        if not np.isfinite(values).all():
            rows = sample.frame.index[~np.isfinite(values)]
            raise DataError(
                f"Baseline '{self.column}' is missing for {checks.counted(len(rows), 'unit')} (first: {checks.listed(rows)}). "
                "Leave these units out of the sample, where the ledger lists them."
            )
        return values


@dataclass(frozen=True, slots=True)
class PredictedOutcome:
    """Rank by the outcome predicted without the programme, from controls outside the unit's own group.

    Parameters
    ----------
    method : {"leave-group-out"}
        Each unit is predicted from the controls of all other groups.

    Notes
    -----
    Ranking controls by a prediction that their own outcome shaped, but the treated by one that theirs did not, makes strata of
    unlike units (endogenous stratification). Under group assignment a unit's group has to be left out, not the unit alone. The
    method is stated for experiments; here it rests on unconfoundedness, and the estimand is the effect by *predicted* rank.

    References
    ----------
    Abadie, Chingos & West (2018), Review of Economics and Statistics 100(4), 567-580, doi:10.1162/rest_a_00732.
    """

    method: str = "leave-group-out"

    def __post_init__(self) -> None:
        checks.one_of("method", self.method, ("leave-group-out",))

    @property
    def label(self) -> str:
        """How the strata were made."""
        return f"outcome predicted without the programme ({self.method})"

    def values(self, sample: Sample, outcome: Outcome) -> Array:
        """Return the leave-group-out prediction of every unit."""
        return predicted_without_programme(sample, outcome, np.ones(len(sample), dtype=np.bool_))


def predicted_without_programme(sample: Sample, outcome: Outcome, donors: NDArray[np.bool_]) -> Array:
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
    values = outcome.values(frame)
    survey = frame[sample.sampling_weight].to_numpy() if sample.sampling_weight else np.ones(len(sample))
    codes = None if sample.cluster is None else frame[sample.cluster].factorize(sort=True)[0].astype(np.intp)
    weights = np.where(~sample.treated & donors, survey, 0.0)
    fit = arm_regression(values[:, None], sample.matrix.to_numpy(), weights, codes)
    used = weights > 0
    prediction = fit.fitted[:, 0].copy()
    prediction[used] = values[used] - fit.left_out[used, 0]
    return prediction


def refuse_ex_post(column: str, sample: Sample, outcome: Outcome) -> None:
    """Raise an OptionError if a ranking column was measured after the programme."""
    if column in outcome.columns or column in sample.outcome_columns or column == outcome.name:
        raise OptionError(
            f"'{column}' is an outcome, measured after the programme: cutting at it compares the treated whom the programme lifted with "
            'other people and turns effects of 160/40/52/30/25 % into 32/10/8/2/7 %. Use by=im.Baseline("income_pre") where a baseline '
            "exists, else by=im.PredictedOutcome()."
        )
