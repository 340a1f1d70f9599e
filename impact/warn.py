"""Warnings that point at the line of the user's own code, collected or told once where a task is repeated."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from impact.errors import ImpactWarning

_PACKAGE = __name__.partition(".")[0]
_PASSED = (_PACKAGE, "contextlib", "joblib")
"""Packages whose lines say nothing to a user."""


def warn(message: str | Warning, category: type[Warning] | None = None) -> None:
    """Warn at the nearest line outside the package, however deep the call.

    Parameters
    ----------
    message : str or Warning
    category : type of Warning, optional
        That of the message by default.
    """
    level, frame = 2, sys._getframe(1)  # 1 would be the line that calls warnings.warn below
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _PASSED:
        level += 1
        frame = frame.f_back  # type: ignore[assignment]
    warnings.warn(message, category, stacklevel=level)


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
        again = f" (the first of {len(messages):,} such warnings)" if len(messages) > 1 else ""
        warn(f"{messages[0]}{again}", kind)


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
