"""Help in the language of the computer, of --language, or of the configuration."""

import re

import pytest

from impact.cli import main
from impact.cli.program import app

VERBS = [command.name for command in app.registered_commands]
ENGLISH = re.compile(r"\b(the|of|and|that|for|with|write|usage|options|arguments|required|default)\b", re.I)


def page(capsys, *arguments):
    assert main([*arguments, "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("verb", [None, *VERBS])
def test_help_is_spanish_on_a_spanish_computer(verb, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "es_BO.UTF-8")
    said = page(capsys, *([verb] if verb else []))
    assert not ENGLISH.findall(said.split("Ejemplo:")[0])
    assert said.startswith("Uso: ") and "Opciones:" in said
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert page(capsys, *([verb] if verb else [])).startswith("Usage: ")


def test_help_is_in_the_language_asked_for(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "C")
    assert "Revisa archivos" in page(capsys, "check", "--language", "es")
    assert "Evalúa un archivo" in page(capsys, "--language", "es", "evaluate")
    file = tmp_path / "evaluation.toml"
    file.write_text('[report]\nlanguage = "es"\n', encoding="utf-8")
    assert "Evalúa un archivo" in page(capsys, "evaluate", str(file))
    assert main(["--language", "es", "evaluate"]) == 2
    assert "Falta el argumento" in capsys.readouterr().err
    assert main(["--language", "xx"]) == 2


def test_every_text_of_the_help_has_both_languages():
    from inspect import unwrap
    from typing import get_type_hints

    from typer.models import ParameterInfo

    from impact.language import Text

    functions = [unwrap(command.callback) for command in app.registered_commands]
    for function in [*functions, unwrap(app.registered_callback.callback)]:
        for name, annotation in get_type_hints(function, include_extras=True).items():
            for declared in getattr(annotation, "__metadata__", ()):
                if isinstance(declared, ParameterInfo) and declared.help is not None:
                    assert isinstance(declared.help, Text), (function.__module__, name)
                    assert declared.help.es != declared.help.en
