"""Files of the working folder: written beside their place and then renamed, so that none is ever half there."""

from __future__ import annotations

import errno
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from impact.arrays import Array
from impact.errors import StorageError
from impact.language import Text
from impact.owned_folder import owned_folder

_BLOCK = 1_000_000
"""Numbers for which room is taken at a time."""
PREFIX = "impact-registry-"
"""Of the names of working folders."""
_REGISTRY = Text("the registry", "el registro")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def written(path: Path, what: Text | str) -> Iterator[Path]:
    """Give a place beside the file to write to; the file has its name once all of it is written.

    Parameters
    ----------
    path : Path
        Where the file will be.
    what : str
        What it holds, for the error: a file of the registry, or a cell.

    Raises
    ------
    StorageError
        The disk is full or cannot be written; nothing is left of the file.
    """
    beside = path.with_name(f"{path.name}.unfinished")
    try:
        yield beside
        beside.replace(path)
    except OSError as refusal:
        beside.unlink(missing_ok=True)
        raise storage_error(path.parent, what, refusal) from refusal
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def save_array(path: Path, what: Text | str, values: Any) -> None:
    """Write an array as an .npy file.

    Its bytes go through the file's own ``write``: NumPy's way to a file of the disk says nothing where the last of them do not fit.
    """
    whole = np.ascontiguousarray(values)
    with written(path, what) as beside, beside.open("wb") as sink:
        np.lib.format.write_array_header_1_0(sink, np.lib.format.header_data_from_array_1_0(whole))
        sink.write(whole.data)


@contextmanager
def written_in_place(path: Path, what: Text | str, rows: int) -> Iterator[Array]:
    """Give float64 numbers on disk, zeros at first, to be filled in; the file has its name once they are.

    The zeros are written one block after another: a disk that fills while a mapped file is written to kills the process.
    """
    with written(path, what) as beside:
        with beside.open("wb") as sink:
            described = {"descr": "<f8", "fortran_order": False, "shape": (rows,)}
            np.lib.format.write_array_header_1_0(sink, described)
            for start in range(0, rows, _BLOCK):
                sink.write(bytes(8 * min(_BLOCK, rows - start)))
        held: Array = np.load(beside, mmap_mode="r+")
        yield held
        if isinstance(held, np.memmap):
            held.flush()


def storage_error(folder: Path, what: Text | str, refusal: Exception) -> StorageError:
    """Return the error of working files that a disk does not take."""
    free = shutil.disk_usage(folder).free if folder.is_dir() else 0
    is_full = getattr(refusal, "errno", None) in _FULL
    why = Text("the disk is full", "el disco está lleno") if is_full else str(refusal).splitlines()[0]
    return StorageError(
        Text(
            (
                "The working files of {what} could not be written to {folder}: {why} ({free:,.1f} GB free). Nothing "
                "half written is left. Make room, or name a folder of a larger disk in scratch= of im.RegistrySample."
            ),
            (
                "Los archivos de trabajo ({what}) no se pudieron escribir en {folder}: {why} ({free:,.1f} GB "
                "libres). No queda nada a medio escribir. Haga espacio, o nombre en [registry] scratch una carpeta de "
                "un disco mayor."
            ),
            what=what,
            folder=str(folder),
            why=why,
            free=free / 1e9,
        )
    )


class WorkingFolder:
    """A folder of working files that is removed with the object that holds it; one that a killed run has left, by the next.

    Parameters
    ----------
    scratch : path, optional
        Where it is made; the system's temporary folder by default. On a cluster, a folder that every worker sees.
    """

    def __init__(self, scratch: str | Path | None = None) -> None:
        place = None if scratch is None else Path(scratch)
        try:
            if place is not None:
                place.mkdir(parents=True, exist_ok=True)
            self.path, remove = owned_folder(PREFIX, place)
        except OSError as refusal:
            raise storage_error(place or Path(tempfile.gettempdir()), _REGISTRY, refusal) from refusal
        self.remove = weakref.finalize(self, remove)

    def require_room(self, needed: float, what: Text | str) -> None:
        """Raise a StorageError before anything is written where the files will not fit."""
        free = shutil.disk_usage(self.path).free
        if needed > free:
            raise StorageError(
                Text(
                    (
                        "The working files of {what} need about {needed:,.1f} GB in {folder}, which has {free:,.1f} GB free. "
                        "Make room, or name a folder of a larger disk in scratch= of im.RegistrySample."
                    ),
                    (
                        "Los archivos de trabajo ({what}) necesitan unos {needed:,.1f} GB en {folder}, que tiene "
                        "{free:,.1f} GB libres. Haga espacio, o nombre en [registry] scratch una carpeta de un disco mayor."
                    ),
                    what=what,
                    needed=needed / 1e9,
                    folder=str(self.path.parent),
                    free=free / 1e9,
                )
            )
