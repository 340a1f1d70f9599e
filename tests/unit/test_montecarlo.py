"""certify(): what it counts, that it can be interrupted, and that one seed gives one answer."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.robustness.certification import DRAW_COLUMNS, Certification
from impact.robustness.montecarlo import certify
from impact.robustness.twins import RuralAlliancesTwin, potential_outcomes

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
        ours = potential_outcomes(survey.household, survey.truth, state, outcomes)
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
