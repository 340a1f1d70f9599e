"""Covariates recalled: asked later about the time before the programme."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Positions
from impact.errors import OptionError
from impact.language import Text

_FILLED = Text(
    "'{column}' is recalled: {households} {households:has|have} the answer of their first interview that has one.",
    "'{column}' es recordada: {households} {households:tiene|tienen} la respuesta de su primera entrevista que la tiene.",
)


def check_recalled(recalled: Sequence[str], covariates: Sequence[str]) -> None:
    """Refuse recalled columns that are no covariates."""
    if others := [name for name in recalled if name not in covariates]:
        raise OptionError(
            Text(
                "recalled= names covariates; {others} is none. Add it to covariates=, or leave it out.",
                "recalled nombra covariables; {others} no lo es. Agréguela a covariates, o quítela.",
                others=checks.listed(map(repr, others)),
            )
        )


def with_recalled(
    frame: pd.DataFrame, code: Positions, recalled: Sequence[str]
) -> tuple[pd.DataFrame, tuple[Text, ...]]:
    """Return rows in the order of household and wave whose recalled answers stand in every interview that lacks them, and the rule."""
    frame, rules = frame.copy(deep=False), []
    first = np.append(True, code[1:] != code[:-1])
    for column in recalled:
        lacking = frame[column].isna()
        answers = frame[column].groupby(code).transform("first")
        filled = int((lacking & answers.notna())[first].sum())
        frame[column] = frame[column].where(~lacking, answers)
        if filled:
            rules.append(_FILLED.with_values(column=column, households=checks.counted(filled, "household")))
    return frame, tuple(rules)
