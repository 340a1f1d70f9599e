"""The roles of a registry's columns, and that every file holds them alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.registry.reading.partitions import Partition
from impact.survey.outcome import Outcome
from impact.survey.sample_roles import roles_of

_NUMBERS = ("whole numbers", "decimals", "true/false")


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """Which column plays which part; as in ``im.Sample``, with the cells beside.

    Attributes
    ----------
    treatment : str
    covariates : tuple of str
    outcomes : tuple of Outcome
    cluster, sampling_weight, id : str or None
    cells : tuple of str
        Columns whose combinations of values are the exact cells.
    further : tuple of str
        Columns of numbers that a later call reads.
    """

    treatment: str
    covariates: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    cluster: str | None
    sampling_weight: str | None
    id: str | None
    cells: tuple[str, ...]
    further: tuple[str, ...]

    def by_role(self) -> dict[str, list[str]]:
        """Return the columns of each role, as a sample has them, and the cells and further columns."""
        named = roles_of(
            self.treatment, self.covariates, self.outcomes, self.cluster, self.sampling_weight, None, self.id
        )
        return named | {"cells": list(self.cells), "further": list(self.further)}

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read, once."""
        return tuple(dict.fromkeys(column for columns in self.by_role().values() for column in columns))

    @property
    def labels(self) -> tuple[str, ...]:
        """Columns whose values are names: the cluster, the cells."""
        return tuple(name for name in dict.fromkeys((self.cluster, *self.cells)) if name)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Columns of numbers that are no covariates: outcomes, household sizes, the weight, further ones."""
        roles = self.by_role()
        wanted = (
            *roles.get("sampling_weight", []),
            *roles["outcomes"],
            *roles["persons"],
            *self.further,
        )
        return tuple(name for name in dict.fromkeys(wanted) if name not in self.covariates)

    @property
    def needed(self) -> tuple[str, ...]:
        """Columns without which a row is not complete."""
        return tuple(name for name in self.columns if name not in self.further and name != self.id)

    def role_of(self, column: str) -> str:
        """Return the role of a column, for messages."""
        return next(role for role, columns in self.by_role().items() if column in columns)


def refuse_two_roles(roles: ColumnRoles) -> None:
    """Require that a column has one role; cells may be covariates, and further columns are read beside."""
    seen: dict[str, str] = {}
    for role, columns in roles.by_role().items():
        if role in ("persons", "cells", "further"):
            continue
        for column in columns:
            if column in seen:
                both = Text("{role} and {other}", "{role} y {other}", role=seen[column], other=role)
                repeated = Text("{role}, twice", "{role}, dos veces", role=role)
                raise OptionError(
                    Text(
                        "Column '{column}' has two roles ({where}); each column has exactly one. Name it once.",
                        (
                            "La columna '{column}' tiene dos roles ({where}); cada columna tiene exactamente uno. Nómbrela una "
                            "vez."
                        ),
                        column=column,
                        where=both if seen[column] != role else repeated,
                    )
                )
            seen[column] = role
    wrong = [name for name in roles.cells if seen.get(name) in ("treatment", "outcomes")]
    if wrong:
        raise OptionError(
            Text(
                "cells names {columns}, the treatment or an outcome. Units agree on a cell before the programme.",
                (
                    "cells nombra {columns}, el tratamiento o un resultado. Las unidades coinciden en una celda antes "
                    "del programa."
                ),
                columns=checks.listed(map(repr, wrong)),
            )
        )
    _refuse_labels_of_cells(roles)


def _refuse_labels_of_cells(roles: ColumnRoles) -> None:
    """Refuse columns whose name the table of cells has, and the cluster where numbers are asked for."""
    taken = [name for name in roles.cells if name in ("rows", "treated", "control")]
    if taken:
        raise OptionError(
            Text(
                "cells names {columns}, as the counts of a cell are called. Give the column another name.",
                "cells nombra {columns}, que es como se llaman los conteos de una celda. Dé otro nombre a la columna.",
                columns=checks.listed(map(repr, taken)),
            )
        )
    if roles.cluster in roles.further:
        raise OptionError(
            Text(
                "further names the cluster, '{column}', which is read as labels. Leave it out, or give its numbers a column of their own.",
                "further nombra el cluster, '{column}', que se lee como etiquetas. Quítelo, o dé a sus números una columna propia.",
                column=roles.cluster,
            )
        )


def check_files(partitions: Sequence[Partition], roles: ColumnRoles) -> dict[str, str]:
    """Require that every file has every column, with values of one kind; return each column's kind.

    Raises
    ------
    OptionError
        No file has a column.
    DataError
        One file lacks a column, or holds another kind of values in it; the file is named.
    """
    everywhere = {name for part in partitions for name in part.kinds}
    for role, columns in roles.by_role().items():
        checks.columns_present(role, columns, everywhere)
    kinds: dict[str, str] = {}
    for name in roles.columns:
        holders = [part for part in partitions if name in part.kinds]
        for part in partitions:
            if name not in part.kinds:
                raise DataError(
                    Text(
                        (
                            "File '{file}' lacks the column '{name}' ({role}), which '{other}' has. Every file needs every "
                            "column of the roles: write it anew with it, or take it out of the folder."
                        ),
                        (
                            "Al archivo '{file}' le falta la columna '{name}' ({role}), que '{other}' tiene. Cada archivo "
                            "necesita todas las columnas con un papel: escríbalo de nuevo con ella, o sáquelo de la carpeta."
                        ),
                        file=part.name,
                        name=name,
                        role=roles.role_of(name),
                        other=holders[0].name,
                    )
                )
        kinds[name] = _one_kind(name, holders, roles)
    return kinds


def _one_kind(name: str, partitions: Sequence[Partition], roles: ColumnRoles) -> str:
    """Return what a column holds; numbers of different kinds are numbers, but names have one kind."""
    known = [part for part in partitions if part.kinds[name] != "nothing"] or list(partitions)
    first = known[0]
    strict = name in roles.labels or name == roles.id
    for part in known[1:]:
        same = part.kinds[name] == first.kinds[name]
        both_numbers = part.kinds[name] in _NUMBERS and first.kinds[name] in _NUMBERS
        if not same and (strict or not both_numbers):
            raise DataError(
                Text(
                    (
                        "Column '{name}' ({role}) holds {kind} in '{file}' and {other_kind} in '{other}'. The same value "
                        "must be written the same way in every file: convert one of them."
                    ),
                    (
                        "La columna '{name}' ({role}) tiene {kind} en '{file}' y {other_kind} en '{other}'. El mismo valor "
                        "debe escribirse igual en todos los archivos: convierta uno de ellos."
                    ),
                    name=name,
                    role=roles.role_of(name),
                    kind=_said(part.kinds[name]),
                    file=part.name,
                    other_kind=_said(first.kinds[name]),
                    other=first.name,
                )
            )
    kind = first.kinds[name]
    text_allowed = strict or name in roles.covariates
    if kind not in _NUMBERS and not (kind == "text" and text_allowed):
        required = Text("numbers or text", "números o texto") if text_allowed else Text("numbers", "números")
        raise DataError(
            Text(
                "Column '{name}' ({role}) must hold {required}; got {kind}, first in '{file}'. {remedy}",
                "La columna '{name}' ({role}) debe tener {required}; tiene {kind}, primero en '{file}'. {remedy}",
                name=name,
                role=roles.role_of(name),
                required=required,
                kind=_said(kind),
                file=first.name,
                remedy=_RECODE if name == roles.treatment else _CONVERT,
            )
        )
    return kind


_CONVERT = Text("Convert it.", "Conviértala.")
_RECODE = Text(
    "Write 1 for beneficiaries and 0 for the comparison group.",
    "Escriba 1 para beneficiarios y 0 para el grupo de comparación.",
)
_KINDS = {
    "text": Text("text", "texto"),
    "true/false": Text("true/false", "verdadero/falso"),
    "whole numbers": Text("whole numbers", "números enteros"),
    "decimals": Text("decimals", "decimales"),
    "dates": Text("dates", "fechas"),
    "nothing": Text("nothing", "nada"),
}


def _said(kind: str) -> Text | str:
    """Return what a column holds as a message says it; another type by its name in Arrow."""
    return _KINDS.get(kind, kind)
