"""The folder beside a report's place in which it is written: gone when it is done, and what a killed run left goes with the next."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_PREFIX = ".impact-"
_MARK = ".impact-in-use"
"""Holds the computer's name, and is held by the process that writes: the system lets go of it however the process ends."""


@contextmanager
def folder_beside(place: Path) -> Iterator[Path]:
    """Give an empty folder within ``place`` to write in, and remove it at the end; first those that killed runs left there.

    Only a folder that bears our mark is removed, made on this computer, and only if no process holds the mark: a run that writes at the
    same time keeps its own.

    Examples
    --------
    >>> place = Path(tempfile.mkdtemp())
    >>> with folder_beside(place) as beside:
    ...     _ = (beside / "report.html").write_text("…", encoding="utf-8")
    >>> list(place.iterdir())
    []
    """
    for left in place.glob(f"{_PREFIX}*"):
        if not left.is_symlink() and _is_abandoned(left / _MARK):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=place) as folder, _marked(Path(folder)):
        beside = Path(folder) / "report"
        beside.mkdir()
        yield beside


@contextmanager
def _marked(folder: Path) -> Iterator[None]:
    """Hold the mark of a folder; on systems with locks it stands under its name only once it is held."""
    unheld = folder / (f"{_MARK}.new" if os.name == "posix" else _MARK)
    with unheld.open("w", encoding="utf-8") as mark:
        mark.write(platform.node())
        mark.flush()
        with suppress(
            OSError
        ):  # a disk without locks: the folder stays unmarked, and nobody takes it for abandoned
            if os.name == "posix":
                _hold(mark)
                unheld.rename(folder / _MARK)
        yield


def _is_abandoned(mark: Path) -> bool:
    """Return whether a mark is of this computer and nobody holds it."""
    try:
        if mark.read_text(encoding="utf-8") != platform.node():
            return False
        if os.name == "posix":
            with mark.open("r+", encoding="utf-8") as stream:
                _hold(stream)
        else:
            mark.unlink()  # Windows refuses that of a file that a process has open
    except (OSError, UnicodeDecodeError):
        return False
    return True


def _hold(mark: IO[str]) -> None:
    """Take the lock of a file, or raise an OSError where another process has it."""
    import fcntl

    fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
