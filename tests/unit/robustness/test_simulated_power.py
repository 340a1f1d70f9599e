"""simulated_power(): a two-sample t-test whose power is known by formula, curves counted by hand, and what is refused."""

import pickle
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

import impact as im
from impact.design.proposal import Assignment
from impact.effects.variances.estimation import Uncertainty
from impact.robustness.certification import DRAW_COLUMNS, Certification
from impact.robustness.power_curve import POWER_COLUMNS, PowerCurve
from impact.robustness.twins import TwinTrial

UNITS = 40
PLAN = im.SurveyPlan(groups=UNITS, members=1, icc=0.0)  # the two-sample t-test with 38 degrees of freedom
EFFECTS = (0, 0.6, 0.9, 1.2)


@dataclass(frozen=True)
class TwoSamples:
    """Forty normal outcomes with mean 10 and SD 3, of which every second gets thrice the effect."""

    effect: float

    def draw(self, seed):
        untreated = 10 + 3 * np.random.default_rng(seed).normal(size=UNITS)
        marks = np.arange(UNITS) % 2 == 0
        treated = untreated + 3 * self.effect
        columns = {"treated": marks, "age": np.arange(UNITS) % 7.0, "y": np.where(marks, treated, untreated)}
        sample = im.Sample(pd.DataFrame(columns), "treated", ["age"], ["y"], synthetic=True)
        return TwinTrial(sample, untreated[:, None], treated[:, None])


@dataclass(frozen=True)
class Everybody:
    """All controls, each with the same weight."""

    def assign(self, units):
        return Assignment(weights=np.ones(UNITS))


@dataclass(frozen=True)
class PooledVariance:
    """The two-sample t-test's own."""

    def uncertainty(self, estimation):
        marks, outcomes = estimation.matched.sample.treated, estimation.outcomes
        error = np.sqrt((outcomes[marks].var(0, ddof=1) + outcomes[~marks].var(0, ddof=1)) / (UNITS / 2))
        return Uncertainty(error, error / 10, np.full(1, UNITS - 2.0), error, "pooled")


T_TEST = (im.Specification("t-test", Everybody(), variance=PooledVariance()),)
KERNEL = im.FOUR_STRATEGIES[1:2]


def alliances(effect):
    return im.RuralAlliancesTwin(groups=60, effect=effect, outcomes=("income_labour",))


@pytest.fixture(scope="module")
def curve():
    return im.simulated_power(TwoSamples, EFFECTS, T_TEST, draws=200, seed=1)


def certification(detected, of, failed=0, level=0.95):
    """Return a certification of which so many draws are detected; the true effect is minus twice the number of detected."""
    blank = dict.fromkeys(DRAW_COLUMNS, 1.0) | {"strategy": "s", "outcome": "y", "variance": "v"}
    rows = [
        blank
        | {"draw": k, "p_value": 0.01 if k < detected else 0.5, "problem": "" if k < of else "DataError: no"}
        for k in range(of + failed)
    ]
    truths = {"truth": -2.0 * detected, "percent_truth": -float(detected)}
    return Certification(pd.DataFrame(rows).assign(**truths), level, "by hand", 0)


def test_power_is_that_of_the_noncentral_t(curve):
    frame = curve.frame
    assert tuple(frame) == POWER_COLUMNS and frame["effect"].tolist() == list(EFFECTS)
    assert frame["true_effect"].to_numpy() == pytest.approx(3 * np.array(EFFECTS), abs=1e-12)
    known = np.array([im.power_of(PLAN, effect, standard_deviation=1.0) for effect in EFFECTS])
    assert (np.abs(frame["power"] - known) < 3 * np.sqrt(known * (1 - known) / 200)).all()
    assert frame["power_error"].to_numpy() == pytest.approx(
        np.sqrt(frame["power"] * (1 - frame["power"]) / 200), rel=1e-12
    )
    assert (np.abs(frame["coverage"] - 0.95) < 3 * np.sqrt(0.05 * 0.95 / 200)).all()


def test_the_minimum_detectable_effect_is_that_of_the_noncentral_t(curve):
    row = curve.minimum_detectable_effect(power=0.8).iloc[0]
    known = brentq(lambda effect: im.power_of(PLAN, effect, 1.0) - 0.8, 0.1, 3.0)
    assert row["effect_low"] < known < row["effect_high"]
    assert row["effect"] == pytest.approx(known, abs=(row["effect_high"] - row["effect_low"]) / 2)
    assert row["effect_high"] - row["effect_low"] < 0.2 * known
    assert row["true_effect"] == pytest.approx(3 * row["effect"], rel=1e-9)
    # The treated's mean without the programme is 10 but for chance.
    assert row["percent"] == pytest.approx(100 * row["true_effect"] / 10, rel=0.03)
    assert row["reason"] == "" and row["size"] == curve.frame["power"].iloc[0]
    assert curve.minimum_detectable_effect(0.6)["effect"].iloc[0] < row["effect"]


def test_the_formula_stands_beside_the_simulation(curve):
    row = curve.beside_formula(PLAN, {"y": 3.0}).iloc[0]
    assert row["formula"] == pytest.approx(im.minimum_detectable_effect(PLAN, 3.0), rel=1e-12)
    assert row["simulated"] == pytest.approx(
        curve.minimum_detectable_effect()["true_effect"].iloc[0], rel=1e-12
    )
    assert row["simulated_low"] < row["formula"] < row["simulated_high"]
    assert row["ratio"] == pytest.approx(1.0, abs=0.1)
    with pytest.raises(im.OptionError, match="standard_deviations names 'income'"):
        curve.beside_formula(PLAN, {"income": 3.0})


def test_each_effect_is_drawn_with_the_same_seeds(curve):
    first, *others = (one.draws for one in curve.certifications.values())
    for other in others:
        assert other["seed"].equals(first["seed"])
        gain = other["estimate"] - first["estimate"]
        assert gain.to_numpy() == pytest.approx(other["truth"].to_numpy(), abs=1e-9)
    assert curve.frame["power"].is_monotonic_increasing


def test_the_crossing_by_hand():
    # Probits of .5 and .9: 0 and 1.2816; that of .8, .8416, lies .6567 of the way. True effects -100 and -180.
    row = (
        PowerCurve({2.0: certification(90, 100), 1.0: certification(50, 100)})
        .minimum_detectable_effect()
        .iloc[0]
    )
    share = norm.ppf(0.8) / norm.ppf(0.9)
    assert (row["effect"], row["true_effect"], row["percent"]) == pytest.approx(
        (1 + share, -100 - 80 * share, -50 - 40 * share), rel=1e-12
    )
    # Wilson's limits: .4038 and .5962 for 50 of 100, .8256 and .9448 for 90 of 100.
    ends = []
    for lower, upper in ((0.59617, 0.94477), (0.40383, 0.82563)):
        below, above = norm.ppf([lower, upper])
        ends.append(1 + (norm.ppf(0.8) - below) / (above - below))
    assert (row["effect_low"], row["effect_high"]) == pytest.approx(ends, abs=1e-4)
    assert row["reason"] == "" and np.isnan(row["size"])


def test_a_power_of_one_counts_as_half_a_draw_less():
    row = (
        PowerCurve({1: certification(50, 100), 2: certification(100, 100)})
        .minimum_detectable_effect()
        .iloc[0]
    )
    assert row["effect"] == pytest.approx(1 + norm.ppf(0.8) / norm.ppf(0.995), rel=1e-12)


def test_what_chance_put_out_of_order_is_pooled_by_the_number_of_draws():
    # 60 of 100 and 20 of 50 become 80 of 150 each.
    counts = {1: (10, 100), 2: (60, 100), 3: (20, 50), 4: (90, 100)}
    frame = PowerCurve({effect: certification(*count) for effect, count in counts.items()}).frame
    assert frame["power"].tolist() == [0.1, 0.6, 0.4, 0.9]
    assert frame["monotone_power"].to_numpy() == pytest.approx([0.1, 80 / 150, 80 / 150, 0.9], rel=1e-12)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ({0: 5, 1: 60}, "power is 60% at the largest effect, 1: add larger ones"),
        ({1: 85, 2: 95}, "power is 85% at the smallest effect, 1, already: add smaller ones"),
        (
            {0: 85, 2: 95},
            "power is 85% without any effect: the estimate is biased, or its standard error too small",
        ),
    ],
)
def test_effects_that_do_not_bracket_the_power_are_named(counts, reason):
    curve = PowerCurve({effect: certification(number, 100) for effect, number in counts.items()})
    row = curve.minimum_detectable_effect().iloc[0]
    assert row["reason"] == reason
    assert row[["effect", "effect_low", "effect_high", "true_effect", "percent", "percent_high"]].isna().all()
    assert curve.beside_formula(PLAN, {"y": 1.0})["reason"].tolist() == [reason]


@pytest.mark.parametrize(
    ("counts", "missing", "reason"),
    [
        ({1: 50, 2: 82}, ["effect_high"], "reaches beyond the largest effect"),
        ({1: 78, 2: 99}, ["effect_low"], "reaches below the smallest effect"),
        ({1: 78, 2: 82}, ["effect_low", "effect_high"], "reaches beyond the effects on both sides"),
    ],
)
def test_an_interval_that_the_effects_do_not_bracket_is_open(counts, missing, reason):
    curve = PowerCurve({effect: certification(number, 100) for effect, number in counts.items()})
    row = curve.minimum_detectable_effect().iloc[0]
    assert reason in row["reason"] and 1 < row["effect"] < 2
    assert [name for name in ("effect_low", "effect_high") if np.isnan(row[name])] == missing


def test_more_power_than_the_draws_can_tell_is_not_claimed():
    curve = PowerCurve({1: certification(5, 10), 2: certification(10, 10)})
    assert curve.minimum_detectable_effect(0.97)["reason"].tolist() == [
        "10 draws cannot tell a power of 0.97 from 1: draw more surveys"
    ]


def test_failed_draws_are_counted_and_effects_without_a_draw_left_out():
    counts = {0: (5, 100, 3), 1: (50, 100, 0), 2: (0, 0, 100), 3: (90, 100, 7)}
    curve = PowerCurve({effect: certification(*count) for effect, count in counts.items()})
    frame = curve.frame
    assert frame["failed"].tolist() == [3, 0, 100, 7] and frame["draws"].tolist() == [100, 100, 0, 100]
    assert frame["monotone_power"].isna().tolist() == [False, False, True, False]
    share = norm.ppf(0.8) / norm.ppf(0.9)
    row = curve.minimum_detectable_effect().iloc[0]
    assert (row["effect"], row["size"]) == pytest.approx((1 + 2 * share, 0.05), rel=1e-12)
    every = PowerCurve({effect: certification(0, 0, 9) for effect in (1, 2)})
    assert every.minimum_detectable_effect()["reason"].iloc[0].startswith("all draws failed")


def test_rows_stand_by_strategy_outcome_and_effect():
    def planned(effect):
        return im.RuralAlliancesTwin(
            groups=60, effect=effect, outcomes=("income_labour", "income_agr_pc_month")
        )

    curve = im.simulated_power(
        planned, [2, 0], KERNEL, draws=2, variances={"CR1": im.ClusterRobust(im.InSample())}
    )
    assert curve.frame[["strategy", "outcome", "effect"]].apply(tuple, axis=1).tolist() == [
        (f"Propensity kernel{end}", outcome, effect)
        for end in ("", " · CR1")
        for outcome in ("income_labour", "income_agr_pc_month")
        for effect in (0.0, 2.0)
    ]
    assert curve.frame["percent"].iloc[1] == pytest.approx(56.0, rel=1e-9)


def test_processes_do_not_change_the_answer_and_get_no_lambda():
    one = im.simulated_power(lambda effect: alliances(effect), [0, 2], KERNEL, draws=4)
    two = im.simulated_power(lambda effect: alliances(effect), [0, 2], KERNEL, draws=4, n_jobs=2)
    pd.testing.assert_frame_equal(one.frame, two.frame, check_exact=True)


def test_draws_are_taken_from_the_folder(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        TwoSamples,
        "draw",
        lambda self, seed, draw=TwoSamples.draw: drawn.append(self.effect) or draw(self, seed),
    )
    folder = tmp_path / "plan" / "draws"
    im.simulated_power(TwoSamples, [0, 1], T_TEST, draws=3, path=folder)
    assert sorted(file.name for file in folder.iterdir()) == ["effect-0.0.csv", "effect-1.0.csv"]
    drawn.clear()
    more = im.simulated_power(TwoSamples, [0, 0.5, 1], T_TEST, draws=4, path=folder)
    assert drawn == [0.0, 0.5, 0.5, 0.5, 0.5, 1.0]
    fresh = im.simulated_power(TwoSamples, [0, 0.5, 1], T_TEST, draws=4)
    pd.testing.assert_frame_equal(more.frame, fresh.frame, check_exact=True)
    with pytest.raises(im.DataError, match=r"effect-0\.0\.csv holds draws of another design"):
        im.simulated_power(TwoSamples, [0, 1], T_TEST, draws=3, seed=5, path=folder)


def test_a_file_is_no_folder(tmp_path):
    file = tmp_path / "draws.csv"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(im.OptionError, match=r"path must be a folder.*got the file 'draws\.csv'"):
        im.simulated_power(TwoSamples, [0, 1], T_TEST, draws=2, path=file)
    with pytest.raises(im.StorageError, match="a part of its path is a file"):
        im.simulated_power(TwoSamples, [0, 1], T_TEST, draws=2, path=file / "inside")
    assert file.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("effects", "message"),
    [
        ([1], r"effects must hold at least two different numbers; got \[1\]"),
        ([1, 1.0], r"at least two different numbers; got \[1, 1\.0\]"),
        ([0, -0.2], r"Each of effects must be a number of at least 0; got -0\.2"),
        (["a", 1], "Each of effects must be a number of at least 0; got 'a'"),
    ],
)
def test_what_is_no_size_is_refused(effects, message):
    with pytest.raises(im.OptionError, match=message):
        im.simulated_power(TwoSamples, effects, T_TEST, draws=2)


def test_what_gives_no_twin_is_refused_before_anything_is_drawn():
    with pytest.raises(im.OptionError, match="twin_of must be a callable from an effect"):
        im.simulated_power(TwoSamples(1.0), [0, 1], T_TEST, draws=2)
    with pytest.raises(
        im.OptionError, match=r"twin_of\(1\) must be an object with draw\(seed\); got NoneType"
    ):
        im.simulated_power(lambda effect: None if effect else TwoSamples(0.0), [0, 1], T_TEST, draws=2)


def test_a_curve_is_made_of_certifications_of_one_level():
    with pytest.raises(im.OptionError, match=r"must have one level; got 0\.9, 0\.95"):
        PowerCurve({1: certification(5, 10), 2: certification(6, 10, level=0.9)})
    for wrong in ([certification(5, 10)], {1: SimpleNamespace(level=0.95), 2: certification(5, 10)}):
        with pytest.raises(im.OptionError, match="certifications must be a mapping of effects to"):
            PowerCurve(wrong)
    with pytest.raises(im.OptionError, match=r"power must be a number in \(0\.5, 1\); got 80"):
        PowerCurve({1: certification(5, 10), 2: certification(9, 10)}).minimum_detectable_effect(80)


def test_it_says_that_the_data_are_synthetic_and_survives_pickling(curve):
    assert (
        "SYNTHETIC DATA: 200 surveys for each of 4 effects, with effect 0 from TwoSamples(effect=0.0)"
        in repr(curve)
    )
    assert "SYNTHETIC DATA" in curve._repr_html_() and "p-value below 0.05" in curve.note
    pd.testing.assert_frame_equal(pickle.loads(pickle.dumps(curve)).frame, curve.frame)
