"""A poverty level that is not published cannot be had from any other table, in any format."""

import csv
import json

import numpy as np
import openpyxl
import pandas as pd
import pytest
from docx import Document

import impact as im
from impact.evaluation.report_contents import report_contents, report_style
from impact.report.contents import Suppressed
from impact.report.publish import publish
from impact.report.tables.answer import answer_lines
from impact.report.tables.effects import tidy_table
from impact.report.tables.strategies import strategy_details

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
