"""Covariates as numbers: indicators for categories, float64 for the rest."""

from __future__ import annotations

import datetime
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.errors import DataError
from impact.language import Text

_MOST_LEVELS = 100
_COLLINEAR = 1e-9


@dataclass(frozen=True, slots=True)
class Term:
    """One column of the covariates as numbers: a covariate, or one level of a category.

    Attributes
    ----------
    name : str
        Unique among the terms of a sample: the covariate's own name, or ``<column><level>`` as in R's model matrix; where
        another term has that name too, ``<column>=<level>``.
    column : str
        The covariate that it comes from.
    level : str or None
        The category that it marks; None for a number.
    code : int or None
        Place of the level among the covariate's categories.
    """

    name: str
    column: str
    level: str | None = None
    code: int | None = None


def covariate_terms(frame: pd.DataFrame, covariates: Sequence[str]) -> tuple[Term, ...]:
    """Return every number and every level of every category, the first level included, each with a name of its own."""
    found = [term for name in covariates for term in _terms_of(frame[name], name)]
    plain = Counter(term.name for term in found)
    taken = {term.name for term in found if term.level is None or plain[term.name] == 1}
    terms = []
    for term in found:
        name = term.name
        if term.level is not None and plain[name] > 1:
            name = _free_name(f"{term.column}={term.level}", taken)
            taken.add(name)
        terms.append(replace(term, name=name))
    return tuple(terms)


def _terms_of(column: pd.Series[Any], name: str) -> list[Term]:
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return [Term(name, name)]
    return [
        Term(f"{name}{level}", name, str(level), code) for code, level in enumerate(column.cat.categories)
    ]


def _free_name(wanted: str, taken: set[str]) -> str:
    candidates = itertools.chain([wanted], (f"{wanted} ({number})" for number in itertools.count(2)))
    return next(name for name in candidates if name not in taken)


def term_values(frame: pd.DataFrame, term: Term) -> NDArray[np.float64]:
    """Return a term's numbers, shape (n,): the covariate itself, or 1 where it has the level."""
    column = frame[term.column]
    values: NDArray[np.float64] = (
        column.to_numpy(dtype=np.float64)
        if term.code is None
        else (column.cat.codes.to_numpy() == term.code).astype(np.float64)
    )
    return values


def encode(frame: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """Return the covariates as a numeric table, categories as indicators of all levels but the first.

    Parameters
    ----------
    frame : DataFrame, shape (n, …)
        Prepared covariates: float64 or categorical.
    covariates : sequence of str
        Columns to encode, in this order.

    Returns
    -------
    DataFrame, shape (n, p)
        float64; its columns bear the names of the terms.
    """
    return encoded(frame, covariate_terms(frame, covariates))


def encoded(frame: pd.DataFrame, terms: Sequence[Term]) -> pd.DataFrame:
    """Return the numbers of terms, but for the first levels of categories, shape (n, p): one block of memory, read without a copy."""
    used = [term for term in terms if term.code != 0]
    values = np.empty((len(frame), len(used)), order="F")
    for column, term in zip(values.T, used, strict=True):
        column[:] = term_values(frame, term)
    return pd.DataFrame(values, index=frame.index, columns=[term.name for term in used], copy=False)


def prepare_covariate(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a covariate as float64, or as a categorical without unused levels.

    Raises
    ------
    DataError
        For dates, for numbers stored as text, and for text with so many levels that it looks like a name.
    """
    name = column.name
    if _holds_dates(column):
        raise DataError(
            Text(
                (
                    "Covariate '{name}' holds dates; a covariate must be a number or a category. Turn it into days since "
                    "a reference date, or into a category such as the year."
                ),
                (
                    "La covariable '{name}' tiene fechas; una covariable debe ser un número o una categoría. Conviértala "
                    "en días desde una fecha de referencia, o en una categoría como el año."
                ),
                name=name,
            )
        )
    plain = column.dtype == object and len(column.dropna()) > 0 and not _any_text(column)
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column) or plain:
        return as_float(column)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_unused_categories()
    return _text_to_category(column)


def as_float(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a numeric column as float64, missing values as NaN; text is a DataError naming the first offenders."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        if column.dtype == np.float64:
            return column
        return pd.Series(
            column.to_numpy(dtype=np.float64, na_value=np.nan), index=column.index, name=column.name
        )
    numbers = pd.to_numeric(column, errors="coerce") if column.dtype == object else None
    if numbers is not None and (numbers.isna() == column.isna()).all() and not _any_text(column):
        return numbers.astype(np.float64)
    offenders = column[column.notna()]
    if numbers is not None:
        offenders = (
            column[column.notna() & numbers.isna()] if (column.notna() & numbers.isna()).any() else offenders
        )
    raise DataError(
        Text(
            (
                "Column '{name}' must hold numbers; got text ({dtype}), first: {first}. Convert it, for instance "
                "with pandas.to_numeric, after looking at these values."
            ),
            (
                "La columna '{name}' debe tener números; tiene texto ({dtype}), primero: {first}. Corrija esos "
                "valores en el archivo, o nómbrelos en missing_codes."
            ),
            name=column.name,
            dtype=column.dtype,
            first=checks.listed(
                Text("{value!r} in row {row}", "{value!r} en la fila {row}", value=value, row=str(row))
                for row, value in offenders.head(3).items()
            ),
        )
    )


def constant_columns(matrix: pd.DataFrame) -> list[str]:
    """Return the names of columns with a single value."""
    values = matrix.to_numpy()
    return [
        str(name)
        for name, low, high in zip(matrix.columns, values.min(0), values.max(0), strict=True)
        if low == high
    ]


def collinear_columns(matrix: pd.DataFrame) -> dict[str, list[str]]:
    """Return each column that the earlier ones (and a constant) reproduce, with the columns that reproduce it.

    Notes
    -----
    Columns are standardised and regressed on the independent columns before them through their correlation matrix; a column
    whose residual share of variance is below 1e-9 is collinear.
    """
    values = matrix.to_numpy()
    centred = values - values.mean(0)
    return collinear_in(centred.T @ centred, [str(name) for name in matrix.columns])


def collinear_in(cross_products: NDArray[np.float64], names: Sequence[str]) -> dict[str, list[str]]:
    """Return what ``collinear_columns`` does, from the columns' cross-products about their means, shape (p, p)."""
    norms = np.sqrt(np.diag(cross_products))
    correlation = cross_products / np.outer(norms, norms)
    independent: list[int] = []
    found: dict[str, list[str]] = {}
    for j in range(correlation.shape[0]):
        if independent:
            loads = np.linalg.solve(
                correlation[np.ix_(independent, independent)], correlation[independent, j]
            )
            unexplained = correlation[j, j] - correlation[independent, j] @ loads
            if unexplained < _COLLINEAR:
                parents = [names[i] for i, load in zip(independent, loads, strict=True) if abs(load) > 1e-6]
                found[names[j]] = parents
                continue
        independent.append(j)
    return found


def idle_in(cross_products: NDArray[np.float64], names: Sequence[str]) -> dict[str, list[str]]:
    """Return each column that says nothing beside the others, from cross-products: zero ones (with no parents), and the collinear ones."""
    varies = np.flatnonzero(np.diag(cross_products) > 0).tolist()
    still: dict[str, list[str]] = {name: [] for k, name in enumerate(names) if k not in varies}
    return still | collinear_in(cross_products[np.ix_(varies, varies)], [names[k] for k in varies])


def collinear_terms(matrix: pd.DataFrame) -> dict[str, list[str]]:
    """Return each column that says nothing beside the others: those that do not vary (with no parents), and the collinear ones."""
    constant = constant_columns(matrix)
    varying = matrix.drop(columns=constant)
    found = collinear_columns(varying) if varying.shape[1] else {}
    return {name: [] for name in constant} | found


def described_terms(terms: Mapping[str, Sequence[str]]) -> tuple[Text, ...]:
    """Return collinear terms in words: each with what it follows from."""
    return tuple(
        Text(
            "'{name}' (follows from {parents})",
            "'{name}' (se sigue de {parents})",
            name=name,
            parents=tuple(Text("'{name}'", name=parent) for parent in parents),
        )
        if parents
        else Text("'{name}' (does not vary)", "'{name}' (no varía)", name=name)
        for name, parents in terms.items()
    )


def _text_to_category(column: pd.Series[Any]) -> pd.Series[Any]:
    present = column.dropna()
    if len(present) and pd.to_numeric(present, errors="coerce").notna().all():
        raise DataError(
            Text(
                (
                    "Covariate '{name}' holds numbers stored as text (first: {first}). Convert it with pandas.to_numeric "
                    "if it is a quantity, or with .astype('category') if it is a code."
                ),
                (
                    "La covariable '{name}' tiene números guardados como texto (primero: {first}). Nómbrela en numeric "
                    "si es una cantidad, o en categorical si es un código."
                ),
                name=column.name,
                first=checks.listed(map(repr, present.head(3))),
            )
        )
    category = column.astype("category")
    if len(category.cat.categories) > _MOST_LEVELS:
        raise DataError(
            Text(
                (
                    "Covariate '{name}' is text with {number:,} different values, more than {most_levels}: it looks like "
                    "a name or an identifier. Group its values, or convert it to 'category' if every level is meant."
                ),
                (
                    "La covariable '{name}' es texto con {number:,} valores distintos, más de {most_levels}: parece un "
                    "nombre o un identificador. Agrupe sus valores, o nómbrela en categorical si cada nivel es "
                    "intencional."
                ),
                name=column.name,
                number=len(category.cat.categories),
                most_levels=_MOST_LEVELS,
            )
        )
    return category


def _holds_dates(column: pd.Series[Any]) -> bool:
    if isinstance(column.dtype, pd.PeriodDtype) or pd.api.types.is_datetime64_any_dtype(column):
        return True
    dates = (datetime.date, pd.Period)
    return column.dtype == object and bool(column.map(lambda value: isinstance(value, dates)).any())


def _any_text(column: pd.Series[Any]) -> bool:
    return bool(column.map(lambda value: isinstance(value, str)).any())
