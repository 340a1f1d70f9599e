"""The attributable return, exposure, market access, the whole programme, two surveys: by hand and against planted truth."""

import numpy as np
import pandas as pd
import pytest

import impact as im

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")


@pytest.fixture(scope="module")
def planted():
    """Groups of 8 in two regions; the gain is 100 per year since the money, cost 500 or 700 by group."""
    rng = np.random.default_rng(3)
    groups, size = 120, 8
    group = np.repeat(np.arange(groups), size)
    treated = (group % 2).astype(bool)
    frame = pd.DataFrame({"group": group, "treated": treated, "age": rng.normal(40, 10, len(group))})
    frame["region"] = np.where(group < 80, "Norte", "Chaco")
    frame["years"] = np.where(treated, 1.0 + (group // 2) % 6, np.nan)
    effect = np.where(
        treated, 100 * frame["years"].fillna(0) + np.where(frame["region"] == "Chaco", -100, 0), 0
    )
    frame["income"] = (
        1000 + 5 * frame["age"] + rng.normal(0, 40, groups)[group] + rng.normal(0, 60, len(group)) + effect
    )
    frame["cost"] = np.where(group % 4 == 1, 500.0, 700.0)
    frame["effect"] = effect
    return frame


@pytest.fixture(scope="module")
def matched(planted):
    sample = im.Sample(
        planted,
        treatment="treated",
        covariates=["age"],
        outcomes=["income"],
        cluster="group",
        group_assigned=True,
    )
    return im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2))


def test_the_attributable_return_is_that_of_the_effect_with_its_own_errors(planted, matched):
    found = im.attributable_return(matched, "income", planted["cost"], rate=0.12, horizon=10)
    one = im.estimate(matched, ["income"], bias_adjustment="suited").one("income")
    annuity = (1 - 1.12**-10) / 0.12
    assert found.effect == pytest.approx(one.estimate)
    assert found.effect_std_error == pytest.approx(one.std_error)
    assert found.cost == pytest.approx(planted.loc[planted["treated"], "cost"].mean())
    assert found.npv == pytest.approx(annuity * one.estimate - found.cost)
    flow = [-found.cost] + [found.effect] * 10
    assert found.irr == pytest.approx(im.economic_return(pd.DataFrame([flow])).frame["irr"].iloc[0])
    assert found.irr_conf_low < found.irr < found.irr_conf_high
    by_group = im.attributable_return(matched, "income", planted.groupby("group")["cost"].first())
    assert by_group.npv == pytest.approx(found.npv)
    again = im.attributable_return(matched, "income", planted["cost"], seed=0)
    assert (again.irr_conf_low, again.irr_conf_high) == (found.irr_conf_low, found.irr_conf_high)
    certain = im.attributable_return(matched, "income", 0.0)
    assert np.isnan(certain.irr)  # nothing was put in: no rate of return


def test_wrong_costs_are_named(planted, matched):
    with pytest.raises(im.DataError, match="cost must be at least 0"):
        im.attributable_return(matched, "income", -planted["cost"])
    with pytest.raises(im.OptionError, match="cost"):
        im.attributable_return(matched, "income", -1.0)


def test_the_effect_by_years_since_the_money_finds_the_planted_slope(planted, matched):
    curve = im.dose_response(matched, "income", "years", grid=[1, 3, 6])
    table = curve.frame
    truth = planted[planted["treated"]].groupby("years")["effect"].mean()
    slope = np.polyfit(planted.loc[planted["treated"], "years"], planted.loc[planted["treated"], "effect"], 1)
    expected = np.polyval(slope, [1, 3, 6])
    assert ((table["band_low"] <= expected) & (expected <= table["band_high"])).all()
    assert curve.p_value < 1e-6
    assert (table["band_high"] - table["band_low"] >= table["conf_high"] - table["conf_low"]).all()
    assert len(truth) == 6
    with pytest.raises(im.OptionError, match="must lie within the doses"):
        im.dose_response(matched, "income", "years", grid=[9])
    with pytest.raises(im.EstimationError, match="too few different values"):
        im.dose_response(matched, "income", "years", degree=6)


def test_the_effect_by_share_disbursed_finds_what_is_planted_in_the_twin_and_nothing_where_it_is_flat():
    survey = im.synthetic.rural_alliances(1)
    share = im.exposures(survey.group, survey.tables["subproject_finance"]).set_index("group_id")
    dose = survey.household["group_id"].map(share["share_disbursed"])
    frame = survey.household.assign(share=dose)
    frame["planted"] = frame["income_agr_net"] + 40_000 * dose.fillna(0.0)
    roles = survey.roles() | {"outcomes": ["income_agr_net", "planted"]}
    matched = im.match(im.Sample(frame, **roles), im.NearestNeighbor(im.Mahalanobis()))
    units = survey.truth.units[survey.truth.units["treated"]]
    straight = np.polyfit(dose[units.index], units["income_agr_net_effect"], 1)
    for outcome, slope in (("income_agr_net", 0.0), ("planted", 40_000.0)):
        curve = im.dose_response(matched, outcome, "share", replications=199)
        truth = np.polyval(straight, curve.frame["dose"]) + slope * curve.frame["dose"]
        assert ((curve.frame["band_low"] <= truth) & (truth <= curve.frame["band_high"])).all()
        assert (curve.p_value < 0.01) == (slope > 0)


def test_the_effect_moves_to_a_programme_of_another_mix(planted, matched):
    programme = pd.DataFrame({"region": ["Norte"] * 20 + ["Chaco"] * 60 + ["Lago"] * 20})
    found = im.transported_effects(
        matched.sample, im.NearestNeighbor(im.Mahalanobis(), ratio=2), programme, ["region"], ["income"]
    )
    by = planted[planted["treated"]].groupby("region")["effect"].mean()
    surveyed, moved = found.frame["estimate"]
    assert moved - surveyed == pytest.approx((0.25 - 2 / 3) * (by["Norte"] - by["Chaco"]), abs=25)
    assert found.share_supported == 0.8
    assert found.outside.to_dict("records") == [{"column": "region", "level": "Lago", "share": 0.2}]
    treated = matched.sample.frame[matched.sample.treated]
    assert found.weights[treated["region"] == "Chaco"].sum() / found.weights.sum() == pytest.approx(0.75)
    with pytest.raises(im.SupportError, match="Nothing of the programme"):
        im.transported_effects(
            matched.sample, im.NearestNeighbor(im.Mahalanobis()), programme.iloc[-20:], ["region"]
        )


def cells_of_effects(rng):
    """Groups of 5 in three combinations of two regions and products; gains of 100, 200 and 700, which do not add up."""
    group = np.repeat(np.arange(90), 5)
    frame = pd.DataFrame({"group": group, "treated": group % 2 == 1, "age": rng.normal(40, 10, len(group))})
    frame["region"] = np.where(group < 60, "Norte", "Chaco")
    frame["product"] = np.where(group < 30, "milk", "honey")
    gain = np.select([group < 30, group < 60], [100.0, 200.0], 700.0)
    frame["income"] = 1000 + 5 * frame["age"] + frame["treated"] * gain + rng.normal(0, 20, len(group))
    roles = {"covariates": ["age"], "outcomes": ["income"], "cluster": "group", "group_assigned": True}
    return im.Sample(frame, treatment="treated", **roles)


def test_poststratified_by_region_and_product_the_effect_is_that_of_the_programmes_cells():
    sample = cells_of_effects(np.random.default_rng(8))
    cells = [("Norte", "milk", 50), ("Norte", "honey", 25), ("Chaco", "honey", 15), ("Chaco", "milk", 10)]
    programme = pd.DataFrame(
        [(region, product) for region, product, number in cells for _ in range(number)],
        columns=["region", "product"],
    )
    strategy, on = im.NearestNeighbor(im.Mahalanobis(), ratio=2), ["region", "product"]
    found = im.transported_effects(sample, strategy, programme, on, crossed=True)
    treated = sample.frame[sample.treated]
    cell = treated["region"] + " × " + treated["product"]
    shares = found.weights.groupby(cell).sum() / found.weights.sum()
    expected = {"Norte × milk": 50 / 90, "Norte × honey": 25 / 90, "Chaco × honey": 15 / 90}
    assert shares.to_dict() == pytest.approx(expected, abs=1e-9)
    assert found.weights.groupby(cell).std().max() < 1e-9  # alike within a combination
    row = found.frame.set_index("population").loc["programme"]
    truth = (50 * 100 + 25 * 200 + 15 * 700) / 90
    assert row["conf_low"] < truth < row["conf_high"] and row["std_error"] < 10
    assert found.outside.to_dict("records") == [
        {"column": "region × product", "level": "Chaco × milk", "share": 0.1}
    ]
    assert found.share_supported == 0.9 and found.extrapolated == 0.0
    assert not any("add up" in note for note in found.notes)
    margins = im.transported_effects(sample, strategy, programme, on)
    assert (margins.share_supported, margins.extrapolated) == (1.0, pytest.approx(0.1))
    assert "they add up" in margins.notes[0] and "no surveyed treated unit has" in margins.notes[-1]
    assert "se suman" in margins.notes[0].to("es")
    mostly_chaco = programme.assign(region=np.where(np.arange(100) < 60, "Chaco", "Norte"))
    with pytest.raises(im.SupportError, match=r"region, product together.*combinations"):
        im.transported_effects(sample, strategy, mostly_chaco, on)


def test_what_the_transport_cannot_know_is_named(matched):
    strategy = im.NearestNeighbor(im.Mahalanobis())
    programme = pd.DataFrame({"region": ["Norte", None, "Chaco"], "age": [40.0, 900.0, 35.0]})
    with pytest.raises(im.DataError, match="1 of 3 rows of the programme lack 'region'"):
        im.transported_effects(matched.sample, strategy, programme, ["region"])
    with pytest.raises(im.DataError, match="'region' holds numbers in one table and text"):
        im.transported_effects(matched.sample, strategy, programme.assign(region=3), ["region"])
    with pytest.raises(im.OptionError, match="crossed is for two or more columns"):
        im.transported_effects(matched.sample, strategy, programme, ["age"], crossed=True)
    found = im.transported_effects(matched.sample, strategy, programme, ["age"])
    assert "linear in “age”" in found.notes[0] and "age outside" in found.notes[1]


def test_what_regions_differ_by_is_no_sampling_error_where_the_programme_says_how_many_there_are(matched):
    sample, programme = matched.sample, pd.DataFrame({"region": ["Norte"] * 20 + ["Chaco"] * 60})
    frame = sample.frame
    apart = sample.treated & (frame["region"] == "Norte").to_numpy()
    further = sample.with_frame(frame.assign(income=frame["income"] + 5000.0 * apart))
    strategy = im.NearestNeighbor(im.Mahalanobis(), ratio=2)
    plain, moved = (
        im.transported_effects(one, strategy, programme, ["region"], ["income"], bias_adjustment="linear")
        .frame.set_index("population").loc[["surveyed", "programme"]]
        for one in (sample, further)
    )  # fmt: skip
    gap = moved["estimate"] - plain["estimate"]
    assert gap["programme"] == pytest.approx(5000 / 4)  # a quarter of the programme is in Norte
    assert moved.loc["programme", "std_error"] == pytest.approx(plain.loc["programme", "std_error"])
    assert moved.loc["surveyed", "std_error"] > 3 * plain.loc["surveyed", "std_error"]
    assert "weights to the programme solved for" in moved.loc["programme", "variance"]


def test_market_access_by_hand_and_as_an_outcome_with_an_effect():
    survey = im.synthetic.rural_alliances(4, groups=200)
    prices = survey.tables["product_price"]
    household = im.market_access(survey.household, prices, year=2014)
    assert ((household["share_sold"] > 0) & (household["share_sold"] <= 1)).all()
    spot = prices.set_index(["alliance_product", "year"])["price_spot"]
    first = household.iloc[0]
    assert first["price_premium"] == pytest.approx(
        first["price_received"] / spot[first["alliance_product"], 2014] - 1
    )
    roles = survey.roles() | {"outcomes": ["sold_to_formal_buyer", "price_received"]}
    matched = im.match(im.Sample(household, **roles), im.NearestNeighbor(im.Mahalanobis()))
    effect = im.estimate(matched).one("sold_to_formal_buyer")
    assert effect.conf_low < 0.6 < effect.conf_high  # planted: .75 + .25 × .2 against .2
    with pytest.raises(im.DataError, match="sold more than they produced"):
        im.market_access(survey.household.assign(qty_sold=1e9))
    with pytest.raises(im.DataError, match="lack the spot price"):
        im.market_access(survey.household, prices, year=1999)


def test_sales_for_export_are_those_of_the_groups_buyers_in_the_year_before_the_interview():
    farms = pd.DataFrame(
        {"group_id": list("ABCD"), "interview_date": pd.Timestamp("2014-06-01"), "qty_produced": 10.0, "qty_sold": 5.0,
         "qty_grade_a": 1.0, "buyer_type": "fair", "price_received": 3.0}
    )  # fmt: skip
    buyers = pd.DataFrame(
        {"group_id": list("AABCD"), "start_date": pd.Timestamp("2012-01-01"), "export": [False, True, True, False, None],
         "end_date": pd.to_datetime([None, "2014-01-01", "2013-01-01", None, None])}
    )  # fmt: skip
    found = im.market_access(farms, buyers=buyers)
    assert found["number_of_buyers"].tolist() == [2, 0, 1, 1]
    assert found["sold_for_export"].iloc[:3].tolist() == [1, 0, 0] and np.isnan(
        found["sold_for_export"].iloc[3]
    )
    assert "sold_for_export" not in im.market_access(farms, buyers=buyers.drop(columns="export"))


def test_two_surveys_on_common_cells():
    early = pd.DataFrame(
        {"changed": [1] * 10 + [0] * 10 + [1] * 15 + [0] * 5, "region": ["N"] * 20 + ["T"] * 20}
    )
    late = pd.DataFrame(
        {"changed": [1] * 4 + [0] * 6 + [1] * 5 + [0] * 25, "region": ["N"] * 10 + ["L"] * 30}
    )
    found = im.compare_surveys(early, late, "changed", ["region"])
    published, common = found.frame.to_dict("records")
    assert published["difference"] == pytest.approx(9 / 40 - 25 / 40)
    assert common["difference"] == pytest.approx(0.4 - 0.5)
    expected = np.sqrt(0.25 / 19 + 0.24 / 9)
    assert common["std_error"] == pytest.approx(expected)
    assert found.cells["cell"].tolist() == ["N"]
    with pytest.raises(im.SupportError, match="in common"):
        im.compare_surveys(early[:20], late[10:], "changed", ["region"])


def test_a_question_with_several_answers():
    said = pd.DataFrame({"price": [1, 1, 0, None, None], "quality": [1, None, 0, None, 0]})
    table = im.multiple_response(said, ["price", "quality"])
    assert table.frame["n"].tolist() == [3, 3]
    assert table.frame["estimate"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert "do not add up" in table.notes[-1]
    with pytest.raises(im.DataError, match="Nobody answered any"):
        im.multiple_response(said.iloc[3:4], ["price", "quality"])


def test_results_write_themselves(tmp_path):
    programme = im.synthetic.rural_programme(2)
    table = im.questions(
        programme["group"], shares=["members_change", "fac_storage"], means=["members_approval"], by="region"
    )
    assert "SYNTHETIC" in repr(table)
    for name in ("to_word", "to_excel"):
        suffix = ".docx" if name == "to_word" else ".xlsx"
        getattr(table, name)(tmp_path / f"questions{suffix}")
        assert (tmp_path / f"questions{suffix}").stat().st_size > 1000
    assert "toprule" in table.to_latex("es")
