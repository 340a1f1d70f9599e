"""The effect's curve over the poverty line and its uniform band: by hand, against estimate() and theory, refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

import impact as im
from impact.effects.arm_means.linearised_by import suited_to
from impact.effects.distribution.dominance import CURVE_COLUMNS
from impact.effects.distribution.poverty_curve import poverty_curve
from impact.effects.distribution.uniform_band import sup_critical_value
from tests.surveys import groups_in_turn, sample_of

NEAREST = im.NearestNeighbor(im.Mahalanobis(), ratio=2)


def poor_households(groups=80, effect=0.5):
    """Households whose incomes are log-normal, with labels in no order; the effect is in logarithms."""
    frame = groups_in_turn(groups, effect=effect)
    labels = [f"h{number:04d}" for number in np.random.default_rng(1).permutation(len(frame))]
    logs = 5.5 + 0.65 * (frame["income"] - 20 - effect * frame["treated"]) + effect * frame["treated"]
    return frame.assign(income=np.exp(logs)).set_axis(labels)


def matched_of(frame, strategy=NEAREST, **changes):
    roles = {"covariates": ["x"], "outcomes": [], "sampling_weight": "weight"} | changes
    return im.match(sample_of(frame, **roles), strategy)


@pytest.fixture(scope="module")
def matched():
    return matched_of(poor_households())


def test_one_line_by_hand():
    # Two groups an arm, line 6: as in the tests of poverty_effects, gap sums ±1/3 and, scaled, ±(2/3)√2 over a size of 4.
    frame = pd.DataFrame(
        {"treated": [1, 1, 1, 1, 0, 0, 0, 0], "x": [0.0, 1, 0, 1, 0, 1, 0, 1], "group": list("aabbccdd"),
         "income": [4.0, 4, 8, 8, 1, 1, 5, 5]}
    )  # fmt: skip
    matched = matched_of(frame, im.NearestNeighbor(im.Euclidean(scale="none")), sampling_weight=None)
    with pytest.warns(im.FewClustersWarning, match="about 2 groups"):
        curve = poverty_curve(matched, "income", [6.0], alpha=1)
    row = curve.frame.iloc[0]
    first, second = 2 * 2 / 9 / 16, 2 * 2 * 8 / 9 / 16
    freedom = (first + second) ** 2 / (first**2 / 2 + second**2 / 2)
    assert row["effect"] == pytest.approx(1 / 6 - 1 / 2, rel=1e-12)
    assert (row["treated_level"], row["control_level"]) == pytest.approx((1 / 6, 1 / 2), rel=1e-12)
    assert row["std_error"] == pytest.approx(np.sqrt(first + second), rel=1e-12)
    reach = t.ppf(0.975, freedom) * np.sqrt(first + second)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((-1 / 3 - reach, -1 / 3 + reach), rel=1e-9)
    # Four groups with weights 1 : 1 : √8 : √8 and Webb's factors cannot pass 1.96 in 5 % of the draws: the normal stands.
    assert curve.sup_critical_value == pytest.approx(norm.ppf(0.975), rel=1e-12)
    assert (row["band_low"], row["band_high"]) == pytest.approx((row["conf_low"], row["conf_high"]), rel=1e-9)


def test_the_critical_value_of_one_group_is_a_value_of_webbs_distribution():
    # |v| is √½, 1 or √1.5, each in a third of the draws.
    values = [sup_critical_value(np.array([[3.0]]), level, 2999, seed=1) for level in (0.2, 0.5, 0.8)]
    assert values == pytest.approx(np.sqrt([0.5, 1.0, 1.5]), rel=1e-12)


@pytest.mark.parametrize("number", [1, 10])
def test_the_critical_value_of_independent_estimates_is_the_normals(number):
    # Each estimate rests on 100 groups of its own. The quantile of R draws has standard error √(p(1-p)/R)/density.
    sums = np.kron(np.eye(number), np.ones((100, 1)))
    draws, seeds, level = 1999, range(4), 0.95
    drawn = np.mean([sup_critical_value(sums, level, draws, seed) for seed in seeds])
    critical = norm.ppf((1 + level ** (1 / number)) / 2)
    density = number * 2 * norm.pdf(critical) * level ** ((number - 1) / number)
    error = np.sqrt(level * (1 - level) / (draws * len(seeds))) / density
    assert abs(drawn - critical) < 3 * error


def test_with_one_line_the_band_is_nearly_the_interval(matched):
    # The critical value is the 95 % quantile of 9,999 draws: its Monte Carlo standard error is .0187, 1 % of 1.96.
    row = poverty_curve(matched, "income", [250.0], replications=9999).frame.iloc[0]
    ratio = (row["band_high"] - row["band_low"]) / (row["conf_high"] - row["conf_low"])
    assert 1.0 <= ratio < 1 + 3 * 0.0187 / 1.96


@pytest.mark.parametrize("persons", [None, "size"])
@pytest.mark.parametrize("alpha", [0, 1, 2])
@pytest.mark.parametrize("adjustment", [None, "linear"])
def test_every_line_is_the_estimate_of_its_outcome(matched, alpha, persons, adjustment):
    lines = [120.0, 250.0, 400.0]
    outcomes = [
        im.Headcount("income", z, persons) if alpha == 0 else im.PovertyGap("income", z, persons, alpha=alpha)
        for z in lines
    ]
    frame = im.estimate(matched, outcomes, bias_adjustment=adjustment).frame
    curve = poverty_curve(
        matched, "income", lines, alpha=alpha, persons=persons, bias_adjustment=adjustment
    ).frame
    same = {"effect": "estimate", "control_level": "control_mean"}
    for name in ("effect", "std_error", "degrees_of_freedom", "conf_low", "conf_high", "control_level"):
        np.testing.assert_allclose(curve[name], frame[same.get(name, name)], rtol=1e-10)
    np.testing.assert_allclose(curve["treated_level"] - curve["control_level"], curve["effect"], rtol=1e-12)


@pytest.mark.filterwarnings("ignore::impact.FewClustersWarning", "ignore::impact.LittleBiasRemovedWarning")
@pytest.mark.parametrize("cluster", ["group", None])
def test_without_replacement_too_every_line_is_the_estimate_of_its_outcome(cluster):
    once = im.NearestNeighbor(im.Mahalanobis(), replace=False, order="closest")
    matched = matched_of(poor_households(groups=40), once, cluster=cluster)
    single = im.estimate(
        matched, [im.Headcount("income", 250.0)], im.ClusterRobust.of(suited_to(matched)), "linear"
    ).one()
    row = poverty_curve(matched, "income", [150.0, 250.0]).frame.iloc[1]
    for curve_name, name in (("effect", "estimate"), ("std_error", "std_error"), ("conf_high", "conf_high")):
        assert row[curve_name] == pytest.approx(getattr(single, name), rel=1e-10)
    assert row["band_low"] < row["conf_low"]


def test_the_band_contains_the_interval_and_is_the_interval_at_a_higher_level(matched):
    curve = poverty_curve(matched, "income", (60, 900, 40))
    frame = curve.frame
    assert tuple(frame.columns) == CURVE_COLUMNS and len(curve) == 40
    assert (frame["band_low"] < frame["conf_low"]).all() and (frame["band_high"] > frame["conf_high"]).all()
    at_once = 2 * norm.cdf(curve.sup_critical_value) - 1
    higher = poverty_curve(matched, "income", (60, 900, 40), level=at_once).frame
    np.testing.assert_allclose(frame[["band_low", "band_high"]], higher[["conf_low", "conf_high"]], rtol=1e-9)
    assert norm.ppf(0.975) < curve.sup_critical_value < norm.ppf(1 - 0.025 / 40)  # below Bonferroni's


def test_a_range_of_lines_is_evenly_spaced(matched):
    given = poverty_curve(matched, "income", (100, 300, 5)).frame
    pd.testing.assert_frame_equal(
        given, poverty_curve(matched, "income", np.array([100, 150, 200, 250, 300])).frame
    )


@pytest.mark.filterwarnings("ignore::impact.FewClustersWarning", "ignore::impact.LittleBiasRemovedWarning")
@pytest.mark.parametrize("cluster", ["group", None])
@pytest.mark.parametrize(
    "strategy",
    [NEAREST, im.NearestNeighbor(im.Mahalanobis(), replace=False, order="closest")],
    ids=["with", "without"],
)
def test_one_seed_gives_one_band_whatever_the_order_of_the_rows(cluster, strategy):
    frame = poor_households(groups=30)
    first, shuffled = (
        poverty_curve(matched_of(table, strategy, cluster=cluster), "income", (100, 600, 9), seed=7)
        for table in (frame, frame.sample(frac=1, random_state=2))
    )
    assert shuffled.sup_critical_value == pytest.approx(first.sup_critical_value, rel=1e-9)
    np.testing.assert_allclose(shuffled.frame, first.frame, rtol=1e-8)


def test_another_seed_gives_another_band_but_the_same_curve(matched):
    one, other = (poverty_curve(matched, "income", (60, 900, 30), seed=seed) for seed in (1, 2))
    assert one.sup_critical_value != other.sup_critical_value
    pd.testing.assert_frame_equal(
        one.frame.drop(columns=["band_low", "band_high"]), other.frame.drop(columns=["band_low", "band_high"])
    )
    assert (
        one.sup_critical_value == poverty_curve(matched, "income", (60, 900, 30), seed=1).sup_critical_value
    )


def test_dominance_names_the_lines_at_which_the_whole_band_lies_on_one_side(matched):
    curve = poverty_curve(matched, "income", (20, 2000, 100))
    below = curve.frame["line"][curve.frame["band_high"] < 0]
    inside = [low <= line <= high for line in curve.frame["line"] for low, high in curve.ranges_below_zero]
    assert len(below) == np.sum(inside) > 10 and curve.ranges_above_zero == ()
    assert curve.ranges_below_zero[0][0] == below.iloc[0] and curve.ranges_below_zero[-1][1] == below.iloc[-1]
    assert (
        "the headcount (households) is lower with the programme at every one of the lines" in curve.dominance
    )
    worse = poverty_curve(
        matched_of(poor_households(effect=-0.8)), "income", (20, 2000, 100), alpha=1, persons="size"
    )
    assert worse.ranges_above_zero and "the gap (persons) is higher with the programme" in worse.dominance
    nothing = poverty_curve(matched_of(poor_households(effect=0.0)), "income", (100, 600, 9))
    assert nothing.ranges_below_zero == () and "differs from zero at no line" in nothing.dominance


def test_lines_at_which_nobody_is_poor_have_no_band_and_leave_the_others_alone(matched):
    poorest = matched.sample.frame["income"].min()
    curve = poverty_curve(matched, "income", [poorest / 4, poorest / 2, 200.0, 300.0])
    without = poverty_curve(matched, "income", [200.0, 300.0])
    empty, numbers = curve.frame.iloc[:2], ["std_error", "conf_low", "conf_high", "band_low", "band_high"]
    assert empty[numbers].isna().all(axis=None) and np.abs(empty["effect"]).max() < 1e-12
    pd.testing.assert_frame_equal(curve.frame.iloc[2:].reset_index(drop=True), without.frame)
    assert "No band at 2 lines where nobody, or everybody, is poor." in curve.notes
    with pytest.raises(im.EstimationError, match="nobody, or everybody, is poor"):
        poverty_curve(matched, "income", [poorest / 2])


def test_views_say_what_they_are(matched):
    curve = poverty_curve(matched, "income", (100, 300, 3), persons="size", alpha=1.5, level=0.9)
    assert repr(curve).startswith(
        "ATT on the fgt1.5 (persons) at 3 lines from 100 to 300\nBy the uniform 90% band over 3 lines"
    )
    assert "999 multiplier draws by group, seed 0" in repr(curve) and "by 'size'" in repr(curve)
    assert not curve.synthetic and "SYNTHETIC" not in repr(curve) + curve._repr_html_()
    marked = poverty_curve(matched_of(poor_households(), synthetic=True), "income", [200.0])
    assert (
        repr(marked).startswith("SYNTHETIC DATA")
        and "<strong>SYNTHETIC DATA</strong>" in marked._repr_html_()
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((100, 200), "a tuple of 2"),
        ((100.0, 200.0, 300.0), r"the number in \(low, high, number\) must be a whole number"),
        ((200, 100, 5), "above zero and rising"),
        ([], "above zero and rising"),
        ([0.0, 100.0], "above zero and rising"),
        ([100.0, 100.0], "above zero and rising"),
        ([100.0, np.inf], "above zero and rising"),
        ([[100.0, 200.0]], "above zero and rising"),
    ],
)
def test_wrong_lines_are_refused(matched, lines, message):
    with pytest.raises(im.OptionError, match=message):
        poverty_curve(matched, "income", lines)


def test_wrong_options_are_refused(matched):
    with pytest.raises(
        im.OptionError, match=r"replications must be at least 19 for a band at level 0\.95; got 18"
    ):
        poverty_curve(matched, "income", [200.0], replications=18)
    with pytest.raises(im.OptionError, match="level must be a number in"):
        poverty_curve(matched, "income", [200.0], level=95)
    with pytest.raises(im.OptionError, match="alpha must be"):
        poverty_curve(matched, "income", [200.0], alpha=-1)
    with pytest.raises(im.OptionError, match="seed must be"):
        poverty_curve(matched, "income", [200.0], seed=-1)
    with pytest.raises(im.DataError, match="1 row of 400 has no finite income"):
        broken = poor_households()
        broken.iloc[3, broken.columns.get_loc("income")] = np.nan
        poverty_curve(matched_of(broken), "income", [200.0])
