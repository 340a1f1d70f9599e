"""Every result writes itself: LaTeX, HTML, Word, Excel, in a language, with the numbers of its frame."""

import docx
import numpy as np
import openpyxl
import pandas as pd
import pytest

import impact as im
from impact.errors import OptionError
from impact.report.export import as_tables
from impact.report.words.style import Style
from impact.views import Exported


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"treated": np.arange(200) % 2, "age": rng.normal(40, 9, 200), "land_ha": rng.normal(size=200)}
    )
    frame["income"] = 100 + frame["age"] + 20 * frame["treated"] + rng.normal(size=200)
    frame["region"] = np.where(np.arange(200) < 100, "<b>valley</b>", "plain")
    return im.Sample(frame, "treated", ["age", "land_ha"], ["income"], synthetic=True)


@pytest.fixture(scope="module")
def matched(sample):
    return im.match(sample, im.NearestNeighbor(im.Euclidean()))


def results(sample, matched):
    yield im.estimate(matched)
    yield im.balance(matched)
    yield im.balance_jointly(matched)
    yield im.fgt(sample.frame["income"], 140.0)
    yield im.quantile_effects(matched, "income", draws=99)


def test_every_result_writes_itself_in_every_form(sample, matched, tmp_path):
    for result in results(sample, matched):
        assert isinstance(result, Exported)
        assert r"\toprule" in result.to_latex() and r"\bottomrule" in result.to_latex("es")
        assert "<table" in result.to_html() and '<html lang="es">' in result.to_html("es")
        name = type(result).__name__
        assert docx.Document(str(result.to_word(tmp_path / f"{name}.docx"))).tables
        assert openpyxl.load_workbook(result.to_excel(tmp_path / f"{name}.xlsx")).sheetnames


def test_an_effect_reads_the_same_everywhere(matched, tmp_path):
    table = im.estimate(matched)
    effect = table.one("income")
    sheet = openpyxl.load_workbook(table.to_excel(tmp_path / "e.xlsx", language="es")).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    header = next(row for row in rows if row[0] == "Estrategia")
    numbers = rows[rows.index(header) + 1]
    for heading, value in (
        ("efecto", effect.estimate),
        ("efecto, desde", effect.conf_low),
        ("efecto, hasta", effect.conf_high),
    ):
        assert numbers[header.index(heading)] == pytest.approx(value, rel=1e-15)  # a workbook keeps 16 digits
    assert (
        f"{effect.estimate:.0f} {{[}}{effect.conf_low:.0f},~{effect.conf_high:.0f}{{]}}" in table.to_latex()
    )
    assert "DATOS SINTÉTICOS" in table.to_latex("es") and "SYNTHETIC DATA" in table.to_html()


def test_several_strategies_stand_side_by_side(sample):
    specifications = (
        im.Specification("A", im.Kernel(im.PropensityScore())),
        im.Specification("B", im.NearestNeighbor(im.Euclidean())),
    )
    main, details = as_tables(im.four_strategies(sample, specifications), Style())
    assert [heading.removesuffix(" †") for heading in main.headings[1:]] == ["A", "B", "Bias adjustment"]
    assert details.folded and len(main.rows) == 1


def test_a_label_is_text_in_every_form(sample, matched, tmp_path):
    answers = im.fgt(sample.frame["income"], 140.0, by=sample.frame["region"])
    assert "<b>valley" not in answers.to_html() and r"\textless{}b" in answers.to_latex()


def test_a_wrong_suffix_and_an_empty_table_are_refused(matched, tmp_path):
    with pytest.raises(OptionError, match=r"path must end in \.docx; got 'e\.doc'"):
        im.estimate(matched).to_word(tmp_path / "e.doc")
    with pytest.raises(OptionError, match="holds no effects"):
        im.EffectTable(()).to_latex()


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_effects_of_waves_that_nobody_matched_do_not_speak_of_matches():
    survey = im.synthetic.rural_alliances_panel(2, groups=60, staggered=True)
    panel = im.Panel(survey.household, **{**survey.panel_roles(), "outcomes": ["income_agr_pc_month"]})
    effects = im.group_time_effects(panel).aggregate("event")
    told = {language: effects.to_html(language) for language in ("es", "en", "pt")}
    assert (
        not any(word in told["es"] for word in ("emparejad", "con pareja"))
        and "media sin el programa" in told["es"]
    )
    assert "matched" not in told["en"] and "paread" not in told["pt"]
    matched = im.match(panel.baseline(), im.Kernel(im.PropensityScore()))
    assert "beneficiarios emparejados" in im.group_time_effects(panel, matched=matched).aggregate(
        "event"
    ).to_html("es")
