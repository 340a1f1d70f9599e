"""The configuration of a package: the same, its files in ``data`` and its schema beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit import TOMLDocument

from impact.evaluation.replication.survey_files import SurveyFile

DATA = "data"
SCHEMA = "schema"
_OF_THE_OLD_FILE = ("separator", "decimal", "encoding", "date_formats")
"""How a file was written; the new one is written as the toolkit reads without being told."""


def packed_settings(
    text: str, files: Collection[SurveyFile], folder: Path, accept: Collection[str] = ()
) -> str:
    """Return ``evaluation.toml`` for the package: comments stay, the paths are new.

    Parameters
    ----------
    text : str
        The configuration as it is written.
    files : collection of SurveyFile
    folder : pathlib.Path
        Of the old configuration.
    accept : collection of str
        Rules that this run lives with, beside those of the file.
    """
    document = tomlkit.parse(text)
    names = {file.path: file.name for file in files}
    for table, key in _paths(document):
        path = (folder / str(table[key])).resolve()
        if path in names:
            table[key] = f"{DATA}/{names[path]}"
            for option in _OF_THE_OLD_FILE:
                if table is not document.get("tables") and option in table:
                    del table[option]
    data: Any = document["data"]
    if isinstance(data.get("schema"), str):
        data["schema"] = f"{SCHEMA}/{_descriptor(folder / str(data['schema'])).name}"
    if accept:
        data["accept"] = list(dict.fromkeys([*data.get("accept", []), *accept]))
    return tomlkit.dumps(document)


def schema_file(values: Mapping[str, Any], folder: Path) -> Path | None:
    """Return the survey's own data package that a configuration names, or None."""
    named = values["data"].get("schema")
    return _descriptor(folder / named) if isinstance(named, str) else None


def _descriptor(path: Path) -> Path:
    return path / "datapackage.yaml" if path.is_dir() else path


def _paths(document: TOMLDocument) -> Iterator[tuple[Any, str]]:
    """Yield every table that names a file, with the key that names it."""
    for name, content in document.items():
        if name == "tables":
            for table, keys in list(content.items()):
                if isinstance(keys, str):
                    yield content, table
                else:
                    yield from ([(keys, "file")] if "file" in keys else [])
            continue
        for part in content if isinstance(content, list) else [content]:
            if isinstance(part, dict) and isinstance(part.get("file"), str):
                yield part, "file"
