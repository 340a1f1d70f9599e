"""The only phrasing of argument errors: what, where, required, got, remedy."""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from impact.errors import OptionError

_PREVIEW = 5


def listed(values: Iterable[Any], limit: int = _PREVIEW) -> str:
    """Return the first ``limit`` values as text, with the number that follow."""
    items = [str(value) for value in values]
    rest = len(items) - limit
    return ", ".join(items[:limit]) + (f" and {rest:,} more" if rest > 0 else "")


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return ``number`` with its noun: ``1 row``, ``1,203 rows``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def positive(name: str, value: float, unit: str = "number", optional: bool = False) -> None:
    """Require a finite number above zero (or None where ``optional``)."""
    if optional and value is None:
        return
    if not _is_number(value) or not math.isfinite(value) or value <= 0:
        raise OptionError(f"{name} must be a positive {unit}; got {value!r}.")


def between(name: str, value: float, low: float, high: float) -> None:
    """Require a number strictly between two bounds."""
    if not _is_number(value) or not low < value < high:
        raise OptionError(f"{name} must be a number in ({low:g}, {high:g}); got {value!r}.")


def within(name: str, value: float, low: float, high: float) -> None:
    """Require a number between two bounds, either of which it may equal."""
    if not _is_number(value) or not low <= value <= high:
        raise OptionError(f"{name} must be a number in [{low:g}, {high:g}]; got {value!r}.")


def nonnegative(name: str, value: float) -> None:
    """Require a finite number of at least zero."""
    if not _is_number(value) or not math.isfinite(value) or value < 0:
        raise OptionError(f"{name} must be a number of at least 0; got {value!r}.")


def whole(name: str, value: int, minimum: int = 1, optional: bool = False) -> None:
    """Require a whole number of at least ``minimum`` (or None where ``optional``)."""
    if optional and value is None:
        return
    if isinstance(value, bool) or not hasattr(value, "__index__") or value < minimum:
        raise OptionError(f"{name} must be a whole number of at least {minimum}; got {value!r}.")


def one_of(name: str, value: object, allowed: Sequence[object]) -> None:
    """Require one of a few values."""
    if value not in allowed:
        near = difflib.get_close_matches(str(value), list(map(str, allowed)), n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise OptionError(f"{name} must be one of {listed(map(repr, allowed), 20)}; got {value!r}.{hint}")


def instance(name: str, value: object, required: str, matches: bool) -> None:
    """Require that ``matches`` holds, else say which kind of object was needed."""
    if not matches:
        raise OptionError(f"{name} must be {required}; got {type(value).__name__}.")


def columns_present(name: str, wanted: Iterable[str], present: Collection[str]) -> None:
    """Require every wanted column; name the absent ones and the nearest that exist."""
    import difflib

    absent = [column for column in wanted if column not in present]
    if not absent:
        return
    near = difflib.get_close_matches(str(absent[0]), [str(column) for column in present], n=3)
    hint = (
        f" Did you mean {listed(repr(column) for column in near)}?"
        if near
        else f" The table has: {listed(present, 12)}."
    )
    raise OptionError(
        f"{name} names {listed(repr(column) for column in absent)}, which the table does not have.{hint}"
    )


def columns(name: str, value: str | Iterable[str]) -> tuple[str, ...]:
    """Return column names as a tuple, each once; refuse a bare text, which would be read letter by letter."""
    if isinstance(value, str):
        raise OptionError(
            f"{name} must be a list of columns; got the text {value!r}. Write {name}=[{value!r}]."
        )
    names = tuple(value)
    twice = sorted({str(column) for column in names if names.count(column) > 1})
    if twice:
        raise OptionError(f"{name} names {listed(map(repr, twice))} twice. Name each column once.")
    return names


def distinct(name: str, values: Sequence[str]) -> None:
    """Require at least one value and no value twice."""
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise OptionError(
            f"{name} must have different names; {listed(repr(value) for value in twice)} appears twice."
        )
    if not values:
        raise OptionError(f"{name} must hold at least one entry; got none.")


def _is_number(value: object) -> bool:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    return plain or (hasattr(value, "__float__") and hasattr(value, "dtype"))
