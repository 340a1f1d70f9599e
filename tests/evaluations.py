"""Evaluations that tests and benchmarks have in common: the programme that is monitored, and the survey of waves."""

from string import Template

import pandas as pd

import impact as im

MONITORED = Template("""
title = "Monitoring"
language = "es"
synthetic = true

[data]
file = "household.csv"
schema = true

[roles]
treatment = "treated"
covariates = ["education_index", "assets_pre"]
cluster = "group_id"
group_assigned = true
id = "hh_id"

[[outcomes]]
column = "income_agr_net"

[[strategies]]
type = "nearest neighbor"
distance = "mahalanobis"
ratio = 2
name = "Mahalanobis 2-NN"

[subprojects]
file = "subproject_record.csv"
groups = "group.csv"
by = ["region"$by]
cluster = "muni_code"
reported = ["reported_early", "reported"]
covariates = [$covariates"members_approval"]
factors = ["alliance_product", "region"]

[targeting]
file = "municipality.csv"
rank_by = "nbs_index"
amounts = ["funds_invested", "beneficiaries"]
upper = 0.43
stated = { funds_invested = 0.56, beneficiaries = 0.51 }
area = { head_female = 0.21, indigenous = 0.62, women_leaders = 0.35 }
records = "subproject_record.csv"
members = "members_start"
$draws

[returns]
file = "subproject_finance.csv"
groups = "group.csv"
by = ["region"$by]
outcome = "income_agr_net"
survey_file = "survey_subproject_finance.csv"
survey_groups = "survey_group.csv"
$draws

[survival]
file = "group.csv"
by = ["region"$by, "funding_year"]
cluster = "muni_code"
covariates = [$covariates"members_approval"]
seen_file = "workshop.csv"
other_survey = "other_group.csv"
on = ["region"]

[market]
prices = "product_price.csv"
buyers = "survey_buyer.csv"

[exposure]
groups = "survey_group.csv"
finance = "survey_subproject_finance.csv"
$doses
$draws

[programme]
file = "group.csv"
on = ["region"$on]
$crossed
weight = "members_approval"
""")


def write_monitored(folder, groups, alliances):
    """Write the survey of so many groups, the records of so many alliances, and figures that were printed of them."""
    survey, programme = (
        im.synthetic.rural_alliances(4, groups=groups),
        im.synthetic.rural_programme(4, alliances=alliances),
    )
    survey.household.astype({"treated": int}).to_csv(folder / "household.csv", index=False)
    for name, table in programme.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    for name in ("group", "subproject_finance", "buyer"):
        survey.tables[name].to_csv(folder / f"survey_{name}.csv", index=False)
    im.synthetic.rural_programme(6, alliances=100)["group"].to_csv(folder / "other_group.csv", index=False)
    printed = {"cost": ["a", "b", "total"], "actual": ["5.14", "65.67", "79.74"]}
    pd.DataFrame(printed).to_csv(folder / "published.csv", index=False)


WAVES = """
$top
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
$unit
[[strategies]]
name = "pairs"
type = "nearest_neighbor"
distance = "mahalanobis"
[panel]
file = "waves.csv"
wave = "wave"
entry = "entry_wave"
$panel
"""


def write_waves(folder, groups, top="", unit="", panel=""):
    """Write three waves of so many groups, the last of them alone, and return the path of an evaluation of both."""
    survey = im.synthetic.rural_alliances_panel(2, groups=groups, staggered=True, trend=10.0)
    household = survey.household.astype({"treated": int, "receiving": int})
    household.to_csv(folder / "waves.csv", index=False)
    household[household["wave"] == 2].to_csv(folder / "last.csv", index=False)
    path = folder / "evaluation.toml"
    path.write_text(Template(WAVES).substitute(top=top, unit=unit, panel=panel), encoding="utf-8")
    return path
