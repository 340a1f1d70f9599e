"""A registry larger than memory, from its configuration to its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import ClusterOption, ConfigurationFile, JobsOption, OpenOption, done
from impact.language import Text

PLACE = 55
EXAMPLE = "impact registry evaluation.toml --jobs 2"
SPANISH = "Puntúa, empareja, contrasta el balance y estima una carpeta de archivos Parquet que no cabe en la memoria, como dice [registry]."


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "A .html, .docx or .xlsx file, or a folder that gets all of them and the tables.",
                "Un archivo .html, .docx o .xlsx, o una carpeta que recibe todos ellos y los cuadros.",
            )
        ),
    ] = None,
    jobs: JobsOption = 1,
    cluster: ClusterOption = None,
    at_once: OpenOption = False,
) -> None:
    """Score, match, balance and estimate a folder of Parquet files that does not fit into memory, as [registry] says."""
    from impact.dask_cluster import cluster_at
    from impact.evaluation.by_itself.registry import evaluate_registry

    target = file.with_name(f"{file.stem}-registry") if out is None else out
    with cluster_at(cluster):
        found = evaluate_registry(file, None if cluster else jobs)
    typer.echo(repr(found))
    done(found.report(target), at_once)
