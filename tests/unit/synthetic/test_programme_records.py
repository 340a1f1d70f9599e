"""The programme's records: every table and column of the schema, valid, with the published shares in expectation."""

import datetime

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.survey.package.schema import load_schema
from impact.survey.validation.validate import validate

DAY = datetime.date(2020, 1, 1)
EARLIER_INCOME = 512.0049306948125


@pytest.fixture(scope="module")
def large():
    survey = im.synthetic.rural_alliances(5, groups=3000, mean_members=5)
    return survey.tables


@pytest.fixture(scope="module")
def programme():
    return im.synthetic.rural_programme(3, alliances=6000)


def test_every_table_and_column_of_the_schema_is_drawn_and_nothing_stays_unchecked():
    survey = im.synthetic.rural_alliances(1, groups=60, baseline=True, attrition=0.1)
    tables = survey.tables
    for name, table in load_schema().tables.items():
        assert set(table.fields) == set(tables[name].columns), name
    report = validate(tables, as_of=DAY)
    assert report.counts.to_dict("records") == []
    assert report.unchecked == () or list(report.unchecked) == []
    assert all(table.attrs.get("synthetic") for name, table in tables.items() if name != "household")


def test_the_whole_programme_is_valid_too():
    programme = im.synthetic.rural_programme(1)
    assert validate(programme, as_of=DAY).counts.to_dict("records") == []
    assert len(programme["group"]) == 768
    assert programme["group"]["members_approval"].mean() == pytest.approx(28_896 / 768, abs=2)


def test_the_seed_says_everything_and_the_survey_stays_as_it_was():
    first, again = (im.synthetic.rural_alliances(7, groups=40).tables for _ in range(2))
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, again[name])
    # drawn before these records existed: the same household in the same place
    household = im.synthetic.rural_alliances(1, groups=40).household
    assert household["income_pc_month"].iloc[0] == pytest.approx(EARLIER_INCOME, abs=1e-12)


def share_of(values):
    return float(np.mean(np.asarray(values, dtype=bool)))


def test_group_ages_are_those_of_the_workshops(large):
    age = large["group"]["group_age_at_approval"]
    assert [share_of(age < 1), share_of((age >= 1) & (age < 10)), share_of(age >= 10)] == pytest.approx(
        [0.52, 0.34, 0.14], abs=0.03
    )


def test_buyers_facilities_services_and_perceptions_have_the_published_shares(programme):
    group = programme["group"]
    for region, kept in (
        ("Norte", 0.75),
        ("Lago", 0.69),
        ("Valles", 0.50),
        ("Salar", 0.33),
        ("Tropico", 0.24),
        ("Chaco", 0.13),
    ):
        assert share_of(group.loc[group["region"] == region, "buyer_status"] == "original") == pytest.approx(
            kept, abs=0.05
        )
    years = (group["buyer_change_date"] - group["disb1_date"]).dt.days.dropna() / 365.25
    assert share_of(years <= 1) == pytest.approx(0.72, abs=0.03)
    broken = group[group["buyer_status"] != "original"]
    assert share_of(broken["buyer_status"] == "new") == pytest.approx(30 / 53, abs=0.03)
    assert share_of(group["fac_storage"]) == pytest.approx(42 / 64, abs=0.03)
    assert share_of(group["svc_bank"]) == pytest.approx(0.53, abs=0.03)
    assert group["members_change"].value_counts(normalize=True)["fewer"] == pytest.approx(29 / 63, abs=0.03)
    perception = programme["perception"]
    for name, share in (("imp_quality", 0.75), ("imp_income", 0.57), ("imp_capacity", 0.32)):
        assert share_of(perception[name]) == pytest.approx(share, abs=0.03)
    workshop = programme["workshop"]
    assert share_of(workshop.loc[workshop["invited"], "attended"]) == pytest.approx(64 / 108, abs=0.03)


def test_returns_have_the_published_shares(programme):
    flows = im.incremental_flows(programme["subproject_finance"])
    returns = im.economic_return(flows).frame
    assert share_of(returns["above_hurdle"]) == pytest.approx(0.74, abs=0.03)
    record = programme["subproject_record"]
    assert share_of(record["reported"]) == pytest.approx(0.70, abs=0.06)
    change = record["net_income_after"] - record["net_income_before"]
    assert share_of(change.dropna() < 0) == pytest.approx(0.11, abs=0.03)
    finance = programme["subproject_finance"]
    own = finance["own_cash_bs"].sum() + finance["own_inkind_bs"].sum()
    assert own / (own + finance["grant_bs"].sum()) == pytest.approx(0.30, abs=0.01)


def test_some_grants_have_an_instalment_years_later_and_the_totals_are_whole(programme, large):
    finance, group = programme["subproject_finance"], programme["group"]
    by_year = finance.pivot(index="group_id", columns="year", values="grant_bs")
    late = by_year.drop(columns=0)
    assert share_of(late.sum(axis=1) > 0) == pytest.approx(0.4, abs=0.03)
    assert set(late.columns[late.sum() > 0]) == {4, 5, 6, 7, 8}
    assert (late % 1 == 0).all(axis=None)
    parts = (late.sum(axis=1) / by_year.sum(axis=1)).loc[lambda part: part > 0]
    assert parts.between(0.0999, 0.5001).all()
    share = im.exposures(large["group"], large["subproject_finance"])["share_disbursed"].dropna()
    assert share_of(share < 1) > 0.2 and share.min() > 0.49
    assert len(group) == len(by_year)


def test_municipalities_with_a_better_index_got_more():
    shares = []
    for seed in range(12):
        town = im.synthetic.rural_programme(seed)["municipality"]
        curve = im.concentration(town, "nbs_index", "funds_invested", replications=99)
        shares.append(curve.share_of_upper(0.43)["amount_share"])
    assert np.mean(shares) == pytest.approx(0.56, abs=0.04)
