"""Strength of confounders: what a real one takes away, clustered errors, E-values, Oster's formulas, simulated confounders."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.language import speaking
from impact.robustness.sensitivity.oster import OsterMoments
from tests.surveys import groups_in_turn, sample_of


def survey_with_unseen(groups=80):
    """Groups of eight, and a column that moves treatment and income and that the design does not know."""
    frame = groups_in_turn(groups, 8, effect=1.0)
    unseen = frame["z"] + 0.4 * frame["treated"]
    shock = 0.8 * np.random.default_rng(3).normal(size=groups)[frame["group"]]
    return frame.assign(
        treated=frame["treated"].astype(int), unseen=unseen, income=frame["income"] + unseen + shock
    )


sample = partial(sample_of, covariates=["x", "region"], cluster=None)


def test_the_bias_formula_is_exact_for_a_confounder_that_is_there():
    """Omit a column, give the formula its true partial R²: the estimate with the column comes back."""
    frame = survey_with_unseen()
    short = im.confounder_sensitivity(sample(frame), "income")
    long = im.confounder_sensitivity(sample(frame, covariates=["x", "region", "unseen"]), "income")
    r2dz, r2yz = long.regression.partial_r2("unseen")
    adjusted = short.adjusted(np.array(r2dz), np.array(r2yz))
    assert float(adjusted) == pytest.approx(long.frame["estimate"][0], rel=1e-10)


def test_the_robustness_value_leaves_nothing_and_its_lower_version_no_significance():
    found = im.confounder_sensitivity(sample(survey_with_unseen()), "income", q=0.5)
    value = np.array(found.frame["rv_q"][0])
    assert float(found.adjusted(value, value)) == pytest.approx(found.frame["estimate"][0] / 2, rel=1e-10)
    clustered = im.confounder_sensitivity(sample(survey_with_unseen(), cluster="group"), "income")
    row, at = clustered.frame.iloc[0], np.array(clustered.frame["rv_qa"][0])
    left = float(clustered.adjusted(at, at))
    error = row["se"] * np.sqrt(row["dof"] / (row["dof"] - 1))
    assert left / error == pytest.approx(clustered.regression.critical(0.05, lost=1), rel=1e-9)


def test_clustered_errors_are_statsmodels_and_named():
    import statsmodels.formula.api as smf

    frame = survey_with_unseen()
    found = im.confounder_sensitivity(sample(frame, cluster="group"), "income", ["x"])
    fit = smf.ols("income ~ treated + x + region", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["group"]}
    )
    assert found.frame["se"][0] == pytest.approx(fit.bse["treated"], rel=1e-9)
    assert "clustered by group (CR1)" in found.frame["variance"][0]
    with speaking("es"):
        assert "clustered" not in repr(found) + found._repr_html_()
    plain = im.confounder_sensitivity(sample(frame), "income", ["x"])
    np.testing.assert_allclose(found.bounds["adjusted_estimate"], plain.bounds["adjusted_estimate"])
    assert (found.bounds["adjusted_se"][:2] > 1.5 * plain.bounds["adjusted_se"][:2]).all()
    assert found.frame["rv_qa"][0] < plain.frame["rv_qa"][0]


def test_a_category_is_one_benchmark():
    frame = survey_with_unseen()
    found = im.confounder_sensitivity(sample(frame), "income", ["region"], kd=1).regression.partial_r2(
        "region"
    )
    import statsmodels.formula.api as smf

    long, short = (smf.ols(f"income ~ treated + x{more}", frame).fit() for more in (" + region", ""))
    assert found[1] == pytest.approx(1 - long.ssr / short.ssr, rel=1e-9)


def test_weights_are_those_of_the_match():
    grouped = sample(survey_with_unseen(), cluster="group")
    matched = im.match(grouped, im.NearestNeighbor(im.Mahalanobis(), ratio=4))
    found = im.confounder_sensitivity(matched, "income", ["x"])
    import statsmodels.formula.api as smf

    frame = matched.frame
    fit = smf.wls("income ~ treated + x + region", frame, weights=frame["weight"]).fit()
    assert found.frame["estimate"][0] == pytest.approx(fit.params["treated"], rel=1e-9)
    assert "match weight (NearestNeighbor)" in found.notes[0]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"benchmarks": ["income"]}, im.OptionError, "covariates of the sample"),
        ({"benchmarks": ["x"], "kd": 0}, im.OptionError, "kd must be a positive"),
        ({"benchmarks": ["x"], "kd": 1e6}, im.EstimationError, "Use kd below"),
        ({"q": -1}, im.OptionError, "q must be a positive"),
        ({"alpha": 1.5}, im.OptionError, "alpha"),
        ({"kd": (1, 2), "ky": (1, 2, 3)}, im.OptionError, "one entry each"),
    ],
)
def test_impossible_confounders_are_named(options, error, message):
    with pytest.raises(error, match=message):
        im.confounder_sensitivity(sample(survey_with_unseen()), "income", **options)


def test_sentences_say_what_would_be_left_in_both_languages():
    found = im.confounder_sensitivity(sample(survey_with_unseen(), cluster="group"), "income", ["x"], kd=0.5)
    left = found.bounds["adjusted_estimate"].iloc[-1]
    assert f"0.5 times as strong as “x” would leave {left:.2f}" in found.sentence()
    assert f"0,5 veces tan fuerte como «x» dejaría {left:.2f}".replace(".", ",") in found.sentence("es")


def test_a_confounder_that_explains_all_that_is_left_has_no_interval():
    frame = survey_with_unseen()
    frame["income"] = 10 * frame["x"] + frame["treated"] + 0.1 * frame["income"]
    found = im.confounder_sensitivity(sample(frame), "income", ["x"], kd=2)
    last = found.bounds.iloc[-1]
    assert last["r2yz_dx"] == 1 and last["adjusted_se"] == 0 and np.isfinite(last["adjusted_estimate"])
    assert (
        last["adjusted_conf_low"] == last["adjusted_estimate"] == last["adjusted_conf_high"]
    )  # as R prints it
    assert "would explain all that is left of “income”, so that no interval remains" in found.sentence()
    assert "explicaría todo lo que queda de «income», de modo que no queda intervalo" in found.sentence("es")


def test_e_values_of_the_paper_and_of_an_effect():
    point, interval = im.e_value(3.9, 1.8, 8.7)
    assert (round(point, 2), round(interval, 2)) == (7.26, 3.0)
    assert im.e_value(1 / 3.9, 1 / 8.7, 1 / 1.8).interval == pytest.approx(3.0, abs=1e-9)
    assert im.e_value(1.2, 0.9, 1.6).interval == 1.0
    grouped = sample(survey_with_unseen(), cluster="group")
    effect = im.estimate(im.match(grouped, im.Kernel(im.PropensityScore()))).one("income")
    assert im.e_value(effect).ratio == pytest.approx(1 + effect.percent_effect / 100)
    assert im.e_value(effect, sd=2.0).ratio == pytest.approx(np.exp(0.91 * effect.estimate / 2))
    assert "una razón de al menos" in im.e_value(effect).sentence("es")
    assert (
        im.e_value(effect)
        .sentence("es", {"income": "Ingreso neto"})
        .startswith("Para explicar el efecto en «Ingreso neto», un")
    )
    assert (
        im.e_value(3.9).sentence().startswith("To explain the effect away, a")
    )  # a risk ratio is of nothing that has a name
    assert (
        im.e_value(1.2, 0.9, 1.6).sentence("es").endswith("; el intervalo ya contiene la ausencia de efecto.")
    )
    assert "3.00 would move the interval" in im.e_value(3.9, 1.8, 8.7).sentence()


@pytest.mark.parametrize("arguments", [(0.0,), (-2.0,), (2.0, 3.0, 4.0), (2.0, -1.0, 4.0)])
def test_impossible_ratios_are_refused(arguments):
    with pytest.raises(im.OptionError):
        im.e_value(*arguments)


@pytest.mark.parametrize(
    ("seen", "unseen", "v1", "v2", "noise", "effect"),
    [(0.5, 0.3, 1, 2, 1.0, 1.5), (0.8, -0.4, 2, 1, 0.7, -1.0), (0.2, 0.9, 1, 0.5, 0.2, 2.0)],
)
def test_osters_formulas_give_back_the_population_they_were_written_for(seen, unseen, v1, v2, noise, effect):
    """X = a W1 + b W2 + e, Y = τ X + W1 + W2 + u: all moments by hand, δ = b/a, R_max = 1 − var(u)/var(Y)."""
    x = seen**2 * v1 + unseen**2 * v2 + 1
    y = effect**2 * x + v1 + v2 + noise + 2 * effect * (seen * v1 + unseen * v2)
    xy = effect * x + seen * v1 + unseen * v2
    short = xy / x
    moments = np.array([[x, seen * v1], [seen * v1, v1]])
    with_y = np.array([xy, effect * seen * v1 + v1])
    long = np.linalg.solve(moments, with_y)
    formula = OsterMoments(
        short, long[0], short * xy / y, long @ with_y / y, 1 - noise / y, y, x, x - seen**2 * v1
    )
    assert formula.selection_for(effect) == pytest.approx(unseen / seen, rel=1e-9)
    assert formula.effect_at(unseen / seen) == pytest.approx(effect, rel=1e-9)


def test_oster_reads_both_regressions_and_inverts_itself():
    frame = survey_with_unseen()
    found = im.oster(sample(frame), "income", r2_max=0.9)
    row = found.frame.iloc[0]
    assert row["estimate_uncontrolled"] == pytest.approx(
        frame.groupby("treated")["income"].mean().diff()[1], rel=1e-9
    )
    at = im.oster(sample(frame), "income", r2_max=0.9, selection=float(row["delta"])).frame[
        "adjusted_estimate"
    ][0]
    assert at == pytest.approx(0.0, abs=1e-8)
    with pytest.raises(im.OptionError, match="r2_max"):
        im.oster(sample(frame), "income", r2_max=0.01)


def test_a_simulated_confounder_of_no_strength_changes_nothing_on_average():
    grouped = sample(survey_with_unseen(), cluster="group")
    strategy = im.Kernel(im.PropensityScore())
    harmless = im.simulated_confounder(
        grouped, strategy, shares=(0.5,) * 4, bias_adjustment="linear", replications=12, seed=2
    )
    row = harmless.frame.iloc[0]
    assert row["outcome_effect"] == row["selection_effect"] == 1
    assert row["estimate"] == pytest.approx(row["baseline_estimate"], abs=row["baseline_se"] / 2)
    assert harmless.drawn_by == "group"
    strong = im.simulated_confounder(
        grouped, strategy, shares=(0.9, 0.6, 0.6, 0.1), bias_adjustment="linear", replications=12, seed=2
    ).frame.iloc[0]
    assert strong["outcome_effect"] > 10 and strong["selection_effect"] > 3
    assert strong["estimate"] < row["estimate"] - row["baseline_se"]


def test_a_simulated_confounder_is_the_same_in_any_row_order():
    frame = survey_with_unseen(groups=40)
    one, other = (
        im.simulated_confounder(
            sample(table), im.NearestNeighbor(im.Mahalanobis()), like="x", replications=3, seed=5
        ).frame
        for table in (frame, frame.sample(frac=1, random_state=1))
    )
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)
    assert one["like"][0] == "x" and one["replications"][0] == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "like="),
        ({"like": "income"}, "covariate"),
        ({"shares": (2, 0, 0, 0)}, "four numbers"),
        ({"like": "x", "shares": (1,) * 4}, "one of them"),
    ],
)
def test_a_simulated_confounder_must_be_described_once(options, message):
    with pytest.raises(im.OptionError, match=message):
        im.simulated_confounder(
            sample(survey_with_unseen(groups=20)), im.Kernel(im.PropensityScore()), **options
        )
