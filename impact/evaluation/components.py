"""Strategies, distances, outcomes and rules by name: what the package exports is what a configuration may name."""

from __future__ import annotations

import dataclasses
import difflib
import types
from collections.abc import Mapping
from typing import Any, TypeGuard, Union, get_args, get_origin

import impact
from impact import checks
from impact.errors import ImpactError
from impact.evaluation.toml_table import TomlTable

STRATEGY, DISTANCE, SUPPORT = "assign", "measure", "on_support"
OUTCOME, VARIANCE, RANKING = "values", "uncertainty", "rankings"
ADJUSTMENT, RESIDUALS, MULTIPLIERS = "terms", "of", "draw"
"""The method that makes a class a strategy, a distance, a support rule, an outcome, a variance, a ranking, an adjustment, …"""

_NOUNS = {
    STRATEGY: "strategy",
    DISTANCE: "distance",
    SUPPORT: "support rule",
    OUTCOME: "kind of outcome",
    VARIANCE: "variance",
    RANKING: "ranking",
    ADJUSTMENT: "bias adjustment",
    RESIDUALS: "rule for residuals",
    MULTIPLIERS: "distribution of multipliers",
}
_HOMES = {
    STRATEGY: "impact.design",
    DISTANCE: "impact.design",
    SUPPORT: "impact.design",
    OUTCOME: "impact.survey",
    VARIANCE: "impact.effects",
    RANKING: "impact.effects",
    ADJUSTMENT: "impact.effects",
    RESIDUALS: "impact.effects",
    MULTIPLIERS: "impact.effects",
}
_NESTED = {
    "distance": DISTANCE,
    "propensity": DISTANCE,
    "residuals": RESIDUALS,
    "multipliers": MULTIPLIERS,
    "linearised": VARIANCE,
}
"""Fields that hold a component of their own."""


def component(table: TomlTable, key: str, method: str) -> type:
    """Return the exported class that a key names, such as ``"nearest neighbour"``.

    Parameters
    ----------
    table : TomlTable
    key : str
        Holds the name: words or the class's own name.
    method : str
        The method that the class must have.
    """
    return named_component(table.required(key, str), table, key, method)


def named_component(name: str, table: TomlTable, key: str, method: str) -> type:
    """Return the exported class of this name, or raise an OptionError that lists the classes there are."""
    wanted = _normal(name)
    for public in impact.__all__:
        if _normal(public) == wanted:
            found = getattr(impact, public)
            if _is_component(found, method):
                return found
    known = _known(method)
    near = difflib.get_close_matches(wanted, [_normal(word) for word in known], n=1, cutoff=0.5)
    hint = f" Did you mean {next(word for word in known if _normal(word) == near[0])!r}?" if near else ""
    raise table.error(
        f"key '{key}' must name a {_NOUNS[method]}: {checks.listed(map(repr, known), 20)}; got {name!r}.{hint}",
        key,
    )


def build(
    kind: type, table: TomlTable, seed: int | None = None, replaced: Mapping[str, Any] | None = None
) -> Any:
    """Return a component made from the keys of a table that its class has fields for.

    Parameters
    ----------
    kind : type
        A dataclass; its fields are the keys that the table may hold.
    table : TomlTable
    seed : int, optional
        Goes to a field ``seed`` that the table leaves out, for components that always draw.
    replaced : mapping, optional
        Fields whose value has been made already.
    """
    arguments = dict(replaced or {})
    for field in dataclasses.fields(kind):
        if field.name in arguments:
            continue
        if field.name in table.values:
            arguments[field.name] = _value(table, field)
        else:
            table.get(field.name, object)
            if field.name == "seed" and seed is not None:
                arguments["seed"] = seed
    table.finish()
    missing = [
        field.name
        for field in dataclasses.fields(kind)
        if field.name not in arguments and _is_required(kind, field)
    ]
    if missing:
        raise table.error(f"key '{missing[0]}' is missing; {kind.__name__} needs it.")
    try:
        return kind(**arguments)
    except ImpactError as problem:
        named = next((name for name in arguments if str(problem).startswith(f"{name} ")), None)
        raise table.relocated(problem, named) from None


def chosen_component(table: TomlTable, key: str, method: str, seed: int | None = None) -> Any:
    """Return a component given by its name, or by a table with ``type`` and its options."""
    if isinstance(table.values.get(key), dict):
        inner = table.table(key)
        if inner is not None:
            return build(component(inner, "type", method), inner, seed)
    kind = component(table, key, method)
    return build(kind, TomlTable({}, table.name, table.file, {}), seed)


def _value(table: TomlTable, field: dataclasses.Field[Any]) -> Any:
    kinds = _types(field.type)
    value = table.values[field.name]
    if field.name in _NESTED:
        return chosen_component(table, field.name, _NESTED[field.name])
    if not any(_fits(value, kind) for kind in kinds):
        raise table.error(f"key '{field.name}' must be {_required(kinds)}; got {value!r}.", field.name)
    table.get(field.name, object)
    if isinstance(value, list):
        return tuple(value)
    return (
        float(value)
        if isinstance(value, int) and not isinstance(value, bool) and "float" in kinds and "int" not in kinds
        else value
    )


def _types(annotation: Any) -> set[str]:
    """Return the plain names of what an annotation allows; annotations are texts under ``from __future__``."""
    if isinstance(annotation, str):
        return {part.split("[")[0].strip() for part in _split(annotation)}
    if get_origin(annotation) in (Union, types.UnionType):
        return {name for part in get_args(annotation) for name in _types(part)}
    return {getattr(get_origin(annotation) or annotation, "__name__", str(annotation))}


def _split(annotation: str) -> list[str]:
    """Split ``"int | tuple[str | float, ...]"`` at the bars outside brackets."""
    parts, depth = [""], 0
    for letter in annotation:
        depth += (letter == "[") - (letter == "]")
        if letter == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _fits(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    if isinstance(value, int):
        return kind in ("int", "float")
    if isinstance(value, float):
        return kind == "float"
    if isinstance(value, str):
        return kind in ("str", "Adjustment")
    if isinstance(value, list):
        return kind in ("tuple", "list", "Sequence")
    return kind in ("dict", "Mapping") and isinstance(value, dict)


def _required(kinds: set[str]) -> str:
    names = {
        "bool": "true or false", "int": "a whole number", "float": "a number", "str": "a text in quotes", "tuple": "a list in [ ]",
        "Sequence": "a list in [ ]", "Mapping": "a table", "dict": "a table",
    }  # fmt: skip
    return (
        " or ".join(dict.fromkeys(names[kind] for kind in names if kind in kinds))
        or "left out: it cannot be written in a file"
    )


def _is_required(kind: type, field: dataclasses.Field[Any]) -> bool:
    """Return whether the constructor has no default for a field."""
    import inspect

    parameter = inspect.signature(kind).parameters.get(field.name)
    return parameter is not None and parameter.default is inspect.Parameter.empty


def _known(method: str) -> list[str]:
    """Return the exported classes with this method, in words."""
    found = [(name, getattr(impact, name)) for name in impact.__all__]
    return [_words(name) for name, value in found if _is_component(value, method)]


def _is_component(value: object, method: str) -> TypeGuard[type]:
    """Return whether an exported object is a class of options with the method, at home where such classes are."""
    return (
        isinstance(value, type)
        and hasattr(value, method)
        and dataclasses.is_dataclass(value)
        and value.__module__.startswith(_HOMES[method])
        and not getattr(value, "_is_protocol", False)
        and value.__name__ not in ("Units", "MatchedSample", "Sample")
        and not (method == RESIDUALS and hasattr(value, RANKING))  # a ranking has a method of that name too
    )


def _words(name: str) -> str:
    """Return ``"nearest neighbor"`` for ``"NearestNeighbor"``, and ``"CR2"`` for itself."""
    if name.isupper():
        return name
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _normal(name: str) -> str:
    return (
        name.lower()
        .replace(" ", "")
        .replace("_", "")
        .replace("-", "")
        .replace("neighbour", "neighbor")
        .replace("winsoris", "winsoriz")
    )


def described(thing: Any) -> str:
    """Return a component with the options that differ from its defaults, as it would be written in Python.

    Examples
    --------
    >>> import impact as im
    >>> described(im.NearestNeighbor(im.PropensityScore(scale="linear"), caliper=0.2))
    "NearestNeighbor(distance=PropensityScore(scale='linear'), caliper=0.2)"
    """
    if not dataclasses.is_dataclass(thing):
        return repr(thing)
    chosen = [
        (field.name, getattr(thing, field.name))
        for field in dataclasses.fields(thing)
        if _is_chosen(thing, field)
    ]
    return f"{type(thing).__name__}({', '.join(f'{name}={described(value)}' for name, value in chosen)})"


def _is_chosen(thing: Any, field: dataclasses.Field[Any]) -> bool:
    """Return whether an option differs from its default; text that is empty and options that are None say nothing."""
    value = getattr(thing, field.name)
    if value is None or value == "":
        return False
    default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    return default is dataclasses.MISSING or value != default
