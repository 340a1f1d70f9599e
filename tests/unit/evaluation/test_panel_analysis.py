"""[panel] in evaluation.toml: read, estimated and reported in both languages."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

import impact as im
from impact.cli import main
from impact.errors import ImpactError
from impact.evaluation.analyses.decomposition import Decomposition
from impact.evaluation.analyses.waves.panel import PanelAnalysis
from impact.evaluation.configuration import read_configuration
from impact.evaluation.run import evaluate
from impact.evaluation.sections.effects.panel import _time, section
from impact.evaluation.sections.robustness.panel_checks import section as checks_section
from impact.report.words.style import Style
from impact.survey.intake.refusal import SurveyRefusedError
from tests.evaluations import write_waves


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("par2")
    return evaluate(write_waves(folder, groups=90))


def test_the_answer_is_what_the_functions_give(evaluation):
    answer = evaluation.findings.answer("panel")
    effects = im.group_time_effects(answer.panel, base="universal")
    expected = effects.aggregate("event")
    assert [effect.estimate for effect in answer.event] == pytest.approx(
        [effect.estimate for effect in expected], nan_ok=True
    )
    assert answer.panel.cohorts == (1, 2)
    assert answer.trends is not None
    assert answer.event.synthetic


@pytest.mark.parametrize(("name", "estimator"), [("change", im.ChangeScore()), ("ancova", im.Ancova())])
def test_regressions_of_two_waves_stand_beside_the_effect(evaluation, name, estimator):
    answer = evaluation.findings.answer("panel")
    found = getattr(answer.checks, name)
    ends = im.two_wave_effects(answer.panel.between(0, 2), estimator=estimator).effects[0]
    assert (found.estimate, found.std_error) == (ends.estimate, ends.std_error)
    table = next(
        item
        for item in checks_section(evaluation.findings, Style.of("es")).items
        if item.name == "panel_otherwise"
    )
    shown = {row.cells[0]: row.cells[1].value for row in table.rows if hasattr(row.cells[1], "value")}
    said = {
        "change": "regresión de los cambios (puntaje de cambio)",
        "ancova": "a igual resultado en la primera (ANCOVA; no es",
    }
    assert [value for label, value in shown.items() if said[name] in label] == [found.estimate]


def test_what_the_data_package_calls_recalled_may_be_asked_at_any_wave(tmp_path):
    path = write_waves(tmp_path, groups=60)
    path.write_text(path.read_text().replace("[data]\n", "[data]\nschema = true\n"))
    configuration = read_configuration(path)
    asked = configuration.analysis("panel")
    assert asked.recalled_of(configuration) == ["assets_pre"]
    assert replace(asked, recalled=("education_index",)).recalled_of(configuration) == [
        "education_index",
        "assets_pre",
    ]


def test_keys_of_the_file_are_arguments_of_the_functions(evaluation):
    asked = PanelAnalysis(
        "waves.csv", "wave", "entry_wave", "income_agr_pc_month", strategy="pairs", trend=20.0, relative=(1.0,), smoothness=(5.0,)
    )  # fmt: skip
    answer = asked.answer(evaluation.findings)
    matched = im.match(answer.panel.baseline(), im.NearestNeighbor(im.Mahalanobis()))
    effects = im.group_time_effects(answer.panel, base="universal", matched=matched)
    assert answer.event.effects[0].estimate == effects.aggregate("event").effects[0].estimate
    assert answer.trends.power == im.pre_trend_test(effects, 20.0).power
    bounds = im.honest_bounds(effects, relative=(1.0,), smoothness=(5.0,)).frame
    pd.testing.assert_frame_equal(answer.checks.bounds.frame, bounds)
    found = replace(evaluation.findings, answers={"panel": (answer,)})
    items = {
        type(item).__name__: item
        for item in checks_section(found, Style.of("es")).items
        if item.name == "honest_bounds"
    }
    assert [row.cells[0] for row in items["Table"].rows] == [
        "veces la mayor diferencia previa",
        "la tendencia se dobla, por ronda",
    ]
    assert items["Figure"].seen.startswith("2 intervalos")


def test_two_waves_need_no_column_of_entry(evaluation):
    asked = PanelAnalysis("two.csv", "wave", outcome="income_agr_pc_month")
    waves = pd.read_csv(evaluation.findings.configuration.data.file.parent / "waves.csv")
    both = waves[waves["wave"] != 1]
    both.to_csv(evaluation.findings.configuration.data.file.parent / "two.csv", index=False)
    answer = asked.answer(evaluation.findings)
    expected = im.two_wave_effects(answer.panel).one("income_agr_pc_month")
    assert answer.event.effects[0].estimate == pytest.approx(expected.estimate)
    paragraphs = section(
        replace(evaluation.findings, answers={"panel": (answer,)}), Style.of("en")
    ).paragraphs
    assert not any("grow" in text for text in paragraphs)


@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")  # by product
def test_the_gain_between_waves_is_split(evaluation):
    parts = {"quantity": "qty_produced", "price": ("price_grade_a", "price_grade_b"), "grade": "qty_grade_a"}
    asked = Decomposition(**parts, costs="costs_alliance", over_waves=True)
    found = asked.answer(evaluation.findings).frame
    panel = evaluation.findings.answer("panel").panel
    expected = im.income_decomposition(
        panel.between(0, 2), im.IncomeParts(**parts, costs="costs_alliance")
    ).frame
    pd.testing.assert_frame_equal(found, expected)
    assert found["estimate"].iloc[:-1].sum() == pytest.approx(found["estimate"].iloc[-1], rel=1e-10)
    with pytest.raises(ImpactError, match="over_waves"):
        Decomposition(**parts, over_waves=True, strategy="pairs")
    by_product = Decomposition(**parts, over_waves=True, by_product=True, product="alliance_product")
    assert by_product.answer(evaluation.findings).frame["subgroup"].nunique() > 1


TITLES = {"en": "Before and after, by date of entry", "es": "Antes y después, por fecha de entrada"}


@pytest.mark.parametrize("language", TITLES)
def test_the_section_in_both_languages(evaluation, language):
    part = section(evaluation.findings, Style.of(language))
    assert part.title == TITLES[language]
    assert [item.name for item in part.items] == [
        "event_study",
        "event_study",
        "panel_flow",
        "panel_attrition",
    ]
    table = part.items[1]
    assert table.synthetic
    assert len(table.rows) == len(evaluation.findings.answer("panel").event)


def test_small_cells_are_suppressed(evaluation):
    part = section(evaluation.findings, Style.of("en", minimum=100_000))
    assert all(type(cell).__name__ == "Suppressed" for row in part.items[0].rows for cell in row.cells[1:])


def test_without_the_table_there_is_no_section(evaluation):
    assert section(replace(evaluation.findings, answers={}), Style.of("en")) is None


def test_what_was_asked_of_the_effect_is_what_the_functions_give(evaluation):
    answer = evaluation.findings.answer("panel")
    asked, ends = answer.checks, answer.panel.between(0, 2)
    three = im.three_estimands(ends)
    assert [effect.estimate for effect in asked.estimands] == [effect.estimate for effect in three]
    lee = im.panel_lee_bounds(ends)
    assert (asked.lee.lower, asked.lee.upper) == (lee.lower, lee.upper)
    effects = im.group_time_effects(answer.panel, base="universal")
    assert asked.bounds.breakdown == im.honest_bounds(effects).breakdown
    assert asked.by_covariate["column"].tolist() == ["education_index", "assets_pre"]


CHECKS = {"en": "Does the effect from waves hold?", "es": "¿Se sostiene el efecto entre rondas?"}


@pytest.mark.parametrize("language", CHECKS)
def test_the_checks_in_both_languages(evaluation, language):
    from impact.evaluation.sections.robustness.panel_checks import section as checks_section

    part = checks_section(evaluation.findings, Style.of(language))
    assert part.title == CHECKS[language]
    names = [item.name for item in part.items]
    assert names[:2] == ["three_estimands", "panel_otherwise"]
    assert all(item.synthetic for item in part.items)
    assert len(part.items[0].rows) == 3
    hidden = checks_section(evaluation.findings, Style.of(language, minimum=100_000)).items[0]
    assert all(type(cell).__name__ == "Suppressed" for row in hidden.rows for cell in row.cells[1:])


def test_neighbours_are_left_out_and_counted():
    import numpy as np
    import pandas as pd

    household, wave = np.repeat(np.arange(400), 2), np.tile([0, 1], 400)
    entry = (household % 4 == 0).astype(int)
    place = household % 10  # enter in the even places only, where half of the others live too
    beside = (entry == 0) & (place % 2 == 0)
    y = household % 7 + wave * (1.0 + 5.0 * entry + 5.0 * beside)
    frame = pd.DataFrame({"hh": household, "wave": wave, "entry": entry, "place": place, "y": y})
    panel = im.Panel(frame, "hh", "wave", "entry", outcomes=["y"])
    apart = im.without_neighbours(panel, "place")
    assert im.two_wave_effects(apart).one("y").estimate == pytest.approx(5.0)
    assert im.two_wave_effects(panel).one("y").estimate == pytest.approx(5.0 - 5.0 / 3)
    assert "100 comparison households of 300 live in a 'place'" in apart.rules[-1]
    with pytest.raises(im.SupportError, match="none is left to compare with"):
        im.without_neighbours(im.Panel(frame.assign(place=1), "hh", "wave", "entry", outcomes=["y"]), "place")
    with pytest.raises(im.OptionError, match="place"):
        im.without_neighbours(panel, "municipio")


DIRTY = """
language = "{language}"
synthetic = true
[data]
file = "last_clean.csv"
missing_codes = [-99]
[roles]
treatment = "receiving"
covariates = ["education_index", "assets_pre", "road"]
cluster = "group_id"
id = "hh_id"
missing = "drop"
[[outcomes]]
column = "income_agr_pc_month"
[[strategies]]
name = "pairs"
type = "nearest_neighbor"
distance = "mahalanobis"
[panel]
file = "{file}"
wave = "wave"
entry = "entry_wave"
"""


def waves_of(folder, **changes):
    """Write the waves, and the last of them, with a road to every third group and some answers that are missing."""
    survey = im.synthetic.rural_alliances_panel(2, groups=90, staggered=True, trend=10.0)
    household = survey.household.astype({"treated": int, "receiving": int})
    household["road"] = (pd.factorize(household["group_id"])[0] % 3 == 0).astype(int)
    gaps = household["hh_id"].isin(household["hh_id"].unique()[:40])
    household["assets_pre"] = household["assets_pre"].mask(gaps)
    for name, change in {"clean": lambda frame: frame, **changes}.items():
        frame = change(household.copy())
        frame.to_csv(folder / f"{name}.csv", index=False)
        frame[household["wave"] == 2].to_csv(folder / f"last_{name}.csv", index=False)


def panel_run(folder, file, language="en"):
    toml = folder / "evaluation.toml"
    toml.write_text(DIRTY.format(file=file, language=language), encoding="utf-8")
    return evaluate(toml).findings.answer("panel")


def test_codes_and_yes_or_no_in_the_waves_are_read_as_in_the_survey(tmp_path):
    def coded(frame):
        frame["assets_pre"] = frame["assets_pre"].fillna(-99)
        frame["road"] = frame["road"].map({1: "Sí", 0: "No"})
        return frame

    waves_of(tmp_path, coded=coded)
    clean, dirty = (panel_run(tmp_path, f"{name}.csv") for name in ("clean", "coded"))
    assert sum(one.estimate == one.estimate for one in clean.event) >= 4
    assert [one.estimate for one in dirty.event] == pytest.approx(
        [one.estimate for one in clean.event], rel=1e-9, nan_ok=True
    )
    assert [one.std_error for one in dirty.event] == pytest.approx(
        [one.std_error for one in clean.event], rel=1e-9, nan_ok=True
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_stray_text_in_the_waves_is_named(tmp_path, language):
    def stray(frame):
        frame["assets_pre"] = frame["assets_pre"].astype(object)
        frame.loc[frame.index[100:107], "assets_pre"] = "NS/NR"
        return frame

    waves_of(tmp_path, stray=stray)
    with pytest.raises(SurveyRefusedError) as refused:
        panel_run(tmp_path, "stray.csv", language)
    told = str(refused.value)
    assert "assets_pre" in told
    assert "NS/NR" in told
    assert "7" in told
    assert ("filas" in told) == (language == "es")


def test_a_column_that_the_waves_lack_is_named(tmp_path):
    waves_of(tmp_path, short=lambda frame: frame.drop(columns="assets_pre"))
    with pytest.raises(ImpactError, match=r"\[panel\].*'assets_pre'"):
        panel_run(tmp_path, "short.csv")


def test_check_refuses_waves_that_break_the_schema_before_anything_is_estimated(tmp_path, capsys):
    def impossible(frame):
        return frame.assign(head_age=frame["head_age"].mask(frame["wave"] == 0, 140))

    waves_of(tmp_path, impossible=impossible)
    text = DIRTY.format(file="impossible.csv", language="es").replace("[data]\n", "[data]\nschema = true\n")
    text = text.replace('"assets_pre"', '"assets_pre", "head_age"')
    (tmp_path / "evaluation.toml").write_text(text, encoding="utf-8")
    assert main(["check", str(tmp_path / "evaluation.toml")]) == 1
    told = capsys.readouterr().err
    assert "Edad del jefe(a) debe estar entre 15 y 99." in told
    assert "fuera de rango" in told


def test_times_are_counted_in_what_the_waves_are(evaluation):
    """Two waves, or three years, or numbers with gaps; never a number of nothing."""
    answer = evaluation.findings.answer("panel")
    (effect,) = [one for one in answer.event if one.subgroup.endswith(" 1")][:1]
    told = {}
    for waves in ((0, 1, 2), (2014, 2017, 2020), (0, 3, 6)):
        moved = SimpleNamespace(panel=SimpleNamespace(waves=waves))
        since = replace(effect, subgroup=effect.subgroup.replace("1", str(waves[1] - waves[0])))
        told[waves] = [_time(since, moved, Style.of(language)) for language in ("en", "es")]
    assert list(told.values()) == [
        ["1 wave after entry", "1 ronda después de entrar"],
        ["3 years after entry", "3 años después de entrar"],
        ["3 wave numbers after entry", "3 números de ronda después de entrar"],
    ]


def test_numbers_in_the_sentences_have_their_unit(tmp_path):
    path = write_waves(tmp_path, groups=60, unit='unit = "Bs"')
    findings = evaluate(path).findings
    style = Style.of("es")
    said = " ".join([*section(findings, style).paragraphs, *checks_section(findings, style).paragraphs])
    assert re.search(r"sin covariables, dan \d+ Bs\.", said)
    assert re.search(r"una tendencia de \d+ Bs por ronda", said)
    assert re.search(r"ronda dan \d+ Bs; los efectos por cohorte y ronda, \d+ Bs:", said)
