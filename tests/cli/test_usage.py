"""A call that is wrong is answered in the language that was asked for: exit code 2, what is wrong, how it is called."""

import pytest

from impact.cli import main

CALLS = {
    ("evaluate",): ("Missing argument", "Falta el argumento 'EVALUATION.TOML'."),
    ("evaluate", "--nada"): ("No such option: --nada", "No existe la opción --nada."),
    ("evaluat", "x"): ("No such command 'evaluat'", "No existe la orden 'evaluat'."),
    ("evaluate", "a", "b"): ("unexpected extra argument", "Sobra en la llamada: b."),
    ("certify", "x", "--draws", "one"): (
        "valid integer",
        "Valor no válido para '--draws': debe ser un número entero.",
    ),
    ("init", "--language", "xx", "d.csv"): ("must be one of", "debe ser uno de es, en, pt; se dio 'xx'."),
    ("evaluate", "--out"): ("requires an argument", "La opción '--out' necesita un valor."),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_wrong_call_is_said_in_the_computers_language(call, language, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", {"en": "en_GB.UTF-8", "es": "es_BO.UTF-8"}[language])
    assert main(list(call)) == 2
    said = capsys.readouterr().err
    assert CALLS[call][language == "es"] in said
    if language == "es":
        for english in ("Usage", "Try", "Missing", "Invalid", "should", "argument ", "OPTIONS"):
            assert english not in said


def test_the_language_of_the_configuration_or_the_option_is_spoken(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    file = tmp_path / "evaluation.toml"
    file.write_text('language = "es"\n', encoding="utf-8")
    assert main(["evaluate", str(file), "--nada"]) == 2
    assert "No existe la opción" in capsys.readouterr().err
    assert main(["init", "x.csv", "--language=es", "--nada"]) == 2
    assert "No existe la opción" in capsys.readouterr().err
