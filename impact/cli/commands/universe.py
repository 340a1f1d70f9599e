"""A configuration under every combination of choices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import ClusterOption, ConfigurationFile, JobsOption
from impact.language import Text

PLACE = 50
EXAMPLE = "impact universe evaluation.toml --jobs 2"
SPANISH = "Estima cada resultado con cada combinación de las decisiones de [universe]; sin esa tabla, con las usuales."


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "Folder for tables, curves and finished matches: a run that was killed goes on from it.",
                "Carpeta para cuadros, curvas y emparejamientos terminados: una corrida interrumpida sigue desde ella.",
            )
        ),
    ] = None,
    jobs: JobsOption = -1,
    cluster: ClusterOption = None,
) -> None:
    """Estimate every outcome under every combination of the choices in [universe]; without that table, of usual ones."""
    from impact.dask_cluster import cluster_at
    from impact.evaluation.by_itself.holds import universe_of

    target = file.with_name(f"{file.stem}-universe") if out is None else out
    with cluster_at(cluster):
        for line in universe_of(file, target, jobs if cluster is None else None):
            typer.echo(line)
