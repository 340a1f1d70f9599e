"""Waves and entry dates as whole numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.errors import DataError
from impact.language import Text
from impact.survey.covariates import as_float

_MOST_DATES = 24
_YEARS = (1900, 2100)
_IN_WAVE = Text("in wave {wave!s}", "en la ronda {wave!s}")
_IN_YEAR = Text("in {wave!s}", "en {wave!s}")
PASSING_ZERO = Text(
    "An entry of 0 is none, although the waves pass 0: if somebody enters in wave 0, number the waves from 1.",
    "Una entrada de 0 es ninguna, aunque las rondas pasen por 0: si alguien entra en la ronda 0, numere las rondas desde 1.",
)


def numbered_waves(
    waves: pd.Series[Any], entries: pd.Series[Any] | None
) -> tuple[Array, Array | None, tuple[Text, ...]]:
    """Return the wave of each row and the wave of entry (0: none known), as whole numbers, with what was done to dates.

    Dates become 1, 2, … in their order; an entry date becomes the first wave on or after it.

    Raises
    ------
    DataError
        Waves or entries that are missing, text or fractions.
    """
    lacking = waves.isna()
    if lacking.any():
        raise DataError(
            Text(
                (
                    "Column '{name}' must name the wave of every row; {rows} {rows:lacks|lack} it (first: {first}). Fill it in, or "
                    "leave these rows out."
                ),
                (
                    "La columna '{name}' debe nombrar la ronda en cada fila; {rows} no la {rows:tiene|tienen} (primero: {first}). "
                    "Complétela, o quite esas filas."
                ),
                name=waves.name,
                rows=checks.counted(int(lacking.sum()), "row"),
                first=checks.listed(waves.index[lacking.to_numpy()]),
            )
        )
    if _are_dates(waves):
        return _dated(waves, entries)
    numbers = _whole(waves)
    if entries is None:
        return _entry_in_the_last(numbers)
    if _are_dates(entries):
        raise DataError(
            Text(
                "Column '{name}' holds dates, but '{name_2}' holds numbers. Give both as dates, or both as numbers.",
                (
                    "La columna '{name}' tiene fechas, pero '{name_2}' tiene números. Dé ambas como fechas, o ambas como "
                    "números."
                ),
                name=entries.name,
                name_2=waves.name,
            )
        )
    entered = _whole(entries.fillna(0) if entries.hasnans else entries)
    passing = numbers.min() < 0 <= numbers.max() and bool((entries == 0).any())
    return numbers, entered, (PASSING_ZERO,) if passing else ()


def are_years(waves: Iterable[int]) -> bool:
    """Return whether the numbers of waves are the years in which they were."""
    return all(_YEARS[0] <= wave <= _YEARS[1] for wave in waves)


def in_wave(wave: int) -> Text:
    """Return when something is, in words: in wave 2, en la ronda 2; a wave that is a year says so by itself.

    Examples
    --------
    >>> in_wave(2).en, in_wave(2).es, in_wave(2019).es
    ('in wave 2', 'en la ronda 2', 'en 2019')
    """
    return (_IN_YEAR if are_years([wave]) else _IN_WAVE).with_values(wave=wave)


def _entry_in_the_last(numbers: Array) -> tuple[Array, None, tuple[Text, ...]]:
    """Return the waves of a panel whose treated enter in the last; where that is 0, which says no entry, they are counted from 1."""
    if not len(numbers) or numbers.max() != 0:
        return numbers, None, ()
    present, places = np.unique(numbers, return_inverse=True)
    shown = ", ".join(f"{number} = {wave:g}" for number, wave in enumerate(present, start=1))
    note = Text(
        "Waves are numbered from 1, since an entry of 0 would be none: {shown}.",
        "Las rondas se numeran desde 1, porque una entrada de 0 sería ninguna: {shown}.",
        shown=shown,
    )
    counted: Array = places.astype(np.float64) + 1.0
    return counted, None, (note,)


def _dated(
    waves: pd.Series[Any], entries: pd.Series[Any] | None
) -> tuple[Array, Array | None, tuple[Text, ...]]:
    dates = np.sort(waves.unique())
    if len(dates) > _MOST_DATES:
        raise DataError(
            Text(
                (
                    "Column '{name}' holds {number:,} different dates, more than {most_dates}: they look like dates of "
                    "interview. Give every row of a wave the same date, or number the waves."
                ),
                (
                    "La columna '{name}' tiene {number:,} fechas distintas, más de {most_dates}: parecen fechas de "
                    "entrevista. Dé a cada fila de una ronda la misma fecha, o numere las rondas."
                ),
                name=waves.name,
                number=len(dates),
                most_dates=_MOST_DATES,
            )
        )
    shown = tuple(
        Text("{number!s} = {day}", "{number!s} = {day}", number=number, day=pd.Timestamp(date).date())
        for number, date in enumerate(dates, start=1)
    )
    numbers: Array = np.searchsorted(dates, waves.to_numpy()).astype(np.float64) + 1.0
    note = Text(
        "Waves are numbered by their dates: {shown}.",
        "Las rondas se numeran por sus fechas: {shown}.",
        shown=shown,
    )
    if entries is None:
        return numbers, None, (note,)
    if not _are_dates(entries) and entries.notna().any() and not (entries.fillna(0) == 0).all():
        raise DataError(
            Text(
                "Column '{name}' holds dates, but '{name_2}' does not. Give entry as a date, missing for none.",
                "La columna '{name}' tiene fechas, pero '{name_2}' no. Dé la entrada como fecha, en blanco para ninguna.",
                name=waves.name,
                name_2=entries.name,
            )
        )
    known = entries.notna().to_numpy() & _are_dates(entries)
    entered = np.zeros(len(entries))
    entered[known] = np.searchsorted(dates, entries[known].to_numpy()) + 1.0
    first = Text(
        "An entry date is the first wave on or after it.",
        "Una fecha de entrada es la primera ronda en esa fecha o después.",
    )
    return numbers, entered, (note, first)


def _are_dates(column: pd.Series[Any]) -> bool:
    return bool(pd.api.types.is_datetime64_any_dtype(column))


def _whole(column: pd.Series[Any]) -> Array:
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu":
        return column.to_numpy(dtype=np.float64)
    try:
        values: Array = as_float(column).to_numpy(dtype=np.float64)
    except DataError as problem:
        raise DataError(
            Text(
                (
                    "Column '{name}' must hold whole numbers or dates; got text (first: {first}). Number the waves in "
                    "their order, for instance with .map({{'baseline': 0, 'follow-up': 1}})."
                ),
                (
                    "La columna '{name}' debe tener números enteros o fechas; tiene texto (primero: {first}). Numere las "
                    "rondas en su orden: 0 la línea base, 1 el seguimiento."
                ),
                name=column.name,
                first=checks.listed(map(repr, column.dropna().drop_duplicates().head(3))),
            )
        ) from problem
    wrong = ~(np.isfinite(values) & (values == np.round(values)))
    if wrong.any():
        raise DataError(
            Text(
                (
                    "Column '{name}' must hold whole numbers; {rows} {rows:does|do} not (first: {first}). Number the waves in their "
                    "order."
                ),
                (
                    "La columna '{name}' debe tener números enteros; {rows} no los {rows:tiene|tienen} (primero: {first}). Numere las "
                    "rondas en su orden."
                ),
                name=column.name,
                rows=checks.counted(int(wrong.sum()), "row"),
                first=checks.listed(column[wrong].head(3)),
            )
        )
    return values
