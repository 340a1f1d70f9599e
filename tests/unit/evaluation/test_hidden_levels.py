"""A poverty level that is not published cannot be had from any other table, in any format."""

import csv
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from docx import Document

import impact as im
from impact.evaluation.report_contents import report_contents, report_style
from impact.evaluation.verdicts.kept import verdict as kept_verdict
from impact.language import Text
from impact.report.contents import Suppressed
from impact.report.publish import publish
from impact.report.tables.answer import answer_lines
from impact.report.tables.effects import tidy_table
from impact.report.tables.strategies import strategy_details
from impact.report.words.style import Style

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")

CONFIGURATION = """
figures = ["few", "many"]
data = {file = "survey.csv"}
roles = {treatment = "treated", covariates = ["age"]}
outcomes = [
    {type = "headcount", income = "income", line = 3.0, name = "few"},
    {type = "poverty gap", income = "income", line = 3.0, name = "few_gap"},
    {type = "headcount", income = "income", line = 100.0, name = "many"},
]
strategies = [{name = "Kernel", type = "kernel", distance = "propensity score", bias_adjustment = "none"}]
"""
LEVELS = {"control_mean", "percent_effect", "percent_conf_low", "percent_conf_high"}


def evaluated(folder, more=""):
    income = np.tile(np.arange(200.0), 2)  # three households of each arm below a line of 3
    frame = pd.DataFrame({"treated": np.repeat([1, 0], 200), "income": income})
    frame["age"], frame["region"] = income % 7 + (income % 3) * frame["treated"], np.tile(list("ab"), 200)
    frame.to_csv(folder / "survey.csv", index=False)
    (folder / "evaluation.toml").write_text(CONFIGURATION + more, encoding="utf-8")
    return im.evaluate(folder / "evaluation.toml")


def blocks(one):
    """Return the rows of each block, by the block's name."""
    found, name = {}, ""
    for row in one.rows:
        if row.opens:
            name = str(row.cells[0])
        else:
            found.setdefault(name, []).append(row)
    return found


def hidden_cells(row):
    return [isinstance(cell, Suppressed) for cell in row.cells]


def test_details_tidy_table_and_answer_hide_what_gives_a_hidden_level_away(tmp_path):
    findings = evaluated(tmp_path).findings
    style = report_style(findings)
    assert style.hidden_levels == {"few", "few_gap"}
    for name, rows in blocks(strategy_details(findings.effects, style)).items():
        hidden = [hidden_cells(row)[1] for row in rows]
        assert hidden == ([False, False, True, True, True] if name.startswith("few") else [False] * len(rows))
    tidy = tidy_table("effects_tidy", findings.effects, style)
    for row, effect in zip(tidy.rows, findings.effects, strict=True):
        hidden = {name for name, out in zip(tidy.headings, hidden_cells(row), strict=True) if out}
        assert hidden == (LEVELS if effect.outcome in style.hidden_levels else set())
    said = {
        effect.outcome: line
        for effect, line in answer_lines(findings.effects, "Kernel", ["few", "many"], style)
    }
    assert (
        "% of the matched control mean" not in said["few"] and "% of the matched control mean" in said["many"]
    )


@pytest.mark.parametrize(
    ("estimand", "left", "telling"),
    [
        ("ATT", 2, {"n_treated", "share_on_support"}),
        ("ATC", 2, {"n_control", "share_on_support"}),
        ("ATE", 2, {"n_treated", "n_control", "share_on_support"}),
        ("ATT", 0, set()),
        ("ATT", 7, set()),
    ],
)
def test_few_without_a_match_do_not_follow_from_the_tidy_table(tmp_path, estimand, left, telling):
    """Of 200 treated 198 in the estimate: the other tables do not say so, nor does the one for machines."""
    findings = evaluated(tmp_path).findings
    effect = findings.effects.one("many")
    everybody = {"ATT": effect.n_treated, "ATC": effect.n_control}.get(
        estimand, effect.n_treated + effect.n_control
    )
    lost = (
        {"n_control": effect.n_control - left}
        if estimand == "ATC"
        else {"n_treated": effect.n_treated - left}
    )
    changed = replace(
        effect,
        estimand=estimand,
        share_on_support=(everybody - left) / everybody,
        population=Text("matched ({kept} of {total})", kept=everybody - left, total=everybody),
        **(
            {"n_treated_total": effect.n_treated}
            if estimand == "ATT"
            else {"n_treated_total": lost.get("n_treated", effect.n_treated)}
        ),
        **lost,
    )
    tidy = tidy_table("effects_tidy", replace(findings.effects, effects=(changed,)), report_style(findings))
    (row,) = tidy.rows
    assert {name for name, out in zip(tidy.headings, hidden_cells(row), strict=True) if out} == telling
    told = row.cells[tidy.headings.index("population")]
    assert (told == "those who have a match") == bool(telling)
    assert (str(everybody - left) in told) != bool(telling)


def test_few_controls_that_are_not_used_do_not_follow_from_those_that_are(tmp_path):
    """The flow hides a step of three; so do the table behind the effects and the one for machines."""
    findings = evaluated(tmp_path).findings
    style = report_style(findings)
    assert style.few_unused == frozenset()
    closed = replace(style, few_unused=frozenset({"Kernel"}))
    used = {
        str(row.cells[0]): hidden_cells(row)[1]
        for row in strategy_details(findings.effects, closed).rows
        if str(row.cells[0]) == closed.word("n_control")
    }
    assert list(used.values()) == [True]
    tidy = tidy_table("effects_tidy", findings.effects, closed)
    assert all(hidden_cells(row)[tidy.headings.index("n_control")] for row in tidy.rows)


@pytest.mark.parametrize(("left", "told"), [(0, "100.0 %"), (2, "fewer than 5 are not"), (9, "95.5 %")])
def test_the_verdict_on_who_is_kept_does_not_tell_how_few_are_not(left, told):
    focal, kept = np.ones(200, dtype=bool), np.arange(200) >= left
    matched = SimpleNamespace(focal=focal, kept=kept, share_on_support=kept.mean())
    configuration = SimpleNamespace(main_strategy="one")
    findings = SimpleNamespace(matched={"one": matched}, configuration=configuration)
    assert told in str(kept_verdict(findings, Style()).found)


@pytest.mark.slow
def test_no_format_prints_the_hidden_mean(tmp_path):
    more = 'subgroups = [{by = "region", outcomes = ["few", "many"]}]\nanticipation = {outcomes = ["few", "many"]}\n'
    evaluation, out = evaluated(tmp_path, more), tmp_path / "out"
    contents = report_contents(evaluation.findings)
    publish(contents, out)
    tables = {one.name: one for one in contents.tables}
    for outcome, hidden in (("few", True), ("many", False)):
        assert {hidden_cells(row)[2] for row in tables[f"subgroups_1_{outcome}"].rows} == {hidden}
    shifted = blocks(tables["anticipation"])
    assert [{hidden_cells(row)[3] for row in rows} for rows in shifted.values()] == [{True}, {False}]
    effect = evaluation.effects.one("few")
    printed = f">{100 * effect.control_mean:.1f} %<"
    assert printed not in (out / "report.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    grids = Document(str(out / "report.docx")).tables
    cells = {cell.text.replace("\u00a0", " ") for grid in grids for row in grid.rows for cell in row.cells}
    assert printed[1:-1] not in cells and "(c)" in cells
    exact = {round(factor * effect.control_mean, 9) for factor in (1, 100)}
    sheets = openpyxl.load_workbook(out / "tables.xlsx")
    values = [value for sheet in sheets for row in sheet.iter_rows(values_only=True) for value in row]
    assert not {round(value, 9) for value in values if isinstance(value, float)} & exact
    written = json.loads((out / "tables.json").read_text(encoding="utf-8"))["tables"].values()
    numbers = [value for table in written for row in table["rows"] for value in row.values()]
    assert not {round(value, 9) for value in numbers if isinstance(value, float)} & exact
    assert any(cell["shown"] == "(c)" for table in written for cell in table["hidden"])
    for file in (out / "tables").glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as stream:
            texts = {text for line in csv.reader(stream) for text in line}
        assert not texts & {repr(factor * effect.control_mean) for factor in (1, 100)}, file.name
