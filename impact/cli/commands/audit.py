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
) -> None:
    """Hold the figures of a published table, or the claims of a text, against each other; exit 1 where one does not hold."""
    from impact.monitoring.audit.files import audit_file, write_audit

    found = audit_file(table, rules)
    typer.echo(repr(found))
    if out is not None:
        typer.echo(str(write_audit(found, out)))
    if not found.clean:
        raise SystemExit(DATA_AT_FAULT)
