"""Values of a TOML file held against the types of Python's annotations."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

_REQUIRED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text in quotes",
    "tuple_type": "a list in [ ]",
    "list_type": "a list in [ ]",
    "sequence_type": "a list in [ ]",
    "is_instance_of": "",
    "none_required": "",
    "dict_type": "a table",
    "mapping_type": "a table",
    "dataclass_type": "a table",
    "date_type": "a date such as 2014-10-01",
    "path_type": "a path in quotes",
}
"""What pydantic missed, in the words of somebody who writes the file."""


class WrongValueError(Exception):
    """A value that its key may not have; the message says what is required and what stands there."""


def checked_value(value: Any, annotation: Any) -> Any:
    """Return a value of a TOML file as its annotation wants it: lists as tuples, whole numbers as numbers.

    Parameters
    ----------
    value : object
        As ``tomllib`` gives it.
    annotation : type
        Such as ``int | tuple[str, ...]``.

    Raises
    ------
    WrongValueError
        Saying what is required.

    Notes
    -----
    The value is judged as JSON, strictly: ``"2"`` is no number and ``true`` no 1, but a list may fill a tuple.

    Examples
    --------
    >>> checked_value(["region"], tuple[str, ...]), checked_value(1, float)
    (('region',), 1.0)
    """
    try:
        return _adapter(annotation).validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as problem:
        raise WrongValueError(_missed(value, problem)) from None


@lru_cache(maxsize=256)
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))


def _missed(value: Any, problem: ValidationError) -> str:
    errors: list[Any] = problem.errors(include_url=False)
    within = [error for error in errors if any(isinstance(part, int) for part in error["loc"])]
    if isinstance(value, list) and within:
        place = next(part for part in within[0]["loc"] if isinstance(part, int))
        return f"must be a list of {_joined(within, plural=True)}; got {value[place]!r} in it."
    return f"must be {_joined(errors)}; got {value!r}."


def _joined(errors: list[Any], plural: bool = False) -> str:
    required = list(dict.fromkeys(part for error in errors if (part := _words(error))))
    text = " or ".join(required) or "left out: it cannot be written in a file"
    return (
        text.replace("a text in quotes", "texts in quotes").replace("a number", "numbers") if plural else text
    )


def _words(error: Any) -> str:
    if error["type"] == "literal_error":
        return f"one of {str(error['ctx']['expected']).replace(' or ', ', ')}"
    return _REQUIRED.get(error["type"], str(error["msg"]))
