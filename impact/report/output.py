"""Where a report goes: a file or a folder, written beside and then moved, never over what somebody has edited."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from impact import checks
from impact.errors import EditedFileWarning, OptionError
from impact.language import Text
from impact.owned_folder import temporary_folder
from impact.warn import warn

MANIFEST = ".impact-files.json"
"""What the toolkit has written in a folder: file to SHA-256."""
_BEGUN = ".impact-moving.json"
"""The same of files that are being moved: it is gone when all are in place."""
_BESIDE = ".impact-"
"""Of the names of the folders that files are written in before they are moved."""
OTHER_DOCUMENTS = (
    ".doc",
    ".xls",
    ".odt",
    ".ods",
    ".rtf",
    ".csv",
    ".txt",
    ".md",
    ".png",
    ".svg",
    ".json",
    ".toml",
)
"""Suffixes of documents that a report is not written as; any other suffix is a part of a folder's name."""
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\[\]\x00-\x1f]+')
T = TypeVar("T")


def is_file(path: Path, suffixes: Iterable[str]) -> bool:
    """Return whether a path is to be a file of a known format; else it is a folder, whatever dots its name has.

    Raises
    ------
    OptionError
        The suffix is that of a document which is not written, or a file stands where the folder is to be.
    """
    suffix = path.suffix.lower()
    if suffix in suffixes:
        return True
    if suffix in OTHER_DOCUMENTS:
        raise OptionError(
            Text(
                "A report's path must end in {suffixes}, or be a folder; got {name!r}. Pass another path.",
                (
                    "La ruta de un informe debe terminar en {suffixes}, o ser una carpeta; se dio {name!r}. Indique otra "
                    "ruta."
                ),
                suffixes=", ".join(suffixes),
                name=path.name,
            )
        )
    if path.is_file():
        raise OptionError(
            Text(
                "A report's folder must be a folder; {path!r} is a file. Pass another path.",
                "La carpeta de un informe debe ser una carpeta; {path!r} es un archivo. Indique otra ruta.",
                path=str(path),
            )
        )
    return False


def distinct_names(
    items: Iterable[T], name: Callable[[T], str], longest: int = 80
) -> Iterator[tuple[str, T]]:
    """Yield each item with a name that every file system and workbook takes, all different, also without regard to case."""
    taken: set[str] = set()
    for item in items:
        plain = _FORBIDDEN.sub("-", unicodedata.normalize("NFC", name(item))).strip(" .'") or "_"
        shown, number = plain[:longest].rstrip(" .'"), 1
        while shown.casefold() in taken:
            number += 1
            ending = f"_{number}"
            shown = plain[: longest - len(ending)] + ending
        taken.add(shown.casefold())
        yield shown, item


def write_folder(folder: Path, write: Callable[[Path], object]) -> None:
    """Write beside a folder, then move every file into it.

    Parameters
    ----------
    folder : pathlib.Path
        Made where absent. What the last report left there goes; a file that somebody has edited since is kept under another name;
        files of others stay as they are.
    write : callable
        Writes all files into the folder that it is given. If it fails, nothing has changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with temporary_folder(_BESIDE, folder.parent) as beside:
        write(beside)
        new = [path.relative_to(beside) for path in sorted(beside.rglob("*")) if path.is_file()]
        ours = _manifest(folder)
        for name in set(ours) - {file.as_posix() for file in new}:
            if _digest(folder / name) == ours[name]:
                (folder / name).unlink()
        _move(beside, new, folder, {name: ours[name] for name in ours if Path(name) in new})


def write_file(file: Path, write: Callable[[Path], object]) -> None:
    """Write beside a file, then move it and what it takes in into place; what somebody has edited since is kept under another name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(_BESIDE, file.parent) as beside:
        write(beside / file.name)
        new = [path.relative_to(beside) for path in sorted(beside.rglob("*")) if path.is_file()]
        _move(beside, new, file.parent, _manifest(file.parent))


def _move(beside: Path, files: list[Path], folder: Path, ours: dict[str, str]) -> None:
    kept = []
    begun = _manifest(folder, _BEGUN)  # of a run that was killed while it moved its files
    coming = {file.as_posix(): _digest(beside / file) for file in files}
    _keep(folder / _BEGUN, begun | coming)
    for file in files:
        found, name = folder / file, file.as_posix()
        if found.is_file() and _digest(found) not in (ours.get(name), begun.get(name), coming[name]):
            kept.append(found.rename(_free_name(found)))
        found.parent.mkdir(parents=True, exist_ok=True)
        (beside / file).replace(found)
    _keep(folder / MANIFEST, ours | coming)
    (folder / _BEGUN).unlink()
    if kept:
        warn(
            Text(
                "Edited by somebody since it was written, and kept beside the new report: {path}.",
                "Alguien lo editó después de escrito, y se guarda junto al nuevo informe: {path}.",
                path=checks.listed(path.name for path in kept),
            ),
            EditedFileWarning,
        )


def _free_name(file: Path) -> Path:
    """Return "report (edited).docx", or with a number where that is taken."""
    number = 1
    while True:
        mark = "edited" if number == 1 else f"edited {number}"
        name = file.with_name(f"{file.stem} ({mark}){file.suffix}")
        if not name.exists():
            return name
        number += 1


def _keep(file: Path, digests: dict[str, str]) -> None:
    """Write a manifest beside its place, then move it there."""
    beside = file.with_name(f"{file.name}.new")
    beside.write_text(json.dumps(digests, indent=1, ensure_ascii=False), encoding="utf-8")
    beside.replace(file)


def _manifest(folder: Path, name: str = MANIFEST) -> dict[str, str]:
    try:
        ours = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(name): str(digest) for name, digest in ours.items()} if isinstance(ours, dict) else {}


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
