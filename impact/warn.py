"""Warnings that point at the line of the user's own code, collected or told once where a task is repeated."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from impact.errors import ImpactWarning
from impact.language import Text, spoken

_ABOUT: ContextVar[tuple[str, ...]] = ContextVar("about", default=())

_PACKAGE = __name__.partition(".")[0]
_PASSED = (_PACKAGE, "contextlib", "joblib")
"""Packages whose lines say nothing to a user."""


def warn(message: str | Warning, category: type[Warning] | None = None) -> None:
    """Warn at the nearest line outside the package, however deep the call.

    Parameters
    ----------
    message : Text, str or Warning
        A ``Text`` is said in the language that is spoken; what it is about stands before it.
    category : type of Warning, optional
        That of the message by default.
    """
    if isinstance(message, str):
        parts: tuple[str, ...] = (*(part for part in _ABOUT.get() if spoken(part) not in message), message)
        message = ": ".join(map(spoken, parts))
    level, frame = 2, sys._getframe(1)  # 1 would be the line that calls warnings.warn below
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _PASSED:
        level += 1
        frame = frame.f_back  # type: ignore[assignment]
    warnings.warn(message, category, stacklevel=level)


@contextmanager
def warning_about(what: str) -> Iterator[None]:
    """Put what a piece of work is about, such as a strategy or a fifth, before the warnings raised within it."""
    before = _ABOUT.set((*_ABOUT.get(), what))
    try:
        yield
    finally:
        _ABOUT.reset(before)


@contextmanager
def warned_once() -> Iterator[None]:
    """Let each kind of warning of a repeated task through once, with the number of times it was raised."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    kinds: dict[type[Warning], list[str]] = {}
    for warning in caught:
        kinds.setdefault(warning.category, []).append(str(warning.message))
    for kind, messages in kinds.items():
        again = Text(
            "{first} (the first of {number} such warnings)",
            "{first} (la primera de {number} advertencias de este tipo)",
            first=messages[0],
            number=len(messages),
        )
        warn(again if len(messages) > 1 else messages[0], kind)


@contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """Collect the toolkit's warnings as texts, whatever filters hide them, and still raise each one afterwards."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ImpactWarning)
        yield messages
    for warning in caught:
        if issubclass(warning.category, ImpactWarning):
            messages.append(str(warning.message))
        warn(warning.message if isinstance(warning.message, Warning) else str(warning.message))
