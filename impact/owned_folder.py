"""Temporary folders that a process owns while it lives: what a killed run has left is cleared away by the next one."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_OWNER = ".impact-in-use"
"""A file that its process holds locked: the system lets go of it when the process ends, however it ends."""

if sys.platform == "win32":
    from msvcrt import LK_NBLCK, locking

    def _lock(file: int) -> None:
        locking(file, LK_NBLCK, 1)
else:
    from fcntl import LOCK_EX, LOCK_NB, flock

    def _lock(file: int) -> None:
        flock(file, LOCK_EX | LOCK_NB)


def owned_folder(prefix: str, parent: Path | None = None) -> tuple[Path, Callable[[], None]]:
    """Make a folder of this process, and clear away those beside it whose processes are gone.

    Parameters
    ----------
    prefix : str
        Of its name, by which those of other runs are known.
    parent : Path, optional
        Where it is made; the system's temporary folder by default.

    Returns
    -------
    (Path, callable)
        The folder, and what removes it.

    Notes
    -----
    A folder is cleared away only where nobody holds its lock and this machine made it: a lock need not be seen by others that share a disk.

    Examples
    --------
    >>> folder, remove = owned_folder("example-")
    >>> folder.is_dir(), remove(), folder.exists()
    (True, None, False)
    """
    place = Path(tempfile.gettempdir() if parent is None else parent)
    for left in place.glob(f"{prefix}*"):
        if not left.is_symlink() and _is_abandoned(left):
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place)).absolute()
    try:
        held = _claimed(folder)
    except OSError:  # nothing more can be written
        shutil.rmtree(folder, ignore_errors=True)
        raise

    def remove() -> None:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)

    return folder, remove


@contextmanager
def temporary_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Give an empty folder for a while.

    Examples
    --------
    >>> with temporary_folder("example-") as folder:
    ...     list(folder.iterdir())
    []
    """
    folder, remove = owned_folder(prefix, parent)
    try:
        inside = folder / "files"
        inside.mkdir()
        yield inside
    finally:
        remove()


def _claimed(folder: Path) -> int:
    """Return the folder's lock, held; who made it is written once it is, so that nobody takes a new folder for one that was left."""
    held = os.open(folder / _OWNER, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    with suppress(OSError):  # a disk that knows no locks: its folders are never cleared away
        _lock(held)
        os.write(held, platform.node().encode())
    return held


def _is_abandoned(folder: Path) -> bool:
    """Return whether this machine made a folder whose process is gone."""
    with suppress(OSError), (folder / _OWNER).open("rb+") as held:
        mine = held.read() == platform.node().encode() != b""
        held.seek(0)
        _lock(held.fileno())
        return mine
    return False
