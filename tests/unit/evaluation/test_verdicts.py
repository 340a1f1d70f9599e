"""The first page: a bad comparison is said first, with numbers; a good one is calm; every word in both languages."""

import warnings

import numpy as np
import pandas as pd
import pytest

from impact.evaluation.report_contents import report_contents
from impact.evaluation.run import evaluate
from impact.evaluation.sections import parts
from impact.evaluation.verdict import Grade, graded
from impact.report.formats.page import render_page

CONFIGURATION = """
language = "{language}"
main_strategy = "Nearest"
[data]
file = "survey.csv"
response = "response"
[roles]
treatment = "treated"
covariates = ["age", "land"]
cluster = "group"
[[outcomes]]
column = "income"
unit = "Bs"
[[strategies]]
name = "Nearest"
type = "nearest neighbor"
distance = "propensity score"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
"""


def arms_apart(groups, size, apart, planted=150.0, seed=3):
    """Groups in two arms; ``apart``: how many SDs of age the treated lie above the controls."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    treated = group % 2
    age = rng.normal(size=len(group)) + apart * treated
    land = rng.normal(size=len(group))
    level = rng.normal(scale=20, size=groups)[group]
    income = 500 + 80 * age + 30 * land + level + planted * treated + rng.normal(scale=50, size=len(group))
    response = np.where(rng.random(len(group)) < 0.9, "complete", "refused")
    frame = {
        "treated": treated,
        "age": age,
        "land": land,
        "group": group,
        "income": income,
        "response": response,
    }
    return pd.DataFrame(frame)


def contents(folder, frame, language="en"):
    frame.to_csv(folder / "survey.csv", index=False)
    (folder / "evaluation.toml").write_text(CONFIGURATION.format(language=language), encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return report_contents(evaluate(folder / "evaluation.toml").findings)


def verdicts_of(made):
    answer = made.sections[0]
    table = next(item for item in answer.items if item.name == "verdicts")
    return answer, {row.cells[0]: row.cells[1].kind for row in table.rows}


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    return contents(tmp_path_factory.mktemp("bad"), arms_apart(groups=10, size=60, apart=1.6))


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return contents(tmp_path_factory.mktemp("good"), arms_apart(groups=120, size=12, apart=0.2))


def test_a_comparison_that_fails_says_so_before_anything_else(bad):
    answer, marks = verdicts_of(bad)
    assert marks["Effective control groups"] == "fails" and "Effective control groups: fails" in " ".join(
        answer.alarms
    )
    assert list(marks.values()) == sorted(marks.values(), key=["fails", "doubtful", "holds"].index)
    page = render_page(bad)
    assert page.index('class="alarm"') < page.index("than without the programme")


def test_a_headline_without_balance_is_marked(bad):
    answer, marks = verdicts_of(bad)
    assert marks["Balance"] != "holds"
    assert "balance was not reached (largest |SMD| 0." in answer.paragraphs[0]
    strategies = next(table for table in bad.tables if table.name == "strategies")
    assert strategies.headings[1].endswith("†")


def test_few_degrees_of_freedom_stand_beside_the_interval_and_name_the_group(bad):
    answer, _ = verdicts_of(bad)
    assert "t with " in answer.paragraphs[0] and "degrees of freedom" in answer.paragraphs[0]
    assert "Income: group " in answer.paragraphs[1] and "Without it the effect is" in answer.paragraphs[1]


def test_a_good_comparison_is_calm(good):
    answer, marks = verdicts_of(good)
    assert answer.alarms == () and set(marks.values()) == {"holds"}
    sentence = answer.paragraphs[0]
    for part in ("the treated have on average", "Bs more than without the programme"):
        assert part in sentence
    assert "distinguishable from zero" in sentence and "not disting" not in sentence
    assert "2 of 2 strategies" in sentence and "balance was reached" in sentence


def test_nothing_is_left_unfilled_or_untranslated(tmp_path, good, bad):
    spanish = contents(tmp_path, arms_apart(groups=10, size=60, apart=1.6), language="es")
    for made in (good, bad, spanish):
        page = render_page(made)
        assert "{" not in page.split("</style>")[1]
    answer, marks = verdicts_of(spanish)
    assert answer.title == "La respuesta, y si se le puede creer"
    assert "Grupos de control efectivos: no se cumple" in " ".join(answer.alarms) and "Balance" in marks
    assert not any(
        word in " ".join((*answer.alarms, *answer.paragraphs)) for word in (" the ", " than ", "fails")
    )


@pytest.mark.parametrize(
    ("value", "expected"), [(0.1, Grade.HOLDS), (0.11, Grade.DOUBTFUL), (0.26, Grade.FAILS)]
)
def test_a_number_is_graded_by_two_limits(value, expected):
    assert graded(value, 0.1, 0.25) is expected


def test_sections_are_found_in_the_order_of_their_places():
    found = parts()
    names = [part.__module__.rpartition(".")[2] for part in found]
    assert names[0] == "answer" and names[-1] == "reproduction"
    assert {
        "answer",
        "sample",
        "design",
        "balance",
        "effects",
        "poverty",
        "quintiles",
        "truth",
        "reproduction",
    } <= set(names)
