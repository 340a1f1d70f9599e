"""Values of a TOML file held against the types of Python's annotations."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema

from impact.language import Text

_WHOLE, _WHOLES = Text("a whole number", "un número entero"), Text("whole numbers", "números enteros")
_LIST, _TABLE = Text("a list in [ ]", "una lista entre [ ]"), Text("a table", "una tabla")
_REQUIRED: dict[str, tuple[Text, Text]] = {
    "int_type": (_WHOLE, _WHOLES),
    "int_from_float": (_WHOLE, _WHOLES),
    "float_type": (Text("a number", "un número"), Text("numbers", "números")),
    "bool_type": (Text("true or false", "true o false"),) * 2,
    "string_type": (
        Text("a text in quotes", "un texto entre comillas"),
        Text("texts in quotes", "textos entre comillas"),
    ),
    "tuple_type": (_LIST,) * 2,
    "list_type": (_LIST,) * 2,
    "sequence_type": (_LIST,) * 2,
    "is_instance_of": (Text(""),) * 2,
    "none_required": (Text(""),) * 2,
    "dict_type": (_TABLE,) * 2,
    "mapping_type": (_TABLE,) * 2,
    "dataclass_type": (_TABLE,) * 2,
    "date_type": (Text("a date such as 2014-10-01", "una fecha como 2014-10-01"),) * 2,
    "path_type": (Text("a path in quotes", "una ruta entre comillas"),) * 2,
}
"""What pydantic missed, one and several, in the words of somebody who writes the file."""


class WrongValueError(Exception):
    """A value that its key may not have; its text says what is required and what stands there."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


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
def writable(annotation: Any) -> bool:
    """Return whether a file can hold a value of this type: tables of data and functions it cannot.

    Examples
    --------
    >>> from collections.abc import Callable
    >>> writable(tuple[str, ...]), writable(Callable[[int], int])
    (True, False)
    """
    try:
        _adapter(annotation).json_schema()
    except PydanticInvalidForJsonSchema:
        return False
    return True


@lru_cache(maxsize=256)
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation, config=ConfigDict(arbitrary_types_allowed=True))


def _missed(value: Any, problem: ValidationError) -> Text:
    errors: list[Any] = problem.errors(include_url=False)
    within = [error for error in errors if any(isinstance(part, int) for part in error["loc"])]
    if isinstance(value, list) and within:
        place = next(part for part in within[0]["loc"] if isinstance(part, int))
        return Text(
            "must be a list of {required}; got {value!r} in it.",
            "debe ser una lista de {required}; contiene {value!r}.",
            required=_joined(within, plural=True),
            value=value[place],
        )
    return Text(
        "must be {required}; got {value!r}.",
        "debe ser {required}; se dio {value!r}.",
        required=_joined(errors),
        value=value,
    )


def _joined(errors: list[Any], plural: bool = False) -> Text:
    required = list(dict.fromkeys(part for error in errors if (part := _words(error, plural))))
    if not required:
        return Text("left out: it cannot be written in a file", "quitada: no se puede escribir en un archivo")
    joined = required[0]
    for part in required[1:]:
        joined = Text("{first} or {second}", "{first} o {second}", first=joined, second=part)
    return joined


def _words(error: Any, plural: bool) -> Text:
    if error["type"] == "literal_error":
        expected = str(error["ctx"]["expected"]).replace(" or ", ", ")
        return Text("one of {expected}", "uno de {expected}", expected=expected)
    known = _REQUIRED.get(error["type"])
    return Text(str(error["msg"])) if known is None else known[plural]
