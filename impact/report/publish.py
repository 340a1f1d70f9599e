"""One report, any format: the suffix of the path says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from impact.errors import OptionError
from impact.report.contents import Contents
from impact.report.formats.document import write_document
from impact.report.formats.page import write_page
from impact.report.formats.spreadsheets import write_csv, write_excel

WRITERS: Mapping[str, Callable[[Contents, Path], Path]] = {
    ".html": write_page,
    ".docx": write_document,
    ".xlsx": write_excel,
}
"""Suffix to writer: a document format is one function and one entry here."""


def publish(contents: Contents, path: str | Path) -> Path:
    """Write the report to a file, or in every format to a folder.

    Parameters
    ----------
    contents : Contents
    path : path
        ``.html``, ``.docx`` or ``.xlsx``; a path without suffix is a folder that gets ``report.html``, ``report.docx``,
        ``tables.xlsx``, ``tables/*.csv`` and ``figures/*.svg`` and ``*.png``.

    Returns
    -------
    pathlib.Path
        The file, or the page in the folder.

    Raises
    ------
    OptionError
        Another suffix.
    """
    target = Path(path)
    if target.suffix == "":
        return _publish_folder(contents, target)
    writer = WRITERS.get(target.suffix.lower())
    if writer is None:
        raise OptionError(
            f"A report's path must end in {', '.join(WRITERS)}, or be a folder without a suffix; got {target.name!r}."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    return writer(contents, target)


def _publish_folder(contents: Contents, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    page = write_page(contents, folder / "report.html")
    write_document(contents, folder / "report.docx")
    write_excel(contents, folder / "tables.xlsx")
    write_csv(contents, folder / "tables")
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    for figure in contents.figures:
        (figures / f"{figure.name}.svg").write_bytes(figure.images.wide)
        (figures / f"{figure.name}.png").write_bytes(figure.images.png)
    return page
