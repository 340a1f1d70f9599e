"""The codebook of the survey tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import OpenOption, absent, done
from impact.language import Text

PLACE = 90
EXAMPLE = "impact codebook codebook.html"
SPANISH = "Escribe el libro de códigos de las tablas de la encuesta, en español e inglés lado a lado."


def command(
    out: Annotated[
        Path, typer.Argument(help=Text("An .html or .xlsx file.", "Un archivo .html o .xlsx."))
    ] = Path("impact-codebook.html"),
    at_once: OpenOption = False,
) -> None:
    """Write the codebook of the survey tables, Spanish and English side by side."""
    from impact.report.codebook import write_codebook

    done(write_codebook(absent(out)), at_once)
