"""A reproduction package: its contents, its privacy, and that a changed number is named."""

import hashlib
import importlib.metadata
import shutil

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.cli import main
from impact.errors import DataError, OptionError
from impact.evaluation.replication.numbers import changed_numbers, numbers_in
from impact.evaluation.replication.reproduce import EXPECTED, read_numbers, write_comparison
from impact.evaluation.replication.survey_files import SurveyFile
from impact.evaluation.replication.written_files import write_survey_file
from impact.language import Language, speaking

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")

SETTINGS = """
title = "Riego"
language = "es"
seed = 3
[data]
file = "encuesta.csv"
separator = ";"
decimal = ","
missing_codes = [-99]
[tables]
data = {file = "encuesta.csv", separator = ";", decimal = ","}
grupos = {file = "grupos.csv", key = "grupo"}
[roles]
treatment = "tratado"
covariates = ["edad", "zona", "riego"]
cluster = "grupo"
id = "cedula"
missing = "drop"
[[outcomes]]
column = "ingreso"
unit = "Bs"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
[package]
authors = ["A. Autora", "B. Autor"]
rights = "CC BY 4.0"
"""
NAMES = ["Juana Mamani", "Pedro Quispe"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Return a survey with names, telephones and identity numbers, its groups in a second table."""
    folder = tmp_path_factory.mktemp("survey")
    generator = np.random.default_rng(4)
    groups, members = 40, 6
    group = np.repeat(np.arange(groups), members)
    number = len(group)
    age = generator.integers(20, 70, number)
    treated = (generator.random(groups) < 0.5)[group].astype(int)
    frame = pd.DataFrame(
        {
            "cedula": generator.permutation(number) + 7_000_000,
            "nombre": [NAMES[k % 2] for k in range(number)],
            "telefono": generator.integers(60_000_000, 79_999_999, number),
            "grupo": [f"ASOC-{code:02d}" for code in group],
            "tratado": treated,
            "edad": np.where(generator.random(number) < 0.02, -99, age),
            "zona": generator.choice(["alta", "baja"], number),
            "ingreso": (100 + age + 20 * treated + generator.normal(0, 15, number)).round(2),
        }
    )
    frame.to_csv(folder / "encuesta.csv", index=False, sep=";", decimal=",")
    associations = pd.DataFrame({"grupo": [f"ASOC-{code:02d}" for code in range(groups)]})
    associations["riego"] = generator.normal(size=groups).round(3)
    associations["presidente"] = NAMES[0]
    associations.to_csv(folder / "grupos.csv", index=False)
    (folder / "evaluation.toml").write_text(SETTINGS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def made(home):
    """Return the package, rerun in a process of its own."""
    return im.package(home / "evaluation.toml", home / "package")


def test_a_fresh_process_makes_every_number_again(made):
    assert made.rerun is not None
    assert made.rerun.same, made.rerun.lines
    assert set(made.moved["expected"]) <= {
        "08"
    }  # the code of the group that a verdict names, new in the package
    assert made.rerun.numbers == len(read_numbers(made.path / EXPECTED)) > 150
    present = {path.name for path in made.path.iterdir()}
    assert {"README.md", "main.py", "evaluation.toml", "data", "code", "environment", "report"} <= present
    assert {"expected", "exhibits.csv", "numbers_in_text.csv", "SHA256SUMS"} <= present


def test_no_identifier_leaves_the_house(home, made):
    assert sorted(path.name for path in (made.path / "data").iterdir()) == ["encuesta.csv", "grupos.csv"]
    packed = pd.read_csv(made.path / "data" / "encuesta.csv", dtype=str)
    original = pd.read_csv(home / "encuesta.csv", sep=";", dtype=str)
    assert list(packed) == ["cedula", "grupo", "tratado", "edad", "zona", "ingreso"]
    assert sorted(made.data.left_out) == ["nombre", "presidente", "telefono"]
    assert not set(packed["cedula"]) & set(original["cedula"])
    assert (packed["cedula"].astype(int).rank() == original["cedula"].astype(int).rank()).all()
    texts = [
        path.read_text(encoding="utf-8-sig")
        for path in made.path.rglob("*")
        if path.suffix in (".csv", ".html", ".md", ".toml", ".tex", ".svg") and "code" not in path.parts
    ]
    held = [*NAMES, "ASOC-", original["cedula"][0], original["telefono"][0]]
    assert not [secret for secret in held if any(secret in text for text in texts)]


def test_a_group_has_one_new_code_in_every_table(home, made):
    packed = pd.read_csv(made.path / "data" / "encuesta.csv", dtype=str)
    groups = pd.read_csv(made.path / "data" / "grupos.csv", dtype=str)
    water = pd.read_csv(home / "grupos.csv").set_index("grupo")["riego"]
    of_the_old = pd.read_csv(home / "encuesta.csv", sep=";")["grupo"].map(water)
    of_the_new = packed["grupo"].map(groups.set_index("grupo")["riego"].astype(float))
    np.testing.assert_array_equal(of_the_new, of_the_old)


def test_every_quoted_number_and_exhibit_is_listed(made):
    exhibits = pd.read_csv(made.path / "exhibits.csv")
    assert list(exhibits) == ["exhibit", "caption", "section", "files", "code", "settings"]
    for files in (*exhibits["files"], *exhibits["code"]):
        assert all((made.path / file).is_file() for file in files.split("; "))
    quoted = pd.read_csv(made.path / "numbers_in_text.csv", dtype=str)
    page = (made.path / "report" / "report.html").read_text(encoding="utf-8")
    assert len(quoted) > 8
    assert all(row.number in row.sentence and row.number in page for row in quoted.itertuples())
    leading = quoted[quoted["sentence"].str.contains("95 %")]
    assert leading["also in table"].notna().any()


def test_the_fingerprint_of_the_original_is_not_that_of_the_data_in_the_package(home, made):
    text = (made.path / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256((home / "encuesta.csv").read_bytes()).hexdigest() in text
    packed = hashlib.sha256((made.path / "data" / "encuesta.csv").read_bytes()).hexdigest()
    assert packed not in text and packed in (made.path / "SHA256SUMS").read_text(encoding="utf-8")


def test_a_package_shows_itself_in_the_language_that_is_spoken(made):
    with speaking("es"):
        assert f"{len(made.frame)} cuadros y gráficos; " in repr(made)


def test_the_readme_is_written_from_the_data(made):
    text = (made.path / "README.md").read_text(encoding="utf-8")
    assert "A. Autora, B. Autor" in text
    assert "CC BY 4.0" in text
    assert "| `edad` |" in text
    assert "sin decir" in text  # what nobody said, such as how to get the original data
    pinned = (made.path / "environment" / "requirements.txt").read_text().splitlines()
    assert f"numpy=={importlib.metadata.version('numpy')}" in pinned
    assert not [line for line in pinned if line.startswith("pytest")]


def test_a_changed_number_is_named(made, tmp_path):
    copy = tmp_path / "package"
    shutil.copytree(made.path, copy)
    expected = read_numbers(copy / EXPECTED)
    chosen = expected[(expected["exhibit"] == "table strategies") & (expected["part"] == "value")].index[0]
    expected.loc[chosen, "value"] *= 1.001
    write_comparison(expected, copy / EXPECTED)
    again = im.reproduce(copy)
    row = again.frame.iloc[0]
    assert (len(again.frame), row["exhibit"], row["part"]) == (1, "table strategies", "value")
    assert row["row"] == expected.loc[chosen, "row"]
    assert row["value_expected"] == pytest.approx(1.001 * row["value_found"], rel=1e-12)
    assert again.altered == (EXPECTED,)
    assert not again.same
    assert "table strategies, ingreso" in again.lines[2]
    assert (copy / "output" / "changed.csv").is_file()


def test_other_data_change_numbers_and_are_told_apart(made, tmp_path):
    copy = tmp_path / "package"
    shutil.copytree(made.path, copy)
    table = pd.read_csv(copy / "data" / "encuesta.csv", dtype={"grupo": str})
    table.loc[table["tratado"] == 1, "ingreso"] += 5
    table.to_csv(copy / "data" / "encuesta.csv", index=False)
    again = im.reproduce(copy)
    assert again.altered == ("data/encuesta.csv",)
    effect = again.frame[(again.frame["exhibit"] == "table strategies") & (again.frame["part"] == "value")]
    np.testing.assert_allclose(effect["value_found"], effect["value_expected"] + 5, rtol=1e-9)
    assert (again.frame["where"] == "text").any()


def test_what_is_refused(home, made, tmp_path):
    with pytest.raises(OptionError, match="new or empty folder"):
        im.package(home / "evaluation.toml", home)
    with pytest.raises(OptionError, match="fresh must be one of"):
        im.package(home / "evaluation.toml", tmp_path / "other", fresh="docker")
    with pytest.raises(DataError, match="no reproduction package"):
        im.reproduce(tmp_path)
    assert main(["package", str(tmp_path / "none.toml")]) == 2


def test_numbers_of_a_text_are_read_as_they_are_printed():
    text = "−1.234,5 Bs; 95 % (t con 18 g.l.); CR2 y sha 9f3; 0,05."
    assert numbers_in(text, Language("es")) == [("−1.234,5", -1234.5), ("95", 95), ("18", 18), ("0,05", 0.05)]
    assert numbers_in("1,203 of 2.5", Language("en")) == [("1,203", 1203), ("2.5", 2.5)]


def test_a_number_that_comes_or_goes_is_a_change(made):
    numbers = read_numbers(made.path / EXPECTED)
    fewer = numbers.drop(index=numbers.index[5])
    changed = changed_numbers(numbers, fewer)
    assert len(changed) == 1
    assert changed["found"].tolist() == [""]
    nearly = numbers.assign(value=numbers["value"] * (1 + 1e-9))
    assert changed_numbers(numbers, nearly).empty


@pytest.mark.parametrize("suffix", ["dta", "sav", "xlsx", "parquet"])
def test_a_file_is_read_as_it_was_in_every_format(tmp_path, suffix):
    frame = pd.DataFrame(
        {"code": ["a1", "b2", "c3"], "zone": [1.0, 2.0, 1.0], "income": [10.25, np.nan, 7.5]}
    )
    codes = {"income": pd.Series(["a"], index=[1])} if suffix == "dta" else {}
    labels, names = (
        ({"zone": {1.0: "high", 2.0: "low"}}, {"income": "Ingreso"}) if suffix in ("dta", "sav") else ({}, {})
    )
    table = im.SurveyTable(frame, names, labels, codes, source=f"x.{suffix}")
    write_survey_file(SurveyFile(tmp_path, f"x.{suffix}", {"": table}), tmp_path)
    again = im.read_survey(tmp_path / f"x.{suffix}")
    pd.testing.assert_frame_equal(again.frame, frame, check_dtype=False)
    assert {name: dict(texts) for name, texts in again.value_labels.items()} == labels
    assert [again.labels.get(name) for name in names] == list(names.values())
    assert {name: marks.tolist() for name, marks in again.missing_codes.items()} == (
        {"income": ["a"]} if suffix == "dta" else {}
    )
