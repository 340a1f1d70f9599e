"""The language of the program: that of the configuration, of ``--language``, or of the computer."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from impact.errors import DataError
from impact.language import LANGUAGES, Text

_REFUSALS = {
    errno.ENOENT: Text("There is no such file or folder", "No existe ese archivo o carpeta"),
    errno.EACCES: Text("It may not be read or written", "No hay permiso para leerlo o escribirlo"),
    errno.EISDIR: Text("It is a folder", "Es una carpeta"),
    errno.ENOTDIR: Text("It is no folder", "No es una carpeta"),
    errno.EEXIST: Text("It exists already", "Ya existe"),
    errno.ENOSPC: Text("There is no space left on the disk", "No queda espacio en el disco"),
}


def language_of(options: Mapping[str, object], otherwise: str | None = None) -> str:
    """Return the language in which a command is to speak: its option's, its file's, else another, by default the computer's."""
    from impact.errors import SPOKEN
    from impact.evaluation.reading.spoken import spoken_in
    from impact.language import speaking

    given = options.get("language")
    with speaking(given if isinstance(given, str) else otherwise or _of_the_computer()):
        for value in options.values():
            for entry in value if isinstance(value, list) else (value,):
                if isinstance(entry, (str, Path)) and str(entry).lower().endswith(".toml"):
                    return spoken_in(entry)
        return SPOKEN.get()


def asked_of_the_program(options: Mapping[str, object], given: Sequence[str]) -> dict[str, object]:
    """Return the language that stands before a command, for one that was given none of its own: ``impact --language es demo``.

    Parameters
    ----------
    options : mapping
        Of the command.
    given : sequence of str
        The whole line.
    """
    asked = [place for place, word in enumerate(given) if word.partition("=")[0] == "--language"]
    if asked != [0] or not isinstance(options.get("language"), str):
        return {}
    return {"language": given[0].partition("=")[2] or given[1]}


def refused_by_system(problem: OSError) -> DataError:
    """Return the error that says what the system refused, and where."""
    said = _REFUSALS.get(problem.errno or 0, Text(problem.strerror or str(problem)))
    return DataError(
        Text("{said}: {file}", "{said}: {file}", said=said, file=problem.filename)
        if problem.filename
        else said
    )


def _of_the_computer() -> str:
    locale = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    code = locale.partition("_")[0]
    return code if code in LANGUAGES else "en"
