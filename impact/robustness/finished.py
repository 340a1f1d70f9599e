"""Finished work on disk, from which an interrupted run goes on: what it belongs to, and what is said where it cannot be kept."""

from __future__ import annotations

import errno
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from impact.errors import StorageError
from impact.language import Text
from impact.survey.fingerprint import table_hash
from impact.survey.sample import Sample

_WHY = {
    errno.ENOSPC: Text("the disk is full", "el disco está lleno"),
    errno.EDQUOT: Text("the disk is full", "el disco está lleno"),
    errno.EFBIG: Text("the disk is full", "el disco está lleno"),
    errno.EACCES: Text("there is no permission to", "no hay permiso"),
    errno.EPERM: Text("there is no permission to", "no hay permiso"),
    errno.EROFS: Text("its disk can only be read", "su disco solo se puede leer"),
    errno.ENOENT: Text("there is no such folder", "no existe esa carpeta"),
    errno.ENOTDIR: Text("a part of its path is a file", "una parte de su ruta es un archivo"),
    errno.EEXIST: Text("a file stands in its place", "hay un archivo en su lugar"),
    errno.EISDIR: Text("it is a folder", "es una carpeta"),
}


@contextmanager
def kept_at(path: Path) -> Iterator[None]:
    """Say in words what the system refuses of the file or folder in which finished work is kept.

    Raises
    ------
    StorageError
    """
    try:
        yield
    except OSError as refusal:
        why = _WHY.get(refusal.errno or 0, refusal.strerror or str(refusal))
        room = next((folder for folder in path.absolute().parents if folder.is_dir()), None)
        raise StorageError(
            Text(
                (
                    "What is finished cannot be kept in {path}: {why} ({free:,.1f} GB free). Make room, or name another place, and "
                    "run it again; what it holds already is not redone."
                ),
                (
                    "Lo terminado no se puede guardar en {path}: {why} ({free:,.1f} GB libres). Haga espacio, o nombre otro lugar, y "
                    "corra de nuevo; lo que ya tiene no se repite."
                ),
                path=str(path),
                why=why,
                free=0.0 if room is None else shutil.disk_usage(room).free / 1e9,
            )
        ) from refusal


def sample_hash(sample: Sample) -> str:
    """Return the SHA-256 of a sample's table and of what its columns are to it, the same whatever the order of its rows.

    Parameters
    ----------
    sample : Sample

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "age": [30.0, 31, 50, 49], "group": [1, 2, 3, 4]})
    >>> whole = im.Sample(frame, "treated", ["age"], cluster="group")
    >>> sample_hash(whole) == sample_hash(im.Sample(frame, "treated", ["age"]))
    False
    """
    roles = (
        sample.treatment,
        sample.covariates,
        tuple(map(repr, sample.outcomes)),
        sample.cluster,
        sample.sampling_weight,
        sample.stratum,
        sample.missing,
        sample.group_assigned,
    )
    table = table_hash(sample.frame, sample.frame.columns)
    return hashlib.sha256(f"{table} {roles!r}".encode()).hexdigest()
