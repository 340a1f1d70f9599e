"""Balance of a configuration's matches, before any outcome is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import ConfigurationFile, done
from impact.language import Text

PLACE = 31
EXAMPLE = "impact balance evaluation.toml --by region --out balance.xlsx"
SPANISH = "Empareja sin ninguna columna de resultado y muestra cuán parecidos son los grupos, antes y después, y por categoría."
ByOption = Annotated[
    str | None,
    typer.Option(
        help=Text(
            "A column of categories, such as region: both arms within each.",
            "Una columna de categorías, como la región: ambos grupos dentro de cada una.",
        )
    ),
]
StageOption = Annotated[
    str,
    typer.Option(
        help=Text(
            "before or after matching, for the table by category.",
            "before (antes) o after (después) del emparejamiento, para el cuadro por categoría.",
        )
    ),
]
StarsOption = Annotated[
    bool,
    typer.Option(
        "--stars",
        help=Text("Mark small p-values with stars.", "Marca con estrellas los valores p pequeños."),
    ),
]
InteractionsOption = Annotated[
    bool,
    typer.Option(
        "--interactions",
        help=Text(
            "Also squares of covariates and products of two.",
            "También los cuadrados de las covariables y los productos de dos.",
        ),
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        help=Text(
            "Write the table to this .xlsx, .docx, .html or .tex file.",
            "Escribe el cuadro en este archivo .xlsx, .docx, .html o .tex.",
        )
    ),
]


def command(
    file: ConfigurationFile,
    by: ByOption = None,
    stage: StageOption = "before",
    stars: StarsOption = False,
    interactions: InteractionsOption = False,
    out: OutOption = None,
) -> None:
    """Match without any outcome column and show how alike the arms are, before and after, and by category."""
    from impact.design.balance.by import balance_by
    from impact.design.balance.table import balance
    from impact.evaluation.configuration import read_configuration
    from impact.evaluation.locked_design import design_sample
    from impact.report.export import contents_of
    from impact.report.publish import publish
    from impact.robustness.four_strategies import matched_strategies

    configuration = read_configuration(file)
    sample = design_sample(configuration)
    found = matched_strategies(
        sample, configuration.specifications, configuration.estimand, configuration.support
    )
    matched = {specification.name: one for specification, one in found.items()}
    main = matched[configuration.main_strategy]
    for name, one in matched.items():
        table = balance(one)
        largest = table.frame[table.frame["stage"] == "after"]["smd"].abs().max()
        typer.echo(f"{name}: max |SMD| {largest:.3f}")
    result = (
        balance(main, interactions=interactions)
        if by is None
        else balance_by(main, by, stage, stars, interactions)
    )
    typer.echo(repr(result))
    if out is not None:
        done(publish(contents_of(result, configuration.language), out))
