"""Empty forms of the survey tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import LanguageOption, absent
from impact.language import Text

PLACE = 80
EXAMPLE = "impact template forms.xlsx"
SPANISH = "Escribe formularios vacíos y rotulados de las tablas de la encuesta."


def command(
    out: Annotated[
        Path,
        typer.Argument(
            help=Text(
                "An .xlsx file, or a folder for CSV forms.",
                "Un archivo .xlsx, o una carpeta para formularios CSV.",
            )
        ),
    ] = Path("impact-template.xlsx"),
    language: LanguageOption = "es",
) -> None:
    """Write empty, labelled forms of the survey tables."""
    from impact.survey.package.template import write_template

    for file in write_template(absent(out), language=language):
        typer.echo(str(file))
