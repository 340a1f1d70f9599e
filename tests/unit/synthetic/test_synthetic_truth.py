"""The truth: potential outcomes, true effects, and the true effect over any households."""

import numpy as np
import pandas as pd
import pytest

from impact.errors import OptionError
from impact.synthetic import RuralAlliances, rural_alliances
from impact.synthetic.truth import Truth, poverty


@pytest.fixture(scope="module")
def survey() -> RuralAlliances:
    return rural_alliances(7, groups=60)


@pytest.fixture
def by_hand() -> Truth:
    index = pd.Index(["a", "b", "c"])
    return Truth(
        untreated=pd.DataFrame({"income": [10.0, 20.0, 30.0]}, index=index),
        treated=pd.DataFrame({"income": [14.0, 22.0, 30.0]}, index=index),
        traits=pd.DataFrame({"treated": [True, True, False], "region": ["n", "s", "n"]}, index=index),
        subgroups=("region",),
    )


def test_effects_by_hand(by_hand):
    assert by_hand.att("income") == 3.0
    assert by_hand.percent("income") == pytest.approx(20.0)
    assert by_hand.att("income", weights=[3, 1]) == 3.5
    assert by_hand.att("income", units=pd.Index(["c", "a"])) == 2.0
    assert by_hand.att("income", units=pd.Index(["a", "a", "b"])) == pytest.approx(10 / 3)
    assert by_hand.att("income", pd.Index(["b", "a"]), weights=pd.Series({"a": 3.0, "b": 1.0})) == 3.5
    effects = by_hand.effects.set_index(["by", "subgroup"])
    assert effects["att"].to_dict() == {("all", "all"): 3.0, ("region", "n"): 4.0, ("region", "s"): 2.0}
    assert effects["percent"].tolist() == pytest.approx([20.0, 40.0, 10.0])
    assert effects["n_treated"].tolist() == [2, 1, 1]
    assert set(effects["estimand"]) == {"ATT"}


def test_poverty_by_hand():
    measures = poverty(np.array([580.0, 290.0, 331.0, -50.0]))
    assert measures["poor_mod"].tolist() == [0, 1, 1, 1]
    assert measures["poor_ext"].tolist() == [0, 1, 0, 1]
    assert measures["gap_mod"].tolist() == pytest.approx([0, 0.5, 1 - 331 / 580, 1])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"outcome": "incme"}, "Did you mean 'income'"),
        (
            {"outcome": "income", "units": pd.Index(["a", "z"])},
            "units must be labels of the household table; got z",
        ),
        ({"outcome": "income", "units": pd.Index([])}, "got none at all"),
        ({"outcome": "income", "weights": [1.0]}, "2 finite numbers"),
        ({"outcome": "income", "weights": [-1.0, 2.0]}, "at least 0"),
        ({"outcome": "income", "weights": pd.Series({"a": 1.0})}, "1 missing"),
    ],
)
def test_wrong_questions_are_refused_with_the_reason(by_hand, arguments, said):
    with pytest.raises(OptionError, match=said):
        by_hand.att(**arguments)


def test_the_survey_shows_one_potential_outcome_of_each_household(survey):
    treated = survey.household["treated"]
    for name in survey.truth.outcomes:
        if name in survey.household:
            shown = survey.truth.treated[name].where(treated, survey.truth.untreated[name])
            np.testing.assert_allclose(survey.household[name], shown, rtol=1e-12, err_msg=name)


def test_units_hold_traits_and_both_outcomes(survey):
    units = survey.truth.units
    assert units.index.equals(survey.household.index)
    assert {
        "treated",
        "quintile",
        "region",
        "weight",
        "income_total_y0",
        "poor_mod_y1",
        "gap_ext_effect",
    } <= set(units)
    np.testing.assert_allclose(
        units["income_total_effect"], units["income_total_y1"] - units["income_total_y0"]
    )
    assert (units["poor_mod_effect"] <= 0).all()
    assert set(units["quintile"]) == {1, 2, 3, 4, 5}


def test_effects_agree_with_the_units(survey):
    units = survey.truth.units.query("treated")
    effects = survey.truth.effects.set_index(["outcome", "by", "subgroup"])
    for by, level in (("quintile", 2), ("region", "Valles")):
        chosen = units[units[by] == level]
        row = effects.loc[("income_total", by, str(level))]
        assert row["att"] == pytest.approx(chosen["income_total_effect"].mean(), rel=1e-12)
        assert row["att"] == pytest.approx(survey.truth.att("income_total", chosen.index), rel=1e-12)
    assert effects.loc[("poor_mod", "all", "all"), "att"] == pytest.approx(
        survey.truth.att("poor_mod"), rel=1e-12
    )


def test_the_programme_multiplies_incomes_as_stated(survey):
    units = survey.truth.units
    factor = units["quintile"].map({1: 2.60, 2: 1.40, 3: 1.52, 4: 1.30, 5: 1.25})
    np.testing.assert_allclose(units["income_agr_net_y1"], units["income_agr_net_y0"] * factor, rtol=1e-10)
    np.testing.assert_allclose(units["income_labour_y1"], units["income_labour_y0"] * 1.28, rtol=1e-12)
    np.testing.assert_array_equal(units["income_other_y1"], units["income_other_y0"])


def test_the_parts_of_the_gain_all_move(survey):
    effects = survey.truth.effects.query("by == 'all'").set_index("outcome")["percent"]
    for name in ("qty_produced", "price_grade_b", "costs_alliance", "qty_grade_a"):
        assert effects[name] > 0
    assert effects["price_received"] > effects["price_grade_b"]  # first grade takes a larger part of sales
    assert effects["family_days"] == effects["sales_other"] == 0
