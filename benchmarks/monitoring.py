"""CPU seconds of each monitoring section for 768 alliances and 29,000 producers, as Markdown.

    python -m benchmarks.monitoring

A section's time is its answer from the files (reading, estimates, draws) and its words and tables in Spanish, after the matching that all
share. The CPU time of this process counts, so that other work of the machine does not.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import pandas as pd

import impact as im
from impact.evaluation.findings import Findings
from impact.evaluation.report_contents import report_style
from impact.evaluation.sections import monitoring
from impact.folders import modules_in

HOUSEHOLDS_A_GROUP = 12
CONFIGURATION = """
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
by = ["region", "alliance_product"]
cluster = "muni_code"
reported = ["reported_early", "reported"]
covariates = ["region", "members_approval"]
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

[returns]
file = "subproject_finance.csv"
groups = "group.csv"
by = ["region", "alliance_product"]
outcome = "income_agr_net"
survey_file = "survey_subproject_finance.csv"
survey_groups = "survey_group.csv"

[survival]
file = "group.csv"
by = ["region", "alliance_product", "funding_year"]
cluster = "muni_code"
covariates = ["region", "members_approval"]
seen_file = "workshop.csv"
other_survey = "other_group.csv"
on = ["region"]

[questions]
shares = ["buyer_type", "head_female"]
means = ["income_agr_net"]

[market]
prices = "product_price.csv"
buyers = "survey_buyer.csv"

[exposure]
groups = "survey_group.csv"
finance = "survey_subproject_finance.csv"

[programme]
file = "group.csv"
on = ["region"]
weight = "members_approval"

[audit]
tables = ["published.csv"]
"""


def written(folder: Path, alliances: int, producers: int) -> Path:
    """Write the synthetic survey and the programme's records, and return the configuration's path."""
    survey = im.synthetic.rural_alliances(4, groups=producers // HOUSEHOLDS_A_GROUP)
    programme = im.synthetic.rural_programme(4, alliances=alliances)
    survey.household.astype({"treated": int}).to_csv(folder / "household.csv", index=False)
    for name, table in programme.items():
        table.to_csv(folder / f"{name}.csv", index=False)
    for name in ("group", "subproject_finance", "buyer"):
        survey.tables[name].to_csv(folder / f"survey_{name}.csv", index=False)
    im.synthetic.rural_programme(6, alliances=100)["group"].to_csv(folder / "other_group.csv", index=False)
    printed = {"cost": ["a", "b", "total"], "actual": ["5.14", "65.67", "79.74"]}
    pd.DataFrame(printed).to_csv(folder / "published.csv", index=False)
    path = folder / "evaluation.toml"
    path.write_text(CONFIGURATION, encoding="utf-8")
    return path


def seconds(findings: Findings, repeats: int) -> dict[str, tuple[float, float]]:
    """Return the least CPU seconds of each analysis' answer and of its section, by its table of the file."""
    style, found = report_style(findings), {}
    modules = {module.__name__.rpartition(".")[2]: module for module in modules_in(monitoring.__name__)}
    for analysis in findings.configuration.analyses:
        if analysis.TABLE not in modules:
            continue
        taken = []
        for _ in range(repeats):
            start = time.process_time()
            answer = analysis.answer(findings)
            middle = time.process_time()
            now = replace(findings, answers={**findings.answers, analysis.TABLE: (answer,)})
            modules[analysis.TABLE].section(now, style)
            taken.append((middle - start, time.process_time() - middle))
        found[analysis.TABLE] = min(taken, key=sum)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitoring", description=__doc__)
    parser.add_argument("--alliances", type=int, default=768)
    parser.add_argument("--producers", type=int, default=29_000)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluation = im.evaluate(written(Path(folder), options.alliances, options.producers))
        print("| Section | answer, s | words and tables, s |")
        print("|---|---|---|")
        for name, (answer, words) in seconds(evaluation.findings, options.repeats).items():
            print(f"| `[{name}]` | {answer:.2f} | {words:.2f} |", flush=True)


if __name__ == "__main__":
    main()
