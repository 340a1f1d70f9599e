"""Which units an outcome is estimated on: those that have it, under the sample's policy for missing values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impact import checks
from impact.arrays import Booleans
from impact.design.matched_sample import MatchedSample
from impact.design.observed import observed_part
from impact.errors import EstimationError
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample


def units_with(sample: Sample, outcomes: Sequence[Outcome]) -> Booleans:
    """Return the units that have a value of every one of these outcomes, shape (n,).

    Under ``missing="raise"`` all units: what an outcome lacks is then an error where it is read.
    """
    present = np.ones(len(sample), dtype=np.bool_)
    if sample.missing == "raise":
        return present
    for outcome in outcomes:
        present &= sample.has(outcome)
    return present


def with_values(matched: MatchedSample, outcomes: Sequence[Outcome]) -> MatchedSample:
    """Return the part of a match whose units have every one of these outcomes.

    Raises
    ------
    EstimationError
        An arm has no unit with a value.
    """
    present, treated = units_with(matched.sample, outcomes), matched.sample.treated
    for arm, who in ((treated, checks.ARMS[True]), (~treated, checks.ARMS[False])):
        if not (present & arm).any():
            names = checks.listed(repr(outcome.name) for outcome in outcomes)
            raise EstimationError(
                Text(
                    "No {who} unit has a value of {names}. Leave the outcome out, or find its values.",
                    "Ninguna unidad {who} tiene un valor de {names}. Quite el resultado, o busque sus valores.",
                    who=who,
                    names=names,
                )
            )
    return observed_part(matched, present)
