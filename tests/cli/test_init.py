"""impact init: a data file becomes a commented configuration; the ministry's road in three commands, in Spanish throughout."""

import re
import tomllib
import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.cli import main
from impact.evaluation.configuration import read_configuration
from tests.dirty_corpus import clean_household
from tests.spanish_mistakes import ENGLISH, QUOTED, foreign

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")


@pytest.fixture
def workbook(tmp_path):
    units = clean_household(90)
    units["beneficiario"] = units["beneficiario"].map({1: "Sí", 0: "No"})
    groups = units[["grupo", "beneficiario", "region"]].drop_duplicates("grupo")
    groups["municipio"] = [f"M{k % 12}" for k in range(len(groups))]
    places = pd.DataFrame(
        {"municipio": [f"M{k}" for k in range(12)], "distancia_mercado": np.arange(12) * 7.5}
    )
    file = tmp_path / "encuesta.xlsx"
    with pd.ExcelWriter(file) as book:
        units.drop(columns=["beneficiario", "region"]).to_excel(book, sheet_name="hogares", index=False)
        groups.to_excel(book, sheet_name="grupos", index=False)
        places.to_excel(book, sheet_name="municipios", index=False)
    return file


def test_three_sheets_become_a_configuration_in_spanish(workbook, capsys):
    assert main(["init", str(workbook)]) == 0
    written = workbook.with_name("evaluation.toml")
    assert "Lo que sigue se dedujo" in capsys.readouterr().out
    content = tomllib.loads(written.read_text(encoding="utf-8"))
    assert content["roles"]["treatment"] == "beneficiario"
    assert content["roles"]["cluster"] == "grupo" and content["roles"]["id"] == "hogar"
    assert set(content["roles"]["covariates"]) == {
        "edad",
        "educacion",
        "region",
        "distancia_mercado",
    }
    assert content["tables"]["grupos"] == {"sheet": "grupos", "key": "grupo"}
    assert content["tables"]["municipios"] == {"sheet": "municipios", "key": "municipio"}
    assert [outcome["column"] for outcome in content["outcomes"]] == ["ingreso"]
    assert main(["check", str(written)]) == 0
    assert "beneficiario: leído como 1 y 0 (No = 0, Sí = 1)" in capsys.readouterr().out


def walked(capsys, *commands: list[str]) -> str:
    """Return everything that commands say, warnings included."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for command in commands:
            assert main(command) == 0, capsys.readouterr().err
    said = capsys.readouterr()
    own = [str(one.message) for one in caught if issubclass(one.category, im.errors.ImpactWarning)]
    return "\n".join([said.out, said.err, *own])


def test_every_word_of_the_road_is_spanish(workbook, capsys):
    written, page = workbook.with_name("evaluation.toml"), workbook.with_name("informe.html")
    said = walked(
        capsys,
        ["init", str(workbook)],
        ["check", str(written)],
        ["evaluate", str(written), "--out", str(page)],
    )
    assert "Evaluación de encuesta.xlsx: 540 unidades, 4 estrategias (Probabilidad, 1 vecino" in said
    assert not foreign(said.replace(str(workbook.parent), "")), foreign(said)
    assert '<html lang="es' in page.read_text(encoding="utf-8")
    text = re.sub(r"<(style|script|svg).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    english = ENGLISH.search(QUOTED.sub("", re.sub(r"<[^>]+>", "\n", text)))
    assert not english, english
    assert (
        "El resultado &#39;ingreso&#39; no tiene unidad" in text
        or "El resultado 'ingreso' no tiene unidad" in text
    )


@pytest.mark.slow
def test_the_official_form_goes_from_template_to_evaluate_in_four_commands_in_spanish(tmp_path, capsys):
    form = tmp_path / "formulario.xlsx"
    template = walked(capsys, ["template", str(form)])
    survey = im.synthetic.rural_alliances(3, groups=80)
    filled = {"household": survey.household, "group": survey.group, "municipality": survey.municipality}
    with pd.ExcelWriter(
        form, mode="a", if_sheet_exists="replace"
    ) as book:  # the sheets are filled in, the others stay
        for name, frame in filled.items():
            frame.drop(columns="treated", errors="ignore").to_excel(book, sheet_name=name, index=False)
    written = tmp_path / "evaluation.toml"
    said = walked(
        capsys,
        ["init", str(form)],
        ["check", str(written)],
        ["evaluate", str(written), "--out", str(tmp_path / "informe.html")],
    )
    assert "treated: derivado de group.disb1_date" in said
    first, *_ = tomllib.loads(written.read_text(encoding="utf-8"))["outcomes"]
    assert first["column"] == "income_agr_net"  # not the first column that may be an outcome
    assert not foreign((template + said).replace(str(tmp_path), "")), foreign(template + said)


@pytest.mark.slow
def test_the_official_form_filled_in_gives_a_number(tmp_path, capsys):
    survey = im.synthetic.rural_alliances(3, groups=80)
    form = tmp_path / "formulario.xlsx"
    with pd.ExcelWriter(form) as book:  # the form has no column treated, and tables that nobody filled in
        survey.household.drop(columns="treated").to_excel(book, sheet_name="household", index=False)
        survey.group.drop(columns="treated").to_excel(book, sheet_name="group", index=False)
        survey.municipality.to_excel(book, sheet_name="municipality", index=False)
        pd.DataFrame(columns=["group_id", "year", "returns"]).to_excel(
            book, sheet_name="cash_flow", index=False
        )
    assert main(["init", str(form), "--language", "en"]) == 0
    written = form.with_name("evaluation.toml")
    configuration = read_configuration(written)
    assert configuration.data.rule is not None and configuration.data.schema is not None
    assert main(["check", str(written)]) == 0
    out = capsys.readouterr().out
    assert "treated: derived from group.disb1_date" in out
    assert f"{int(survey.household['treated'].sum()):,}  analysed, treated" in out


@pytest.mark.parametrize(
    ("language", "units", "code"),
    [("es", "1.200", "código -98 leído como faltante"), ("en", "1,200", "code -98 read as missing")],
)
def test_check_writes_counts_and_codes_as_its_language_does(tmp_path, capsys, language, units, code):
    file = tmp_path / "hogares.csv"
    clean_household(200).assign(educacion=lambda t: t["educacion"].mask(t.index < 7, -98)).to_csv(
        file, index=False
    )
    assert main(["init", str(file), "--language", language]) == 0
    written = file.with_name("evaluation.toml")
    text = written.read_text(encoding="utf-8")
    written.write_text(text.replace("# missing_codes =", "missing_codes ="), encoding="utf-8")
    capsys.readouterr()
    assert main(["check", str(written)]) == 0
    said = capsys.readouterr().out
    assert f"7  educacion: {code}" in said and f"{units}  " in said


def test_what_is_not_guessed_is_said_and_what_exists_is_left_alone(tmp_path, capsys):
    file = tmp_path / "datos.csv"
    pd.DataFrame({"a1": [1, 2, 3], "a2": [3.5, 4, 5]}).to_csv(file, index=False)
    assert main(["init", str(file)]) == 0
    text = file.with_name("evaluation.toml").read_text(encoding="utf-8")
    assert 'treatment = "?"   # NO SE DEDUJO' in text
    capsys.readouterr()
    assert main(["init", str(file)]) == 2
    assert "ya existe y no se toca" in capsys.readouterr().err


def test_a_refused_survey_is_listed_by_check_too(workbook, capsys):
    assert main(["init", str(workbook)]) == 0
    units = pd.read_excel(workbook, sheet_name=None)
    units["hogares"] = units["hogares"].astype({"edad": object})
    units["hogares"].loc[:3, "edad"] = "NS/NR"
    with pd.ExcelWriter(workbook) as book:
        for name, frame in units.items():
            frame.to_excel(book, sheet_name=name, index=False)
    assert main(["check", str(workbook.with_name("evaluation.toml"))]) == 1
    assert "'NS/NR' (4)" in capsys.readouterr().err
    assert workbook.with_name("evaluation-problems.xlsx").is_file()


def test_what_is_measured_today_is_no_covariate_and_unmet_needs_are_known(tmp_path):
    frame = clean_household(30)
    number = np.arange(len(frame))
    frame = frame.assign(miembros_antes=frame["miembros"] + 1, nbi=0.3 + number % 7 / 20)
    frame.to_csv(tmp_path / "encuesta.csv", index=False)
    assert main(["init", str(tmp_path / "encuesta.csv")]) == 0
    content = tomllib.loads((tmp_path / "evaluation.toml").read_text(encoding="utf-8"))
    covariates = content["roles"]["covariates"]
    assert "nbi" in covariates and "miembros_antes" in covariates
    assert "miembros" not in covariates  # whoever lives there at the survey, the programme may have drawn


def test_what_repeats_another_covariate_is_left_out_and_said(workbook, capsys):
    """A department follows from its region: the road goes on, and the file says what was left out."""
    book = pd.read_excel(workbook, sheet_name=None)
    book["municipios"]["departamento"] = ["Potosí", "Oruro"] * 6
    book["municipios"]["zona"] = ["alta", "baja"] * 6
    with pd.ExcelWriter(workbook) as again:
        for name, sheet in book.items():
            sheet.to_excel(again, sheet_name=name, index=False)
    assert main(["init", str(workbook)]) == 0
    written = workbook.with_name("evaluation.toml")
    text = written.read_text(encoding="utf-8")
    kept = tomllib.loads(text)["roles"]["covariates"]
    assert len({"departamento", "zona"} & set(kept)) == 1
    assert re.search(r"# sin (departamento|zona): las demás ya dicen lo mismo", text)
    assert main(["check", str(written)]) == 0
