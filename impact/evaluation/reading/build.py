"""Objects made from the tables of a file: the keys are the parameters of a constructor, their types its annotations."""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Iterable, Mapping
from dataclasses import is_dataclass
from typing import Any, TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

import impact
from impact.errors import ImpactError, OptionError
from impact.evaluation.reading.kinds import Kind, kind_of
from impact.evaluation.reading.learners import is_learner, learner
from impact.evaluation.reading.problems import Problems
from impact.evaluation.reading.toml_table import TomlTable
from impact.evaluation.reading.values import writable
from impact.language import Text

T = TypeVar("T")


def build(
    kind: type[T],
    table: TomlTable,
    seed: int | None = None,
    made: Mapping[str, Any] | None = None,
    beside: Iterable[str] = (),
) -> T:
    """Return an object made from the keys of a table that its constructor has parameters for.

    Parameters
    ----------
    kind : type
        A class with an annotated constructor, such as a dataclass.
    table : TomlTable
    seed : int, optional
        Goes to a parameter ``seed`` that the table leaves out, for components that always draw.
    made : mapping, optional
        Parameters whose value has been made already.
    beside : iterable of str
        Keys of the table that somebody else reads.

    Raises
    ------
    OptionError, DataError
        With file, line, table and key: a key is unknown, missing, of the wrong type, the object refuses its value, or needs what no file
        can hold.
    """
    parameters = inspect.signature(kind).parameters
    hints = _annotations(kind)
    arguments = dict(made or {})
    needed = [
        name
        for name, parameter in parameters.items()
        if parameter.default is inspect.Parameter.empty and name not in arguments
    ]
    for name in needed:
        if not _can_stand_in_a_file(hints[name]):
            raise _not_for_files(kind, table, name)
    problems = Problems(table.file)
    with problems.kept():
        table.refuse_unknown([*parameters, *beside], needed)
    if not problems.found:
        problems.found.extend(_missing(kind, table, name) for name in needed if name not in table.values)
    for name in parameters:
        if name in arguments:
            continue
        if name in table.values:
            with problems.kept():
                arguments[name] = _value(table, name, hints[name], seed)
        elif name == "seed" and seed is not None and parameters[name].default is not None:
            arguments[name] = seed
    problems.tell()
    try:
        return kind(**arguments)
    except ImpactError as problem:
        raise table.relocated(problem, named_in(problem, arguments)) from None


def _missing(kind: type, table: TomlTable, name: str) -> OptionError:
    return table.error(
        Text(
            "key '{name}' is missing; {who} needs it.",
            "falta la clave '{name}'; {who} la necesita.",
            name=name,
            who=_who(kind, table),
        )
    )


def _not_for_files(kind: type, table: TomlTable, name: str) -> OptionError:
    return table.error(
        Text(
            "{who} cannot be chosen in a file: its '{name}' is a table of data or a function, which Python alone can give. Choose another, "
            "or run the evaluation from Python.",
            "{who} no se puede elegir en un archivo: su '{name}' es una tabla de datos o una función, que solo se puede dar desde Python. "
            "Elija otra opción, o haga la evaluación desde Python.",
            who=_who(kind, table),
            name=name,
        ),
        next((key for key in (name, "type") if key in table.values), None),
    )


def named_in(problem: ImpactError, keys: Iterable[str]) -> str | None:
    """Return the key that a message begins with, if it does."""
    return next((key for key in keys if str(problem).startswith(f"{key} ")), None)


class _Series:
    """A Series, which pandas itself lets nobody write with the type of its values while a program runs."""

    def __class_getitem__(cls, kind: object) -> type:
        return cls


_USUAL = {"pd": types.SimpleNamespace(**(vars(pd) | {"Series": _Series})), "np": np}


class _PublicNames(dict[str, Any]):
    """The package's public names, pandas and numpy, for annotations whose names a module imports for the type checker alone."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, name: str) -> Any:
        if name in self._known or name not in (*impact.__all__, *_USUAL):
            raise KeyError(name)
        return _USUAL.get(name) or getattr(impact, name)


def _annotations(kind: type) -> dict[str, Any]:
    """Return the types of a constructor's parameters."""
    known = vars(sys.modules[kind.__module__])
    constructor = inspect.getattr_static(kind, "__init__")
    return get_type_hints(constructor, known, _PublicNames(known))


def component(table: TomlTable, key: str, kind: Kind, default: str | None = None) -> type:
    """Return the class that a key names, such as ``"nearest neighbour"``, or raise an OptionError that lists them.

    Parameters
    ----------
    table : TomlTable
    key : str
        Holds the name: words or the class's own name.
    kind : Kind
    default : str, optional
        The name where the key is absent.
    """
    name = table.get(key, str, default) if default is not None else table.required(key, str)
    return _named(table, key, str(name), kind)


def chosen_component(
    table: TomlTable, key: str, kind: Kind, seed: int | None = None, within: type = object
) -> Any:
    """Return a component given by its name, or by a table with ``type`` and its options."""
    value = table.values.get(key)
    if isinstance(value, dict):
        inner = table.table(key)
        assert inner is not None
        return _from_entry(inner, kind, seed, within)
    if not isinstance(value, str):
        raise table.error(
            Text(
                "key '{key}' must be the name of {noun}, or a table with its type and options; got {value!r}.",
                "la clave '{key}' debe ser el nombre de {noun}, o una tabla con su type y sus opciones; se dio {value!r}.",
                key=key,
                noun=kind.noun,
                value=value,
            ),
            key,
        )
    return build(_named(table, key, value, kind, within), TomlTable({}, table.name, table.file, {}), seed)


def _from_entry(inner: TomlTable, kind: Kind, seed: int | None, within: type = object) -> Any:
    if "type" not in inner.values:
        raise inner.error(
            Text(
                "key 'type' is missing; it names {noun}.",
                "falta la clave 'type'; nombra {noun}.",
                noun=kind.noun,
            )
        )
    named = _named(inner, "type", str(inner.values["type"]), kind, within)
    return build(named, inner, seed, beside=("type",))


def _named(table: TomlTable, key: str, name: str, kind: Kind, within: type = object) -> type:
    found = kind.find(name, within)
    if found is None:
        refusal = kind.refusal(name, within, _can_be_chosen)
        raise table.error(
            Text("key '{key}' {refusal}", "la clave '{key}' {refusal}", key=key, refusal=refusal), key
        )
    return found


def _value(table: TomlTable, key: str, annotation: Any, seed: int | None) -> Any:
    """Return what a key holds: a component, several of them, or a plain value."""
    allowed, value = _alternatives(annotation), table.values[key]
    plain = tuple(
        part
        for part in allowed
        if not getattr(part, "_is_protocol", False) and kind_of(part) is None and not _is_record(part)
    )
    for part in allowed:
        if is_learner(part):
            return learner(table, key, part)
        if _is_record(part) and isinstance(value, dict):
            inner = table.table(key)
            assert inner is not None
            return build(part, inner, seed)
        kind = kind_of(part)
        if kind is not None and (isinstance(value, dict) or set(plain) <= {type(None)}):
            return chosen_component(table, key, kind, seed, part)
        several = get_args(part) if get_origin(part) is tuple else ()
        each = kind_of(several[0]) if several else None
        if each is not None and isinstance(value, list):
            return tuple(_entry(table, key, entry, each, seed, several[0]) for entry in value)
    if not plain and any(map(_is_record, allowed)):
        return table.get(key, dict)
    return table.get(key, Union[plain or (None,)])  # noqa: UP007


def _is_record(part: Any) -> TypeGuard[type]:
    """Return whether a field holds several values under names, such as the columns of an income: a table of the file."""
    return isinstance(part, type) and is_dataclass(part) and kind_of(part) is None


def _can_be_chosen(kind: type) -> bool:
    """Return whether a file can give all that a component needs."""
    hints = _annotations(kind)
    return all(
        _can_stand_in_a_file(hints[name])
        for name, parameter in inspect.signature(kind).parameters.items()
        if parameter.default is inspect.Parameter.empty
    )


def _can_stand_in_a_file(annotation: Any) -> bool:
    """Return whether a key can give one of the things that a parameter takes."""
    return any(map(_part_can_stand, _alternatives(annotation)))


def _part_can_stand(part: Any) -> bool:
    if getattr(part, "_is_protocol", False) or kind_of(part) is not None or get_origin(part) is tuple:
        return True
    if not _is_record(part):
        return writable(part)
    return _can_be_chosen(part)


def _entry(table: TomlTable, key: str, entry: Any, kind: Kind, seed: int | None, within: type) -> Any:
    """Return one component of a list."""
    return chosen_component(table.holding(key, entry), key, kind, seed, within)


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def _who(kind: type, table: TomlTable) -> str:
    if kind_of(kind) is not None:
        return kind.__name__
    return (
        Text("table {name}", "la tabla {name}", name=table.name)
        if table.name
        else Text("the file", "el archivo")
    )
