"""The language of a configuration, in which everything that is said about it is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from impact.errors import SPOKEN
from impact.language import speaking

P = ParamSpec("P")
T = TypeVar("T")

_LANGUAGE = re.compile(r"""^\s*(?:language|idioma)\s*=\s*["']?(\w+)""", re.MULTILINE)


def spoken_in(path: str | Path) -> str:
    """Return the language that a configuration asks for, even where it cannot be read as TOML; else the one that is spoken already."""
    try:
        text = Path(path).read_bytes().decode("utf-8", "ignore")
    except OSError:
        return SPOKEN.get()
    found = _LANGUAGE.search(text)
    return SPOKEN.get() if found is None else found[1]


def in_its_language(function: Callable[P, T]) -> Callable[P, T]:
    """Let a function say its errors and warnings in the language of the configuration that is its first argument."""

    @wraps(function)
    def wrapped(*arguments: P.args, **options: P.kwargs) -> T:
        path = arguments[0] if arguments else options.get("path", "")
        with speaking(spoken_in(str(path)), of_a_file=True):
            return function(*arguments, **options)

    return wrapped
