"""A table of a TOML file that knows its name and lines, so that an error can say where it is."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from impact import checks
from impact.errors import DataError, ImpactError, OptionError
from impact.evaluation.reading.homes import told_home, told_home_of_word
from impact.evaluation.reading.problems import Problems
from impact.evaluation.reading.spanish_keys import english_key, nearest_key
from impact.evaluation.reading.values import WrongValueError, checked_value
from impact.language import Text

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*[.=]""")


_DATA = (".xlsx", ".xls", ".ods", ".csv", ".tsv", ".dta", ".sav", ".zsav", ".parquet")


class TomlTable:
    """One table of a configuration file.

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
    line : int, optional
        Line on which the table stands where it is written within another one.
    """

    def __init__(
        self,
        values: dict[str, Any],
        name: str,
        file: str,
        lines: dict[tuple[str, str], int],
        line: int | None = None,
    ) -> None:
        self.values, self.name, self.file, self._lines, self._line = values, name, file, lines, line

    @classmethod
    def read(cls, path: Path) -> TomlTable:
        """Read a file, or raise an OptionError that names the line that is no TOML."""
        _refuse_data(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise OptionError(
                Text(
                    "There is no configuration file {name!r}. Give the path of an evaluation.toml.",
                    "No existe el archivo de configuración {name!r}. Dé la ruta de un evaluation.toml.",
                    name=path.name,
                )
            ) from None
        except IsADirectoryError:
            raise OptionError(
                Text(
                    "A configuration must be a TOML file; {name!r} is a folder.",
                    "Una configuración debe ser un archivo TOML; {name!r} es una carpeta.",
                    name=path.name,
                )
            ) from None
        except UnicodeDecodeError:
            raise OptionError(
                Text(
                    "{name} must be TOML in UTF-8. Save it again in that encoding.",
                    "{name} debe ser TOML en UTF-8. Guárdelo de nuevo con esa codificación.",
                    name=path.name,
                )
            ) from None
        try:
            return cls(tomllib.loads(text), "", path.name, lines_of_keys(text))
        except tomllib.TOMLDecodeError as problem:
            raise OptionError(
                Text(
                    "{name} must be TOML: {problem}. Texts stand in quotes, lists in [ ].",
                    "{name} debe ser TOML: {place}. Los textos van entre comillas, las listas entre [ ].",
                    name=path.name,
                    problem=str(problem).rstrip("."),
                    place=_place_in_spanish(str(problem)),
                )
            ) from None

    def where(self, key: str | None = None) -> str:
        """Return the place of a key for an error message: file, line, table."""
        line = self._lines.get((self.name, key or "")) or self._line
        if line is None and key is not None and not self.name:
            line = self._lines.get((f"[{key}]", "")) or self._lines.get((f"[[{key}]] 1", ""))
        table = Text("table {name}", "tabla {name}", name=self.name)
        return Text(
            "{file}, {line}{table}",
            "{file}, {line}{table}",
            file=self.file,
            line=Text("line {line!s}, ", "línea {line!s}, ", line=line) if line else "",
            table=table if self.name else Text("top of the file", "al comienzo del archivo"),
        )

    def error(self, message: str, key: str | None = None) -> OptionError:
        """Return an OptionError that starts with the place."""
        return OptionError(
            Text("{where}: {message}", "{where}: {message}", where=self.where(key), message=message)
        )

    def relocated(self, problem: ImpactError, key: str | None = None) -> ImpactError:
        """Return an error of the same family whose message starts with the place; one that has a place stays."""
        if str(problem).startswith(self.file):
            return problem
        family = type(problem) if isinstance(problem, (OptionError, DataError)) else OptionError
        message = problem.text
        if key is not None and isinstance(message, Text) and message.startswith(f"{key} "):
            english, spanish = message.en.removeprefix(key), message.es.removeprefix(key)
            message = Text(f"key '{key}'{english}", f"la clave '{key}'{spanish}")
        return family(
            Text("{where}: {message}", "{where}: {message}", where=self.where(key), message=message)
        )

    def get(self, key: str, annotation: Any, default: Any = None) -> Any:
        """Return the value of a key as its annotation wants it, or the default where the key is absent."""
        if key not in self.values:
            return default
        try:
            return checked_value(self.values[key], annotation)
        except WrongValueError as problem:
            raise self.error(
                Text("key '{key}' {problem}", "la clave '{key}' {problem}", key=key, problem=problem.text),
                key,
            ) from None

    def required(self, key: str, annotation: Any) -> Any:
        """Return the value of a key that must be there."""
        if key not in self.values:
            raise self.error(Text("key '{key}' is missing.", "falta la clave '{key}'.", key=key))
        return self.get(key, annotation)

    def one_of(self, key: str, value: str, allowed: Sequence[str]) -> str:
        """Return a value that must be one of the texts allowed."""
        if value not in allowed:
            near = nearest_key(value, allowed)
            hint = checks.meant([near] if near else [])
            raise self.error(
                Text(
                    "key '{key}' must be one of {allowed}; got {value!r}.{hint}",
                    "la clave '{key}' debe ser uno de {allowed}; se dio {value!r}.{hint}",
                    key=key,
                    allowed=checks.listed(map(repr, allowed), 20),
                    value=value,
                    hint=hint,
                ),
                key,
            )
        return value

    def table(self, key: str) -> TomlTable | None:
        """Return a table within this one, or None."""
        if key not in self.values:
            return None
        self.get(key, dict[str, Any])
        name = f"[{key}]" if not self.name else f"{self.name} {key}"
        line = self._lines.get((self.name, key)) or self._line
        return TomlTable(self.values[key], name, self.file, self._lines, line)

    def holding(self, key: str, value: Any) -> TomlTable:
        """Return this table with another value of a key, at the same place: one entry of a list."""
        return TomlTable(self.values | {key: value}, self.name, self.file, self._lines, self._line)

    def tables(self, key: str) -> list[TomlTable]:
        """Return the tables of a list written with ``[[key]]``; a single ``[key]`` is a list of one."""
        entries = self.values.get(key, [])
        if isinstance(entries, dict) and not self.name:
            return [TomlTable(entries, f"[{key}]", self.file, self._lines)]
        if not isinstance(entries, list):
            raise self.error(
                Text(
                    "key '{key}' must be tables written [[{key}]]; got {entries!r}.",
                    "la clave '{key}' debe ser tablas escritas [[{key}]]; se dio {entries!r}.",
                    key=key,
                    entries=entries,
                ),
                key,
            )
        for entry in entries:
            if not isinstance(entry, dict):
                raise self.error(
                    Text(
                        "key '{key}' must be tables written [[{key}]]; got {entry!r}.",
                        "la clave '{key}' debe ser tablas escritas [[{key}]]; se dio {entry!r}.",
                        key=key,
                        entry=entry,
                    ),
                    key,
                )
        return [
            TomlTable(entry, f"[[{key}]] {number}", self.file, self._lines)
            for number, entry in enumerate(entries, start=1)
        ]

    def refuse_unknown(self, known: Iterable[str], needed: Iterable[str] = ()) -> None:
        """Refuse keys that do not exist, with the nearest that does and the one that is missing.

        Parameters
        ----------
        known, needed : iterable of str
            Keys that the table may hold, and those of them that it must.
        """
        names = list(dict.fromkeys(known))
        missing = [key for key in needed if key not in self.values]
        problems = Problems(self.file)
        for key in self.values:
            if key in names:
                continue
            hint = self._hint(key, names)
            absent = Text(
                ", and {missing} {verb} missing",
                ", y falta {missing}",
                missing=checks.listed(map(repr, missing)),
                verb="is" if len(missing) == 1 else "are",
            )
            problem = self.error(
                Text(
                    "unknown key '{key}'{absent}.{hint} Keys here: {names}.",
                    "clave desconocida '{key}'{absent}.{hint} Claves de esta tabla: {names}.",
                    key=key,
                    absent=absent if missing else "",
                    hint=hint,
                    names=checks.listed(names, 30),
                ),
                key,
            )
            problems.found.append(problem)
            missing = []
        problems.tell()

    def _hint(self, key: str, names: Sequence[str]) -> Text:
        """Return what an unknown key may mean: one of another table, what the Spanish word says, or the nearest of this table."""
        part = next((name for name in names if key in name.split("_")), None)  # weight, of sampling_weight
        near = nearest_key(key, names)
        if part is not None and not difflib.get_close_matches(key, names, n=1, cutoff=0.8):
            return checks.meant([part])
        of_this_table = checks.meant([near]) if near else None
        at_home = told_home(key, self.name)
        if at_home is None and english_key(key) not in names:
            at_home = told_home_of_word(key, self.name)
        return at_home or of_this_table or Text("")

    def only(self, names: Iterable[str]) -> TomlTable:
        """Return the table with no other keys than these."""
        values = {key: self.values[key] for key in names if key in self.values}
        return TomlTable(values, self.name, self.file, self._lines, self._line)


def _place_in_spanish(problem: str) -> str:
    place = re.search(r"at line (\d+), column (\d+)", problem)
    return f"no se entiende la línea {place[1]}, columna {place[2]}" if place else "el final no se entiende"


def _refuse_data(path: Path) -> None:
    """Refuse a file of data where its configuration is wanted."""
    if path.suffix.lower() in _DATA:
        raise OptionError(
            Text(
                "{name} is a data file; a configuration is a TOML file. `impact init {name}` writes one for it.",
                "{name} es un archivo de datos; la configuración es un archivo TOML. `impact init {name}` escribe una.",
                name=path.name,
            )
        )


def lines_of_keys(text: str) -> dict[tuple[str, str], int]:
    r"""Return the line of each key, by the table it stands in; ``tomllib`` keeps none.

    Examples
    --------
    >>> lines_of_keys('a = 1\n[[b]]\nc = 2\n[b.d]\ne = 3\n')
    {('', 'a'): 1, ('[[b]] 1', ''): 2, ('[[b]] 1', 'c'): 3, ('[[b]] 1 d', ''): 4, ('[[b]] 1 d', 'e'): 5}
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
            table = _table_name(brackets, name, counts)
            lines[table, ""] = number
            continue
        key = _KEY.match(line)
        if key:
            lines.setdefault((table, next(part for part in key.groups() if part)), number)
        for quotes in ('"""', "'''"):
            if line.count(quotes) % 2:
                inside = quotes
    return lines


def _table_name(brackets: str, header: str, counts: dict[str, int]) -> str:
    """Return ``[[b]] 1 d`` for the header ``[b.d]`` under the first ``[[b]]``."""
    if brackets == "[[":
        counts[header] = counts.get(header, 0) + 1
        return f"[[{header}]] {counts[header]}"
    first, *rest = header.split(".")
    top = f"[[{first}]] {counts[first]}" if first in counts else f"[{first}]"
    return " ".join([top, *rest])
