"""The page of ``--help``, in the language that was asked for: that of ``--language``, of a configuration, or of the computer.

A command's English is its docstring, its Spanish the constant ``SPANISH`` of its module; options have both in their ``help``.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any, get_type_hints

from typer.core import TyperCommand, TyperGroup

from impact.language import Text, spoken

_OF_THE_LIBRARY = (
    Text("Show this message and exit.", "Muestra esta ayuda y termina."),
    Text(
        "Install completion for the current shell.", "Instala el autocompletado en el intérprete de órdenes."
    ),
    Text(
        "Show completion for the current shell, to copy it or customize the installation.",
        "Muestra el autocompletado, para copiarlo o adaptar la instalación.",
    ),
)
"""What the library says by itself of the options that it adds."""
_WORDS = (
    (r"\[required\]$", Text("[required]", "[obligatorio]")),
    (r"\[default: (.+)\]$", Text(r"[default: \1]", r"[por omisión: \1]")),
    (r"; required\]$", Text("; required]", "; obligatorio]")),
    (r"\[OPTIONS\]", Text("[OPTIONS]", "[OPCIONES]")),
    (r"COMMAND \[ARGS\]", Text("COMMAND [ARGS]", "ORDEN [ARGUMENTOS]")),
    (r"<path>", Text("<path>", "<ruta>")),
    (r"<(?:list\[)?str\]?>", Text("<text>", "<texto>")),
    (r"<(?:list\[)?int(?: range)?\]?>", Text("<integer>", "<entero>")),
    (r"<(?:list\[)?float(?: range)?\]?>", Text("<number>", "<número>")),
    (r"\bRULE\b", Text("RULE", "REGLA")),
    (r"\bDATA\b", Text("DATA", "DATOS")),
    (r"\bTABLE\b", Text("TABLE", "TABLA")),
)
_USAGE = Text("Usage: ", "Uso: ")
_ARGUMENTS = Text("Arguments", "Argumentos")
_OPTIONS = Text("Options", "Opciones")
_COMMANDS = Text("Commands", "Órdenes")
_EXAMPLE = Text("Example: {example}", "Ejemplo: {example}", example="")


class HelpPage(TyperCommand):
    """A command whose help speaks the language of the program."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        _translate(self)
        super().format_help(ctx, formatter)

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write how the command is called."""
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        _write_options(self, ctx, formatter)


class HelpOfAll(TyperGroup):
    """The program, whose help lists its commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        _translate(self)
        super().format_help(ctx, formatter)

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write how the program is called."""
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, and what each command is for."""
        _write_options(self, ctx, formatter)
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        width = formatter.width - 6 - max(len(name) for name, _ in commands)
        rows = []
        for name, command in commands:
            _translate(command)
            assert command is not None  # it is listed
            rows.append((name, command.get_short_help_str(width)))
        with formatter.section(spoken(_COMMANDS)):
            formatter.write_dl(rows)


def _translate(command: Any) -> None:
    """Put a command's texts into the language that is spoken."""
    function = inspect.unwrap(command.callback)
    module = sys.modules[function.__module__]
    command.help = spoken(Text(inspect.getdoc(function) or "", module.SPANISH))
    if hasattr(module, "EXAMPLE"):
        command.epilog = spoken(_EXAMPLE.with_values(example=module.EXAMPLE))


def _helps(command: Any) -> Iterator[Text]:
    """Yield what the annotations of a command's function say of its options."""
    for annotation in get_type_hints(inspect.unwrap(command.callback), include_extras=True).values():
        for declared in getattr(annotation, "__metadata__", ()):
            if isinstance(getattr(declared, "help", None), Text):
                yield declared.help


def _write_usage(command: Any, ctx: Any, formatter: Any) -> None:
    pieces = _in_words(" ".join(command.collect_usage_pieces(ctx)))
    formatter.write_usage(ctx.command_path, pieces, prefix=spoken(_USAGE))


def _write_options(command: Any, ctx: Any, formatter: Any) -> None:
    parts: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
    said = {inspect.cleandoc(text): text for text in (*_OF_THE_LIBRARY, *_helps(command))}
    for parameter in command.get_params(ctx):
        english = getattr(parameter, "english", parameter.help)
        parameter.english, parameter.help = english, spoken(said.get(english, english))
        record = parameter.get_help_record(ctx)
        if record is not None:
            parts[parameter.param_type_name].append((_in_words(record[0]), _in_words(record[1])))
    for heading, rows in zip((_ARGUMENTS, _OPTIONS), parts.values(), strict=True):
        if rows:
            with formatter.section(spoken(heading)):
                formatter.write_dl(rows)


def _in_words(written: str) -> str:
    """Return what the library wrote, in the language that is spoken."""
    for pattern, word in _WORDS:
        written = re.sub(pattern, spoken(word), written)
    return written
