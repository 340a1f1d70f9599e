"""Each knob does what it says and nothing else. Tolerances are 3.5 standard errors of the draw."""

import numpy as np
import pandas as pd
import pytest

from impact.errors import OptionError
from impact.synthetic import rural_alliances
from impact.synthetic.parameters import ICC_HIGHEST, ICC_OF_OBSERVED, Parameters
from impact.synthetic.result import CONFOUNDERS


def confounders(household: pd.DataFrame) -> np.ndarray:
    numbers = household[[name for name in CONFOUNDERS if name != "region"]]
    return pd.get_dummies(household["region"], dtype=float).join(numbers).to_numpy()


def unexplained_advantage_of_treated_groups(survey) -> tuple[float, float]:
    """Mean of log untreated income given the confounders, treated less waiting, with its standard error."""
    design = confounders(survey.household)
    log_income = np.log(survey.truth.untreated["income_pc_month"].to_numpy())
    residual = log_income - design @ np.linalg.lstsq(design, log_income, rcond=None)[0]
    by_group = (
        pd.DataFrame({"residual": residual, "group": survey.household["group_id"]}).groupby("group").mean()
    )
    means = by_group["residual"].loc[survey.group["group_id"]].to_numpy()
    treated = survey.group["treated"].to_numpy()
    arms = means[treated], means[~treated]
    error = np.sqrt(sum(arm.var(ddof=1) / len(arm) for arm in arms))
    return arms[0].mean() - arms[1].mean(), error


@pytest.mark.parametrize(
    ("knob", "value", "said"),
    [
        ("groups", 19, "at least 20"),
        ("groups", 100.0, "whole number"),
        ("groups", 1_000_000, r"in \[20, 25000\]"),
        ("mean_members", 4, r"in \(4, 25\)"),
        ("treated_share", 0.0, r"in \(0.02, 0.98\)"),
        ("icc", -0.1, "icc must be a number in"),
        ("icc", 0.9, "icc must be a number in"),
        ("effect", -0.1, r"in \[0, 10\]"),
        ("effect", "none", "'none'"),
        ("ability", float("nan"), "ability must be a number"),
        ("ability", float("inf"), "ability must be a number"),
        ("anticipation", -0.2, r"in \(-0.15, 1\)"),
        ("spillover", 1.1, r"in \[0, 1\]"),
        ("attrition", 0.6, r"in \[0, 0.5\]"),
        ("attrition_gap", -0.1, r"in \[0, 0.4\]"),
        ("baseline", "yes", "True or False"),
        ("seed", -1, "seed must be a whole number of at least 0"),
    ],
)
def test_a_knob_out_of_range_is_refused(knob, value, said):
    with pytest.raises(OptionError, match=said):
        rural_alliances(**({"seed": 1} | {knob: value}))


def test_a_knob_moves_only_what_it_is_about():
    plain = rural_alliances(3, groups=60)
    for knob, value in {"effect": 0.0, "anticipation": 0.1, "spillover": 0.5, "attrition": 0.2}.items():
        turned = rural_alliances(3, groups=60, **{knob: value})
        pd.testing.assert_frame_equal(turned.truth.untreated, plain.truth.untreated)
        pd.testing.assert_frame_equal(turned.group, plain.group)
        same = ["hh_id", "treated", "head_age", "education_index", "land_owned_pre", "hh_size_pre", "wave"]
        pd.testing.assert_frame_equal(turned.household[same], plain.household[same])
        if knob != "effect":
            pd.testing.assert_frame_equal(turned.truth.treated, plain.truth.treated)


def test_without_an_effect_both_potential_outcomes_agree():
    survey = rural_alliances(3, groups=60, effect=0.0)
    pd.testing.assert_frame_equal(survey.truth.treated, survey.truth.untreated)
    np.testing.assert_array_equal(survey.household["income_total"], survey.truth.untreated["income_total"])
    assert (survey.truth.effects["att"] == 0).all()


def test_the_effect_scale():
    survey = rural_alliances(3, groups=60, effect=0.5)
    assert survey.truth.percent("income_labour") == pytest.approx(14.0, rel=1e-10)
    whole = rural_alliances(3, groups=60).truth
    assert survey.truth.att("income_agr_net") == pytest.approx(whole.att("income_agr_net") / 2, rel=1e-9)
    assert survey.truth.att("area_cultivated") == pytest.approx(whole.att("area_cultivated") / 2, rel=1e-12)


@pytest.mark.parametrize("share", [0.2, 0.35, 0.7])
def test_treated_share(share):
    survey = rural_alliances(1, groups=10_000, treated_share=share)
    assert survey.group["treated"].mean() == pytest.approx(
        share, abs=3.5 * np.sqrt(share * (1 - share) / 10_000)
    )


def test_a_very_small_survey_still_has_both_arms():
    for seed in range(20):
        arms = rural_alliances(seed, groups=20, treated_share=0.03).group["treated"]
        assert 0 < arms.sum() < 20


def test_members_of_a_group():
    members = rural_alliances(1, groups=5_000, mean_members=20.0).group["n_sampled"]
    assert members.between(4, 25).all()
    assert 19 < members.mean() < 20  # the upper clip takes a little off


def test_selection_on_unobserved_ability_biases_what_covariates_cannot_explain():
    advantage, error = unexplained_advantage_of_treated_groups(rural_alliances(1, groups=8_000))
    assert abs(advantage) < 3.5 * error
    advantage, error = unexplained_advantage_of_treated_groups(rural_alliances(1, groups=8_000, ability=0.8))
    assert advantage > 10 * error


@pytest.mark.parametrize("icc", [0.0, 0.1, 0.15, 0.4, 0.8])
def test_icc_moves_the_shared_part_and_keeps_the_total_variance(icc):
    survey = rural_alliances(1, groups=10_000, icc=icc)
    log_income = pd.Series(np.log(survey.truth.untreated["income_pc_month"].to_numpy()))
    codes = pd.factorize(survey.household["group_id"])[0]
    size, means = log_income.groupby(codes).size(), log_income.groupby(codes).mean()
    within = ((log_income - means.to_numpy()[codes]) ** 2).sum() / (len(codes) - len(size))
    total = log_income.var()
    # SE of a group variance over 10,000 groups is 1.5 % of it, of the total below 1.5 %
    assert 1 - within / total == pytest.approx(icc, abs=0.02)
    assert total == pytest.approx(1.335, rel=0.035)


def test_the_default_icc_is_the_one_of_the_loadings():
    parameters = Parameters()
    assert (parameters.group_loading, parameters.household_loading) == (0.40, 0.89)
    assert pytest.approx(0.135, abs=0.001) == ICC_OF_OBSERVED
    assert pytest.approx(0.848, abs=0.001) == ICC_HIGHEST


def test_anticipation_shifts_the_agricultural_income_of_those_who_wait():
    for shift in (-0.1, 0.05):
        survey = rural_alliances(3, groups=60, anticipation=shift)
        household, waiting = survey.household, ~survey.household["treated"].to_numpy()
        untreated = survey.truth.untreated
        np.testing.assert_allclose(
            household["income_agr_net"][waiting],
            untreated["income_agr_net"][waiting] * (1 + shift),
            rtol=1e-10,
        )
        np.testing.assert_array_equal(
            household["income_labour"][waiting], untreated["income_labour"][waiting]
        )
        np.testing.assert_allclose(
            household["income_total"][~waiting], survey.truth.treated["income_total"][~waiting]
        )


def test_spillover_reaches_those_who_wait_by_the_share_of_treated_groups_around_them():
    survey = rural_alliances(3, groups=90, spillover=0.25)
    waiting = survey.household[~survey.household["treated"]].index
    share = survey.group.groupby("muni_code")["treated"].mean()
    nearby = survey.household.loc[waiting, "muni_code"].map(share)
    truth = survey.truth.units.loc[waiting]
    expected = truth["income_agr_net_y0"] + 0.25 * nearby * truth["income_agr_net_effect"]
    np.testing.assert_allclose(survey.household.loc[waiting, "income_agr_net"], expected, rtol=1e-10)
    assert (nearby == 0).any()
    assert (nearby > 0).any()


def test_attrition_blanks_what_only_the_interview_tells_and_loses_the_poor():
    survey = rural_alliances(1, groups=4_000, attrition=0.15)
    missing = survey.household["response"] != "complete"
    # binomial SE .0016; the cap of the rate at one is out of reach
    assert missing.mean() == pytest.approx(0.15, abs=0.01)
    assert set(survey.household["response"]) == {"complete", "refused", "not_found", "moved"}
    for name in ("income_total", "hh_size", "interview_date", "qty_sold", "buyer_type"):
        assert (survey.household[name].isna() == missing).all(), name
    assert survey.household[list(CONFOUNDERS)].notna().all().all()
    poor = survey.truth.units["poor_mod_y0"]
    assert poor[missing].mean() > poor[~missing].mean() + 0.05
    assert survey.truth.untreated.notna().all().all()


def test_attrition_gap_loses_more_of_those_who_wait():
    survey = rural_alliances(1, groups=4_000, attrition=0.05, attrition_gap=0.10)
    lost = (survey.household["response"] != "complete").groupby(survey.household["treated"]).mean()
    assert lost[True] == pytest.approx(0.05, abs=0.01)
    assert lost[False] == pytest.approx(0.15, abs=0.01)


def test_strong_anticipation_leaves_no_negative_quantity():
    survey = rural_alliances(seed=0, groups=30, mean_members=4.625, anticipation=-0.1328125, effect=0.0)
    assert (survey.household["qty_grade_a"] >= 0).all()


def test_a_baseline_of_full_persistence_is_untreated_income():
    survey = rural_alliances(seed=5, groups=40, baseline=True, persistence=1.0)
    untreated = survey.truth.untreated["income_pc_month"]
    np.testing.assert_allclose(survey.household["income_pre"], untreated, rtol=1e-9)
    other = rural_alliances(seed=5, groups=40, baseline=True)
    assert 0.6 < np.corrcoef(np.log(other.household["income_pre"]), np.log(untreated))[0, 1] < 0.95


def test_persistence_is_checked():
    with pytest.raises(OptionError, match="persistence"):
        rural_alliances(seed=1, persistence=1.2)
