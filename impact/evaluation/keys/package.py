"""``[package]``: what a reproduction package says that the data do not."""

from __future__ import annotations

from dataclasses import dataclass

from impact.evaluation.reading.build import build
from impact.evaluation.reading.toml_table import TomlTable

TABLE = "package"


@dataclass(frozen=True, slots=True)
class PackageKeys:
    """The keys of ``[package]``, all of them texts of one's own.

    Parameters
    ----------
    authors : tuple of str
    contact : str
        To whom questions go.
    paper : str
        The publication whose numbers the package makes.
    provenance : str
        Who collected the data, when, and how they were obtained.
    access : str
        How others get the original data.
    rights : str
        That the authors may use and share the data, and under which licence.
    """

    authors: tuple[str, ...] = ()
    contact: str = ""
    paper: str = ""
    provenance: str = ""
    access: str = ""
    rights: str = ""


def package_keys(top: TomlTable) -> PackageKeys:
    """Return what ``[package]`` says; nothing where the configuration lacks it."""
    table = top.table(TABLE)
    return PackageKeys() if table is None else build(PackageKeys, table)
