"""Survey files, or the survey of a configuration, against the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import DATA_AT_FAULT, LanguageOption, require_suffix
from impact.language import Text

PLACE = 20
EXAMPLE = "impact check household.xlsx --out problems.xlsx"
SPANISH = "Revisa archivos de la encuesta según el esquema de datos; sale con 1 donde se incumple una regla."
DataArgument = Annotated[
    list[str],
    typer.Argument(
        help=Text(
            "Survey files named like their tables (household.csv, group.dta), household=file.csv, or an evaluation.toml.",
            "Archivos con el nombre de sus tablas (household.csv, group.dta), household=archivo.csv, o un evaluation.toml.",
        ),
        metavar="DATA…",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        help=Text(
            "Write every violation, row by row, to this .xlsx file.",
            "Escribe cada incumplimiento, fila por fila, en este archivo .xlsx.",
        )
    ),
]
SchemaOption = Annotated[
    Path | None,
    typer.Option(
        help=Text(
            "A datapackage.yaml; the package's own by default.",
            "Un datapackage.yaml; por omisión, el propio del programa.",
        )
    ),
]


def command(
    data: DataArgument,
    out: OutOption = None,
    language: LanguageOption = "es",
    schema: SchemaOption = None,
) -> None:
    """Check survey files against the data schema; exit 1 where a rule is broken."""
    from impact.language import Language
    from impact.survey.package.schema import load_schema
    from impact.survey.package.tables import read_tables
    from impact.survey.validation.validate import validate

    require_suffix(out, ".xlsx")
    if len(data) == 1 and data[0].lower().endswith(".toml"):
        _check_configuration(Path(data[0]), out)
        return
    package = load_schema(schema)
    named = dict(entry.split("=", 1) for entry in data if "=" in entry)
    tables = read_tables([entry for entry in data if "=" not in entry], package, language=language)
    tables |= read_tables(named, package, language=language)
    report = validate(tables, package, language=language)
    typer.echo(repr(report))
    words = Language(language)
    for table, label, column, number in report.counts[["table", "label", "column", "violations"]].itertuples(
        index=False, name=None
    ):
        typer.echo(f"  {words.number(number):>8}  {table}.{column}: {label}")
    if out is not None:
        report.to_excel(out)
        typer.echo(str(out))
    if not report.valid:
        raise SystemExit(DATA_AT_FAULT)


def _check_configuration(file: Path, out: Path | None) -> None:
    """Read the survey of a configuration and show what was understood; exit 1 with the list where it is refused."""
    from impact.errors import DataQualityWarning
    from impact.evaluation.columns_needed import require_columns_of_strategies
    from impact.evaluation.configuration import read_configuration
    from impact.evaluation.intake import admit_further_files, configured_sample
    from impact.evaluation.labels.schema_units import units_asked_for
    from impact.evaluation.reading.spoken import spoken_in
    from impact.language import Language, speaking
    from impact.survey.intake.refusal import SurveyRefusedError
    from impact.warn import warn

    configuration = read_configuration(file)
    try:
        with speaking(spoken_in(file), of_a_file=True):
            sample = configured_sample(configuration)
            admit_further_files(configuration, sample.frame.columns)
            require_columns_of_strategies(configuration, sample)
    except SurveyRefusedError as refused:
        problems = out or file.with_name(f"{file.stem}-problems.xlsx")
        refused.to_excel(problems)
        typer.echo(f"impact: {refused}\n{problems}", err=True)
        raise SystemExit(DATA_AT_FAULT) from None
    for unit in units_asked_for(sample.outcomes, configuration.data.schema):
        warn(unit, DataQualityWarning)
    words = Language(configuration.language)
    for step, units in sample.steps:
        typer.echo(f"  {words.number(units):>8}  {step.to(configuration.language)}")
