"""Every section of a Spanish report is Spanish: no English word stands on its page or among its warnings."""

import csv
import html
import warnings

import matplotlib.text
import pytest

import impact as im
from impact.evaluation import pictures
from impact.evaluation.report_contents import report_contents
from impact.report.drawing.images import drawn
from impact.report.formats.page import render_page
from impact.report.formats.spreadsheets import write_csv
from tests.english_words import english_in
from tests.evaluations import write_waves
from tests.unit.evaluation.test_monitoring_sections import folder as monitoring_folder  # noqa: F401 (a fixture)

pytestmark = pytest.mark.slow
SURVEY = """
language="es"
synthetic = true
[data]
schema = true
response = "response"
[tables]
household = "household.csv"
group = "group.csv"
municipality = "municipality.csv"
[roles]
treatment = "treated"
covariates = ["region", "education_index", "assets_pre", "travel_time_market"]
cluster = "group_id"
group_assigned = true
sampling_weight = "weight"
id = "hh_id"
missing = "drop"
[[outcomes]]
column = "income_agr_pc_month"
[[outcomes]]
column = "net_income_alliance"
[[outcomes]]
type = "headcount"
income = "income_pc_month"
line = "moderate"
persons = "hh_size_pre"
[[poverty_lines]]
name = "moderate"
area = "rural"
year = 2014
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
[[strategies]]
name = "Nearest"
type = "nearest neighbor"
distance = "Mahalanobis"
[quintiles]
outcome = "income_agr_pc_month"
[[subgroups]]
by = "region"
[quantiles]
quantiles = [0.25,0.5,0.75]
[poverty_curve]
income = "income_pc_month"
low = 300
high = 700
points = 9
[mechanisms]
practices = ["ta_hired","coll_inputs"]
[decomposition]
quantity = "qty_produced"
price = ["price_grade_a", "price_grade_b"]
grade = "qty_grade_a"
costs = "costs_alliance"
product = "alliance_product"
[universe]
ratios = [1, 2]
max_smd = 1.0
replications = 99
[sensitivity]
benchmarks = ["education_index"]
simulated = ["education_index"]
replications = 4
[placebo]
outcomes = ["head_age"]
treatment = 4
reassignments = 49
[anticipation]
[spillover]
municipality = "muni_code"
[sorted_effects]
splits = 10
[response]
gap = 0.001
"""


def spoken(path, monkeypatch):
    """Return the page of an evaluation, its CSV files, the words in its figures, and what it warned of, one line each."""
    words = []

    def read(figure):
        words.extend(
            found.get_text() for found in figure.findobj(matplotlib.text.Text) if found.get_visible()
        )
        return drawn(figure)

    monkeypatch.setattr(pictures, "drawn", read)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        evaluation = im.evaluate(path)
        contents = report_contents(evaluation.findings)
        page, files = render_page(contents), write_csv(contents, path.parent / "tables")
    told = [str(one.message) for one in caught if issubclass(one.category, im.ImpactWarning)]
    return page, files, words, told


def cells_of(file):
    """Return the words of a CSV file; the head of a tidy one is codes."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))[int(file.stem.endswith("_tidy")) :]
    return paragraphs(cell for row in rows for cell in row)


def paragraphs(texts):
    return "".join(f"<p>{html.escape(text)}</p>" for text in texts)


def is_spanish(path, monkeypatch):
    page, files, words, told = spoken(path, monkeypatch)
    assert english_in(page) == [] and english_in(paragraphs(told)) == []
    assert len(page) > 100_000
    assert len(set(words)) > 20 and english_in(paragraphs(words)) == []
    assert any(file.stem.endswith("_tidy") for file in files)
    assert {file.name: found for file in files if (found := english_in(cells_of(file)))} == {}


def test_words_of_english_are_found():
    assert english_in("<p>El efecto</p><td>all covariates at once</td><p>income_of_all</p>") == [
        "['all', 'at', 'covariates', 'once']: all covariates at once"
    ]


def write_survey(folder):
    """Write a survey, and return the path of an evaluation of it by every analysis."""
    survey = im.synthetic.rural_alliances(6, groups=70)
    survey.household.astype({"treated": int}).to_csv(folder / "household.csv", index=False)
    survey.group.to_csv(folder / "group.csv", index=False)
    survey.municipality.to_csv(folder / "municipality.csv", index=False)
    (folder / "evaluation.toml").write_text(SURVEY, encoding="utf-8")
    return folder / "evaluation.toml"


def test_one_survey_with_every_analysis(tmp_path, monkeypatch):
    is_spanish(write_survey(tmp_path), monkeypatch)


def test_waves(tmp_path, monkeypatch):
    path = write_waves(
        tmp_path, groups=60, top='language = "es"', unit='unit = "Bs"', panel='place = "muni_code"'
    )
    is_spanish(path, monkeypatch)


def test_monitoring(monitoring_folder, monkeypatch):  # noqa: F811
    is_spanish(monitoring_folder / "evaluation.toml", monkeypatch)
