"""Code and versions that a package carries, and the fingerprints of its files."""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from impact.survey.package.schema import data_schema_folder

SUMS = "SHA256SUMS"
_IMPORT = re.compile(r"^\s*(?:import|from)\s+([A-Za-z]\w*)", re.MULTILINE)
_SKIPPED = shutil.ignore_patterns("__pycache__", "*.pyc")


def copy_code(folder: Path) -> None:
    """Copy the toolkit as it runs, with its data schema, into a folder."""
    source = Path(__file__).resolve().parents[2]
    shutil.copytree(source, folder / "impact", ignore=_SKIPPED)
    if not (folder / "impact" / "data_schema").is_dir():
        shutil.copytree(data_schema_folder(), folder / "data_schema", ignore=_SKIPPED)


def requirements() -> dict[str, str]:
    """Return every library that the run used, and those that these need, with its version."""
    source = Path(__file__).resolve().parents[2]
    imported = {
        name for file in source.rglob("*.py") for name in _IMPORT.findall(file.read_text(encoding="utf-8"))
    }
    names = packages_distributions()
    used = {
        distribution
        for name in imported & set(sys.modules) - set(sys.stdlib_module_names)
        for distribution in names.get(name, ())
    }
    found: dict[str, str] = {}
    waiting = sorted(used - {"impact-evaluation"})
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                continue
            waiting += _needed_by(name)
    return dict(sorted(found.items()))


def _needed_by(distribution: str) -> Iterator[str]:
    """Yield what a library needs on this machine, without its extras."""
    for line in requires(distribution) or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield requirement.name


def write_sums(folder: Path) -> None:
    """Write the SHA-256 of every file of a package, as ``sha256sum --check SHA256SUMS`` reads it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{_sum(file)}  {file.relative_to(folder).as_posix()}" for file in files]
    (folder / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def altered_files(folder: Path) -> list[str]:
    """Return the files of a package that are not what was packed, or are gone."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    packed: Mapping[str, str] = {line[66:]: line[:64] for line in lines}
    return [name for name, expected in packed.items() if not _is(folder / name, expected)]


def _is(file: Path, expected: str) -> bool:
    return file.is_file() and _sum(file) == expected


def _sum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
