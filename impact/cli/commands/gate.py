"""Whether the controls wait for the programme."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import LanguageOption
from impact.language import Text

PLACE = 42
EXAMPLE = "impact gate evaluation.toml"
SPANISH = "Contrasta cada grupo de control con la regla: aprobado ≤ entrevista < primer desembolso; sale con 1 donde uno no espera."


def command(
    data: Annotated[
        list[str],
        typer.Argument(
            help=Text(
                "An evaluation.toml; or survey files named like their tables (household.csv, group.dta), or household=file.csv.",
                "Un evaluation.toml; o archivos con el nombre de sus tablas (household.csv, group.dta), o household=archivo.csv.",
            ),
            metavar="DATA…",
        ),
    ],
    accept: Annotated[
        list[str] | None,
        typer.Option(
            help=Text(
                "control_disbursed or control_not_approved: a breach that you live with.",
                "control_disbursed o control_not_approved: un incumplimiento que usted acepta.",
            ),
            metavar="RULE",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "Write every control group to this .xlsx file.",
                "Escribe todos los grupos de control en este archivo .xlsx.",
            )
        ),
    ] = None,
    language: LanguageOption = "es",
) -> None:
    """Hold every control group against the pipeline rule, approved ≤ interview < first disbursement; exit 1 where one does not wait."""
    from impact.cli.options import done, require_suffix
    from impact.evaluation.by_itself.gate import gate_of_configuration, gate_of_files

    require_suffix(out, ".xlsx")
    if len(data) == 1 and data[0].lower().endswith(".toml"):
        gate, language = gate_of_configuration(Path(data[0]), accept or ())
    else:
        gate = gate_of_files(data, accept or (), language)
    typer.echo("\n".join([gate.sentence(language), *(note.to(language) for note in gate.notes)]))
    if out is not None:
        done(gate.to_excel(out, language))
    gate.require(language)
