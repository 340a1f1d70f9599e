"""What the first interview of each household gives it: its group, its weight, its covariates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Positions
from impact.errors import DataError
from impact.language import Text, joined
from impact.survey.covariates import Term, collinear_columns, constant_columns, covariate_terms, encoded
from impact.survey.panel.households import Rows, first_row_note, moved_note

WEIGHT = Text("The sampling weight '{name}'", "El peso muestral '{name}'", name="")
COVARIATE = Text("Covariate '{name}'", "La covariable '{name}'", name="")


def groups_of_households(
    frame: pd.DataFrame, names: dict[str, str], rows: Rows
) -> tuple[Positions | None, pd.Index[Any] | None, tuple[Text, ...]]:
    """Return the group of each row, that of the household's first interview where it is missing."""
    if "cluster" not in names:
        return None, None, ()
    codes, labels = pd.factorize(frame[names["cluster"]], sort=True)
    codes = np.where(codes < 0, codes[rows.starts][rows.household], codes)
    return codes, pd.Index(labels), moved_note(codes, list(labels), rows)


def weights_of_households(
    frame: pd.DataFrame, names: dict[str, str], rows: Rows
) -> tuple[Array, tuple[Text, ...]]:
    """Return the weight of each household's first interview."""
    if "sampling_weight" not in names:
        return np.ones(len(rows.starts)), ()
    name = names["sampling_weight"]
    values = frame[name].to_numpy(dtype=np.float64)
    first = values[rows.starts]
    low = ~(first > 0)
    if low.any():
        raise DataError(
            Text(
                (
                    "Column '{name}' (sampling weight) must be above 0; {households} {households:starts|start} with another value (first "
                    "rows: {first}). Correct them or exclude these households."
                ),
                (
                    "La columna '{name}' (peso muestral) debe ser mayor que 0; {households} {households:empieza|empiezan} con otro valor "
                    "(primeras filas: {first}). Corríjalos o excluya esos hogares."
                ),
                name=name,
                households=checks.counted(int(low.sum()), "household"),
                first=checks.listed(frame.index[rows.starts[low]]),
            )
        )
    values = np.where(np.isnan(values), first[rows.household], values)
    return first, first_row_note(values, rows, WEIGHT.with_values(name=name))


def covariates_of_households(
    frame: pd.DataFrame, covariates: Sequence[str], rows: Rows
) -> tuple[pd.DataFrame, tuple[Term, ...], tuple[Text, ...]]:
    """Return the covariates of each household's first interview as numbers, their terms, and which of them change."""
    first = {name: frame[name].array[rows.starts] for name in covariates}
    table = pd.DataFrame(first, index=frame.index[rows.starts], columns=list(covariates), copy=False)
    notes: list[Text] = []
    for name in covariates:
        column = frame[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            table[name] = table[name].cat.remove_unused_categories()
            values = column.cat.codes.to_numpy().astype(np.float64)
            values[values < 0] = np.nan
        else:
            values = column.to_numpy(dtype=np.float64)
        lacking = np.isnan(values)
        if lacking.any():
            values = np.where(lacking, values[rows.starts][rows.household], values)
        notes += first_row_note(values, rows, COVARIATE.with_values(name=name))
    terms = covariate_terms(table, covariates)
    matrix = encoded(table, terms)
    if len(matrix.columns):
        _refuse_useless(matrix)
    return matrix, tuple(term for term in terms if term.code != 0), tuple(notes)


def _refuse_useless(matrix: pd.DataFrame) -> None:
    if not matrix.columns.is_unique:
        twice = matrix.columns[matrix.columns.duplicated()].unique()
        raise DataError(
            Text(
                "Two covariates give a term {twice}. Rename a column or a category.",
                "Dos covariables dan un término {twice}. Cambie el nombre de una columna o de una categoría.",
                twice=checks.listed(map(repr, twice)),
            )
        )
    if constant := constant_columns(matrix):
        raise DataError(
            Text(
                "Covariates must vary between households; {constant} does not. Leave it out.",
                "Las covariables deben variar entre hogares; {constant} no varía. Quítela.",
                constant=checks.listed(map(repr, constant)),
            )
        )
    if collinear := collinear_columns(matrix):
        parts = [
            Text(
                "'{name}' by {parents}",
                "'{name}' por {parents}",
                name=name,
                parents=checks.listed(map(repr, parents)),
            )
            for name, parents in collinear.items()
        ]
        raise DataError(
            Text(
                "Covariates must not repeat each other; given are {parts}. Leave one out.",
                "Las covariables no deben repetirse entre sí; se dieron {parts}. Quite una.",
                parts=joined(parts, "; "),
            )
        )
