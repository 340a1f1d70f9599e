"""Columns that look right and are not, on a survey of 90 organisations with a planted effect of 150: named with cells and counts."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.cli import main
from impact.evaluation.configuration import read_configuration
from impact.evaluation.intake import configured_sample
from impact.evaluation.report_contents import report_contents
from impact.evaluation.run import evaluate
from tests.ninety_organisations import ninety, put, written

quiet = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
TWIN = pytest.mark.parametrize("language", ["en", pytest.param("es", marks=pytest.mark.slow)])


def refused(path) -> str:
    with pytest.raises(im.SurveyRefusedError) as stopped:
        configured_sample(read_configuration(path))
    return str(stopped.value)


def read(path) -> im.Sample:
    return configured_sample(read_configuration(path))


@TWIN
def test_thirty_answers_of_ns_nr_are_refused_with_cells_and_remedies(tmp_path, language):
    said = refused(written(tmp_path, put(ninety(), "miembros_antes", 30, "NS/NR"), language))
    assert "(stray_text): 'miembros_antes'" in said and "'NS/NR' (30)" in said
    remedies = {
        "en": 'missing_codes = ["NS/NR"]), or correct the file',
        "es": 'missing_codes = ["NS/NR"]), o corrija el archivo',
    }
    assert remedies[language] in said and re.search(r"\[(rows|filas) 9, 20, 31, 42, 53 (and|y) 25", said)


@TWIN
def test_spellings_of_a_region_are_listed_and_merged_on_request(tmp_path, language):
    frame, some = ninety(), np.arange(len(ninety())) % 3
    tropic = frame["region"] == "Trópico"
    counts = [int((tropic & (some == k)).sum()) for k in range(3)]
    dirty = frame.assign(
        region=frame["region"].mask(tropic & (some == 0), "TROPICO").mask(tropic & (some == 1), "Tropico ")
    )
    dirty["beneficiario"] = np.where(frame["beneficiario"] == 1, np.where(some, "Sí", "sí"), "No")
    said = refused(written(tmp_path, dirty, language))
    for spelling, count in zip(("'TROPICO'", "'Tropico'", "'Trópico'"), counts, strict=True):
        assert f"{spelling} ({count})" in said
    assert "merge_spellings = true" in said and "(treatment)" not in said
    merged = read(written(tmp_path, dirty, language, data="merge_spellings = true"))
    clean = read(written(tmp_path, frame, language))
    assert merged.matrix.to_numpy() == pytest.approx(clean.matrix.to_numpy(), abs=0)
    assert (merged.treated == clean.treated).all()


@TWIN
def test_codes_in_money_and_counts_are_named_with_their_number_and_their_own_remedy(tmp_path, language):
    frame = put(put(ninety(), "ingreso", 5, -99), "ingreso", 4, -97, first=8)
    said = refused(written(tmp_path, put(frame, "miembros_antes", 6, -98), language))
    assert "-99 (5), -97 (4)" in said and "missing_codes = [-99, -97]" in said and "-98 (6)" in said
    for column, code, count in (("miembros_antes", 99, 9), ("ingreso", 999, 9), ("ingreso", 9999, 9)):
        path = written(tmp_path, put(ninety(), column, count, code), language)
        with pytest.warns(im.DataQualityWarning) as told:
            read(path)
        [one] = [str(warning.message) for warning in told if f"{code} ({count})" in str(warning.message)]
        assert column in one and f"missing_codes = [{code}]" in one
        assert len(told) == 1, [str(warning.message) for warning in told]


@TWIN
def test_a_row_of_totals_is_refused(tmp_path, language):
    frame = ninety()
    numbers = ["ingreso", "tierra", "edad", "miembros_antes"]
    total = frame.iloc[[-1]].assign(hogar="H-9999", **{name: frame[name].sum() for name in numbers})
    said = refused(written(tmp_path, pd.concat([frame, total], ignore_index=True), language))
    assert "(totals)" in said and f"{len(frame) + 2}]" in said


@TWIN
def test_decimal_commas_stored_as_text_in_excel_are_read_and_said(tmp_path, language):
    frame = ninety()
    text = frame.assign(ingreso=[f"{value:.2f}".replace(".", ",") for value in frame["ingreso"]])
    sample = read(written(tmp_path, text, language, suffix="xlsx"))
    assert sample.frame["ingreso"].to_numpy() == pytest.approx(frame["ingreso"].to_numpy(), abs=0)
    assert dict(sample.steps)["ingreso: text read as numbers"] == len(frame)


@TWIN
def test_check_asks_for_the_unit_that_an_outcome_lacks(tmp_path, capsys, language):
    path = written(tmp_path, ninety(), language, unit="")
    with warnings.catch_warnings():
        warnings.simplefilter("default", im.DataQualityWarning)
        assert main(["check", str(path)]) == 0
    asked = {"en": "Outcome 'ingreso' has no unit", "es": "El resultado 'ingreso' no tiene unidad"}[language]
    assert capsys.readouterr().err.count(asked) == 1


@pytest.fixture(scope="module")
def five_rows(tmp_path_factory):
    """A survey in which five rows of one organisation are a hundred times too large, evaluated in both languages."""
    frame = ninety()
    rows = np.flatnonzero(frame["beneficiario"] == 1)[:5]
    [group] = frame.loc[rows, "organizacion"].unique()
    frame.loc[rows, "ingreso"] *= 100
    made = {}
    for language in ("en", "es"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", im.ImpactWarning)
            made[language] = evaluate(written(tmp_path_factory.mktemp(language), frame, language))
    return group, made


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es"])
def test_one_organisation_that_carries_the_answer_is_named_with_its_share_and_left_out(five_rows, language):
    group, made = five_rows
    [dominant] = made[language].findings.dominant
    assert dominant.group == group and dominant.variance_share > 0.9
    assert dominant.effect.degrees_of_freedom < 2
    assert dominant.without.conf_low < 150 < dominant.without.conf_high
    answer = report_contents(made[language].findings).sections[0]
    said = " ".join([*answer.paragraphs, *answer.alarms])
    words = {
        "en": ("t with 1.1 degrees of freedom", "Without it the effect is", "not distinguishable from zero"),
        "es": ("t con 1,1 grados de libertad", "Sin él, el efecto es", "no se distingue de cero"),
    }
    assert all(word in said for word in words[language])
    assert said.count(group) >= 2 and f"{100 * dominant.variance_share:.0f} %" in said


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "es"])
def test_an_unbalanced_match_never_leads_unmarked(five_rows, language):
    findings = five_rows[1][language].findings
    smd = findings.effects.one("ingreso", "Vecino").max_abs_smd
    assert smd > 0.5
    answer = report_contents(findings).sections[0]
    written_smd = f"{smd:.2f}" if language == "en" else f"{smd:.2f}".replace(".", ",")
    assert any(
        word in answer.paragraphs[0] for word in ("balance was not reached", "no se alcanzó el balance")
    )
    assert written_smd in answer.paragraphs[0]
    assert any(
        written_smd in alarm and ("fails" in alarm or "no se cumple" in alarm) for alarm in answer.alarms
    )
