"""One report, any format: the suffix of the path says which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from impact.folders import placed_in
from impact.report.contents import Contents
from impact.report.formats.document import write_document
from impact.report.formats.latex import write_latex_tables
from impact.report.formats.page import write_page
from impact.report.formats.spreadsheets import write_csv, write_excel
from impact.report.formats.tidy_json import write_json
from impact.report.output import distinct_names, is_file, write_file, write_folder

WRITERS: Mapping[str, Callable[[Contents, Path], Path]] = dict(placed_in("impact.report.formats", "WRITER"))
"""Suffix to writer: a document format is one file in ``formats`` with ``PLACE``, a number that orders them, and ``WRITER``."""


def publish(contents: Contents, path: str | Path) -> Path:
    """Write the report to a file, or in every format to a folder.

    Parameters
    ----------
    contents : Contents
    path : path
        A file that ends in one of ``WRITERS``; anything else is a folder that gets ``report.html``, ``report.docx``,
        ``tables.xlsx``, ``tables.json``, ``tables/*.csv``, ``latex/*.tex`` and ``figures/*.svg`` and ``*.png``.
        Everything is written beside and then moved; a file
        that somebody has edited since is kept under another name.

    Returns
    -------
    pathlib.Path
        The file, or the page in the folder.

    Raises
    ------
    OptionError
        The suffix of a document that is not written.
    """
    target = Path(path)
    if goes_to_file(target):
        writer = WRITERS[target.suffix.lower()]
        write_file(target, lambda file: writer(contents, file))
        return target
    write_folder(target, lambda folder: _fill(contents, folder))
    return target / "report.html"


def goes_to_file(target: Path) -> bool:
    """Return whether a path is a file of one of the formats, else a folder; refuse what is neither, before any work is done."""
    return is_file(target, WRITERS)


def _fill(contents: Contents, folder: Path) -> None:
    write_page(contents, folder / "report.html")
    write_document(contents, folder / "report.docx")
    write_excel(contents, folder / "tables.xlsx")
    write_json(contents, folder / "tables.json")
    write_csv(contents, folder / "tables")
    write_latex_tables(contents, folder / "latex")
    figures = folder / "figures"
    figures.mkdir()
    for name, figure in distinct_names(contents.figures, lambda figure: figure.name):
        (figures / f"{name}.svg").write_bytes(figure.images.wide)
        (figures / f"{name}.png").write_bytes(figure.images.png)
