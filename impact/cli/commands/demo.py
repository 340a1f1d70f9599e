"""The demonstration on a synthetic survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import LanguageOption

PLACE = 110
EXAMPLE = "impact demo --language es --out demo"


def command(
    seed: Annotated[int, typer.Option(help="One seed, one synthetic survey.", min=0)] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("impact-demo"),
    language: LanguageOption = "en",
    design: Annotated[
        str, typer.Option(help="par1: one survey after the programme; par2: three waves and entry by turns.")
    ] = "par1",
) -> None:
    """Evaluate a synthetic survey whose true effects are known, and write the report."""
    from impact.evaluation.demonstration.demo import demo

    demo(seed=seed, out=out, language=language, design=design)
