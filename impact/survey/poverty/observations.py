"""The columns of a survey that a poverty estimate reads, checked and aligned before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.survey.clusters import SurveyDesign, group_codes
from impact.survey.poverty.line_table import LinesByRow

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

EVERYBODY = "all"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Observations:
    """Incomes with their weights, survey design and subgroups, one entry per row.

    Attributes
    ----------
    income : ndarray, shape (n,)
        As given, negative incomes included; some known income where it is missing.
    known : ndarray of bool, shape (n,)
        Rows with an income. The others stay in the survey design and count nowhere else: they are no part of the domain.
    weights : ndarray, shape (n,)
        Sampling weights above zero; ones where none were given.
    persons : ndarray, shape (n,), or None
        Household sizes above zero.
    design : SurveyDesign
        Clusters and strata.
    subgroups : dict of str to ndarray of bool, shape (n,)
        Everybody first, then each subgroup.
    """

    income: NDArray[np.float64]
    known: NDArray[np.bool_]
    weights: NDArray[np.float64]
    persons: NDArray[np.float64] | None
    design: SurveyDesign
    subgroups: dict[str, NDArray[np.bool_]]

    @classmethod
    def of(
        cls,
        income: ArrayLike,
        weights: ArrayLike | None = None,
        cluster: ArrayLike | None = None,
        stratum: ArrayLike | None = None,
        persons: ArrayLike | None = None,
        by: ArrayLike | None = None,
    ) -> Observations:
        """Return the checked columns; :func:`impact.survey.poverty.indices.fgt` says what they are."""
        incomes, known = _incomes(income)
        rows = len(incomes)
        others = {"weights": weights, "cluster": cluster, "stratum": stratum, "persons": persons, "by": by}
        given = {name: values for name, values in others.items() if values is not None}
        refuse_misaligned({"income": income, **given}, rows)
        return cls(
            income=incomes,
            known=known,
            weights=np.ones(rows) if weights is None else _above_zero("weights", weights),
            persons=None if persons is None else _above_zero("persons", persons),
            design=SurveyDesign.of(rows, cluster, stratum),
            subgroups=_subgroups(rows, by),
        )


def _incomes(values: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return incomes and which of them are known; a missing one is replaced by one that is, so that it can be computed with."""
    import pandas as pd

    column = values if isinstance(values, pd.Series) else pd.Series(np.atleast_1d(np.asarray(values)))
    known = column.notna().to_numpy()
    if known.all() or not known.any():
        return numbers("income", values), np.ones(len(column), dtype=np.bool_)
    result = np.empty(len(column))
    result[known] = numbers("income", column[known])
    result[~known] = np.median(result[known])
    return result, known


def numbers(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Return a column as float64, or raise a DataError that counts the rows that are not finite numbers."""
    import pandas as pd

    column = values if isinstance(values, pd.Series) else pd.Series(np.atleast_1d(np.asarray(values)))
    if column.empty:
        raise DataError(
            Text(
                "{name} must hold at least one row; got none. Check the filter that made it.",
                "{name} debe tener al menos una fila; no tiene ninguna. Revise el filtro que la hizo.",
                name=name,
            )
        )
    try:
        result: NDArray[np.float64] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(
            Text(
                "{name} must hold numbers; got values such as {column!r} ({dtype}). Convert the column first.",
                "{name} debe tener números; tiene valores como {column!r} ({dtype}). Convierta antes la columna.",
                name=name,
                column=column.iloc[0],
                dtype=column.dtype,
            )
        ) from error
    astray = ~np.isfinite(result)
    if astray.any():
        raise DataError(
            Text(
                (
                    "{rows} of {rows_of} {rows:has|have} no finite {name} (first: {first}). Exclude them from every column, for "
                    "example with {name}.notna(), and report how many they were."
                ),
                (
                    "{rows} de {rows_of} no {rows:tiene|tienen} un valor finito de {name} (primero: {first}). Exclúyalas de todas las "
                    "columnas e informe cuántas fueron."
                ),
                rows=checks.counted(int(astray.sum()), "row"),
                rows_of=rows_of(result),
                name=name,
                first=checks.listed(column.index[astray]),
            )
        )
    return result


def rows_of(values: NDArray[np.float64]) -> str:
    """Return the number of rows as text."""
    return f"{len(values):,}"


def refuse_misaligned(columns: dict[str, Any], rows: int) -> None:
    """Raise a DataError if columns differ in length, or pandas columns in their index."""
    for name, values in columns.items():
        if len(values) != rows:
            raise DataError(
                Text(
                    (
                        "{name} must have one entry per row of income; got {number:,} for {rows:,} rows. Take both from the "
                        "same table."
                    ),
                    (
                        "{name} debe tener una entrada por fila del ingreso; tiene {number:,} para {rows:,} filas. Tome "
                        "ambas de la misma tabla."
                    ),
                    name=name,
                    number=len(values),
                    rows=rows,
                )
            )
    labelled = {
        name: values.index
        for name, values in columns.items()
        if hasattr(values, "index") and hasattr(values, "iloc")
    }
    for name, index in labelled.items():
        first = next(iter(labelled))
        if not index.equals(labelled[first]):
            raise DataError(
                Text(
                    (
                        "{name} and {first} must have the same index in the same order; they differ. Take both from the same "
                        "table, or align them with {name}.loc[{first}.index]."
                    ),
                    "{name} y {first} deben tener el mismo índice en el mismo orden; difieren. Tome ambas de la misma tabla.",
                    name=name,
                    first=first,
                )
            )


def refuse_other_rows(line: object, income: ArrayLike) -> None:
    """Raise a DataError if lines looked up by row belong to other rows than the incomes."""
    if isinstance(line, LinesByRow):
        refuse_misaligned({"income": income, "line": line.values}, np.size(income))


def _above_zero(name: str, values: ArrayLike) -> NDArray[np.float64]:
    result = numbers(name, values)
    low = result <= 0
    if low.all():
        raise DataError(
            Text(
                "{name} must be above 0; all {number:,} rows are not. Check that it is the right column.",
                "{name} debe ser mayor que 0; ninguna de las {number:,} filas lo es. Revise que sea la columna correcta.",
                name=name,
                number=len(result),
            )
        )
    if low.any():
        import pandas as pd

        index = values.index if isinstance(values, pd.Series) else pd.RangeIndex(len(result))
        raise DataError(
            Text(
                (
                    "{name} must be above 0; {rows} of {rows_of} {rows:is|are} not (first: {first}). Correct them or exclude these "
                    "rows; for a subgroup pass by=, which keeps the survey design whole."
                ),
                (
                    "{name} debe ser mayor que 0; {rows} de {rows_of} no lo {rows:es|son} (primero: {first}). Corríjalas o excluya "
                    "esas filas; para un subgrupo use by, que conserva entero el diseño de la encuesta."
                ),
                name=name,
                rows=checks.counted(int(low.sum()), "row"),
                rows_of=rows_of(result),
                first=checks.listed(index[low]),
            )
        )
    return result


def _subgroups(rows: int, by: ArrayLike | None) -> dict[str, NDArray[np.bool_]]:
    everybody = {EVERYBODY: np.ones(rows, dtype=bool)}
    if by is None:
        return everybody
    import pandas as pd

    column = pd.Series(by)
    codes = group_codes(column, "by")
    labels = [str(label) for label in pd.factorize(column, sort=True)[1]]
    if len({EVERYBODY, *labels}) <= len(labels):
        raise DataError(
            Text(
                (
                    "The labels of by must differ from each other as text, and from {everybody!r}, which names "
                    "everybody; got {labels}. Rename them."
                ),
                (
                    "Las etiquetas de by deben diferir entre sí como texto, y de {everybody!r}, que nombra a todos; se "
                    "dio {labels}. Cámbieles el nombre."
                ),
                everybody=EVERYBODY,
                labels=checks.listed(map(repr, labels)),
            )
        )
    return everybody | {label: codes == code for code, label in enumerate(labels)}
