"""Where each key of the file is at home, so that one that stands in the wrong table is told its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from impact.evaluation.reading.spanish_keys import english_key
from impact.language import Text

_HOMES: ContextVar[tuple[Mapping[str, Sequence[str]], ...]] = ContextVar("homes", default=())
_MOST = 3
_BELONGS = Text(" {key!r} belongs to {homes}.", " {key!r} va en {homes}.", key="", homes="")


@contextmanager
def keys_at_home(*sections: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """Know the keys of the tables of a file: those that every evaluation has first, then the others."""
    before = _HOMES.set(sections)
    try:
        yield
    finally:
        _HOMES.reset(before)


def told_home(key: str, apart_from: str) -> Text | None:
    """Return the sentence that says to which tables a key belongs, or None; more than three tables say nothing."""
    for sections in _HOMES.get():
        homes = [table for table, keys in sections.items() if key in keys and table != apart_from]
        if homes and len(homes) <= _MOST:
            return _BELONGS.with_values(key=key, homes=tuple(homes))
    return None


def told_home_of_word(word: str, apart_from: str) -> Text | None:
    """Return the same for a Spanish word that stands for a key."""
    key = english_key(word)
    return None if key is None else told_home(key, apart_from)
