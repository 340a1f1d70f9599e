"""A whole evaluation of small files: exclusions, categories, bad controls, small cells, labels, baseline fifths."""

import io

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.errors import DataError, OptionError
from impact.evaluation.report_contents import report_contents
from impact.evaluation.run import evaluate

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")

HEAD = """
minimum_cell_count = 5
[data]
file = "survey.csv"
{data}
[roles]
treatment = "treated"
covariates = {covariates}
missing = "drop"
id = "code"
[[outcomes]]
column = "income"
unit = "Bs/year"
label = "<script>alert(1)</script>"
[[outcomes]]
type = "headcount"
income = "income"
line = 120.0
name = "poor"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
"""


@pytest.fixture
def folder(tmp_path):
    generator = np.random.default_rng(5)
    n = 300
    age = generator.integers(20, 60, n)
    treated = (generator.random(n) < 1 / (1 + np.exp((age - 40) / 15))).astype(int)
    region = generator.choice([1, 2, 3], n, p=[0.6, 0.38, 0.02])
    before = 100 + age + 10 * generator.standard_normal(n)
    income = before + 25 * treated + 8 * generator.standard_normal(n)
    frame = pd.DataFrame(
        {
            "code": [f"H-{i:03d}" for i in range(n)],
            "treated": treated,
            "age": age,
            "region": region,
            "before": before.round(2),
        }
    )
    frame["income"] = income.round(2)
    frame.loc[[3, 8], "income"] = np.nan
    frame.loc[range(20, 30), "age"] = np.nan
    frame.to_csv(tmp_path / "survey.csv", index=False)
    return tmp_path


def evaluated(folder, covariates='["age"]', data="", more=""):
    file = folder / "evaluation.toml"
    file.write_text(HEAD.format(covariates=covariates, data=data) + more, encoding="utf-8")
    return evaluate(file)


def rows_of(contents, name):
    table = next(table for table in contents.tables if table.name == name)
    return {row.cells[0]: row.cells[1:] for row in table.rows}


def test_exclusions_are_listed_and_small_ones_suppressed(folder):
    evaluation = evaluated(folder)
    flow = evaluation.flow.set_index("step")["Kernel"]
    assert (
        flow["in the table"],
        flow["excluded: lacks 'age'"],
        flow["lack income, left out of it only"],
        flow["analysed"],
    ) == (300, 10, 2, 290)
    assert evaluation.sample.exclusions.loc["H-023", "reason"] == "lacks 'age'"
    rows = rows_of(report_contents(evaluation.findings), "flow")
    assert rows["excluded: lacks age"][0].value == 10
    assert rows["lack <script>alert(1)</script>, left out of it only"][0].minimum == 5


def test_codes_become_categories_only_when_told_and_rare_ones_stay_hidden(folder):
    plain = evaluated(folder, '["age", "region"]')
    assert list(plain.sample.matrix.columns) == ["age", "region"]
    coded = evaluated(folder, '["age", "region"]', 'categorical = ["region"]')
    assert list(coded.sample.matrix.columns) == ["age", "region2", "region3"]
    rows = rows_of(report_contents(coded.findings), "balance")
    assert all(type(cell).__name__ == "Suppressed" for cell in rows["region: 3"])
    assert all(cell.secondary for cell in rows["region: 2"])  # or one less the others would tell of region 3
    assert all(type(cell).__name__ == "Number" for cell in rows["region: 1"])


def test_a_hostile_label_is_text_in_the_page(folder):
    page = evaluated(folder).report(folder / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_no_identifier_reaches_the_report(folder):
    out = folder / "out"
    evaluated(folder).report(out)
    texts = [
        path.read_text(encoding="utf-8-sig") for path in out.rglob("*") if path.suffix in (".html", ".csv")
    ]
    assert len(texts) > 5
    assert not any("H-0" in text or "H-1" in text for text in texts)


def test_fifths_of_a_baseline_and_their_refusals(folder):
    evaluation = evaluated(folder, more='[quintiles]\nbaseline = "before"\nquantiles = 3\n')
    assert [effect.subgroup for effect in evaluation.quintiles] == ["Q1", "Q2", "Q3"]
    assert evaluation.quintiles.frame["estimate"].between(15, 35).all()
    with pytest.raises(OptionError, match="measured after the programme"):
        evaluated(folder, more='[quintiles]\nbaseline = "income"\n')


def test_bad_controls_of_the_schema_are_refused(folder):
    frame = pd.read_csv(folder / "survey.csv").rename(columns={"age": "hh_size"})
    frame.to_csv(folder / "survey.csv", index=False)
    with pytest.raises(DataError, match="use 'hh_size_pre' instead"):
        evaluated(folder, '["hh_size"]', "schema = true")
    assert len(evaluated(folder, '["hh_size"]').effects) == 2


def test_effects_are_those_of_the_library_called_by_hand(folder):
    import impact as im

    evaluation = evaluated(folder)
    frame = pd.read_csv(folder / "survey.csv").dropna(subset=["age", "income"])
    sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"])
    assert evaluation.effects.one("poor").n_treated_total == sample.treated.sum()
    by_hand = im.estimate(im.match(sample, im.Kernel(im.PropensityScore())), bias_adjustment="suited").one(
        "income"
    )
    found = evaluation.effects.one("income")
    assert (found.estimate, found.std_error, found.n_treated) == pytest.approx(
        (by_hand.estimate, by_hand.std_error, by_hand.n_treated), rel=1e-12
    )


def test_a_column_that_the_file_lacks_is_named(folder):
    with pytest.raises(OptionError, match=r"covariates names 'agee'.*Did you mean 'age'"):
        evaluated(folder, '["agee"]')
    with pytest.raises(OptionError, match=r"\[data\] categorical names 'area'"):
        evaluated(folder, '["age"]', 'categorical = ["area"]')


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("en", ("volume", "total"), marks=pytest.mark.slow),
        ("es", ("volumen", "costos")),
    ],
)
def test_the_income_gain_is_split_in_the_report(tmp_path, language, words):
    evaluation = im.demo(seed=1, out=tmp_path / "demo", language=language, stream=io.StringIO())
    result = evaluation.findings.answer("decomposition")
    parts = result.frame.set_index("part")["estimate"]
    assert parts.drop("total").sum() == pytest.approx(parts["total"], rel=1e-10)
    page = (tmp_path / "demo" / "report.html").read_text(encoding="utf-8")
    assert all(word in page for word in words)
    assert (tmp_path / "demo" / "tables" / "decomposition.csv").exists()
