"""Each rule of the survey catches its violation, names the row and the remedy, and passes what keeps it."""

import datetime
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from impact.errors import DataError, OptionError
from impact.survey.files.read import SurveyTable
from impact.survey.package.schema import load_schema
from impact.survey.package.tables import read_tables
from impact.survey.validation.cross_rules import treatment_from_dates
from impact.survey.validation.validate import ValidationReport, validate
from impact.survey.validation.violation import RULES

Tables = dict[str, pd.DataFrame]
DAY = datetime.date(2015, 1, 1)


def household() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "hh_id": ["A-1", "A-2", "B-1", "B-2"],
            "wave": [1, 1, 1, 1],
            "group_id": ["A", "A", "B", "B"],
            "muni_code": ["070101", "070101", "080203", "080203"],
            "region": ["Norte", "Norte", "Trópico", "Trópico"],
            "treated": [True, True, False, False],
            "weight": [20.0, 20.0, 10.0, 10.0],
            "interview_date": pd.to_datetime(["2014-07-01", "2014-07-02", "2014-07-03", "2014-07-04"]),
            "response": ["complete", "Completa", "Complete", "refused"],
            "head_age": [41.0, 52.0, -98.0, np.nan],
            "hh_size": [4, 3, 5, 2],
            "indigenous": ["quechua", "aymara", "none", "other"],
            "alliance_product": ["milk", "milk", "honey", "honey"],
            "qty_unit": ["litre", "litre", "kg", "kg"],
            "qty_produced": [120.0, 100.0, 50.0, np.nan],
            "qty_sold": [100.0, 80.0, 40.0, np.nan],
            "qty_selfcons": [20.0, 20.0, 10.0, np.nan],
            "price_received": [3.0, 3.5, 25.0, np.nan],
            "sales_alliance": [300.0, 280.0, 1000.0, np.nan],
            "income_agr_net": [900.0, -200.0, 700.0, np.nan],
            "income_labour": [600.0, 500.0, 0.0, np.nan],
            "income_other": [0.0, 100.0, 300.0, np.nan],
            "income_total": [1500.0, 400.0, 1000.0, np.nan],
        }
    )


def valid_tables() -> Tables:
    return {
        "household": household(),
        "group": pd.DataFrame(
            {
                "group_id": ["A", "B"],
                "phase": ["PAR I", "PAR II"],
                "region": ["Norte", "Trópico"],
                "muni_code": ["070101", "080203"],
                "call_date": pd.to_datetime(["2009-01-01", "2012-09-01"]),
                "approval_date": pd.to_datetime(["2009-06-01", "2013-02-01"]),
                "disb1_date": pd.to_datetime(["2009-12-01", None]),
                "lat": [-17.0, -11.0],
                "n_members_frame": [40, 20],
                "n_sampled": [2, 2],
            }
        ),
        "municipality": pd.DataFrame({"muni_code": ["070101", "080203"], "muni_name": ["Uno", "Dos"]}),
        "unit_conversions": pd.DataFrame(
            {
                "alliance_product": ["milk", "honey"],
                "qty_unit": ["litre", "kg"],
                "standard_unit": ["litre", "kg"],
                "factor": [1.0, 1.0],
            }
        ),
    }


def found(report: ValidationReport) -> list[tuple[object, ...]]:
    frame = report.frame
    codes = [finding.rule for finding in report.findings for _ in range(finding.count)]
    return list(
        zip(frame["table"], frame["row"], frame["id"], frame["column"], frame["value"], codes, strict=True)
    )


def test_a_survey_that_keeps_every_rule_passes() -> None:
    report = validate(valid_tables(), as_of=DAY)
    assert report.valid
    assert report.violations == 0
    assert report.frame.empty
    lacking_columns = {"sum", "product", "ceiling"}
    assert {item.rule for item in report.unchecked} == lacking_columns


def test_missing_codes_are_no_answers_and_are_counted() -> None:
    report = validate(valid_tables(), as_of=DAY)
    assert report.tables["household"].missing_codes == {"head_age": {"-98": 1}}
    assert np.isnan(report.tables["household"].frame["head_age"][2])


def test_spanish_and_english_labels_become_the_stored_value() -> None:
    report = validate(valid_tables(), as_of=DAY)
    assert report.tables["household"].frame["response"].tolist() == [
        "complete",
        "complete",
        "complete",
        "refused",
    ]
    assert report.tables["group"].frame["region"].tolist() == ["Norte", "Tropico"]


def change(table: str, row: int, **cells: object) -> Callable[[Tables], None]:
    def apply(tables: Tables) -> None:
        for column, value in cells.items():
            tables[table][column] = tables[table][column].astype(object)
            tables[table].loc[row, column] = value

    return apply


def without_the_households_of_a(tables: Tables) -> None:
    tables["household"] = tables["household"].iloc[2:].reset_index(drop=True)


BROKEN = {
    "a group without households": (
        without_the_households_of_a,
        ("group", 1, "A", "group_id", "A", "group_without_units"),
    ),
    "other rows than were sampled": (
        change("group", 1, n_sampled=3),
        ("group", 2, "B", "n_sampled", "3 ≠ 2", "sampled_rows"),
    ),
    "a household of another region": (
        change("household", 1, region="Chaco"),
        ("household", 2, "A-2 / 1", "region", "Chaco ≠ Norte", "same_as_group"),
    ),
    "a weight that is not members over sampled": (
        change("household", 2, weight=12.0),
        ("household", 3, "B-1 / 1", "weight", "12 ≠ 10", "weight_of_group"),
    ),
    "age out of range": (
        change("household", 1, head_age=140),
        ("household", 2, "A-2 / 1", "head_age", "140", "range"),
    ),
    "age with a decimal": (
        change("household", 1, head_age=41.5),
        ("household", 2, "A-2 / 1", "head_age", "41.5", "whole"),
    ),
    "text for a number": (
        change("household", 1, head_age="many"),
        ("household", 2, "A-2 / 1", "head_age", "many", "type"),
    ),
    "an infinite number": (
        change("household", 1, income_labour=np.inf),
        ("household", 2, "A-2 / 1", "income_labour", "inf", "type"),
    ),
    "neither yes nor no": (
        change("household", 0, treated=2),
        ("household", 1, "A-1 / 1", "treated", "2", "type"),
    ),
    "an unknown answer": (
        change("household", 0, response="absent"),
        ("household", 1, "A-1 / 1", "response", "absent", "category"),
    ),
    "a lost leading zero": (
        change("municipality", 0, muni_code=70101),
        ("municipality", 1, "70101", "muni_code", "70101", "pattern"),
    ),
    "an impossible date": (
        change("household", 0, interview_date="2014-02-30"),
        ("household", 1, "A-1 / 1", "interview_date", "2014-02-30", "type"),
    ),
    "a date before the programme": (
        change("household", 0, interview_date="1914-07-01"),
        ("household", 1, "A-1 / 1", "interview_date", "1914-07-01", "range"),
    ),
    "a date in the future": (
        change("household", 2, interview_date="2104-07-01"),
        ("household", 3, "B-1 / 1", "interview_date", "2104-07-01", "future_date"),
    ),
    "a blank key": (change("household", 3, hh_id=None), ("household", 4, " / 1", "hh_id", "", "required")),
    "a duplicate": (
        change("household", 3, hh_id="B-1"),
        ("household", 3, "B-1 / 1", "hh_id", "B-1", "duplicate"),
    ),
    "an unknown group": (
        change("household", 3, group_id="C"),
        ("household", 4, "B-2 / 1", "group_id", "C", "foreign_key"),
    ),
    "an unknown unit": (
        change("household", 3, qty_unit="arroba"),
        ("household", 4, "B-2 / 1", "qty_unit", "arroba", "foreign_key"),
    ),
    "total and parts": (
        change("household", 0, income_total=1600.0),
        ("household", 1, "A-1 / 1", "income_total", "1600 ≠ 1500", "sum"),
    ),
    "sales, quantity and price": (
        change("household", 2, price_received=26.0),
        ("household", 3, "B-1 / 1", "sales_alliance", "1000 ≠ 1040", "product"),
    ),
    "sold and eaten more than produced": (
        change("household", 2, qty_selfcons=15.0),
        ("household", 3, "B-1 / 1", "qty_produced", "50 < 55", "ceiling"),
    ),
    "treatment that varies within the group": (
        change("household", 1, treated=False),
        ("household", 2, "A-2 / 1", "treated", "False", "treatment_constant"),
    ),
    "treated before the money": (
        change("group", 0, disb1_date=None),
        ("household", 1, "A-1 / 1", "treated", "True", "treatment_dates"),
    ),
    "a control that was paid": (
        change("group", 1, disb1_date="2014-07-03"),
        ("household", 3, "B-1 / 1", "interview_date", "2014-07-03 ≥ 2014-07-03", "control_disbursed"),
    ),
    "a control approved after its interview": (
        change("group", 1, approval_date="2014-07-05"),
        ("household", 3, "B-1 / 1", "interview_date", "2014-07-03 < 2014-07-05", "control_not_approved"),
    ),
    "approved before the call": (
        change("group", 1, approval_date="2012-01-01"),
        ("group", 2, "B", "approval_date", "2012-01-01 < 2012-09-01", "date_order"),
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_each_rule_catches_its_violation_with_row_value_and_remedy(case: str) -> None:
    spoil, expected = BROKEN[case]
    tables = valid_tables()
    spoil(tables)
    report = validate(tables, as_of=DAY)
    assert expected in found(report)
    assert not report.valid
    for language in ("es", "en"):
        assert (report.in_language(language).frame[["problem", "remedy"]].map(len) > 10).all(axis=None)


def test_every_rule_has_a_case() -> None:
    assert {expected[-1] for _, expected in BROKEN.values()} | {"missing_column"} == set(RULES)


def test_only_the_broken_record_is_named() -> None:
    tables = valid_tables()
    change("household", 1, head_age=140)(tables)
    assert len(found(validate(tables, as_of=DAY))) == 1


def test_the_broken_record_is_named_though_cells_above_it_are_blank() -> None:
    tables = valid_tables()
    change("household", 0, head_age=None)(tables)
    change("household", 1, head_age=140)(tables)
    broken = found(validate(tables, as_of=DAY))
    assert [one[1:2] + one[4:] for one in broken if one[-1] == "range"] == [(2, "140", "range")]


def test_a_difference_within_the_tolerance_passes() -> None:
    tables = valid_tables()
    tables["household"].loc[0, "income_total"] = 1507.0
    assert validate(tables, as_of=DAY).valid
    tables["household"].loc[0, "income_total"] = 1508.0
    assert validate(tables, as_of=DAY).violations == 1


def test_an_absent_required_column_is_named() -> None:
    tables = valid_tables()
    tables["household"] = tables["household"].drop(columns="wave")
    report = validate(tables, as_of=DAY)
    assert (
        report.frame.loc[0, "problem"]
        == "Table household must have the column 'wave' (Wave (0 baseline, 1 follow-up))."
    )
    assert report.frame["row"].isna().all()


def test_sensitive_values_are_masked_and_only_they() -> None:
    tables = valid_tables()
    change("group", 0, lat=-3.5)(tables)
    change("household", 0, indigenous="Chipaya")(tables)
    report = validate(tables, as_of=DAY)
    assert set(report.frame["value"]) == {"***"}
    assert "Chipaya" not in report.frame.to_csv() + report._repr_html_()
    assert "-3.5" not in report.frame.to_csv()


def test_what_could_not_be_checked_is_said() -> None:
    report = validate({"household": household().drop(columns="income_other")}, as_of=DAY)
    assert report.valid
    reasons = " ".join(item.reason.en for item in report.unchecked)
    assert "group_id against table group: it was not given" in reasons
    assert "treated against group.disb1_date" in reasons
    assert (
        "income_total against income_agr_net + income_labour + income_other: the table lacks income_other"
        in reasons
    )


def test_the_report_speaks_spanish() -> None:
    tables = valid_tables()
    change("household", 1, head_age=140)(tables)
    row = validate(tables, language="es", as_of=DAY).frame.loc[0]
    assert row["rule"] == "fuera de rango"
    assert row["problem"] == "Edad del jefe(a) debe estar entre 15 y 99."
    assert row["remedy"].startswith(
        "Busque el registro en la boleta y corríjalo; si no hay respuesta, anote un código"
    )


def test_counts_by_rule_agree_with_the_rows() -> None:
    tables = valid_tables()
    change("household", 0, head_age=140)(tables)
    change("household", 1, head_age=7)(tables)
    change("household", 2, income_total=0.0)(tables)
    report = validate(tables, as_of=DAY)
    counts = report.counts.set_index(["rule", "column"])["violations"]
    assert counts.to_dict() == {("range", "head_age"): 2, ("sum", "income_total"): 1}
    assert report.violations == len(report.frame) == 3


def test_the_workbook_holds_counts_and_rows_and_no_formula(tmp_path: Path) -> None:
    tables = valid_tables()
    change("household", 0, response="=HYPERLINK(1)")(tables)
    change("household", 1, head_age=140)(tables)
    validate(tables, language="es", as_of=DAY).to_excel(tmp_path / "r.xlsx")
    book = openpyxl.load_workbook(tmp_path / "r.xlsx")
    assert book.sheetnames == ["Resumen", "household"]
    assert [cell.value for cell in book["Resumen"][1]] == ["Tabla", "Regla", "Columna", "Incumplimientos"]
    rows = list(book["household"].iter_rows(min_row=2))
    assert {cell.value for row in rows for cell in row} >= {
        "=HYPERLINK(1)",
        "140",
        "A-1 / 1",
        "A-2 / 1",
        1,
        2,
    }
    assert {cell.data_type for row in rows for cell in row} == {"s", "n"}


def test_a_long_sheet_ends_and_says_how_many_rows_follow(tmp_path: Path) -> None:
    number = 100_005
    ages = pd.DataFrame({"hh_id": np.arange(number).astype(str), "wave": 1, "group_id": "A", "head_age": 140})
    report = validate({"household": ages}, as_of=DAY)
    sheets = {title: list(rows) for title, _, rows in report._sheets()}
    assert len(sheets["household"]) == 100_001
    assert sheets["household"][-1] == ("5 more violations are counted in the first sheet.",)
    assert sheets["Summary"][0] == ("household", "out of range", "head_age", number)


def test_row_numbers_are_those_that_the_file_shows() -> None:
    ages = household().assign(head_age=[140, 41, 41, 41])
    table = SurveyTable(ages, source="h.csv", first_row=2)
    assert validate({"household": table}, as_of=DAY).frame.loc[0, "row"] == 2


def test_value_labels_decode_categories_and_user_missing_values_are_counted() -> None:
    coded = household().assign(response=[1.0, 1.0, 2.0, 9.0])
    table = SurveyTable(
        coded,
        value_labels={"response": {1: "Completa", 2: "Rechazo"}},
        missing_codes={"head_educ": pd.Series(["a"], index=[3])},
    )
    report = validate({"household": table}, as_of=DAY)
    assert report.tables["household"].frame["response"].tolist() == ["complete", "complete", "refused", "9"]
    assert found(report) == [("household", 4, "B-2 / 1", "response", "9", "category")]
    assert report.tables["household"].missing_codes["head_educ"] == {"a": 1}


def test_treatment_follows_from_the_dates_of_the_groups() -> None:
    rule = load_schema().tables["household"].rules.assignment
    units = pd.DataFrame(
        {
            "group_id": ["A", "A", "B", "C", "D"],
            "interview_date": pd.to_datetime(["2014-01-01", "2016-01-01", "2014-01-01", "2014-01-01", None]),
        }
    )
    groups = pd.DataFrame(
        {"group_id": ["A", "B", "D"], "disb1_date": pd.to_datetime(["2015-01-01", None, "2010-01-01"])}
    )
    assert rule is not None
    np.testing.assert_array_equal(treatment_from_dates(units, groups, rule), [1, 1, 0, np.nan, np.nan])


def test_a_baseline_wave_of_a_treated_group_keeps_the_rules() -> None:
    tables = valid_tables()
    baseline = household().assign(wave=0, interview_date=pd.Timestamp(2008, 7, 1))
    tables["household"] = pd.concat([tables["household"], baseline], ignore_index=True)
    assert validate(tables, as_of=DAY).valid


def test_synthetic_tables_say_so() -> None:
    tables = valid_tables()
    tables["household"].attrs["synthetic"] = True
    report = validate(tables, language="es", as_of=DAY)
    assert report.synthetic
    assert "DATOS SINTÉTICOS" in repr(report)
    assert any("DATOS SINTÉTICOS" in str(row) for row in report._summary())


def test_a_report_can_be_sent_to_another_process() -> None:
    tables = valid_tables()
    change("household", 2, price_received=26.0)(tables)
    report = validate(tables, as_of=DAY)
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(report)).frame, report.frame)


def test_unknown_tables_and_languages_are_refused() -> None:
    with pytest.raises(OptionError, match="name of a table must be one of 'household'"):
        validate({"hogares": household()})
    with pytest.raises(OptionError, match="language must be one of 'es', 'en'; got 'qu'"):
        validate(valid_tables(), language="qu")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="at least one table"):
        validate({})


def test_files_and_sheets_are_found_by_the_names_of_their_tables(tmp_path: Path) -> None:
    tables = valid_tables()
    tables["household"].to_csv(tmp_path / "household.csv", index=False)
    with pd.ExcelWriter(tmp_path / "other.xlsx") as book:
        for name in ("group", "municipality", "unit_conversions"):
            tables[name].to_excel(book, sheet_name=name, index=False)
    read = read_tables([tmp_path / "household.csv", tmp_path / "other.xlsx"])
    assert validate(read, as_of=DAY).valid
    assert set(read) == set(tables)
    again = read_tables({"household": tmp_path / "household.csv", "group": tmp_path / "other.xlsx"})
    assert again["group"].frame["group_id"].tolist() == ["A", "B"]


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "must bear the name of its table"), ("es", "debe llevar el nombre de su tabla")],
)
def test_a_file_with_another_name_is_refused(tmp_path: Path, language: str, message: str) -> None:
    household().to_csv(tmp_path / "encuesta.csv", index=False)
    with pytest.raises(DataError, match=message):
        read_tables([tmp_path / "encuesta.csv"], language=language)


def test_two_files_of_one_table_are_refused(tmp_path: Path) -> None:
    household().to_csv(tmp_path / "household.csv", index=False)
    household().to_parquet(tmp_path / "household.parquet")
    with pytest.raises(DataError, match=r"household\.csv and household\.parquet both hold it"):
        read_tables([tmp_path / "household.csv", tmp_path / "household.parquet"])


def households(number: int) -> pd.DataFrame:
    many = pd.concat([household()] * (number // 4), ignore_index=True)
    return many.assign(hh_id=np.arange(number).astype(str), weight=1.0)


def test_four_thousand_households_take_less_than_a_second_of_processor() -> None:
    tables = valid_tables() | {"household": households(4_000)}
    tables["group"] = tables["group"].assign(n_sampled=2_000, n_members_frame=2_000)
    validate(tables, as_of=DAY)  # the first call also imports the engine
    start = time.process_time()
    assert validate(tables, as_of=DAY).valid
    assert time.process_time() - start < 1.0


@pytest.mark.slow
def test_a_million_households_take_less_than_fifteen_seconds_of_processor() -> None:
    """All 69 columns, with one record in a hundred out of range somewhere."""
    many = households(1_000_000)
    for name, declared in load_schema().tables["household"].fields.items():
        if name not in many and declared.type in ("number", "integer", "boolean"):
            many[name] = 1.0
        elif name not in many:
            many[name] = declared.categories[0].value if declared.categories else "x"
    many.loc[::100, "head_age"] = 140
    tables = valid_tables() | {"household": many}
    start = time.process_time()
    report = validate(tables, as_of=DAY)
    assert time.process_time() - start < 15.0
    assert report.counts.query("column == 'head_age'")["violations"].tolist() == [10_000]
