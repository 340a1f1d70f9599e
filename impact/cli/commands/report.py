"""The report of a configuration, in the language and format asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from impact.cli.options import AcceptedRules, ConfigurationFile, OpenOption, done
from impact.language import Text

PLACE = 41
EXAMPLE = "impact report evaluation.toml --language es --out informe.docx --open"
SPANISH = "Escribe el informe de una configuración en otro idioma o formato del que ella dice."


def command(
    file: ConfigurationFile,
    out: Annotated[
        Path | None,
        typer.Option(
            help=Text(
                "A folder for every format, or a file ending in .html, .docx, .xlsx, .tex, .pdf or .json.",
                "Una carpeta para todos los formatos, o un archivo que termine en .html, .docx, .xlsx, .tex, .pdf o .json.",
            )
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            help=Text(
                "Of the report; by default that of the configuration.",
                "Del informe; por omisión, el de la configuración.",
            ),
        ),
    ] = None,
    accept: AcceptedRules = None,
    at_once: OpenOption = False,
) -> None:
    """Write the report of a configuration in another language or format than it says."""
    from dataclasses import replace

    from impact import checks
    from impact.evaluation.configuration import read_configuration
    from impact.evaluation.run import run
    from impact.language import languages
    from impact.report.publish import goes_to_file

    configuration = read_configuration(file)
    if language is not None:
        checks.one_of("language", language, languages())
        configuration = replace(configuration, language=language)
    target = file.with_name(f"{file.stem}-report") if out is None else out
    goes_to_file(target)
    done(run(configuration, accept or ()).report(target), at_once)
