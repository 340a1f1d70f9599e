"""A reproduction package of an evaluation, rerun and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import DATA_AT_FAULT, AcceptedRules, ConfigurationFile
from impact.language import Text

PLACE = 55
EXAMPLE = "impact package evaluation.toml --fresh venv"
SPANISH = "Escribe un paquete de reproducción: datos sin identificación, código, versiones, cuadros; lo corre otra vez y compara todo."


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "A new or empty folder. By default <name>-package beside the configuration.",
                "Una carpeta nueva o vacía. Por omisión, <nombre>-package junto a la configuración.",
            )
        ),
    ] = None,
    accept: AcceptedRules = None,
    fresh: Annotated[
        str,
        typer.Option(
            help=Text(
                "Where it is run again: process (its own code alone), venv (pip installs the pinned versions), no.",
                "Dónde se vuelve a correr: process (solo con su propio código), venv (pip instala las versiones fijadas), no.",
            )
        ),
    ] = "process",
) -> None:
    """Write a reproduction package: de-identified data, code, versions, exhibits; rerun it and compare every number."""
    from impact.evaluation.replication.package import package

    made = package(file, out, accept or (), fresh)
    typer.echo(repr(made))
    if made.rerun is not None and not made.rerun.same:
        raise SystemExit(DATA_AT_FAULT)
