"""What of a programme the survey can speak for: categories, combinations of them, ranges of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.errors import DataError, OptionError, SupportError
from impact.language import Text
from impact.monitoring import columns
from impact.views import frame_of_texts

TIMES = " × "


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Target:
    """The columns of both tables that the weights balance, and the part of the programme that they can stand for.

    Attributes
    ----------
    treated, population : DataFrame
        Columns to be balanced: text where categories, one column of their combinations where crossed; the programme's are of
        the part inside only.
    weight : Array
        Of each row inside.
    numbers : tuple of str
        Columns of which the mean alone is balanced.
    supported : float
        Share of the programme inside.
    outside : DataFrame
        ``column``, ``level``, ``share`` of what is not.
    extrapolated : float
        Share of the programme inside by each column, but in a combination that no surveyed treated unit has.
    """

    treated: pd.DataFrame
    population: pd.DataFrame
    weight: Array
    numbers: tuple[str, ...]
    supported: float
    outside: pd.DataFrame
    extrapolated: float


def target_of(
    treated: pd.DataFrame, population: pd.DataFrame, weight: Array, names: Sequence[str], crossed: bool
) -> Target:
    """Return what the surveyed treated can stand for; whatever category, combination or range they lack is named."""
    numbers = tuple(name for name in names if _numeric(treated, population, name))
    texts = [name for name in names if name not in numbers]
    if crossed and len(texts) < 2:
        raise OptionError(
            Text(
                "crossed is for two or more columns of categories in on; got {texts}.",
                "crossed es para dos o más columnas de categorías en on; se dieron {texts}.",
                texts=checks.listed(texts) if texts else Text("none", "ninguna"),
            )
        )
    own, other = (_plain(frame, names, texts, crossed) for frame in (treated, population))
    inside, outside = _inside(own, other, weight)
    if not inside.any():
        raise SupportError(
            Text(
                "Nothing of the programme is like the surveyed treated in {names}.",
                "Nada del programa se parece a los beneficiarios encuestados en {names}.",
                names=checks.listed(names),
            )
        )
    unseen = np.zeros(len(other), dtype=bool)
    if len(texts) > 1 and not crossed:
        unseen = inside & ~other[texts].agg(TIMES.join, axis=1).isin(own[texts].agg(TIMES.join, axis=1))
    total = weight.sum()
    return Target(
        own, other[inside], weight[inside], numbers, float(weight[inside].sum() / total), outside,
        float(weight[unseen].sum() / total),
    )  # fmt: skip


def _numeric(treated: pd.DataFrame, population: pd.DataFrame, name: str) -> bool:
    """Return whether a column holds numbers in both tables; every unit must have it."""
    kinds = []
    for frame, whose in (
        (treated, Text("surveyed treated units", "beneficiarios de la encuesta")),
        (population, Text("rows of the programme", "filas del programa")),
    ):
        values = columns.column(frame, "on", name)
        lacking = values.isna().to_numpy()
        if lacking.any():
            raise DataError(
                Text(
                    "{lacking:,} of {number:,} {whose} lack {name!r} (first: {first}). Fill them in or leave the rows out.",
                    "A {lacking:,} de {number:,} {whose} les falta {name!r} (primera: {first}). Complételas o quite esas filas.",
                    lacking=int(lacking.sum()),
                    number=len(frame),
                    whose=whose,
                    name=name,
                    first=checks.listed(frame.index[lacking]),
                )
            )
        kinds.append(pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values))
    if kinds[0] != kinds[1]:
        raise DataError(
            Text(
                "{name!r} holds numbers in one table and text in the other. Write it alike in survey and programme.",
                "{name!r} tiene números en una tabla y texto en la otra. Escríbala igual en encuesta y programa.",
                name=name,
            )
        )
    return kinds[0]


def _plain(frame: pd.DataFrame, names: Sequence[str], texts: Sequence[str], crossed: bool) -> pd.DataFrame:
    """Return the columns, categories as text; where crossed, their combinations in place of them."""
    plain = frame[list(names)].astype(dict.fromkeys(texts, str))
    if not crossed:
        return plain
    combined = plain[texts].agg(TIMES.join, axis=1).rename(TIMES.join(texts))
    return pd.concat([combined, plain.drop(columns=texts)], axis=1)


def _inside(own: pd.DataFrame, other: pd.DataFrame, weight: Array) -> tuple[Booleans, pd.DataFrame]:
    """Return the rows of the programme that the survey has in each column, and what it lacks."""
    inside, rows = np.ones(len(other), dtype=bool), list[dict[str, object]]()
    for name in own:
        values = other[name]
        levels: dict[str, Booleans]
        if pd.api.types.is_numeric_dtype(values):
            low, high = own[name].min(), own[name].max()
            beyond = Text("outside {low:g} to {high:g}", "fuera de {low:g} a {high:g}", low=low, high=high)
            levels = {beyond: ~values.between(low, high).to_numpy()}
        else:
            lacking = sorted(set(values) - set(own[name]))
            levels = {level: (values == level).to_numpy() for level in lacking}
        for level, absent in levels.items():
            if absent.any():
                share = float(weight[absent].sum() / weight.sum())
                rows.append({"column": name, "level": level, "share": share})
            inside &= ~absent
    return inside, frame_of_texts(rows, ["column", "level", "share"])
