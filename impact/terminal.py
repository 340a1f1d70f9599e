"""Text for a terminal: what its encoding lacks is written with letters that it has, never with a wrong number."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata
from typing import TextIO

PLAIN = {
    "−": "-", "–": "-", "—": "-", "«": '"', "»": '"', "“": '"', "”": '"', "‘": "'", "’": "'",
    "·": "*", "×": "x", "…": "...", "≤": "<=", "≥": ">=", "\u202f": " ", "\xa0": " ",
}  # fmt: skip
"""What stands for a sign where a terminal lacks it: a minus must not become a question mark."""
_HANDLER = "impact-plain"


def _plainly(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeEncodeError):
        raise problem
    lacking = problem.object[problem.start : problem.end]
    return "".join(map(_plain, lacking)), problem.end


def _plain(letter: str) -> str:
    plain = PLAIN.get(letter) or unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain or "?"


codecs.register_error(_HANDLER, _plainly)


def write_any_letter() -> None:
    """Let the program's own streams write any text."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def say(text: str, stream: TextIO) -> None:
    """Write a text to a stream, in the letters that its encoding has."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, _HANDLER).decode(encoding))
