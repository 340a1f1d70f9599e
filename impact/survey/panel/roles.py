"""Roles of a panel's columns, and which rows can be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.errors import DataError, OptionError
from impact.language import Text, joined
from impact.survey.outcome import Outcome
from impact.survey.sample_checks import lacks, rows_lacking
from impact.survey.sample_roles import check_columns_have_one_role

EVER_TREATED = "ever_treated"
"""The treatment column of a baseline sample."""


def panel_roles(
    single: dict[str, str | None], covariates: Sequence[str], outcomes: Sequence[Outcome]
) -> dict[str, list[str]]:
    """Return the columns of each role."""
    roles = {role: [column] for role, column in single.items() if column is not None}
    roles["covariates"] = list(covariates)
    roles["outcomes"] = list(dict.fromkeys(column for one in outcomes for column in one.columns))
    roles["persons"] = list(dict.fromkeys(one.persons for one in outcomes if one.persons is not None))
    return roles


def check_panel_roles(frame: pd.DataFrame, roles: Mapping[str, Sequence[str]]) -> None:
    """Require that every role names a column, that each column has one role, and that no column has a name of ours."""
    if EVER_TREATED in frame.columns:
        raise OptionError(
            Text(
                "The table has a column '{ever_treated}', the name that the panel gives to its own. Rename or drop yours.",
                (
                    "La tabla tiene una columna '{ever_treated}', el nombre que el panel da a la suya. Cambie el nombre "
                    "o quite la propia."
                ),
                ever_treated=EVER_TREATED,
            )
        )
    check_columns_have_one_role(frame, roles)


def refuse_repeated(household: Positions, wave: Array, labels: pd.Index[Any], names: tuple[str, str]) -> None:
    """Require one row a household and wave; rows are in the order of household and wave."""
    again = (household[1:] == household[:-1]) & (wave[1:] == wave[:-1])
    if again.any():
        pairs = dict.fromkeys(
            Text("{who!s} in wave {when}", "{who!s} en la ronda {when}", who=labels[who], when=f"{when:g}")
            for who, when in zip(household[1:][again], wave[1:][again], strict=True)
        )
        raise DataError(
            Text(
                (
                    "A panel has one row per '{value}' and '{value_2}'; {household_waves} "
                    "{household_waves:occurs|occur} more than once: {pairs}. "
                    "Keep one row of each."
                ),
                (
                    "Un panel tiene una fila por '{value}' y '{value_2}'; {household_waves} "
                    "{household_waves:aparece|aparecen} más de una vez: "
                    "{pairs}. Conserve una fila de cada uno."
                ),
                value=names[0],
                value_2=names[1],
                household_waves=checks.counted(len(pairs), "household-wave"),
                pairs=checks.listed(pairs),
            )
        )


def complete_rows(
    frame: pd.DataFrame, columns: Sequence[str], at: Booleans, missing: str
) -> tuple[Booleans, NDArray[np.object_]]:
    """Return which of the rows ``at`` lack one of the columns, and why; raise where ``missing`` is "raise".

    Returns
    -------
    lacking : bool array, shape (m,)
    reason : object array
        Of each row that lacks one.
    """
    of_columns = [frame[name].isna().to_numpy() & at for name in columns]
    if not any(gap.any() for gap in of_columns):
        return np.zeros(len(frame), dtype=np.bool_), np.empty(0, dtype=object)
    gaps = np.stack(of_columns, axis=1)
    lacking: Booleans = np.asarray(gaps.any(axis=1))
    if missing == "raise":
        parts = [
            rows_lacking(name, frame.index[gap], int(at.sum()))
            for name, gap in zip(columns, gaps.T, strict=True)
            if gap.any()
        ]
        raise DataError(
            Text(
                '{parts}. Pass missing="drop" to exclude them; they are then listed in panel.exclusions.',
                '{parts}. Escriba missing = "drop" para excluirlas; el informe las lista entonces.',
                parts=joined(parts, "; "),
            )
        )
    reason = np.empty(int(lacking.sum()), dtype=object)
    reason[:] = [
        lacks(column for column, gap in zip(columns, row, strict=True) if gap) for row in gaps[lacking]
    ]
    return lacking, reason
