"""certify(): what it counts, that it can be interrupted, and that one seed gives one answer."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.robustness.certification import DRAW_COLUMNS, Certification
from impact.robustness.certify import certify
from impact.robustness.twins import RuralAlliancesTwin, outcomes_in_state

TWIN = RuralAlliancesTwin(groups=80)
TWO = (im.FOUR_STRATEGIES[1], im.FOUR_STRATEGIES[2])


@pytest.fixture(scope="module")
def five():
    return certify(TWIN, TWO, draws=5, seed=3)


def test_a_draw_is_the_four_strategy_table_of_that_survey(five):
    row = five.draws.iloc[0]
    trial = TWIN.draw(int(row["seed"]))
    matched = TWO[0].matched(trial.sample)
    effect = TWO[0].effects(matched).one(row["outcome"])
    assert (row["estimate"], row["std_error"], row["conf_low"]) == (
        effect.estimate,
        effect.std_error,
        effect.conf_low,
    )
    survey = im.synthetic.rural_alliances(int(row["seed"]), groups=80)
    weight = survey.household["weight"]
    treated = survey.household.index[survey.household["treated"].astype(bool)]
    assert row["truth"] == pytest.approx(
        survey.truth.att("income_agr_pc_month", weights=weight[treated]), rel=1e-12
    )
    kept = survey.household.index[matched.kept]
    truth = survey.truth.att("income_agr_pc_month", units=kept, weights=weight[kept])
    assert row["truth_matched"] == pytest.approx(truth, rel=1e-12)


def test_poverty_truth_agrees_with_the_survey_s_own():
    survey = im.synthetic.rural_alliances(5, groups=40)
    outcomes = [im.Headcount("income_pc_month", line=580.0), im.PovertyGap("income_pc_month", line=580.0)]
    for state in (survey.truth.untreated, survey.truth.treated):
        ours = outcomes_in_state(survey.household, survey.truth, state, outcomes)
        assert ours == pytest.approx(state[["poor_mod", "gap_mod"]].to_numpy(), abs=1e-12)


def test_an_outcome_without_a_known_truth_is_refused():
    with pytest.raises(im.OptionError, match="'head_age'"):
        RuralAlliancesTwin(groups=40, outcomes=("head_age",)).draw(1)


def test_an_interrupted_run_goes_on_to_the_same_answer(five, tmp_path):
    path = tmp_path / "draws.csv"
    certify(TWIN, TWO, draws=3, seed=3, path=path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: len(text) * 2 // 3], encoding="utf-8")  # killed in the middle of a line
    resumed = certify(TWIN, TWO, draws=5, seed=3, path=path)
    pd.testing.assert_frame_equal(resumed.frame, five.frame, check_exact=True)
    again = certify(TWIN, TWO, draws=5, seed=3, path=path)  # nothing left to draw
    pd.testing.assert_frame_equal(again.frame, five.frame, check_exact=True)


def test_what_was_done_before_an_interruption_is_in_the_file(tmp_path):
    class Interrupted(RuralAlliancesTwin):
        __slots__ = ()
        calls = 0

        def draw(self, seed):
            Interrupted.calls += 1
            if Interrupted.calls == 3:
                raise KeyboardInterrupt
            return super().draw(seed)

    path = tmp_path / "draws.csv"
    with pytest.raises(KeyboardInterrupt):
        certify(Interrupted(groups=80), TWO, draws=5, seed=3, path=path)
    assert pd.read_csv(path)["draw"].unique().tolist() == [0, 1]


def test_processes_do_not_change_the_answer(five):
    pd.testing.assert_frame_equal(
        certify(TWIN, TWO, draws=5, seed=3, n_jobs=2).draws, five.draws, check_exact=True
    )


def test_a_file_of_another_design_is_refused(tmp_path):
    path = tmp_path / "draws.csv"
    certify(TWIN, TWO[:1], draws=2, seed=3, path=path)
    with pytest.raises(im.DataError, match=r"draws\.csv holds draws of another design"):
        certify(TWIN, TWO, draws=2, seed=3, path=path)


def test_a_run_goes_on_with_another_number_of_processes_in_its_variance(tmp_path):
    path = tmp_path / "draws.csv"

    def found(n_jobs, **options):
        bootstrap = im.Specification("Kernel", TWO[1].strategy, variance=im.Bootstrap(49, n_jobs=n_jobs))
        return certify(TWIN, [bootstrap], draws=2, seed=3, **options).draws

    first = found(1, path=path)
    content = path.read_bytes()
    pd.testing.assert_frame_equal(found(2, path=path), first, check_exact=True)
    assert path.read_bytes() == content


def test_failed_draws_are_counted_not_dropped():
    impossible = im.Specification(
        "impossible", im.NearestNeighbor(im.Mahalanobis(), caliper=1e-9, caliper_unit="raw")
    )
    result = certify(TWIN, (impossible, TWO[1]), draws=2, seed=3)
    table = result.frame.set_index("strategy")
    assert (table.loc["impossible", "failed"] == 2).all() and (table.loc["impossible", "draws"] == 0).all()
    assert (table.loc[TWO[1].name, "failed"] == 0).all()
    assert result.draws["problem"].iloc[0].startswith("SupportError: No unit found a match")


def test_unadjusted_rows_share_the_match():
    names = certify(TWIN, TWO[1:], draws=2, seed=3, unadjusted=True).draws["strategy"].unique().tolist()
    assert names == ["Mahalanobis 1-NN", "Mahalanobis 1-NN, unadjusted"]


def test_each_variance_has_a_row_of_its_own_on_one_match(monkeypatch):
    calls = []
    monkeypatch.setattr(
        im.Specification,
        "matched",
        lambda self, sample: calls.append(self.name) or im.match(sample, self.strategy),
    )
    result = certify(TWIN, TWO, draws=2, seed=3, unadjusted=True, variances=im.OTHER_VARIANCES)
    assert calls == [specification.name for specification in TWO] * 2  # once a strategy and draw
    plain = [f"{specification.name}{end}" for specification in TWO for end in ("", ", unadjusted")]
    assert result.frame["strategy"].unique().tolist() == [
        f"{name}{end}" for name in plain for end in ("", " · left out", " · CR3", " · wild")
    ]
    draws = result.draws.set_index(["draw", "strategy", "outcome"])
    own, other = (
        draws.xs(name, level="strategy") for name in ("Propensity kernel", "Propensity kernel · wild")
    )
    assert own["estimate"].equals(other["estimate"]) and own["std_error"].equals(other["std_error"])
    assert not own["p_value"].equals(other["p_value"])
    labels = result.frame.set_index("strategy")["variance"].groupby(level=0).unique()
    assert labels["Propensity kernel"].tolist() == [
        "linearised by group, bias-reduced (CR2), slopes estimated, t"
    ]
    assert labels["Propensity kernel · left out"].tolist() == ["linearised by group, leave-own-group-out, t"]
    assert labels["Propensity kernel · wild"][0].startswith("wild bootstrap (Rademacher, 499 draws)")


def test_a_variance_of_one_strategy_is_the_estimate_with_it():
    row = certify(TWIN, TWO[:1], draws=2, seed=3, variances=im.OTHER_VARIANCES).draws.iloc[4]
    matched = TWO[0].matched(TWIN.draw(int(row["seed"])).sample)
    variance = im.OTHER_VARIANCES["left out"]
    effect = im.estimate(matched, variance=variance, bias_adjustment=TWO[0].bias_adjustment).one(
        row["outcome"]
    )
    assert row["strategy"] == "Propensity kernel · left out"
    assert (row["std_error"], row["p_value"]) == (effect.std_error, effect.p_value)


@pytest.mark.parametrize(
    ("specification", "variance", "reason"),
    [
        (TWO[1], im.Bootstrap(49), "OptionError: The bootstrap is not valid for NearestNeighbor"),
        (TWO[0], im.AbadieImbens(), "OptionError: AbadieImbens needs the pairs of a match"),
    ],
)
def test_a_variance_that_does_not_suit_keeps_its_rows_with_the_reason(specification, variance, reason):
    result = certify(TWIN, [specification], draws=2, seed=3, variances={"unfit": variance})
    failed = result.frame.groupby("strategy")["failed"].unique()
    assert failed[specification.name].tolist() == [0]
    assert failed[f"{specification.name} · unfit"].tolist() == [2]
    unfit = result.draws[result.draws["strategy"] == f"{specification.name} · unfit"]
    assert len(unfit) == 8 and unfit["problem"].str.startswith(reason).all()


def test_a_variance_s_rows_bear_the_warnings_of_the_match_they_share():
    @dataclass(frozen=True)
    class Warned:
        def assign(self, units):
            warnings.warn("far apart", im.OverlapWarning, stacklevel=2)
            return im.NearestNeighbor(im.Mahalanobis()).assign(units)

    draws = certify(TWIN, [im.Specification("w", Warned())], draws=2, variances=im.OTHER_VARIANCES).draws
    assert draws["strategy"].nunique() == 4 and draws["warnings"].str.contains("OverlapWarning").all()


def test_other_variances_are_another_design(tmp_path):
    path = tmp_path / "draws.csv"
    first = certify(TWIN, TWO[:1], draws=2, variances={"CR2": im.ClusterRobust(im.BiasReduced())}, path=path)
    for other in (None, {"CR1": im.ClusterRobust(im.InSample())}, {"CR2": im.ClusterRobust(im.InSample())}):
        with pytest.raises(im.DataError, match="other strategies, variances, twin"):
            certify(TWIN, TWO[:1], draws=2, variances=other, path=path)
    again = certify(TWIN, TWO[:1], draws=2, variances={"CR2": im.ClusterRobust(im.BiasReduced())}, path=path)
    pd.testing.assert_frame_equal(again.frame, first.frame, check_exact=True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([im.ClusterRobust()], "variances must be a mapping of names to variances, such as .*; got list"),
        (
            {"CR2": "cluster"},
            r"variances\['CR2'\] must be an object with uncertainty\(estimation\), .*; got str",
        ),
        ({"CR2": im.ClusterRobust}, "got type"),
        ({"": im.ClusterRobust()}, "A name in variances must be a text that is not empty; got str"),
        ({3: im.ClusterRobust()}, "A name in variances must be a text that is not empty; got int"),
    ],
)
def test_what_is_no_variance_is_refused(wrong, message):
    with pytest.raises(im.OptionError, match=message):
        certify(TWIN, TWO, draws=2, variances=wrong)


def test_names_that_would_meet_are_refused():
    meeting = (im.Specification("A", TWO[0].strategy), im.Specification("A · CR2", TWO[1].strategy))
    with pytest.raises(im.OptionError, match=r"'A · CR2' appears twice"):
        certify(TWIN, meeting, draws=2, variances={"CR2": im.ClusterRobust(im.BiasReduced())})


def test_the_summary_by_hand():
    # Truths 10, 11, 12, estimates 9, 12, 15: errors -1, 1, 3, bias 1, SD 2; intervals ±2 cover the first two; p below .05 once.
    # Against their mean, 11: errors -2, 1, 4.
    blank = dict.fromkeys(DRAW_COLUMNS, 0.0)
    rows = [
        blank
        | {
            "draw": k,
            "strategy": "s",
            "outcome": "y",
            "estimate": 10.0 + k + error,
            "std_error": 1.0,
            "conf_low": 8.0 + k + error,
            "conf_high": 12.0 + k + error,
            "p_value": p_value,
            "truth": 10.0 + k,
            "truth_matched": 12.0,
            "share_kept": 0.9,
            "variance": "v",
            "problem": "",
        }
        for k, (error, p_value) in enumerate([(-1, 0.2), (1, 0.06), (3, 0.01)])
    ]
    table = Certification(pd.DataFrame(rows), 0.95, "by hand", 0).frame.set_index("target")
    whole, matched, population = (
        table.loc["all treated"],
        table.loc["matched treated"],
        table.loc["population"],
    )
    assert (whole["bias"], whole["sd"], whole["mean_se"], whole["se_over_sd"]) == pytest.approx(
        (1, 2, 1, 0.5)
    )
    assert (whole["coverage"], whole["power"], whole["draws"]) == pytest.approx((2 / 3, 1 / 3, 3))
    assert whole["coverage_error"] == pytest.approx(np.sqrt(2 / 27))
    assert (matched["bias"], matched["coverage"]) == pytest.approx((0, 1 / 3))
    assert (population["truth"], population["bias"], population["sd"]) == pytest.approx((11, 1, 3))
    assert population["coverage"] == pytest.approx(2 / 3)


def test_a_twin_without_chance_has_no_spread_to_compare_with():
    rows = [dict.fromkeys(DRAW_COLUMNS, 1.0) | {"draw": k, "variance": "v", "problem": ""} for k in range(3)]
    table = Certification(pd.DataFrame(rows), 0.95, "by hand", 0).frame
    assert (table["sd"] == 0).all() and table[["se_over_sd", "bias_over_sd"]].isna().all(axis=None)


def test_the_terminal_shows_an_outcome_a_line_within_120_columns(five):
    shown = repr(five)
    assert all(
        len(line) <= 120 for line in shown.splitlines() if not line.startswith(("bias/SD", "SYNTHETIC"))
    )
    assert shown.count("5 draws, 0 failed; linearised by group") == five.frame["strategy"].nunique()
    row = five.frame[five.frame["target"] == "population"].iloc[0]
    line = next(line for line in shown.splitlines() if line.startswith(row["outcome"]))
    assert (
        f"{row['coverage']:.3f} ±{row['coverage_error']:.3f}" in line and f"{row['median_se']:,.4g}" in line
    )
    assert "nan" not in shown and "SYNTHETIC DATA: 5 surveys" in shown


def test_a_strategy_that_always_fails_is_shown_with_its_failures():
    broken = im.Specification("trimmed away", im.Kernel(im.PropensityScore(), bandwidth=1e-12))
    shown = repr(certify(TWIN, [broken], draws=2, seed=1))
    assert "trimmed away (0 draws, 2 failed; no estimate)" in shown and "nan" not in shown
