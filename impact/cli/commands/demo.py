"""The demonstration on a synthetic survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import LanguageOption, OpenOption, opened
from impact.language import Text

PLACE = 110
EXAMPLE = "impact demo --language es --out demo"
SPANISH = "Evalúa una encuesta sintética cuyos efectos verdaderos se conocen, y escribe el informe."


def command(
    seed: Annotated[
        int,
        typer.Option(
            help=Text("One seed, one synthetic survey.", "Una semilla, una encuesta sintética."), min=0
        ),
    ] = 1,
    out: Annotated[
        Path, typer.Option(help=Text("Folder for the report.", "Carpeta para el informe."))
    ] = Path("impact-demo"),
    language: LanguageOption = "en",
    design: Annotated[
        str,
        typer.Option(
            help=Text(
                "par1: one survey after the programme; par2: three waves and entry by turns.",
                "par1: una encuesta después del programa; par2: tres rondas y entrada por turnos.",
            )
        ),
    ] = "par1",
    at_once: OpenOption = False,
) -> None:
    """Evaluate a synthetic survey whose true effects are known, and write the report."""
    from impact.evaluation.demonstration.demo import demo

    demo(seed=seed, out=out, language=language, design=design)
    opened(out / "report.html", at_once)
