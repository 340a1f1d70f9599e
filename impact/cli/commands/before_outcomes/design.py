"""The design of a configuration, locked before any outcome is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import AcceptedRules, ConfigurationFile
from impact.language import Text

PLACE = 30
EXAMPLE = "impact design evaluation.toml --out design.lock"
SPANISH = """Empareja y revisa el balance sin ninguna columna de resultado, y fija el diseño.

Por ejemplo: impact design evaluation.toml --out design.lock, y cuando estén los resultados
impact evaluate evaluation.toml --locked design.lock
"""


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "The lock. By default design.lock beside the configuration.",
                "El candado. Por omisión, design.lock junto a la configuración.",
            )
        ),
    ] = None,
    accept: AcceptedRules = None,
) -> None:
    """Match and check balance without any outcome column, and lock the design.

    For example: impact design evaluation.toml --out design.lock, and once the outcomes are there
    impact evaluate evaluation.toml --locked design.lock
    """
    from impact.evaluation.locked_design import lock_design
    from impact.language import spoken

    target = file.with_name("design.lock") if out is None else out
    typer.echo(f"{spoken(lock_design(file, target, accept or ()).sentence)}\n{target}")
