"""Twins: surveys whose truth is known, drawn again and again to see whether an interval covers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.survey.outcome import Outcome, as_outcome
from impact.survey.poverty.outcomes import Headcount, PovertyGap
from impact.survey.sample import Sample
from impact.synthetic.parameters import MODERATE_LINE
from impact.synthetic.truth import Truth


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TwinTrial:
    """One draw of a twin: what the survey shows, and both potential outcomes of every unit.

    Attributes
    ----------
    sample : Sample
        With q outcomes, as an evaluation would read it.
    untreated, treated : float64 arrays, shape (n, q)
        The outcomes of the sample's rows without and with the programme.
    """

    sample: Sample
    untreated: Array
    treated: Array

    def truth(self, outcome: int, units: Booleans) -> tuple[float, float]:
        """Return the true average effect over some units, plain and in percent of their untreated mean.

        Parameters
        ----------
        outcome : int
            Position among the sample's outcomes.
        units : bool array, shape (n,)

        Notes
        -----
        Weighted as the estimate is: by the sampling weight and, for an outcome of persons, by household size.
        """
        frame, weight = self.sample.frame, np.where(units, 1.0, 0.0)
        for column in (self.sample.sampling_weight, self.sample.outcomes[outcome].persons):
            weight = weight if column is None else weight * frame[column].to_numpy()
        return average_effect(weight, self.untreated[:, outcome], self.treated[:, outcome])


def average_effect(weight: Array, without: Array, treated: Array) -> tuple[float, float]:
    """Return the weighted mean of what the programme changes, plain and in percent of the mean without it."""
    share = weight / weight.sum()
    before, effect = share @ without, share @ (treated - without)
    return float(effect), float(100 * effect / before) if before != 0 else np.nan


STANDARD_OUTCOMES: tuple[str | Outcome, ...] = (
    "income_agr_pc_month",
    "income_labour",
    Headcount("income_pc_month", line=MODERATE_LINE, name="headcount_moderate"),
    PovertyGap("income_pc_month", line=MODERATE_LINE, name="gap_moderate"),
)
"""Agricultural income per person, labour income, headcount and gap at the synthetic moderate line."""


@dataclass(frozen=True, slots=True)
class RuralAlliancesTwin:
    """The synthetic rural-alliances survey as a twin.

    Parameters
    ----------
    groups : int
        Producer groups.
    icc : float, optional
        Share of the variance of log income between groups, from 0; None: .255.
    effect : float
        Scale of every effect; 0 for a programme that does nothing.
    treated_share : float
        Expected share of groups in the programme.
    outcomes : tuple of str or Outcome
        What is estimated.
    sampling_weight : bool
        Whether the survey's weights are used.

    Examples
    --------
    >>> from impact.robustness.twins import RuralAlliancesTwin
    >>> trial = RuralAlliancesTwin(groups=30).draw(7)
    >>> effect, percent = trial.truth(1, trial.sample.treated)
    >>> round(percent, 6)
    28.0
    """

    groups: int = 330
    icc: float | None = None
    effect: float = 1.0
    treated_share: float = 0.5
    outcomes: tuple[str | Outcome, ...] = STANDARD_OUTCOMES
    sampling_weight: bool = True

    def draw(self, seed: int) -> TwinTrial:
        """Return one synthetic survey with its truth."""
        from impact.synthetic.alliances import rural_alliances

        survey = rural_alliances(
            seed, groups=self.groups, icc=self.icc, effect=self.effect, treated_share=self.treated_share
        )
        weight = "weight" if self.sampling_weight else None
        roles = survey.roles() | {"outcomes": self.outcomes, "sampling_weight": weight}
        sample = Sample(survey.household, **roles)
        outcomes = [as_outcome(outcome) for outcome in self.outcomes]
        return TwinTrial(
            sample,
            outcomes_in_state(survey.household, survey.truth, survey.truth.untreated, outcomes),
            outcomes_in_state(survey.household, survey.truth, survey.truth.treated, outcomes),
        )


def outcomes_in_state(
    household: pd.DataFrame, truth: Truth, state: pd.DataFrame, outcomes: Sequence[Outcome]
) -> Array:
    """Return the outcomes that the households have in one state, shape (n, q).

    Parameters
    ----------
    household : DataFrame
        The survey as observed.
    truth : Truth
    state : DataFrame
        ``truth.untreated`` or ``truth.treated``: what the survey's columns would hold in this state.
    outcomes : sequence of Outcome
        Applied to the survey with its columns put into that state.

    Raises
    ------
    OptionError
        An outcome reads a column whose potential values are not known.
    """
    for outcome in outcomes:
        checks.columns_present(f"outcome '{outcome.name}'", outcome.columns, truth.outcomes)
    known = [column for column in truth.outcomes if column in household]
    counterfactual = household.assign(**{column: state[column] for column in known})
    return np.column_stack([outcome.values(counterfactual) for outcome in outcomes])
