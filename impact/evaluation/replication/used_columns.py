"""Which columns an evaluation needs: the rest of a survey stays at home."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from impact.evaluation.configuration import Configuration

_SILENT = ("title", "labels", "package")
"""Tables and keys whose texts name no column that is needed."""
_WORD = re.compile(r"\w+")
_PERSONAL = re.compile(
    r"(^|_)(nombres?|names?|apellidos?|surname|telefono|tel|phone|celular|cedula|ci|nit|rut|dni|passport|email|correo|"
    r"direccion|address|gps|lat|latitud|latitude|lon|lng|longitud|longitude)(_|$)"
)


def columns_of_analysis(configuration: Configuration, values: Mapping[str, Any]) -> frozenset[str]:
    """Return the columns that an evaluation may read: those that its configuration names, and those that outcomes and rules imply.

    Parameters
    ----------
    configuration : Configuration
    values : mapping
        The configuration as ``tomllib`` gives it. A formula names the columns that are words of it.
    """
    spoken = {name: value for name, value in values.items() if name not in _SILENT}
    named = {part for text in _texts(spoken) for part in (text, *_WORD.findall(text))}
    read = [column for outcome in configuration.outcomes for column in (*outcome.columns, outcome.persons)]
    return frozenset((*named, *(column for column in read if column), *_ruled(configuration)))


def recoded_columns(configuration: Configuration, columns: frozenset[str]) -> frozenset[str]:
    """Return the columns that tell who a unit is: its own code, its group's, and the keys by which tables join."""
    roles, data = configuration.roles, configuration.data
    keys = {source.key for source in data.tables.values()}
    declared = {
        name
        for table in (data.schema.tables.values() if data.schema is not None else ())
        for name, field in table.fields.items()
        if field.role in ("id", "cluster") and field.type == "string"
    }
    named = {roles["id"], roles["cluster"], *keys, *(declared & columns)}
    if data.rule is not None:
        named.add(data.rule.group)
    return frozenset(name for name in named if name)


def sounds_personal(column: str) -> bool:
    """Return whether a column's name is that of a personal detail or a place.

    Examples
    --------
    >>> [sounds_personal(name) for name in ("telefono_jefe", "gps_lat", "latencia", "Nombre", "income")]
    [True, True, False, True, False]
    """
    return _PERSONAL.search(column.lower()) is not None


def _ruled(configuration: Configuration) -> Iterator[str]:
    """Yield the columns by which treatment follows from dates, and those that link the schema's tables."""
    rule, schema = configuration.data.rule, configuration.data.schema
    if rule is not None:
        yield from (rule.treatment, rule.group, rule.interview, rule.date)
    tables = configuration.data.sources(configuration.language)
    if schema is not None and len(tables) > 1:
        for name in set(tables) & set(schema.tables):
            for key in schema.tables[name].foreign_keys:
                yield from key.columns


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield str(key)
            yield from _texts(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _texts(part)
