"""The evaluation of a configuration and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import DATA_AT_FAULT, AcceptedRules, ConfigurationFile, OpenOption, done
from impact.language import Text

PLACE = 40
EXAMPLE = "impact evaluate evaluation.toml --out report --open"
SPANISH = "Evalúa un archivo de datos como dice una configuración, y escribe el informe."


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "Folder for everything, or a file ending in .html, .docx or .xlsx. By default <name>-report beside the configuration.",
                "Carpeta para todo, o un archivo .html, .docx o .xlsx. Por omisión, <nombre>-report junto a la configuración.",
            )
        ),
    ] = None,
    accept: AcceptedRules = None,
    locked: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "A design.lock of `impact design`: another design is refused, naming what differs.",
                "Un design.lock de `impact design`: otro diseño se rechaza y se nombra lo que difiere.",
            )
        ),
    ] = None,
    at_once: OpenOption = False,
) -> None:
    """Evaluate a data file as a configuration says, and write the report."""
    from impact.errors import DataQualityWarning
    from impact.evaluation.labels.schema_units import units_asked_for
    from impact.evaluation.run import evaluate
    from impact.report.publish import goes_to_file
    from impact.survey.intake.refusal import SurveyRefusedError
    from impact.warn import warn

    target = file.with_name(f"{file.stem}-report") if out is None else out
    goes_to_file(target)  # a path that cannot be written is refused before an hour's work, not after it
    try:
        evaluation = evaluate(file, accept or (), locked)
    except SurveyRefusedError as refused:
        problems = file.with_name(f"{file.stem}-problems.xlsx")
        refused.to_excel(problems)
        typer.echo(f"impact: {refused}\n{problems}", err=True)
        raise SystemExit(DATA_AT_FAULT) from None
    page = evaluation.report(target)
    configuration = evaluation.findings.configuration
    for unit in units_asked_for(evaluation.sample.outcomes, configuration.data.schema):
        warn(unit, DataQualityWarning)
    typer.echo(repr(evaluation))
    done(page, at_once)
