"""How strong a hidden confounder would have to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import ConfigurationFile
from impact.language import Text

PLACE = 60
EXAMPLE = "impact sensitivity evaluation.toml"
SPANISH = "Dice cuán fuerte debería ser un factor de confusión no medido, como pide [sensitivity]; sin esa tabla, según cada covariable."


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text("Folder for the tables and contours.", "Carpeta para los cuadros y los contornos.")
        ),
    ] = None,
) -> None:
    """Say how strong an unmeasured confounder would have to be, as [sensitivity] asks; without that table, by every covariate."""
    from impact.evaluation.by_itself.holds import sensitivity_of

    target = file.with_name(f"{file.stem}-sensitivity") if out is None else out
    for line in sensitivity_of(file, target):
        typer.echo(line)
