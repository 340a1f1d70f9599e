"""Which wave of a table with several is read."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Booleans
from impact.errors import OptionError
from impact.language import Text
from impact.survey.package.schema import SurveySchema
from impact.survey.quality.concern import Concern

_NAMES = re.compile(r"^(wave|ronda|round|ola|onda|levantamiento)$", re.IGNORECASE)


def wave_column(frame: pd.DataFrame, schema: SurveySchema | None) -> str | None:
    """Return the column of the waves: the schema's, else one of that name in either language."""
    known = () if schema is None else schema.with_role("wave")
    named = [str(name) for name in frame if str(name) in known or _NAMES.match(str(name))]
    return named[0] if named else None


def rows_of_wave(
    frame: pd.DataFrame, wave: float | str | None, identifier: str | None, schema: SurveySchema | None
) -> tuple[Booleans, list[Concern]]:
    """Return the rows that are read, and the concern that several waves would be taken for one."""
    everyone: Booleans = np.ones(len(frame), dtype=bool)
    column = wave_column(frame, schema)
    if wave is not None:
        if column is None:
            raise OptionError(
                Text(
                    "wave = {wave!r} needs a column of waves (wave, ronda, …); the table has none. Leave it out.",
                    "wave = {wave!r} necesita una columna de rondas (wave, ronda, …); la tabla no tiene ninguna. Quítelo.",
                    wave=wave,
                )
            )
        kept: Booleans = (frame[column].map(_shown) == _shown(wave)).to_numpy(dtype=bool)
        if not kept.any():
            there = checks.listed(map(_shown, _values(frame[column])))
            raise OptionError(
                Text(
                    "wave must be one of {there} ('{column}'); got {wave!r}.",
                    "wave debe ser uno de {there} ('{column}'); se dio {wave!r}.",
                    there=there,
                    column=column,
                    wave=wave,
                )
            )
        return kept, []
    if column is None:
        return everyone, []
    values = _values(frame[column])
    # without an identifier, nothing says that the waves hold other households
    repeated = identifier not in frame or bool(frame[identifier].duplicated().any())
    by_schema = schema is not None and column in schema.with_role("wave")
    if len(values) < 2 or not (repeated or by_schema):
        return everyone, []
    return everyone, [_several(column, values)]


def _values(column: pd.Series[Any]) -> list[object]:
    return sorted(column.dropna().unique(), key=lambda value: (str(type(value)), value))


def _several(column: str, values: list[object]) -> Concern:
    shown = checks.listed(map(_shown, values))
    return Concern(
        "waves",
        column,
        np.empty(0, dtype=np.intp),
        Text(
            f"The table holds several waves ('{column}': {shown}), and an evaluation compares one survey.",
            f"La tabla tiene varias rondas ('{column}': {shown}), y una evaluación compara una sola encuesta.",
        ),
        Text(
            f"Choose one (wave = {_shown(values[-1])}), or evaluate all as a panel.",
            f"Elija una (wave = {_shown(values[-1])}), o evalúe todas como panel.",
        ),
    )


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, (int, float, np.integer, np.floating)) else str(value)
