"""Balance of a configuration's matches, before any outcome is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import ConfigurationFile, done

PLACE = 31
EXAMPLE = "impact balance evaluation.toml --by region --out balance.xlsx"


def command(
    file: ConfigurationFile,
    by: Annotated[
        str | None, typer.Option(help="A column of categories, such as region: both arms within each.")
    ] = None,
    stage: Annotated[
        str, typer.Option(help="before or after matching, for the table by category.")
    ] = "before",
    stars: Annotated[bool, typer.Option("--stars", help="Mark small p-values with stars.")] = False,
    interactions: Annotated[
        bool, typer.Option("--interactions", help="Also squares of covariates and products of two.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write the table to this .xlsx, .docx, .html or .tex file.")
    ] = None,
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
