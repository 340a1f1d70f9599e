"""A table of a TOML file that knows its name and lines, so that an error can say where it is."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, overload

from impact import checks
from impact.errors import DataError, ImpactError, OptionError

T = TypeVar("T")

_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    list: "a list in [ ]",
    dict: "a table",
}
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*[.=]""")


class TomlTable:
    """One table of a configuration file.

    Every key that is asked for counts as known; ``finish`` then refuses the others by name.

    Parameters
    ----------
    values : dict
        Keys and values as ``tomllib`` gives them.
    name : str
        How the file writes the table, such as ``[roles]`` or ``[[strategies]] 2``; ``""`` for the top.
    file : str
        Name of the file.
    lines : dict of (str, str) to int
        Line of each key, by table and key.
    """

    def __init__(
        self, values: dict[str, Any], name: str, file: str, lines: dict[tuple[str, str], int]
    ) -> None:
        self.values, self.name, self.file, self._lines = values, name, file, lines
        self._asked: list[str] = []

    @classmethod
    def read(cls, path: Path) -> TomlTable:
        """Read a file, or raise an OptionError that names the line that is no TOML."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise OptionError(
                f"There is no configuration file {path.name!r}. Give the path of an evaluation.toml."
            ) from None
        except IsADirectoryError:
            raise OptionError(f"A configuration must be a TOML file; {path.name!r} is a folder.") from None
        except UnicodeDecodeError:
            raise OptionError(f"{path.name} must be TOML in UTF-8. Save it again in that encoding.") from None
        try:
            return cls(tomllib.loads(text), "", path.name, lines_of_keys(text))
        except tomllib.TOMLDecodeError as problem:
            raise OptionError(
                f"{path.name} must be TOML: {str(problem).rstrip('.')}. Texts stand in quotes, lists in [ ]."
            ) from None

    def where(self, key: str | None = None) -> str:
        """Return the place of a key for an error message: file, line, table."""
        line = self._lines.get((self.name, key or ""))
        table = f"table {self.name}" if self.name else "top of the file"
        return f"{self.file}, {f'line {line}, ' if line else ''}{table}"

    def error(self, message: str, key: str | None = None) -> OptionError:
        """Return an OptionError that starts with the place."""
        return OptionError(f"{self.where(key)}: {message}")

    def relocated(self, problem: ImpactError, key: str | None = None) -> ImpactError:
        """Return an error of the same family whose message starts with the place."""
        family = type(problem) if isinstance(problem, (OptionError, DataError)) else OptionError
        return family(f"{self.where(key)}: {problem}")

    @overload
    def get(self, key: str, kind: type[T]) -> T | None: ...
    @overload
    def get(self, key: str, kind: type[T], default: T) -> T: ...
    def get(self, key: str, kind: type[T], default: T | None = None) -> T | None:
        """Return the value of a key, of the type that it must have."""
        self._asked.append(key)
        if key not in self.values:
            return default
        value = self.values[key]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)  # type: ignore[return-value]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(f"key '{key}' must be {_KINDS[kind]}; got {value!r}.", key)
        return value

    def required(self, key: str, kind: type[T]) -> T:
        """Return the value of a key that must be there."""
        value = self.get(key, kind)
        if value is None:
            raise self.error(f"key '{key}' is missing; it must be {_KINDS[kind]}.")
        return value

    def texts(self, key: str) -> list[str]:
        """Return a list of texts, empty where the key is absent."""
        entries: list[Any] = self.get(key, list, [])
        for entry in entries:
            if not isinstance(entry, str):
                raise self.error(f"key '{key}' must be a list of texts in quotes; got {entry!r} in it.", key)
        return entries

    def one_of(self, key: str, allowed: Sequence[str], default: str) -> str:
        """Return one of the allowed texts."""
        value = self.get(key, str, default)
        if value not in allowed:
            raise self.error(
                f"key '{key}' must be one of {checks.listed(map(repr, allowed), 20)}; got {value!r}.{_hint(value, allowed)}",
                key,
            )
        return value

    def table(self, key: str) -> TomlTable | None:
        """Return a table within this one, or None."""
        values = self.get(key, dict)
        name = f"[{key}]" if not self.name else f"{self.name} {key}"
        return None if values is None else TomlTable(values, name, self.file, self._lines)

    def tables(self, key: str) -> list[TomlTable]:
        """Return the tables of a list written with ``[[key]]``."""
        entries: list[Any] = self.get(key, list, [])
        for entry in entries:
            if not isinstance(entry, dict):
                raise self.error(f"key '{key}' must be tables written [[{key}]]; got {entry!r}.", key)
        return [
            TomlTable(entry, f"[[{key}]] {number}", self.file, self._lines)
            for number, entry in enumerate(entries, start=1)
        ]

    def finish(self) -> None:
        """Refuse keys that nobody asked for, with the nearest that exist."""
        for key in self.values:
            if key not in self._asked:
                known = list(dict.fromkeys(self._asked))
                raise self.error(
                    f"unknown key '{key}'.{_hint(key, known)} Keys here: {checks.listed(known, 30)}.", key
                )


def lines_of_keys(text: str) -> dict[tuple[str, str], int]:
    r"""Return the line of each key, by the table it stands in; ``tomllib`` keeps none.

    Examples
    --------
    >>> lines_of_keys('a = 1\n[[b]]\nc = 2\n')
    {('', 'a'): 1, ('[[b]] 1', ''): 2, ('[[b]] 1', 'c'): 3}
    """
    lines: dict[tuple[str, str], int] = {}
    counts: dict[str, int] = {}
    table, inside = "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        if inside:  # within a text of several lines nothing is a key
            inside = "" if inside in line else inside
            continue
        header = _HEADER.match(line)
        if header:
            brackets, name = header.groups()
            counts[name] = counts.get(name, 0) + 1
            table = f"[[{name}]] {counts[name]}" if brackets == "[[" else f"[{name}]"
            lines[table, ""] = number
            continue
        key = _KEY.match(line)
        if key:
            lines.setdefault((table, next(part for part in key.groups() if part)), number)
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                inside = quotes
    return lines


def _hint(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""
