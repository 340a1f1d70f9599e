"""The smallest effect that a configuration's match can detect, before any outcome is read."""

from __future__ import annotations

from typing import Annotated

import typer

from impact.cli.options import ConfigurationFile
from impact.language import Text

PLACE = 32
EXAMPLE = "impact power evaluation.toml --icc 0.1 --icc 0.2 --sd 450"
SPANISH = "Empareja sin ninguna columna de resultado y dice el menor efecto que este emparejamiento distingue de cero."


def command(
    file: ConfigurationFile,
    icc: Annotated[
        list[float] | None,
        typer.Option(
            help=Text(
                "Correlation of the outcome within groups; repeat it for several. 0.1, 0.2, 0.3.",
                "Correlación del resultado dentro de los grupos; repítala para varias. 0.1, 0.2, 0.3.",
            )
        ),
    ] = None,
    sd: Annotated[
        float | None,
        typer.Option(
            help=Text(
                "Standard deviation of the outcome, for an effect in its unit.",
                "Desviación estándar del resultado, para un efecto en su unidad.",
            )
        ),
    ] = None,
    r2: Annotated[
        float,
        typer.Option(
            help=Text(
                "Share of its variance that the adjustment explains.",
                "Parte de su varianza que explica el ajuste.",
            )
        ),
    ] = 0.0,
    power: Annotated[
        float,
        typer.Option(
            help=Text("Wanted probability to find the effect.", "Probabilidad deseada de hallar el efecto.")
        ),
    ] = 0.8,
) -> None:
    """Match without any outcome column and say the smallest effect that this match can tell from zero."""
    from impact.evaluation.configuration import read_configuration
    from impact.evaluation.locked_design import design_sample
    from impact.robustness.four_strategies import matched_strategies
    from impact.robustness.planning.design_power import power_of_design

    configuration = read_configuration(file)
    sample = design_sample(configuration)
    specification = configuration.specification(configuration.main_strategy)
    found = matched_strategies(sample, (specification,), configuration.estimand, configuration.support)
    design = power_of_design(
        next(iter(found.values())), tuple(icc or (0.1, 0.2, 0.3)), sd, r2, power, configuration.level
    )
    typer.echo(f"{specification.name}\n{design!r}")
