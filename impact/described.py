"""A component in the words of Python: what was chosen, and nothing that is as it always is."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any


def described(thing: Any) -> str:
    """Return a component with the options that differ from its defaults, as it would be written in Python.

    What its ``repr`` leaves out, as the number of processes, is left out: it changes no number.

    Examples
    --------
    >>> import impact as im
    >>> described(im.NearestNeighbor(im.PropensityScore(scale="linear"), caliper=0.2))
    "NearestNeighbor(distance=PropensityScore(scale='linear'), caliper=0.2)"
    >>> described(im.AbadieImbens(neighbors=None))
    'AbadieImbens(neighbors=None)'
    """
    if not dataclasses.is_dataclass(thing) or isinstance(thing, type):
        return repr(thing)
    parameters = inspect.signature(type(thing)).parameters
    chosen = [
        (field.name, getattr(thing, field.name))
        for field in dataclasses.fields(thing)
        if field.repr and _is_chosen(getattr(thing, field.name), field, parameters.get(field.name))
    ]
    return f"{type(thing).__name__}({', '.join(f'{name}={described(value)}' for name, value in chosen)})"


def _is_chosen(value: Any, field: dataclasses.Field[Any], parameter: inspect.Parameter | None) -> bool:
    """Return whether an option differs from its default."""
    if field.default_factory is not dataclasses.MISSING:
        return bool(value != field.default_factory())
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return True
    return bool(value != parameter.default)
