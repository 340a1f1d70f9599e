"""[planning] in evaluation.toml: what the next survey can detect, with the spread and likeness of this one."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.errors import DataError, OptionError
from impact.evaluation.analyses.waves.planning import Planning
from impact.evaluation.configuration import read_configuration
from impact.evaluation.run import evaluate
from impact.evaluation.sections.robustness.planning import section
from impact.report.words.style import Style
from impact.robustness.planning.within_groups import intraclass_correlation

FILE = """
synthetic = true
[data]
file = "survey.csv"
[roles]
treatment = "treated"
covariates = ["x"]
cluster = "group"
[[outcomes]]
column = "income"
unit = "Bs"
[[strategies]]
name = "pairs"
type = "nearest_neighbor"
distance = "mahalanobis"
[planning]
groups = [60, 120]
members = 8
group_correlation = 0.7
unit_correlation = 0.4
entry = [0.3, 0.3]
effect = 20.0
group_cost = 400.0
member_cost = 40.0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planning")
    draw = np.random.default_rng(4)
    group = np.repeat(np.arange(60), 6)
    income = 200 + 30 * draw.normal(size=60)[group] + 50 * draw.normal(size=360) + 20 * (group % 2)
    frame = pd.DataFrame({"group": group, "treated": group % 2, "x": draw.normal(size=360), "income": income})
    frame.to_csv(folder / "survey.csv", index=False)
    (folder / "evaluation.toml").write_text(FILE, encoding="utf-8")
    return folder


def test_the_answer_is_what_the_formulas_give(folder):
    evaluation = evaluate(folder / "evaluation.toml")
    answer = evaluation.findings.answer("planning")
    frame = pd.read_csv(folder / "survey.csv")
    control = frame[frame["treated"] == 0]
    spread = control["income"].std()
    icc = intraclass_correlation(control["income"].to_numpy(), control["group"].to_numpy())
    plan = im.PanelPlan(120, 8, icc, 0.7, 0.4, "ancova")
    found = answer.detectable.set_index(["analysis", "groups"])["effect"]
    assert found[("ancova", 120)] == pytest.approx(im.minimum_detectable_effect(plan, spread))
    turns = im.StaggeredPlan(60, 8, icc, 0.7, 0.4, 3, {2: 0.3, 3: 0.3, 0: 0.4})
    assert found[("staggered", 60)] == pytest.approx(im.minimum_detectable_effect(turns, spread))
    designs = im.cost_of_designs(plan, 20.0, spread, 400.0, 40.0).head(5)
    pd.testing.assert_frame_equal(answer.designs, designs)
    spanish = section(evaluation.findings, Style.of("es"))
    assert [item.name for item in spanish.items] == ["planning", "planning_designs"]
    assert spanish.items[0].headings[1:] == (
        "diferencias en diferencias",
        "ANCOVA",
        "solo el seguimiento",
        "entrada por turnos",
    )
    assert len(spanish.items[0].rows) == 2
    assert "(Bs)" in spanish.items[0].caption
    cell = spanish.items[0].rows[1].cells[2]
    assert cell.value == pytest.approx(found[("ancova", 120)]) and cell.suffix.endswith(" %)")


def test_likeness_within_groups_by_hand():
    """Groups (1, 3) and (5, 7): mean squares 16 between and 2 within, (16 − 2)/(16 + 2)."""
    values, group = np.array([1.0, 3.0, 5.0, 7.0]), np.array([0, 0, 1, 1])
    assert intraclass_correlation(values, group) == pytest.approx(14 / 18)
    assert intraclass_correlation(np.array([1.0, 3.0, 1.0, 3.0]), group) == 0.0
    with pytest.raises(DataError, match="icc"):
        intraclass_correlation(values, np.arange(4))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("groups = [60, 120]", "groups = []"),
        ("members = 8", "members = 0"),
        ("entry = [0.3, 0.3]", "entry = [0.7, 0.7]"),
        ("group_cost = 400.0\nmember_cost = 40.0", ""),
        ("group_correlation = 0.7", "group_correlation = 1.7"),
    ],
)
def test_wrong_plans_are_refused_in_spanish(folder, line, said):
    wrong = folder / "wrong.toml"
    wrong.write_text('language = "es"\n' + FILE.replace(line, said), encoding="utf-8")
    with pytest.raises(OptionError, match=r"debe|necesita"):
        read_configuration(wrong)


def test_a_plan_needs_no_survey_to_be_checked():
    assert Planning((60,), 8, 0.7, 0.4).groups == (60,)
