"""A first configuration from a data file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import LanguageOption, done
from impact.language import Text

PLACE = 10
EXAMPLE = "impact init household.xlsx --language es"
SPANISH = (
    "Escribe un evaluation.toml comentado para un archivo de datos, con los roles de sus columnas adivinados."
)


def command(
    data: Annotated[
        Path,
        typer.Argument(
            help=Text(
                "The data file: .dta, .sav, .csv, .xlsx or .parquet.",
                "El archivo de datos: .dta, .sav, .csv, .xlsx o .parquet.",
            ),
            metavar="DATA",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "The configuration to write; evaluation.toml beside the data by default.",
                "La configuración por escribir; por omisión, evaluation.toml junto a los datos.",
            )
        ),
    ] = None,
    language: LanguageOption = "es",
) -> None:
    """Write a commented evaluation.toml for a data file, with the roles of its columns guessed."""
    from impact.evaluation.starting.init import init_evaluation

    written = init_evaluation(data, out, language)
    typer.echo(written.read_text(encoding="utf-8"))
    done(written)
