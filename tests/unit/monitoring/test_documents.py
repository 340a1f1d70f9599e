"""What monitoring writes: the page of published shares, the report's section, Spanish tables with suppressed cells."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

import impact as im
from impact.report.export import as_tables
from impact.report.words.style import Style

ROOT = Path(__file__).parents[3]

CONFIGURATION = """
title = "Questionnaire"
language = "es"
synthetic = true

[data]
file = "survey.csv"

[roles]
treatment = "treated"
covariates = ["age"]
cluster = "group"

[[outcomes]]
column = "income"
unit = "Bs/year"

[questions]
shares = ["buyer", "changed"]
means = ["age"]
interval = "korn-graubard"
title = "Compradores"
"""


@pytest.mark.slow
def test_the_page_of_published_and_twin_is_what_its_script_writes():
    script = ROOT / "docs" / "published_twin.py"
    spec = importlib.util.spec_from_file_location("published_twin", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = module.page()
    assert page == (ROOT / "docs" / "published_twin.md").read_text(encoding="utf-8")
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line[:3] == "| 4"
    ]
    assert len(cells) > 20
    for _, what, published, twin, remark in cells:  # a number that is far off has its reason
        if published.isdigit() and twin.isdigit() and abs(int(twin) - int(published)) > 0.06 * int(published):
            raise AssertionError(what)
        assert twin or remark, what


def test_the_page_of_published_shares_is_what_its_script_writes():
    script = ROOT / "docs" / "published_shares.py"
    spec = importlib.util.spec_from_file_location("published_shares", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.page() == (ROOT / "docs" / "published_shares.md").read_text(encoding="utf-8")
    assert "| D.6 | changed the buyer | all | 21 | 64 | – | 32.8 | 22–45 |" in module.page()


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_an_evaluation_asks_questions_and_reports_them_in_spanish(tmp_path):
    survey = im.synthetic.rural_alliances(3, groups=60).household
    table = pd.DataFrame(
        {"treated": survey["treated"].astype(int), "age": survey["head_age"], "income": survey["income_agr_net"],
         "group": survey["group_id"], "buyer": survey["buyer_type"], "changed": survey["prior_credit"].astype(int)}
    )  # fmt: skip
    table.to_csv(tmp_path / "survey.csv", index=False)
    (tmp_path / "evaluation.toml").write_text(CONFIGURATION, encoding="utf-8")
    evaluation = im.evaluate(tmp_path / "evaluation.toml")
    (answer,) = evaluation.findings.answers["questions"]
    expected = im.share(
        table.assign(arm=table["treated"]), "changed", cluster="group", by="arm", interval="korn-graubard"
    ).frame
    found = answer.frame[answer.frame["question"] == "changed"].set_index("subgroup")
    assert found.loc["control", "estimate"] == pytest.approx(expected["estimate"].iloc[0])
    assert found.loc["control", "conf_low"] == pytest.approx(expected["conf_low"].iloc[0])
    page = evaluation.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Qué dijeron los encuestados" in page
    assert "Compradores" in page
    with pytest.raises(im.OptionError, match="clave 'interval' debe ser uno de"):
        (tmp_path / "wrong.toml").write_text(
            CONFIGURATION.replace("korn-graubard", "normal"), encoding="utf-8"
        )
        im.evaluate(tmp_path / "wrong.toml")


def test_small_cells_are_suppressed_where_the_table_is_written():
    frame = pd.DataFrame({"buyer": ["fair"] * 2 + ["alliance"] * 20 + ["formal"] * 9})
    (table,) = as_tables(im.share(frame, "buyer"), Style.of("es", minimum=5))
    assert [type(row.cells[3]).__name__ for row in table.rows] == ["Estimate", "Suppressed", "Suppressed"]
    assert table.headings[0] == "Pregunta"
