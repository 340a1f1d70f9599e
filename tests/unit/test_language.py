"""Texts and numbers in every language: values filled in, copies, catalogues, what a language writes."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact import checks
from impact.errors import ImpactWarning, OptionError
from impact.language import Language, Text, catalogue, languages, speaking


def test_a_text_reads_in_english_and_knows_its_spanish():
    text = Text(
        "matched {who} ({kept} of {total})", "{who} con pareja ({kept} de {total})", who="", kept=0, total=0
    )
    text = text.with_values(who=Text("treated", "beneficiarios"), kept=1987, total=2006)
    assert text == "matched treated (1,987 of 2,006)"
    assert text.to("es") == text.es == "beneficiarios con pareja (1.987 de 2.006)"
    assert text.with_values(kept=3).to("es") == "beneficiarios con pareja (3 de 2.006)"


def test_a_name_with_braces_is_never_taken_for_a_template():
    assert Text("{columns}", columns="income {Bs}") == "income {Bs}"
    assert Text("income {Bs}").to("es") == "income {Bs}"


def test_copies_keep_every_language():
    text = Text("share of {what}", "proporción de {what}", "share", what="hogares")
    for same in (
        pickle.loads(pickle.dumps(text)),
        copy.deepcopy(text),
    ):  # joblib sends texts between processes
        assert same == text and same.to("es") == "proporción de hogares" and same.code == "share"


def test_an_unknown_language_names_those_there_are():
    with pytest.raises(OptionError, match="language must be one of"):
        Text("a", "b").to("quechua")


@pytest.mark.parametrize(
    ("code", "number", "separator"),
    [("en", "−1,234.5", ", "), ("es", "−1.234,5", "; "), ("pt", "−1.234,5", "; ")],
)
def test_numbers_are_those_of_the_language(code, number, separator):
    assert Language(code).number(-1234.5, 1) == number and Language(code).separator == separator


def test_portuguese_is_one_file():
    assert "pt" in languages()
    assert Language("pt").locale == "pt_BR" and Language("pt").tag == "pt-BR"
    assert Text("treated", "beneficiarios").to("pt") == catalogue("pt")["treated"] == "beneficiários"
    assert Text("a text of no catalogue", "un texto de ningún catálogo").to("pt") == "a text of no catalogue"


def test_portuguese_has_every_word_of_the_report_and_fills_the_same_values():
    from string import Formatter

    from impact.report.words.words import WORDS

    words = catalogue("pt")
    assert [key for key, (english, _) in WORDS.items() if english not in words] == []

    def names(text):
        return {
            name for _, name, _, _ in Formatter().parse(text) if name
        }  # words that agree with a number differ by language

    assert [english for english, other in words.items() if english and names(english) != names(other)] == []


def test_spanish_fills_the_same_values_as_english():
    from string import Formatter

    from impact.report.words.words import WORDS

    def names(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert [key for key, (english, spanish) in WORDS.items() if names(english) != names(spanish)] == []


def test_portuguese_has_every_word_of_the_report():
    """A third language is one file: what a reader of the report sees is in it, errors apart."""
    import ast
    from pathlib import Path

    words, home = catalogue("pt"), Path(im.__file__).parent
    lacking = []
    for folder in ("evaluation/sections", "evaluation/verdicts", "report"):
        for path in sorted((home / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            raised = {
                id(part) for node in ast.walk(tree) if isinstance(node, ast.Raise) for part in ast.walk(node)
            }
            for node in ast.walk(tree):
                is_text = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text" and node.args
                if is_text and id(node) not in raised and isinstance(node.args[0], ast.Constant):
                    lacking += [node.args[0].value] if node.args[0].value not in words | {"": ""} else []
    assert lacking == []


def test_a_word_agrees_with_its_number():
    def told(number):
        rows = checks.counted(number, "row")
        return Text("{rows} {rows:lacks|lack} it", "{rows} no lo {rows:tiene|tienen}", rows=rows)

    assert [told(1), told(1203)] == ["1 row lacks it", "1,203 rows lack it"]
    assert [told(1).es, told(1203).es] == ["1 fila no lo tiene", "1.203 filas no lo tienen"]
    later = Text("{n} {n:lacks|lack} it", "{n} {n:carece|carecen}")
    assert later.with_values(n=1) == "1 lacks it"


def test_an_evaluation_of_a_file_is_told_of_its_keys_not_of_arguments():
    message = Text(
        'Pass missing="drop" to exclude them, or use im.Full() with ratio=1.', 'Escriba missing = "drop".'
    )
    with speaking("en", of_a_file=True):
        told = OptionError(message)
    assert str(told) == 'Write missing = "drop" to exclude them, or use Full with ratio = 1.'
    assert str(OptionError(message)) == message
    with speaking("es", of_a_file=True):
        assert str(OptionError(message)) == 'Escriba missing = "drop".'


def test_the_rules_of_a_panel_are_portuguese_in_a_portuguese_report():
    rows = pd.DataFrame({"hh": np.repeat(np.arange(60), 3), "wave": np.tile([0, 1, 2], 60)})
    rows["group"] = rows["hh"] % 20
    rows["entry"] = np.array([0, 1, 2, 0, -1])[rows["group"] % 5]
    rows["y"] = rows["hh"] * 7 % 5 + rows["wave"] * (rows["hh"] % 3)
    rows.loc[(rows["group"] == 2) & (rows["wave"] == 2), "entry"] = 0  # leaves the pipeline
    rows.loc[(rows["hh"] == 3) & (rows["wave"] == 2), "group"] = 0  # moves
    panel = im.Panel(rows.drop(index=0), "hh", "wave", "entry", outcomes=["y"], cluster="group")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImpactWarning)
        notes = im.group_time_effects(panel).aggregate("event").notes
    said = [*panel.rules, *panel.flow["step"], *panel.attrition.notes, *notes]
    assert len(panel.rules) == 4
    assert [text for text in said if text.to("pt") in (text.en, text.es)] == []
