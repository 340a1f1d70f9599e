"""The figures of a published table against each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import DATA_AT_FAULT

PLACE = 100
EXAMPLE = "impact audit tabla.csv --rules rules.toml"


def command(
    table: Annotated[
        Path, typer.Argument(help="A published table or a list of claims, .csv or .xlsx.", metavar="TABLE")
    ],
    rules: Annotated[
        Path | None,
        typer.Option(help="A .toml file of [[rules]]. By default the sums that the labels announce."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write what was found to this .csv or .xlsx file.")] = None,
    language: Annotated[
        str | None,
        typer.Option(help="Language of what was found: en, es, …; that of the computer by default."),
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
        typer.echo(str(write_audit(found, out, spoken)))
    if not found.clean:
        raise SystemExit(DATA_AT_FAULT)
