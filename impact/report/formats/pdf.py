"""The report as PDF: the page printed by a browser that is installed, else the document by LibreOffice."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from impact.errors import OptionError
from impact.language import Text
from impact.owned_folder import temporary_folder
from impact.report.contents import Contents
from impact.report.formats.document import write_document
from impact.report.formats.page import write_page

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
OFFICES = ("soffice", "libreoffice")
_SECONDS = 180


def write_pdf(contents: Contents, path: Path) -> Path:
    """Write the report as PDF.

    Parameters
    ----------
    contents : Contents
    path : pathlib.Path
        File to write, ``.pdf``.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    OptionError
        Neither a browser nor LibreOffice is installed, or both failed.
    """
    with temporary_folder("impact-pdf-") as folder:
        printed = _by_browser(contents, folder) or _by_office(contents, folder)
        if printed is None:
            raise OptionError(
                Text(
                    (
                        "A PDF needs one of {offices} on this machine, and none could make it. Write .html or .docx and "
                        "print that."
                    ),
                    (
                        "Un PDF necesita uno de {offices} en esta máquina, y ninguno pudo hacerlo. Escriba .html o .docx e "
                        "imprímalo."
                    ),
                    offices=", ".join((*BROWSERS[:3], *OFFICES)),
                )
            )
        shutil.copyfile(printed, path)
    return path


def _by_browser(contents: Contents, folder: Path) -> Path | None:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        return None
    page, printed = write_page(contents, folder / "report.html"), folder / "page.pdf"
    _run([
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder / 'profile'}",
        f"--print-to-pdf={printed}", page.as_uri(),
    ])  # fmt: skip
    return printed if printed.is_file() else None


def _by_office(contents: Contents, folder: Path) -> Path | None:
    office = next((found for name in OFFICES if (found := shutil.which(name))), None)
    if office is None:
        return None
    document = write_document(contents, folder / "report.docx")
    profile = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    _run([office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(document)])
    printed = folder / "report.pdf"
    return printed if printed.is_file() else None


def _run(command: list[str]) -> None:
    try:
        subprocess.run(command, check=False, capture_output=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return


PLACE = 50
WRITER = (".pdf", write_pdf)
