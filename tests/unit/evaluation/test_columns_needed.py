"""Every key of evaluation.toml that names a column: `impact check` names a column that is not there, before anything is computed."""

import inspect
import re

import pytest

from impact.cli import main
from impact.evaluation.reading.analysis import known_analyses
from tests.dirty_corpus import clean_household
from tests.evaluations import MONITORED, write_monitored
from tests.spanish_mistakes import TOML

FURTHER = """
[[questions]]
shares = ["not_shares"]
means = ["not_means"]
multiple = ["not_multiple"]
by = "not_by"

[[questions]]
file = "subproject_finance.csv"
groups = "group.csv"
totals = ["not_totals"]
ratios = { counterpart = ["own_cash_bs + not_above", "not_below"] }
cluster = "not_cluster"
weight = "not_weight"
stratum = "not_stratum"
population_groups = "not_population"

[mechanisms]
practices = ["not_practices"]

[[subgroups]]
by = ["region", "not_region"]

[spillover]
municipality = "not_municipality"
latitude = "not_latitude"
longitude = "not_longitude"

[decomposition]
quantity = "not_quantity"
price = ["not_price"]
grade = "not_grade"
costs = "not_costs"
product = "not_product"

[placebo]
within = "not_within"
outcomes = ["not_before"]

[poverty_curve]
income = "not_income"
low = 100
high = 900
persons = "not_persons"

[response]
covariates = ["not_response"]

[quintiles]
baseline = "not_baseline"
"""
OF_RECORDS = {
    'by = ["region"]\ncluster = "muni_code"\nreported = ["reported_early", "reported"]': 'by = ["not_sub_by"]\n'
    'before = "not_sub_before"\nafter = "not_sub_after"\ncluster = "not_sub_cluster"\nreported = ["not_reported"]',
    'factors = ["alliance_product", "region"]': 'factors = ["not_factors"]',
    'rank_by = "nbs_index"': 'rank_by = "not_rank"\npopulation = "not_people"\ncluster = "not_area_cluster"',
    "indigenous = 0.62": "not_trait = 0.62",
    'members = "members_start"': 'members = "not_members"',
    'by = ["region"]\noutcome = "income_agr_net"': 'by = ["not_returns_by"]\nmembers = "not_returns_members"\n'
    'cluster = "not_returns_cluster"\noutcome = "income_agr_net"',
    'by = ["region", "funding_year"]\ncluster = "muni_code"': 'by = ["not_survival_by", "funding_year"]\n'
    'cluster = "not_survival_cluster"\nseen = "not_seen"',
    'on = ["region"]\n\n[market]': 'on = ["not_survey_on"]\n\n[market]',
    'finance = "survey_subproject_finance.csv"\n\n': 'finance = "survey_subproject_finance.csv"\n'
    'doses = ["share_disbursed", "not_dose"]\nmembers = "not_dose_members"\n',
    'on = ["region"]\n\nweight = "members_approval"': 'on = ["not_on"]\nweight = "not_programme_weight"',
}


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    write_monitored(folder, groups=20, alliances=30)
    return folder


def test_every_column_that_no_table_has_is_named_at_once(records, capsys):
    text = MONITORED.substitute(by="", covariates='"not_covariates", ', draws="", doses="", on="", crossed="")
    for right, wrong in OF_RECORDS.items():
        assert right in text, right
        text = text.replace(right, wrong)
    file = records / "evaluation.toml"
    file.write_text(text + FURTHER, encoding="utf-8")
    assert main(["check", str(file)]) == 2
    said = capsys.readouterr().err
    asked = set(re.findall(r"\bnot_\w+", text + FURTHER))
    assert len(asked) == 50
    assert {name for name in asked if f"'{name}'" not in said} == set()
    assert "[subprojects] by (subproject_record.csv) nombra 'not_sub_by', que la tabla no tiene" in said


PARAMETER = re.compile(r"^(\w[\w, ]*) : .*\n {4}(?:Columns?|Yes/no columns?)\b", re.MULTILINE)
ELSEWHERE = ("gate", "panel")
"""Tables whose columns are looked for where the survey, or the waves, are read."""


@pytest.mark.parametrize("name", sorted(set(known_analyses()) - set(ELSEWHERE)))
def test_a_key_whose_description_speaks_of_a_column_is_looked_for(name):
    kind = known_analyses()[name]
    keys = {key for names in PARAMETER.findall(inspect.cleandoc(kind.__doc__)) for key in names.split(", ")}
    source = inspect.getsource(kind.columns_named) if keys else ""
    if name == "decomposition":
        source = inspect.getsource(kind.parts_named.fget)
    assert {key for key in keys if f'"{key}"' not in source} == set()


STRATEGIES = {
    "exact columns": 'type = "nearest neighbor"\ndistance = "mahalanobis"\nexact = ["nada"]',
    "a caliper": 'type = "nearest neighbor"\ndistance = "mahalanobis"\ncaliper = {nada = 2.0}',
    "cutpoints": 'type = "coarsened exact"\ncutpoints = {nada = 5}',
    "the formula of a score": 'type = "kernel"\ndistance = {type = "propensity score", formula = "edad + nada"}',
    "an adjustment": 'type = "kernel"\ndistance = "mahalanobis"\nbias_adjustment = {type = "linear adjustment", covariates = ["nada"]}',
}
DATA = {
    "response": 'response = "nada"',
    "codes of a column": "missing_codes = {nada = [-9]}",
    "dates of a column": 'date_formats = {nada = "%d/%m/%Y"}',
}


def said_of(folder, capsys, text: str) -> str:
    clean_household(20).to_excel(folder / "encuesta.xlsx", index=False)
    file = folder / "evaluation.toml"
    file.write_text(text, encoding="utf-8")
    assert main(["check", str(file)]) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("asked", STRATEGIES.values(), ids=STRATEGIES)
def test_a_column_that_a_strategy_reads_is_looked_for(tmp_path, capsys, asked):
    said = said_of(tmp_path, capsys, TOML.replace('type = "kernel"\ndistance = "propensity score"', asked))
    assert re.search(r"\[\[strategies\]\] Kernel(: \w+)? nombra 'nada'", said)


@pytest.mark.parametrize("asked", DATA.values(), ids=DATA)
def test_a_column_that_data_names_is_looked_for(tmp_path, capsys, asked):
    said = said_of(
        tmp_path, capsys, TOML.replace('file = "encuesta.xlsx"', f'file = "encuesta.xlsx"\n{asked}')
    )
    assert re.search(r"\[data\] \w+ nombra 'nada'", said)


def test_the_columns_of_waves_are_looked_for(tmp_path, capsys):
    asked = '[panel]\nfile = "encuesta.xlsx"\nwave = "no_ronda"\nentry = "no_entrada"\nplace = "no_lugar"\nrecalled = ["no_antes"]'
    said = said_of(tmp_path, capsys, f"{TOML}\n{asked}\n")
    assert all(f"'{name}'" in said for name in ("no_ronda", "no_entrada", "no_lugar", "no_antes"))
