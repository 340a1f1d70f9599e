"""What every file reader hands over, and what every file's columns must satisfy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from impact.checks import listed
from impact.language import Text, refusal

if TYPE_CHECKING:
    import pandas as pd

_SEPARATOR = Text(
    "If the columns are separated by an unusual character, name it, such as separator = '|'.",
    "Si un carácter poco común separa las columnas, indíquelo, como separator = '|'.",
)
_WHOLE_TABLE = Text(
    "Save the whole table again, with the columns of treatment, covariates and outcomes.",
    "Guarde de nuevo la tabla completa, con las columnas de tratamiento, covariables y resultados.",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FileContent:
    """The records of a file with the labels and codes that came with them."""

    frame: pd.DataFrame
    labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[object, str]] = field(default_factory=dict)
    missing_codes: Mapping[str, pd.Series] = field(default_factory=dict)


def check_columns(names: Sequence[object], rows: int, source: str, language: str) -> None:
    """Require two or more columns, each with a name of its own, and at least one row."""
    check_header(names, source, language)
    if rows == 0:
        raise refusal(
            language,
            en=f"{source} has a header but no rows.",
            es=f"{source} tiene encabezado pero ninguna fila.",
        )


def check_header(names: Sequence[object], source: str, language: str, separated: bool = False) -> None:
    """Require two or more columns, each with a name of its own; a text file, whose cells are ``separated``, may hold them in one."""
    texts = ["" if name is None else str(name).strip() for name in names]
    if unnamed := [position for position, text in enumerate(texts, start=1) if not text]:
        raise refusal(
            language,
            en=f"Every column of {source} needs a name in its first line; column {listed(unnamed)} of "
            f"{len(texts)} has "
            "none. Put the names in the first line, one line high, with no title above.",
            es=f"Cada columna de {source} necesita un nombre en la primera línea; falta en la columna "
            f"{listed(unnamed).es} "
            f"de {len(texts)}. Ponga los nombres en la primera línea, en una sola línea y sin título encima.",
        )
    if twice := sorted({text for text in texts if texts.count(text) > 1}):
        where = ", ".join(str(position) for position, text in enumerate(texts, start=1) if text == twice[0])
        raise refusal(
            language,
            en=f"Column names must differ; {source} has {twice[0]!r} in columns {where}. Rename or delete "
            "one of them.",
            es=f"Los nombres de columna deben ser distintos; {source} repite {twice[0]!r} en las columnas "
            f"{where}. "
            "Cambie el nombre de una o bórrela.",
        )
    if len(texts) < 2:
        raise refusal(
            language,
            en=f"A survey table needs at least two columns; {source} has one ({texts[0][:40]!r}). "
            + (_SEPARATOR.en if separated else _WHOLE_TABLE.en),
            es=f"Una tabla de encuesta necesita al menos dos columnas; {source} tiene una ({texts[0][:40]!r}). "
            + (_SEPARATOR.es if separated else _WHOLE_TABLE.es),
        )
