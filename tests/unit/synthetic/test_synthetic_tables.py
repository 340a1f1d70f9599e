"""What the tables of a synthetic survey hold, and the rules they keep."""

import numpy as np
import pandas as pd
import pytest

from impact.survey.package.covariate_timing import refuse_bad_controls
from impact.survey.package.schema import load_schema
from impact.survey.poverty.line_table import PovertyLines
from impact.survey.sample import Sample
from impact.synthetic import RuralAlliances, rural_alliances, rural_alliances_panel
from impact.synthetic.accounts import OUTCOMES

STORED = {
    "households": 3901,
    "treated": 1980,
    "persons": 13758,
    "income_total": 107562681.87234731,
    "sales_agr": 107582733.97980437,
    "qty_grade_a": 3756267.1142277657,
    "area_cultivated": 29371.781875550783,
    "assets_pre": 15.563647361010645,
    "weight": 12392.0,
    "att": 6402.755444724876,
}


@pytest.fixture(scope="module")
def survey() -> RuralAlliances:
    return rural_alliances(2018)


def test_it_says_that_it_is_synthetic(survey):
    assert survey.synthetic is True
    assert repr(survey).startswith("SYNTHETIC")
    assert "seed 2018" in repr(survey)
    assert "SYNTHETIC" in survey._repr_html_()
    assert repr(survey.truth).startswith("SYNTHETIC")
    for table in (
        survey.household,
        survey.group,
        survey.municipality,
        survey.poverty_lines,
        survey.truth.untreated,
    ):
        assert table.attrs["synthetic"] is True
    assert set(survey.poverty_lines["status"]) == {"synthetic"}


def test_one_seed_one_survey(survey):
    again = rural_alliances(2018)
    pd.testing.assert_frame_equal(again.household, survey.household)
    pd.testing.assert_frame_equal(again.group, survey.group)
    pd.testing.assert_frame_equal(again.municipality, survey.municipality)
    pd.testing.assert_frame_equal(again.truth.units, survey.truth.units)
    assert not rural_alliances(2019).household["income_total"].equals(survey.household["income_total"])


def test_the_seed_gives_these_numbers_everywhere(survey):
    # A change here means that published results of this generator change: say so in the change log.
    household = survey.household
    assert len(household) == STORED["households"]
    assert household["treated"].sum() == STORED["treated"]
    assert household["hh_size"].sum() == STORED["persons"]
    for name in ("income_total", "sales_agr", "qty_grade_a", "area_cultivated", "assets_pre", "weight"):
        assert household[name].sum() == pytest.approx(STORED[name], rel=1e-11), name
    assert survey.truth.att("income_agr_net") == pytest.approx(STORED["att"], rel=1e-11)


def test_keys_are_unique_and_found_in_the_table_they_name(survey):
    assert survey.household.index.is_unique
    assert survey.household.index.tolist() == survey.household["hh_id"].tolist()
    assert survey.household.index.name is None  # an index and a column of one name are ambiguous to pandas
    assert survey.group["group_id"].is_unique
    assert survey.municipality["muni_code"].is_unique
    assert set(survey.household["group_id"]) == set(survey.group["group_id"])
    assert set(survey.household["muni_code"]) == set(survey.municipality["muni_code"])
    sampled = survey.household.groupby("group_id").size()
    assert (sampled.loc[survey.group["group_id"]].to_numpy() == survey.group["n_sampled"].to_numpy()).all()


def test_municipality_codes_are_text_of_six_digits_with_leading_zeros(survey):
    codes = survey.household["muni_code"]
    assert codes.str.fullmatch("0[0-9]{5}").all()


def test_treatment_is_given_to_whole_groups(survey):
    assert (survey.household.groupby("group_id")["treated"].nunique() == 1).all()
    assert survey.household["treated"].nunique() == 2


def test_the_pipeline_rule_holds_for_every_waiting_household(survey):
    rows = survey.household.merge(survey.group[["group_id", "approval_date", "disb1_date"]], on="group_id")
    waiting, treated = rows[~rows["treated"]], rows[rows["treated"]]
    assert (waiting["disb1_date"].isna() | (waiting["disb1_date"] > waiting["interview_date"])).all()
    assert waiting["disb1_date"].isna().any()
    assert waiting["disb1_date"].notna().any()
    assert (treated["disb1_date"] < treated["interview_date"]).all()
    assert (rows["approval_date"] < rows["interview_date"]).all()


def test_the_weight_is_the_inverse_of_the_sampled_share(survey):
    weighted = survey.household.groupby("group_id")["weight"].sum().loc[survey.group["group_id"]]
    np.testing.assert_allclose(weighted, survey.group["n_members_frame"])


def test_columns_that_the_data_schema_knows_keep_its_limits_and_categories(survey):
    schema = load_schema()
    panel = rural_alliances_panel(1, staggered=True, attrition=0.2)
    tables = {
        "household": [survey.household, panel.household],
        "group": [survey.group],
        "municipality": [survey.municipality],
    }
    checked = 0
    for table, frames in tables.items():
        for field in schema.tables[table].fields.values():
            for frame in frames:
                if field.name not in frame.columns:
                    continue
                values = frame[field.name].dropna()
                if field.minimum is not None and pd.api.types.is_numeric_dtype(values):
                    assert values.min() >= float(field.minimum), field.name
                if field.maximum is not None and pd.api.types.is_numeric_dtype(values):
                    assert values.max() <= float(field.maximum), field.name
                if field.required or field.unique:
                    assert frame[field.name].notna().all(), field.name
                if field.pattern:
                    assert values.str.fullmatch(field.pattern).all(), field.name
                if field.categories:
                    assert set(values.astype(str)) <= {category.value for category in field.categories}, (
                        field.name
                    )
                checked += 1
    assert checked > 100


def test_the_poverty_lines_are_the_ones_that_the_survey_module_publishes(survey):
    lines = PovertyLines(survey.poverty_lines)
    for name, column in (("moderate", "z_mod"), ("extreme", "z_ext")):
        ours = lines.line(name, area="rural", year=2014)
        assert ours == PovertyLines.published().line(name, area="rural", year=2014)
        assert set(survey.household[column]) == {ours.value}


def test_the_roles_make_a_sample_without_exclusions(survey):
    sample = Sample(survey.household, **survey.roles())
    assert len(sample.frame) == len(survey.household)
    assert len(sample.exclusions) == 0


def test_no_role_reads_an_outcome_as_covariate(survey):
    roles = survey.roles()
    assert not set(roles["covariates"]) & {
        *OUTCOMES,
        "hh_size",
        "coll_inputs",
        "ta_hired",
        "coll_price",
        "buyer_type",
    }
    assert set(roles["outcomes"]) <= set(survey.truth.outcomes)
    refuse_bad_controls(roles["covariates"], load_schema())


def test_a_baseline_is_there_only_when_asked_for(survey):
    assert "income_pre" not in survey.household.columns
    asked = rural_alliances(2018, baseline=True)
    assert (asked.household["income_pre"] > 0).all()
    pd.testing.assert_frame_equal(asked.household.drop(columns="income_pre"), survey.household)
    correlation = np.corrcoef(
        np.log(asked.household["income_pre"]), np.log(asked.truth.untreated["income_pc_month"])
    )[0, 1]
    # shared part of the variance: 1.335 − .792 + .7 × .792 = 1.097 of 1.335; SE about .01
    assert correlation == pytest.approx(1.097 / 1.335, abs=0.04)


def test_coordinates_stay_in_the_group_table(survey):
    assert not {"lat", "lon"} & set(survey.household.columns)
