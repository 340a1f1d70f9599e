"""Columns of a table by name, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.covariates import encode, prepare_covariate


def require_table(frame: object) -> None:
    """Require a table with rows."""
    checks.instance("frame", frame, Text("a DataFrame", "un DataFrame"), isinstance(frame, pd.DataFrame))
    if isinstance(frame, pd.DataFrame) and frame.empty:
        raise DataError(
            Text(
                "frame has no rows. Pass the survey table.",
                "frame no tiene filas. Dé la tabla de la encuesta.",
            )
        )


def column(frame: pd.DataFrame, argument: str, name: str) -> pd.Series:
    """Return one column by its name; ``argument`` is what the caller calls it."""
    checks.instance(
        argument, name, Text("the name of a column", "el nombre de una columna"), isinstance(name, str)
    )
    checks.columns_present(argument, [name], frame.columns)
    chosen = frame[name]
    if isinstance(chosen, pd.DataFrame):
        raise DataError(
            Text(
                "{argument} names {name!r}, which the table has {chosen} times.",
                "{argument} nombra {name!r}, que la tabla tiene {chosen} veces.",
                argument=argument,
                name=name,
                chosen=chosen.shape[1],
            )
        )
    return chosen


def amounts(frame: pd.DataFrame, argument: str, name: str, *, missing: bool = False) -> Array:
    """Return a column of numbers; infinite ones, text and (unless ``missing``) gaps are an error."""
    chosen = column(frame, argument, name)
    if isinstance(chosen.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(chosen):
        raise DataError(
            Text(
                (
                    "{argument} {name!r} must hold numbers; it holds {dtype}. Write numbers in every cell (pandas.to_numeric "
                    "converts text that reads as numbers)."
                ),
                (
                    "{argument} {name!r} debe tener números; tiene {dtype}. Escriba números en cada celda (pandas.to_numeric "
                    "convierte texto que se lee como número)."
                ),
                argument=argument,
                name=name,
                dtype=chosen.dtype,
            )
        )
    values: Array = np.asarray(chosen.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan))
    wrong = np.isinf(values) | (np.isnan(values) if not missing else False)
    if wrong.any():
        raise DataError(
            Text(
                (
                    "{rows} of {number:,} {rows:lacks|lack} a finite number in {argument} {name!r} (first: {first}). Fill them in or "
                    "exclude these rows."
                ),
                (
                    "A {rows} de {number:,} les falta un número finito en {argument} {name!r} (primero: {first}). "
                    "Complételos o excluya esas filas."
                ),
                rows=checks.counted(int(wrong.sum()), "row"),
                number=len(frame),
                argument=argument,
                name=name,
                first=checks.listed(frame.index[wrong]),
            )
        )
    return values


def sampling_weights(frame: pd.DataFrame, weights: str | None) -> Array:
    """Return the sampling weights: finite, none negative, not all 0; ones without a column."""
    if weights is None:
        return np.ones(len(frame))
    values = amounts(frame, "weights", weights)
    negative = values < 0
    if negative.any():
        raise DataError(
            Text(
                "weights {weights!r} must be at least 0; {rows} {rows:lies|lie} below (first: {first}).",
                "weights {weights!r} debe ser al menos 0; por debajo: {rows} (primero: {first}).",
                weights=weights,
                rows=checks.counted(int(negative.sum()), "row"),
                first=checks.listed(frame.index[negative]),
            )
        )
    if not values.any():
        raise DataError(
            Text(
                "weights {weights!r} are all 0, so that nobody counts. Check the column.",
                "weights {weights!r} son todos 0, de modo que nadie cuenta. Revise la columna.",
                weights=weights,
            )
        )
    return values


def indicators(frame: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """Return covariates as numbers, categories as indicators of all levels but the first; none may be missing."""
    for name in covariates:
        lacking = column(frame, "covariates", name).isna().to_numpy()
        if lacking.any():
            raise DataError(
                Text(
                    "{rows} of {number:,} {rows:lacks|lack} covariate {name!r} (first: {first}). Exclude them or fill them in.",
                    "A {rows} de {number:,} les falta la covariable {name!r} (primero: {first}). Exclúyalas o complételas.",
                    rows=checks.counted(int(lacking.sum()), "row"),
                    number=len(frame),
                    name=name,
                    first=checks.listed(frame.index[lacking]),
                )
            )
    prepared = pd.DataFrame({name: prepare_covariate(frame[name]) for name in covariates})
    return encode(prepared, list(covariates))


def subgroup_rows(
    frame: pd.DataFrame, by: str | Sequence[str] | None
) -> tuple[tuple[str, ...], np.ndarray, int]:
    """Return the labels of the subgroups, each row's label number (−1 without one), and the rows without one.

    Parameters
    ----------
    frame : DataFrame
    by : str, sequence of str or None
        None: everybody, labelled "all". Categories keep their order and stand even where empty; of several
        columns, the combinations that occur.
    """
    if by is None:
        return ("all",), np.zeros(len(frame), dtype=np.intp), 0
    names = [by] if isinstance(by, str) else list(by)
    if not names:
        raise OptionError(
            Text(
                "by must name at least one column; got none. Leave it out for everybody.",
                "by debe nombrar al menos una columna; no nombra ninguna. Quítelo para todos.",
            )
        )
    columns = [column(frame, "by", name) for name in names]
    if len(columns) == 1 and isinstance(columns[0].dtype, pd.CategoricalDtype):
        codes = columns[0].cat.codes.to_numpy().astype(np.intp)
        return tuple(map(str, columns[0].cat.categories)), codes, int((codes < 0).sum())
    keys = pd.MultiIndex.from_arrays([_ordered(values) for values in columns])
    lacking = np.zeros(len(frame), dtype=bool)
    for values in columns:
        lacking |= values.isna().to_numpy()
    codes, levels = pd.factorize(keys, sort=True)
    labels = tuple(" / ".join(map(str, key if isinstance(key, tuple) else (key,))) for key in levels)
    codes = np.where(lacking, -1, codes).astype(np.intp)
    kept = [number for number in range(len(labels)) if (codes == number).any()]
    position = np.full(len(labels) + 1, -1, dtype=np.intp)
    position[kept] = np.arange(len(kept))
    return tuple(labels[number] for number in kept), position[codes], int(lacking.sum())


def _ordered(values: pd.Series) -> pd.Series:
    return values.astype(object) if isinstance(values.dtype, pd.CategoricalDtype) else values
