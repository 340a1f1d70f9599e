"""A registry larger than memory, from its configuration to its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import ConfigurationFile, done

PLACE = 55
EXAMPLE = "impact registry evaluation.toml --jobs 2"


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(help="A .html, .docx or .xlsx file, or a folder that gets all of them and the tables."),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1 for all processors.")] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Scheduler of a Dask cluster that works instead: the same answer.", metavar="tcp://HOST:PORT"
        ),
    ] = None,
) -> None:
    """Score, match, balance and estimate a folder of Parquet files that does not fit into memory, as [registry] says.

    For example: impact registry evaluation.toml --out registry.html --jobs 2
    """
    from impact.evaluation.by_itself.registry import evaluate_registry
    from impact.parallel import cluster_at

    target = file.with_name(f"{file.stem}-registry") if out is None else out
    with cluster_at(cluster):
        found = evaluate_registry(file, None if cluster else jobs)
    typer.echo(repr(found))
    done(found.report(target))
