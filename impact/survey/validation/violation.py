"""One rule broken in one column: the rows, the values, and what to do about it, in Spanish and English."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from impact.language import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from impact.survey.validation.typed_table import TypedTable

MASK = "***"

RULES: Mapping[str, Text] = {
    "missing_column": Text(en="column absent", es="falta la columna"),
    "required": Text(en="value required", es="valor obligatorio"),
    "type": Text(en="wrong type", es="tipo equivocado"),
    "whole": Text(en="whole number", es="número entero"),
    "range": Text(en="out of range", es="fuera de rango"),
    "category": Text(en="unknown answer", es="respuesta desconocida"),
    "pattern": Text(en="wrong form", es="forma equivocada"),
    "duplicate": Text(en="duplicate", es="duplicado"),
    "foreign_key": Text(en="no match in the other table", es="sin par en la otra tabla"),
    "future_date": Text(en="date in the future", es="fecha en el futuro"),
    "date_order": Text(en="dates out of order", es="fechas en desorden"),
    "sum": Text(en="parts do not add up", es="las partes no suman"),
    "product": Text(en="product does not agree", es="el producto no coincide"),
    "ceiling": Text(en="part exceeds the whole", es="la parte supera al total"),
    "treatment_constant": Text(
        en="treatment varies within the group", es="el tratamiento varía en la organización"
    ),
    "treatment_dates": Text(en="treatment contradicts the dates", es="el tratamiento contradice las fechas"),
    "group_without_units": Text(en="group without records", es="grupo sin registros"),
    "sampled_rows": Text(en="records are not those sampled", es="los registros no son los de la muestra"),
    "same_as_group": Text(en="contradicts the group", es="contradice a la organización"),
    "weight_of_group": Text(en="weight is not members ÷ sampled", es="el factor no es socios ÷ muestra"),
    "control_disbursed": Text(en="control already disbursed", es="control ya desembolsado"),
    "control_not_approved": Text(en="control not yet approved", es="control aún no aprobado"),
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ComparedSides:
    """Two sides of a rule, of which the first should stand in another relation to the second.

    Attributes
    ----------
    given, other : ndarray, shape (violations,)
    sign : str
        The relation that was found: ``≠`` or ``<``.
    """

    given: NDArray[Any]
    other: NDArray[Any]
    sign: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Finding:
    """The rows of one table that break one rule in one column.

    Attributes
    ----------
    table, column, rule : str
        ``rule`` is a key of ``RULES``.
    problem, remedy : Text
        What is required, and what to do.
    rows : ndarray of int, shape (violations,)
        Positions of the rows, from 0; empty where the column is absent.
    values : ndarray, shape (violations,), ComparedSides or None
        What the rows hold; None where the field is sensitive and its values are masked.
    """

    table: str
    column: str
    rule: str
    problem: Text
    remedy: Text
    rows: NDArray[np.intp]
    values: NDArray[Any] | ComparedSides | None

    @property
    def count(self) -> int:
        """Number of violations: rows, or one where a whole column is absent."""
        return max(len(self.rows), 1)

    def shown(self, limit: int) -> list[str]:
        """Return the values of the first rows as a reader would write them."""
        if self.values is None:
            return [MASK] * min(limit, len(self.rows))
        if not isinstance(self.values, ComparedSides):
            return [as_written(value) for value in self.values[:limit]]
        pairs = zip(self.values.given[:limit], self.values.other[:limit], strict=True)
        return [
            Text("{a} {sign} {b}", "{a} {sign} {b}", a=as_written(a), sign=self.values.sign, b=as_written(b))
            for a, b in pairs
        ]


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A rule that could not be checked, and why."""

    table: str
    rule: str
    reason: Text


def found(
    table: TypedTable,
    column: str,
    rule: str,
    broken: NDArray[np.bool_],
    *,
    problem: Text,
    remedy: Text,
    compared: ComparedSides | None = None,
) -> list[Finding]:
    """Return the finding of a rule's broken rows, or nothing where every row keeps it.

    Parameters
    ----------
    table : TypedTable
    column : str
        Column that the violation is shown at.
    rule : str
        Key of ``RULES``.
    broken : ndarray of bool, shape (rows,)
    problem, remedy : Text
    compared : ComparedSides, optional
        The two sides to show for the broken rows; None: the column's own cells.
    """
    rows = np.flatnonzero(broken)
    if not len(rows):
        return []
    values = None if compared is not None and table.schema.fields[column].sensitive else compared
    return [
        Finding(table.schema.name, column, rule, problem, remedy, rows, values or _cells(table, column, rows))
    ]


def _cells(table: TypedTable, column: str, rows: NDArray[Any]) -> NDArray[Any] | None:
    """Return what the rows hold in a column, as the file has it; None for a sensitive field."""
    if table.schema.fields[column].sensitive:
        return None
    held: NDArray[Any] = table.original[column].iloc[rows].to_numpy(dtype=object)
    return held


def as_written(value: object) -> str:
    """Return a cell as a reader would write it: a whole number without ``.0``, a day without a time."""
    if value is None or value != value:
        return ""
    if isinstance(value, datetime.date):
        written = str(value).removesuffix(" 00:00:00")
        return Text("{day}", "{day}", day=value) if len(written) == len("2014-12-31") else written
    if isinstance(value, np.datetime64):
        return as_written(value.astype("datetime64[D]").astype(datetime.date))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.10g}"
    return str(value)
