"""A call that the program does not understand, said in the language that was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import typer

from impact.language import Language, Text, languages

UsageError: Any = typer.BadParameter.__base__
"""What the command line raises where a call is wrong; typer gives it no name of its own."""
_SAID = (
    (r"Missing argument (?P<what>.+)\.", "Falta el argumento {what}."),
    (r"Missing option (?P<what>.+)\.", "Falta la opción {what}."),
    (r"Missing parameter:? (?P<what>.+)", "Falta {what}"),
    (r"No such option: (?P<what>\S+)", "No existe la opción {what}."),
    (r"No such command (?P<what>'.+?')\.", "No existe la orden {what}."),
    (r"Got unexpected extra argument(?:s|\(s\))? \((?P<what>.+)\)", "Sobra en la llamada: {what}."),
    (r"Option (?P<what>.+) requires an argument\.", "La opción {what} necesita un valor."),
    (r"Option (?P<what>.+) does not take a value\.", "La opción {what} no lleva valor."),
    (r"Invalid value for (?P<what>[^:]+): (?P<why>.+)", "Valor no válido para {what}: {why}"),
    (r"(?P<what>'.+') is not a valid integer\.", "{what} no es un número entero."),
    (r"(?P<what>'.+') is not a valid float\.", "{what} no es un número."),
    (r"Input should be a valid integer.*", "debe ser un número entero."),
    (r"Input should be a valid number.*", "debe ser un número."),
    (r"must be one of (?P<what>.+); got (?P<why>.+)\.", "debe ser uno de {what}; se dio {why}."),
    (r"(?P<what>.+) is not in the range (?P<why>.+)\.", "{what} no está en el rango {why}."),
    (r"(?P<what>'.+') is not one of (?P<why>.+)\.", "{what} no es uno de {why}."),
)
_HINTS = (
    (r"\s*Did you mean (?P<what>.+)\?", " ¿Quiso decir {what}?"),
    (r"\s*\(Possible options: (?P<what>.+)\)", " Opciones parecidas: {what}."),
)
_USAGE = Text(
    "Usage: {path} {pieces}\nTry '{path} --help' for help.\n\nError: {said}",
    "Uso: {path} {pieces}\nAyuda: {path} --help\n\nError: {said}",
)


def usage_said(problem: Any, language: str) -> str:
    """Return how a command is called and what is wrong with the call.

    Parameters
    ----------
    problem : UsageError
    language : str
    """
    message = str(problem.format_message())
    text = Text(message, _in_spanish(message))
    context = problem.ctx
    if context is None:
        return text.to(language)
    pieces = " ".join(context.command.collect_usage_pieces(context))
    if Language(language).code == "es":
        pieces = pieces.replace("[OPTIONS]", "[OPCIONES]").replace("COMMAND [ARGS]", "ORDEN [ARGUMENTOS]")
    return _USAGE.with_values(path=context.command_path, pieces=pieces, said=text).to(language)


def _in_spanish(message: str) -> str:
    hint = ""
    for pattern, template in _HINTS:
        if found := re.search(pattern, message):
            hint, message = template.format(**found.groupdict()), message.replace(found[0], "")
    return f"{_translated(message.strip())}{hint}"


def _translated(message: str) -> str:
    for pattern, template in _SAID:
        if found := re.fullmatch(pattern, message):
            parts = found.groupdict()
            if template.endswith(": {why}"):
                parts["why"] = _translated(parts["why"])
            return template.format(**parts)
    return message


def asked_for(arguments: Sequence[str]) -> dict[str, object]:
    """Return what of a call says its language: the value of ``--language``, and the files named."""
    spelled = [one.partition("=")[2] for one in arguments if one.startswith("--language=")]
    named = [*spelled, *(after for option, after in pairwise(arguments) if option == "--language")]
    known = [code for code in named if code in languages()]
    return {"language": known[0] if known else None, "files": list(arguments)}
