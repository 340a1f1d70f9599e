"""[panel] in evaluation.toml: read, estimated and reported in both languages."""

import pytest

import impact as im
from impact.evaluation.run import evaluate
from impact.evaluation.sections.effects.panel import section
from impact.report.words.style import Style


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("par2")
    survey = im.synthetic.rural_alliances_panel(2, groups=90, staggered=True, trend=10.0)
    household = survey.household.astype({"treated": int, "receiving": int})
    household.to_csv(folder / "waves.csv", index=False)
    household[household["wave"] == 2].to_csv(folder / "last.csv", index=False)
    (folder / "evaluation.toml").write_text(
        """
synthetic = true
[data]
file = "last.csv"
[roles]
treatment = "receiving"
covariates = ["education_index", "assets_pre"]
cluster = "group_id"
id = "hh_id"
[[outcomes]]
column = "income_agr_pc_month"
[[strategies]]
name = "pairs"
type = "nearest_neighbor"
distance = "mahalanobis"
[panel]
file = "waves.csv"
wave = "wave"
entry = "entry_wave"
""",
        encoding="utf-8",
    )
    return evaluate(folder / "evaluation.toml")


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


TITLES = {"en": "Before and after, by date of entry", "es": "Antes y después, por fecha de entrada"}


@pytest.mark.parametrize("language", TITLES)
def test_the_section_in_both_languages(evaluation, language):
    part = section(evaluation.findings, Style.of(language))
    assert part.title == TITLES[language]
    assert [item.name for item in part.items] == ["event_study", "event_study", "panel_attrition"]
    table = part.items[1]
    assert table.synthetic
    assert len(table.rows) == len(evaluation.findings.answer("panel").event)


def test_small_cells_are_suppressed(evaluation):
    part = section(evaluation.findings, Style.of("en", minimum=100_000))
    assert all(type(cell).__name__ == "Suppressed" for row in part.items[0].rows for cell in row.cells[1:])


def test_without_the_table_there_is_no_section(evaluation):
    from dataclasses import replace

    assert section(replace(evaluation.findings, answers={}), Style.of("en")) is None
