"""The program: its commands as they stand in their folder, its exit codes, and how errors and warnings are shown."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import wraps
from typing import Annotated, Any, ParamSpec

import typer

from impact.cli.help_pages import HelpOfAll, HelpPage
from impact.cli.options import CALL_AT_FAULT, DATA_AT_FAULT, INTERRUPTED, known_language
from impact.cli.spoken import asked_of_the_program, language_of, refused_by_system
from impact.cli.usage import UsageError, asked_for, usage_said
from impact.folders import placed_in
from impact.language import Text

P = ParamSpec("P")
_GIVEN: ContextVar[Sequence[str]] = ContextVar("given", default=())
"""The line that is being run."""
SPANISH = "Evaluación de impacto de programas rurales: emparejamiento, errores estándar válidos, pobreza, el informe."

app = typer.Typer(
    name="impact",
    cls=HelpOfAll,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        The program's own by default.

    Returns
    -------
    int
        0; 1 where the data are at fault; 2 where the call is; 130 after Ctrl-C.
    """
    from impact.errors import ImpactError, OptionError
    from impact.language import speaking
    from impact.terminal import write_any_letter

    _show_warnings_plainly()
    write_any_letter()
    given = sys.argv[1:] if arguments is None else list(arguments)
    _GIVEN.set(given)
    _end_tidily_when_killed()
    try:
        with speaking(language_of(asked_for(given))):  # of the help; a command takes its own
            code = app(args=given, prog_name="impact", standalone_mode=False)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except UsageError as problem:
        if not given:  # the help is shown because nothing was asked for
            problem.show()
        else:
            typer.echo(usage_said(problem, language_of(asked_for(given))), err=True)
        return CALL_AT_FAULT
    except ImpactError as problem:
        typer.echo(f"impact: {problem}", err=True)
        return CALL_AT_FAULT if isinstance(problem, OptionError) else DATA_AT_FAULT
    return code if isinstance(code, int) else 0


def _as_a_program(command: Callable[P, None]) -> Callable[P, None]:
    """Let a command speak the language it is asked in, say what the system refuses, and end quietly on Ctrl-C."""

    @wraps(command)
    def wrapped(*arguments: P.args, **options: P.kwargs) -> None:
        from impact.errors import SPOKEN
        from impact.language import speaking

        options.update(asked_of_the_program(options, _GIVEN.get()))
        with speaking(language_of(options, SPOKEN.get())):
            try:
                command(*arguments, **options)
            except KeyboardInterrupt:
                raise SystemExit(INTERRUPTED) from None
            except OSError as problem:
                raise refused_by_system(problem) from None

    return wrapped


def _version(wanted: bool) -> None:
    if wanted:
        from impact import __version__

        typer.echo(f"impact {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help=Text("Show the version and stop.", "Muestra la versión y termina."),
        ),
    ] = False,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            callback=known_language,
            help=Text(
                "Of help and messages: en, es, or another that is installed. By default that of the computer.",
                "De la ayuda y los mensajes: en, es, u otro que esté instalado. Por omisión, el del equipo.",
            ),
        ),
    ] = None,
) -> None:
    """Impact evaluation of rural programmes: matching, valid standard errors, poverty, the report."""


for _command in placed_in("impact.cli.commands", "command"):
    _verb = _command.__module__.rpartition(".")[2].replace("_", "-")
    app.command(_verb, cls=HelpPage)(_as_a_program(_command))


def _end_tidily_when_killed() -> None:
    """Let a run that is told to stop (SIGTERM) leave nothing half written beside its result, as after Ctrl-C."""
    import signal
    import threading

    def stop(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    if (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    ):
        signal.signal(signal.SIGTERM, stop)


def _show_warnings_plainly() -> None:
    """Show a warning of the toolkit as one line, without the path of the source that raised it."""
    import warnings

    from impact.errors import ImpactWarning
    from impact.language import Text, spoken

    shown_before = warnings.showwarning

    def plainly(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if issubclass(category, ImpactWarning):
            word = spoken(Text("warning", "advertencia"))
            typer.echo(f"impact: {word}: {message}", err=True)
        else:
            shown_before(message, category, *rest, **more)

    warnings.showwarning = plainly
