"""Sections of the further analyses: each appears when it was run, and says what the library computes."""

import numpy as np
import pytest

import impact as im
from impact.errors import OptionError
from impact.evaluation.report_contents import report_contents
from tests.surveys import grouped_survey

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")

SETTINGS = """
language = "{language}"
[data]
file = "survey.csv"
[roles]
treatment = "treated"
covariates = ["age", "herd"]
cluster = "group"
{labels}
[[outcomes]]
column = "income"
unit = "Bs"
[[outcomes]]
type = "headcount"
income = "income"
line = 150.0
name = "poor"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
{more}
"""
MORE = """
[[subgroups]]
by = "region"
outcomes = ["income", "poor"]
[quantiles]
quantiles = [0.25, 0.5, 0.75]
[poverty_curve]
income = "income"
low = 100
high = 300
points = 9
[mechanisms]
practices = ["inputs", "rare"]
outcomes = ["income", "poor"]
"""


LABELS = '[labels]\nregion = "zona"\n'


def evaluated(folder, language="en", more=MORE, labels=LABELS):
    frame = grouped_survey(2, groups=50).astype({"treated": int})
    number = frame.groupby("group").ngroup()
    frame["inputs"], frame["rare"] = (number % 4 < 2).astype(int), (number == 0).astype(int)
    frame.to_csv(folder / "survey.csv", index=False)
    file = folder / "evaluation.toml"
    file.write_text(SETTINGS.format(language=language, more=more, labels=labels), encoding="utf-8")
    return im.evaluate(file)


@pytest.fixture(scope="module", params=["en", "es"])
def both(request, tmp_path_factory):
    evaluation = evaluated(tmp_path_factory.mktemp("further"), request.param)
    return request.param, evaluation, report_contents(evaluation.findings)


def table(contents, name):
    return next(one for one in contents.tables if one.name == name)


def test_every_analysis_has_its_section_table_and_figure(both):
    language, _, contents = both
    titles = {section.name: section.title for section in contents.sections}
    shown = {"en": "The whole distribution", "es": "Toda la distribución"}
    assert titles["quantiles"] == shown[language]
    assert {"subgroups", "poverty_curve"} <= set(titles)
    assert {"subgroups_1", "poverty_curve"} <= {figure.name for figure in contents.figures}


def test_the_subgroups_are_those_of_the_library(both):
    _, evaluation, contents = both
    sample = evaluation.sample
    found = im.subgroup_effects(sample, im.Kernel(im.PropensityScore()), ["income"], "region")
    shown = table(contents, "subgroups_1_income")
    for row, effect in zip(shown.rows, found.table, strict=True):
        assert row.cells[0] == effect.subgroup
        assert row.cells[1].value == pytest.approx(effect.estimate, rel=1e-9)
    assert "zona" in shown.caption
    holm = found.frame.set_index("subgroup")["p_holm"]
    assert [row.cells[3].value for row in shown.rows] == pytest.approx(
        [holm[row.cells[0]] for row in shown.rows]
    )


def test_quantiles_and_lines_are_those_of_the_library(both):
    _, evaluation, contents = both
    matched = evaluation.matched["Kernel"]
    quantiles = im.quantile_effects(matched, "income", [0.25, 0.5, 0.75]).frame
    rows = table(contents, "quantiles").rows
    np.testing.assert_allclose([row.cells[3].value for row in rows], quantiles["effect"], rtol=1e-12)
    np.testing.assert_allclose([row.cells[4].low for row in rows], quantiles["band_low"], rtol=1e-9)
    adjustment = evaluation.findings.configuration.specifications[0].bias_adjustment
    curve = im.poverty_curve(matched, "income", (100, 300, 9), bias_adjustment=adjustment).frame
    lines = table(contents, "poverty_curve").rows
    assert [row.cells[0] for row in lines] == ["100", "200", "300"]
    np.testing.assert_allclose(
        [row.cells[2].value for row in lines], 100 * curve["effect"].iloc[::4], rtol=1e-9
    )
    assert table(contents, "poverty_curve").folded


def test_mechanisms_are_those_of_the_library_and_said_to_be_no_effects(both):
    language, evaluation, contents = both
    rows = [row for row in table(contents, "mechanisms").rows if not row.opens]
    found = im.mechanism_associations(evaluation.sample, ["income", "poor"], ["inputs"]).frame
    shown = [row.cells[4] for row in rows]
    np.testing.assert_allclose(
        [(one.value, one.low, one.high) for one in shown],
        found[["difference", "conf_low", "conf_high"]].to_numpy() * [[1], [100]],
        rtol=1e-9,
    )
    section = next(one for one in contents.sections if one.name == "mechanisms")
    assert section.paragraphs[0].startswith({"en": "Not effects", "es": "No son efectos"}[language])
    assert any(note.startswith("Rare: ") for note in table(contents, "mechanisms").notes)


def test_a_section_appears_only_when_it_was_asked_for(tmp_path):
    names = {section.name for section in report_contents(evaluated(tmp_path, more="").findings).sections}
    assert not names & {"subgroups", "quantiles", "poverty_curve", "mechanisms"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[[subgroups]]\nby = ""', "at least one column"),
        ('[[subgroups]]\nby = "region"\noutcomes = ["none"]', "outcomes"),
        ('[poverty_curve]\nincome = "income"\nlow = 300\nhigh = 100', "below high"),
        ('[quantiles]\noutcome = "none"', "outcome"),
        ('[mechanisms]\noutcomes = ["none"]', "outcomes"),
    ],
)
def test_what_is_refused_names_its_key(tmp_path, more, said):
    with pytest.raises(OptionError, match=said):
        evaluated(tmp_path, more=more)


def test_a_small_subgroup_is_not_shown(tmp_path):
    frame = grouped_survey(2, groups=50).astype({"treated": int})
    frame.loc[frame.index[:6], "region"] = "tiny"
    frame.to_csv(tmp_path / "survey.csv", index=False)
    more = '[[subgroups]]\nby = "region"'
    (tmp_path / "evaluation.toml").write_text(
        SETTINGS.format(language="en", more=more, labels=LABELS), encoding="utf-8"
    )
    evaluation = im.evaluate(tmp_path / "evaluation.toml")
    shown = table(report_contents(evaluation.findings), "subgroups_1_income")
    assert "tiny" not in [row.cells[0] for row in shown.rows]
    assert any("tiny" in note for note in shown.notes)
