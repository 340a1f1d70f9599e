"""The figures of a published table against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import DATA_AT_FAULT, done
from impact.language import Text

PLACE = 100
EXAMPLE = "impact audit tabla.csv --rules rules.toml"
SPANISH = "Contrasta entre sí las cifras de un cuadro publicado, o las afirmaciones de un texto; sale con 1 donde una no se sostiene."


def command(
    table: Annotated[
        Path,
        typer.Argument(
            help=Text(
                "A published table or a list of claims, .csv or .xlsx.",
                "Un cuadro publicado o una lista de afirmaciones, .csv o .xlsx.",
            ),
            metavar="TABLE",
        ),
    ],
    rules: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "A .toml file of [[rules]]. By default the sums that the labels announce.",
                "Un archivo .toml de [[rules]]. Por omisión, las sumas que anuncian las etiquetas.",
            )
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "Write what was found to this .csv or .xlsx file.",
                "Escribe lo encontrado en este archivo .csv o .xlsx.",
            )
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help=Text(
                "Language of what was found: en, es, …; that of the computer by default.",
                "Idioma de lo encontrado: en, es, …; por omisión, el del equipo.",
            )
        ),
    ] = None,
) -> None:
    """Hold the figures of a published table, or the claims of a text, against each other; exit 1 where one does not hold."""
    from impact.cli.spoken import language_of
    from impact.language import Language
    from impact.monitoring.audit.files import audit_file, write_audit

    spoken = Language(language or language_of({})).code
    found = audit_file(table, rules)
    typer.echo(found.told(spoken))
    if out is not None:
        done(write_audit(found, out, spoken))
    if not found.clean:
        raise SystemExit(DATA_AT_FAULT)
