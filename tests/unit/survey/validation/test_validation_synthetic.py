"""The synthetic survey keeps every rule of the schema, straight from the generator and through files."""

import datetime
import shutil
from pathlib import Path

import frictionless
import numpy as np
import pandas as pd
import pytest

from impact.survey.package.schema import data_schema_folder, load_schema
from impact.survey.package.tables import read_tables
from impact.survey.poverty.line_table import PovertyLines
from impact.survey.response.by_arm import response_by_arm
from impact.survey.response.lee import lee_bounds
from impact.survey.validation.validate import ValidationReport, validate
from impact.synthetic import RuralAlliances, rural_alliances, rural_alliances_panel

DAY = datetime.date(2020, 1, 1)
TABLES = ("household", "group", "municipality", "poverty_lines")


def checked(survey: RuralAlliances) -> ValidationReport:
    return validate({name: getattr(survey, name) for name in TABLES}, as_of=DAY)


@pytest.mark.parametrize(
    "survey",
    [
        rural_alliances(1, groups=80),
        rural_alliances(2, groups=80, attrition=0.3, baseline=True, anticipation=0.1),
        rural_alliances_panel(3, groups=40),
        rural_alliances_panel(3, groups=40, staggered=True),
    ],
    ids=["one wave", "with attrition and a baseline", "panel", "staggered panel"],
)
def test_synthetic_tables_keep_every_rule(survey: RuralAlliances) -> None:
    report = checked(survey)
    assert report.counts.to_dict("records") == []
    assert report.synthetic
    # Nothing is left unchecked but the conversion of units, whose table the generator does not draw.
    assert {item.reason.en.split(" against ")[0] for item in report.unchecked} == {
        "alliance_product + qty_unit"
    }


def test_every_synthetic_column_is_in_the_schema() -> None:
    survey = rural_alliances(1, groups=40, attrition=0.2, baseline=True)
    for name in TABLES:
        assert set(getattr(survey, name).columns) <= set(load_schema().tables[name].fields), name


def test_a_spoiled_synthetic_survey_is_caught() -> None:
    survey = rural_alliances(1, groups=40)
    spoiled = survey.household.assign(income_total=survey.household["income_total"] * 1.05)
    report = validate({"household": spoiled, "group": survey.group}, as_of=DAY)
    assert set(report.counts["rule"]) >= {"sum", "product"}
    assert report.violations > 0.9 * len(spoiled)


def test_a_spanish_csv_of_the_survey_comes_back_valid(tmp_path: Path) -> None:
    survey = rural_alliances(4, groups=40)
    for name in ("household", "group", "municipality"):
        text = getattr(survey, name).to_csv(index=False, sep=";", decimal=",", date_format="%Y-%m-%d")
        (tmp_path / f"{name}.csv").write_bytes(text.encode("cp1252"))
    tables = read_tables(sorted(tmp_path.glob("*.csv")), language="es")
    assert validate(tables, as_of=DAY).counts.to_dict("records") == []
    back = tables["household"].frame
    assert back["muni_code"].tolist() == survey.household["muni_code"].tolist()
    np.testing.assert_allclose(back["income_total"], survey.household["income_total"], rtol=1e-12)


def test_a_stata_file_of_the_survey_comes_back_valid(tmp_path: Path) -> None:
    survey = rural_alliances(4, groups=40)
    household = survey.household.reset_index(drop=True)
    for name in household.select_dtypes(["bool"]).columns:
        household[name] = household[name].astype("int8")
    household.to_stata(
        tmp_path / "household.dta", write_index=False, convert_dates={"interview_date": "td"}, version=118
    )
    tables = {"household": read_tables([tmp_path / "household.dta"])["household"], "group": survey.group}
    report = validate(tables, as_of=DAY)
    assert report.counts.to_dict("records") == []
    decoded = report.tables["household"].frame["alliance_product"]
    assert decoded.tolist() == survey.household["alliance_product"].astype("str").tolist()


def test_attrition_shows_in_the_response_table_and_bounds_hold_the_difference() -> None:
    survey = rural_alliances(5, groups=300, attrition=0.1, attrition_gap=0.2)
    household = survey.household
    table = response_by_arm(household, "treated", "response", cluster="group_id")
    assert table.conf_high > table.conf_low > 0
    answered = household["response"] == "complete"
    bounds = lee_bounds(
        pd.to_numeric(household["income_pc_month"]),
        household["treated"],
        answered,
        cluster=household["group_id"],
    )
    assert bounds.trimmed_arm == "treated"
    assert bounds.trimmed_share == pytest.approx(
        table.difference / answered[household["treated"]].mean(), rel=1e-12
    )
    assert bounds.lower < bounds.difference < bounds.upper


def test_other_tools_find_the_synthetic_survey_valid_by_the_data_package(tmp_path: Path) -> None:
    """Types, constraints, missing codes and foreign keys mean the same to Frictionless."""
    survey = rural_alliances(3, groups=30)
    given = {name: getattr(survey, name) for name in TABLES}
    units = survey.household[["alliance_product", "qty_unit"]].astype("str").drop_duplicates()
    given["unit_conversions"] = units.assign(standard_unit="kg", factor=1.0)
    for name, table in load_schema().tables.items():
        columns = given.get(name, pd.DataFrame()).reindex(columns=list(table.fields))
        columns.to_csv(tmp_path / f"{name}.csv", index=False, date_format="%Y-%m-%d")
    shutil.copy(data_schema_folder() / "datapackage.yaml", tmp_path)
    package = frictionless.Package(str(tmp_path / "datapackage.yaml"))
    assert package.validate().flatten(["title", "fieldName", "note"]) == []
    given["household"].assign(head_age=140).reindex(
        columns=list(load_schema().tables["household"].fields)
    ).to_csv(tmp_path / "household.csv", index=False, date_format="%Y-%m-%d")
    assert not package.validate().valid


def test_the_published_poverty_lines_keep_the_rules() -> None:
    assert validate({"poverty_lines": PovertyLines.published().frame}).valid
