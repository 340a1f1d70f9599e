"""A reproduction package of an evaluation, rerun and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import DATA_AT_FAULT, ConfigurationFile

PLACE = 55
EXAMPLE = "impact package evaluation.toml --fresh venv"


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(help="A new or empty folder. By default <name>-package beside the configuration."),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="A rule of the data whose breaches you live with.", metavar="RULE"),
    ] = None,
    fresh: Annotated[
        str,
        typer.Option(
            help="Where it is run again: process (its own code alone), venv (pip installs the pinned versions), no."
        ),
    ] = "process",
) -> None:
    """Write a reproduction package: de-identified data, code, versions, exhibits; rerun it and compare every number."""
    from impact.evaluation.replication.package import package

    made = package(file, out, accept or (), fresh)
    typer.echo(repr(made))
    if made.rerun is not None and not made.rerun.same:
        raise SystemExit(DATA_AT_FAULT)
