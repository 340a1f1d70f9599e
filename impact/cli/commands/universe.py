"""A configuration under every combination of choices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import ConfigurationFile

PLACE = 50
EXAMPLE = "impact universe evaluation.toml --jobs 2"


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for tables, curves and finished matches: a run that was killed goes on from it."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1 for all processors.")] = -1,
) -> None:
    """Estimate every outcome under every combination of the choices in [universe]; without that table, of usual ones.

    For example: impact universe evaluation.toml --out universe --jobs 2
    """
    from impact.evaluation.by_itself.holds import universe_of

    target = file.with_name(f"{file.stem}-universe") if out is None else out
    for line in universe_of(file, target, jobs):
        typer.echo(line)
