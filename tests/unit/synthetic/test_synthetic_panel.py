"""The panel twin: same households, several waves, trends and entry dates that are known."""

import numpy as np
import pandas as pd
import pytest

from impact.errors import OptionError
from impact.synthetic import RuralAlliances, rural_alliances, rural_alliances_panel


@pytest.fixture(scope="module")
def panel() -> RuralAlliances:
    return rural_alliances_panel(5, groups=90)


@pytest.fixture(scope="module")
def staggered() -> RuralAlliances:
    return rural_alliances_panel(5, groups=90, staggered=True, attrition=0.1)


def wave(survey: RuralAlliances, number: int) -> pd.DataFrame:
    return survey.household.query("wave == @number").set_index("hh_id")


def change_in_untreated_income(seed: int, **knobs) -> tuple[float, float]:
    """Change to wave 1 without the programme, selected less waiting, and its standard error by group."""
    survey = rural_alliances_panel(seed, groups=6_000, **knobs)
    income = survey.truth.untreated["income_agr_pc_month"].to_numpy().reshape(2, -1)
    household = survey.household.iloc[: income.shape[1]]
    change = pd.Series(income[1] - income[0], index=household.index).groupby(household["group_id"]).mean()
    selected = survey.group.set_index("group_id")["treated"].loc[change.index].to_numpy()
    arms = change[selected], change[~selected]
    error = np.sqrt(sum(arm.var(ddof=1) / len(arm) for arm in arms))
    return arms[0].mean() - arms[1].mean(), error


def test_the_last_wave_of_two_is_the_cross_section(panel):
    single = rural_alliances(5, groups=90, baseline=True).household
    follow_up = wave(panel, 1)
    for name in single.columns.drop("hh_id"):
        pd.testing.assert_series_equal(follow_up[name], single[name], check_index=False, check_names=False)
    np.testing.assert_allclose(wave(panel, 0)["income_pc_month"], single["income_pre"], rtol=1e-12)


def test_both_waves_hold_the_same_households(panel):
    assert panel.household.index.is_unique
    assert wave(panel, 0).index.equals(wave(panel, 1).index)
    assert panel.household.attrs["synthetic"] is True
    assert repr(panel).startswith("SYNTHETIC")


def test_nobody_has_the_programme_at_baseline(panel):
    assert not wave(panel, 0)["receiving"].any()
    assert (wave(panel, 1)["receiving"] == wave(panel, 1)["treated"]).all()
    before = panel.household["wave"] == 0
    np.testing.assert_allclose(
        panel.household.loc[before, "income_total"],
        panel.truth.untreated.loc[before, "income_total"],
        rtol=1e-12,
    )
    assert panel.truth.traits["treated"].sum() == wave(panel, 1)["treated"].sum()


def test_anticipation_and_spillover_leave_the_baseline_alone():
    plain = rural_alliances_panel(5, groups=90)
    stirred = rural_alliances_panel(5, groups=90, anticipation=0.1, spillover=0.2)
    pd.testing.assert_frame_equal(wave(plain, 0), wave(stirred, 0))
    waiting = ~wave(plain, 1)["treated"]
    assert (
        wave(stirred, 1).loc[waiting, "income_agr_net"] > wave(plain, 1).loc[waiting, "income_agr_net"]
    ).all()


def test_groups_enter_at_different_dates(staggered):
    household = staggered.household
    assert set(household["entry_wave"]) == {0, 1, 2}
    assert (household.groupby("hh_id")["entry_wave"].nunique() == 1).all()
    assert (
        household["receiving"]
        == ((household["entry_wave"] > 0) & (household["wave"] >= household["entry_wave"]))
    ).all()
    assert ((household["entry_wave"] > 0) == household["treated"]).all()
    assert (staggered.group["entry_wave"].value_counts() > 10).all()
    observed = household[household["response"] == "complete"]
    shown = staggered.truth.treated["income_total"].where(
        household["receiving"], staggered.truth.untreated["income_total"]
    )
    np.testing.assert_allclose(observed["income_total"], shown[observed.index], rtol=1e-12)


def test_the_truth_tells_effects_by_wave_and_entry(staggered):
    effects = staggered.truth.effects.query("outcome == 'income_labour'")
    assert set(effects.query("by == 'wave'")["subgroup"]) == {"1", "2"}
    assert set(effects.query("by == 'entry_wave'")["subgroup"]) == {"1", "2"}
    assert effects["percent"].to_numpy() == pytest.approx(28.0)


def test_who_is_lost_stays_lost_and_the_baseline_is_complete(staggered):
    lost = staggered.household["response"].ne("complete").to_numpy().reshape(3, -1)
    assert not lost[0].any()
    assert lost[1].any()
    assert (lost[1] <= lost[2]).all()
    assert lost[2].sum() > lost[1].sum()


def test_trends_are_parallel_without_a_differential_trend():
    difference, error = change_in_untreated_income(1)
    assert abs(difference) < 3.5 * error
    difference, error = change_in_untreated_income(1, trend=60.0)
    assert abs(difference) < 3.5 * error


def test_a_common_trend_raises_every_household_by_the_same_amount(panel):
    rising = rural_alliances_panel(5, groups=90, trend=25.0)
    rise = rising.household["income_pc_month"] - panel.household["income_pc_month"]
    np.testing.assert_allclose(rise, 25.0 * panel.household["wave"], atol=1e-9)
    np.testing.assert_allclose(
        rising.truth.att("income_agr_net"), panel.truth.att("income_agr_net"), rtol=1e-12
    )  # a trend is no effect


def test_a_differential_trend_raises_the_selected_only(panel):
    diverging = rural_alliances_panel(5, groups=90, differential_trend=40.0)
    rise = diverging.truth.untreated["income_pc_month"] - panel.truth.untreated["income_pc_month"]
    np.testing.assert_allclose(rise, 40.0 * panel.household["wave"] * panel.household["treated"], atol=1e-9)


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"staggered": "yes"}, "staggered must be True or False"),
        ({"trend": -1.0}, "trend must be a number of at least 0"),
        ({"trend": 5.0, "differential_trend": -6.0}, "differential_trend must be a number in"),
        ({"groups": 3}, "groups must be"),
    ],
)
def test_a_knob_out_of_range_is_refused(knobs, said):
    with pytest.raises(OptionError, match=said):
        rural_alliances_panel(1, **knobs)


@pytest.mark.parametrize("staggered", [False, True])
def test_groups_are_paid_between_the_waves_that_they_enter_between(staggered):
    survey = rural_alliances_panel(5, groups=40, staggered=staggered)
    first = (
        survey.household.groupby(["group_id", "wave"])["interview_date"].agg(["min", "max"]).unstack("wave")
    )
    group = survey.group.set_index("group_id")
    for wave in (1, 2)[: 1 + staggered]:
        entering = group.index[group["entry_wave"] == wave]
        assert len(entering) > 5
        money = group.loc[entering, "disb1_date"]
        assert (money > first.loc[entering, ("max", wave - 1)]).all()
        assert (money < first.loc[entering, ("min", wave)]).all()
    waiting = group.index[group["entry_wave"] == 0]
    last = survey.household["wave"].max()
    assert not (group.loc[waiting, "disb1_date"] <= first.loc[waiting, ("max", last)]).any()
    assert (group["approval_date"] <= group["disb1_date"].fillna(group["approval_date"])).all()
