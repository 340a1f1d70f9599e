"""What several commands ask for, and the exit codes."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from impact.language import Text

DATA_AT_FAULT, CALL_AT_FAULT, INTERRUPTED = 1, 2, 130

ConfigurationFile = Annotated[
    Path,
    typer.Argument(
        help=Text("The configuration, evaluation.toml.", "La configuración, evaluation.toml."),
        metavar="EVALUATION.TOML",
    ),
]

JobsOption = Annotated[
    int,
    typer.Option(help=Text("Processes; -1 for all processors.", "Procesos; -1 para todos los procesadores.")),
]

ClusterOption = Annotated[
    str | None,
    typer.Option(
        help=Text(
            "Scheduler of a Dask cluster that works instead: the same answer.",
            "Planificador de un clúster de Dask que trabaja en su lugar: la misma respuesta.",
        ),
        metavar="tcp://HOST:PORT",
    ),
]

AcceptedRules = Annotated[
    list[str] | None,
    typer.Option(
        help=Text(
            "A rule of the data whose breaches you live with, by its name in the list; repeat it for several.",
            "Una regla de los datos cuyos incumplimientos usted acepta, por su nombre en la lista; repítala para varias.",
        ),
        metavar="RULE",
    ),
]


def known_language(code: str | None) -> str | None:
    """Return a language's code, if there is such a language."""
    from impact.language import languages

    if code is not None and code not in languages():
        raise typer.BadParameter(f"must be one of {', '.join(languages())}; got {code!r}.")
    return code


LanguageOption = Annotated[
    str,
    typer.Option(
        "--language",
        callback=known_language,
        help=Text(
            "Language of the output: en, es, or another that is installed.",
            "Idioma de la salida: en, es, u otro que esté instalado.",
        ),
    ),
]


def absent(path: Path) -> Path:
    """Return a path at which nothing would be overwritten."""
    from impact.errors import OptionError

    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise OptionError(
            Text(
                "{path!r} exists already and is left alone. Pass another path.",
                "{path!r} ya existe y no se toca. Indique otra ruta.",
                path=str(path),
            )
        )
    return path


def require_suffix(path: Path | None, suffix: str) -> None:
    """Refuse a path that ends otherwise."""
    from impact.errors import OptionError

    if path is not None and path.suffix.lower() != suffix:
        raise OptionError(
            Text(
                "out must end in {suffix}; got {name!r}.",
                "out debe terminar en {suffix}; se dio {name!r}.",
                suffix=suffix,
                name=path.name,
            )
        )


OpenOption = Annotated[
    bool,
    typer.Option(
        "--open", help=Text("Open the result when it is written.", "Abre el resultado cuando está escrito.")
    ),
]


def done(path: Path, at_once: bool = False) -> None:
    """Say in the last lines where the result is and how it is opened; open it where that was asked."""
    typer.echo(str(path))
    opened(path, at_once)


def opened(path: Path, at_once: bool = False) -> None:
    """Open a result where that was asked, else say how it is opened."""
    if at_once:
        typer.launch(str(path.resolve()))
    else:
        opener = {"darwin": "open", "win32": "start"}.get(sys.platform, "xdg-open")
        typer.echo(f"{opener} {shlex.quote(str(path))}")
