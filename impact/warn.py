"""Warnings that point at the line of the user's own code, collected or told once where a task is repeated."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

from impact.errors import ImpactError, ImpactWarning
from impact.language import Text, spoken

ABOUT: ContextVar[tuple[str, ...]] = ContextVar("about", default=())
"""What the warnings raised now are about, such as a strategy, set for a while by ``warning_about``."""

_PACKAGE = __name__.partition(".")[0]
_PASSED = (_PACKAGE, "contextlib", "joblib", "tqdm")
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
        about = tuple(map(spoken, ABOUT.get()))
        said = spoken(message)
        told = (category or UserWarning)(": ".join([*(part for part in about if part not in said), said]))
        _remember(told, (*about, message._en if isinstance(message, Text) else said))
    else:
        told = message
    frame: FrameType | None = sys._getframe(1)
    level = 2  # 1 would be the line that calls warnings.warn below
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _PASSED:
        level += 1
        frame = frame.f_back
    warnings.warn(told, stacklevel=level)


def _remember(warning: Warning, saying: tuple[str, ...]) -> None:
    """Keep with a warning what it is about and what it says, whatever the numbers in it."""
    vars(warning)["saying"] = saying


def _saying(warning: Warning | str) -> tuple[str, ...]:
    """Return what warnings of a kind must have in common to be the same said again; of other packages, their kind alone."""
    return getattr(warning, "saying", ())


@contextmanager
def warning_about(what: str) -> Iterator[None]:
    """Put what a piece of work is about, such as a strategy or a fifth, before the warnings raised within it."""
    before = ABOUT.set((*ABOUT.get(), what))
    try:
        yield
    finally:
        ABOUT.reset(before)


@contextmanager
def warnings_kept() -> Iterator[list[warnings.WarningMessage]]:
    """Collect every warning of a piece of work, without what it is about: whoever tells them says that."""
    before = ABOUT.set(())
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield caught
    finally:
        ABOUT.reset(before)


@contextmanager
def error_about(what: str) -> Iterator[None]:
    """Put what a piece of work is about, such as a table of the file, before an error raised within it."""
    try:
        yield
    except ImpactError as problem:
        text = Text("{what}: {problem}", "{what}: {problem}", what=what, problem=problem.text)
        raise type(problem)(text) from None


@contextmanager
def warned_once() -> Iterator[None]:
    """Let a warning of a repeated task through once for each thing that it is about, with the number of times it was raised."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    tell_once(map(_as_warning, caught))


@contextmanager
def warnings_carried(about: tuple[str, ...]) -> Iterator[list[Warning]]:
    """Collect what a task warns of, about these things, for ``tell_once`` where it was asked for: perhaps in another process.

    Warnings of other packages are collected where this process would have shown them.
    """
    before, carried = ABOUT.set(about), list[Warning]()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ImpactWarning)
            yield carried
            carried += map(_as_warning, caught)
    finally:
        ABOUT.reset(before)


def _as_warning(caught: warnings.WarningMessage) -> Warning:
    """Return a warning by itself, made of its text alone, as any process can make it anew."""
    try:
        warning = caught.category(str(caught.message))
    except TypeError:  # another package's, made of more than a text
        warning = UserWarning(f"{caught.category.__name__}: {caught.message}")
    _remember(warning, _saying(caught.message))
    return warning


def tell_once(raised_by_turns: Iterable[Warning]) -> None:
    """Warn once for each kind of warning and thing that it is about, with the number of times it was raised."""
    alike: dict[tuple[type[Warning], tuple[str, ...]], list[Warning]] = {}
    for warning in raised_by_turns:
        alike.setdefault((type(warning), _saying(warning)), []).append(warning)
    for (kind, saying), raised in alike.items():
        if len(raised) == 1:
            warn(raised[0])
            continue
        again = Text(
            "{first} (the first of {number} such warnings)",
            "{first} (la primera de {number} advertencias de este tipo)",
            first=str(raised[0]),
            number=len(raised),
        )
        told = kind(spoken(again))
        _remember(told, saying)
        warn(told)


@contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """Collect the toolkit's warnings as texts, whatever filters hide them, and still raise each one afterwards, the same one once."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ImpactWarning)
        yield messages
    told: set[tuple[type[Warning], str]] = set()
    for warning in caught:
        if (warning.category, str(warning.message)) in told:
            continue
        told.add((warning.category, str(warning.message)))
        if issubclass(warning.category, ImpactWarning):
            messages.append(str(warning.message))
        warn(warning.message if isinstance(warning.message, Warning) else str(warning.message))
