"""Households and their group: phantom groups, numbers sampled, region and product, weights."""

import datetime

import pytest

import impact as im
from impact.survey.validation.validate import validate

DAY = datetime.date(2020, 1, 1)


@pytest.fixture(scope="module")
def survey():
    return im.synthetic.rural_alliances(1, groups=40)


def broken(household, group, language="en"):
    report = validate({"household": household, "group": group}, as_of=DAY, language=language)
    rules = {"group_without_units", "sampled_rows", "same_as_group", "weight_of_group"}
    return {
        (row.rule, row.table, row.column): row.violations
        for row in report.counts.itertuples()
        if row.rule in rules
    }


def test_the_survey_keeps_every_rule_with_and_without_waves(survey):
    assert broken(survey.household, survey.group) == {}
    panel = im.synthetic.rural_alliances_panel(3, groups=40)
    assert broken(panel.household, panel.group) == {}


def test_a_group_without_households_is_a_phantom(survey):
    lost = survey.group["group_id"].iloc[0]
    household = survey.household[survey.household["group_id"] != lost]
    assert broken(household, survey.group) == {("group_without_units", "group", "group_id"): 1}


def test_rows_that_lack_contradict_the_number_sampled(survey):
    assert broken(survey.household.iloc[1:], survey.group) == {("sampled_rows", "group", "n_sampled"): 1}


def test_region_and_product_of_a_household_are_its_groups(survey):
    place = survey.household.columns.get_loc("region")
    household = survey.household.copy()
    other = "Chaco" if household["region"].iloc[3] != "Chaco" else "Norte"
    household.iloc[3, place] = other
    assert broken(household, survey.group) == {("same_as_group", "household", "region"): 1}


def test_a_weight_is_members_over_sampled(survey):
    household = survey.household.assign(
        weight=lambda f: f["weight"].where(f["hh_id"] != f["hh_id"].iloc[0], 99.0)
    )
    found = broken(household, survey.group)
    assert found == {("weight_of_group", "household", "weight"): 1}
