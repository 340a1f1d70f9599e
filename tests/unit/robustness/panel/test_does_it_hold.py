"""Trends before entry, honest bounds, placebo dates, lost households: by hand and on the twin whose trends are known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import linprog

import impact as im
from impact.robustness.panel.event_path import EventPath
from impact.robustness.panel.relative_magnitude import RelativeMagnitude
from impact.robustness.panel.smooth_trend import SmoothTrend


def staggered(seed=0, groups=120, trend=0.0, effect=2.0, waves=5):
    """Groups that enter in wave 3, 4 or never, with a trend of their own for those that enter."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), 4)
    entry = np.array([0, 3, 4])[np.arange(groups) % 3][group]
    x, level, parts = draw.normal(size=len(group)), draw.normal(size=len(group)), []
    for wave in range(waves):
        y = (
            10
            + level
            + wave
            + trend * wave * (entry > 0)
            + 0.5 * x * wave
            + effect * ((entry > 0) & (wave >= entry))
        )
        y = y + draw.normal(size=groups)[group] * 0.3 + draw.normal(size=len(group))
        parts.append(
            pd.DataFrame(
                {"hh": np.arange(len(group)), "group": group, "wave": wave, "entry": entry, "x": x, "y": y}
            )
        )
    return pd.concat(parts, ignore_index=True)


def panel(frame, **roles):
    return im.Panel(
        frame, "hh", "wave", "entry", **({"covariates": ["x"], "outcomes": ["y"], "cluster": "group"} | roles)
    )


def effects(frame, **options):
    return im.group_time_effects(panel(frame), **({"base": "universal"} | options))


def test_the_joint_test_by_hand():
    found = effects(staggered())
    test = im.pre_trend_test(found, trend=0.5)
    table = found.aggregate("event")
    names = [f"event {time}" for time in (-4, -3, -2)]
    values = np.array([table.one(subgroup=name).estimate for name in names])
    influence = table.influence[names]
    rows = staggered().drop_duplicates("hh").set_index("hh").loc[influence.index]
    sums = influence.groupby(rows["group"].to_numpy()).sum() / len(influence)
    covariance = 40 / 39 * (sums.T @ sums).to_numpy()  # three cohorts of forty groups
    wald = values @ np.linalg.solve(covariance, values)
    statistic = wald / 3 * (118 - 3 + 1) / 118
    assert test.statistic == pytest.approx(statistic)
    assert test.p_value == pytest.approx(stats.f.sf(statistic, 3, 116))
    shift = 0.25 * np.array([3, 2, 1.0]) @ np.linalg.solve(covariance, np.array([3, 2, 1.0]))
    assert test.power == pytest.approx(stats.ncf.sf(stats.f.isf(0.05, 3, 116), 3, 116, shift))
    at_eighty = im.pre_trend_test(found, trend=test.detectable_trend)
    assert at_eighty.power == pytest.approx(0.8, abs=1e-6)


def test_it_finds_a_trend_that_is_there():
    assert im.pre_trend_test(effects(staggered(1, trend=0.6))).p_value < 0.01
    assert im.pre_trend_test(effects(staggered(1), base="varying")).p_value > 0.05


def test_without_waves_before_there_is_nothing_to_test():
    short = staggered()[lambda rows: (rows["wave"] > 1) & (rows["entry"] != 4)]
    with pytest.raises(im.EstimationError, match="takes two waves before"):
        im.pre_trend_test(effects(short))


def test_no_relative_magnitude_is_the_interval_under_parallel_trends():
    found = effects(staggered(2))
    bounds = im.honest_bounds(found, relative=(0.0, 0.5, 1.0))
    now = found.aggregate("event").one(subgroup="event 0")
    assert bounds.frame.loc[0, "conf_high"] == pytest.approx(
        now.estimate + stats.t.ppf(0.975, 118) * now.std_error
    )
    assert (bounds.frame["conf_high"] - bounds.frame["conf_low"]).is_monotonic_increasing
    at_breakdown = im.honest_bounds(found, relative=(bounds.breakdown,)).frame.loc[0, "conf_low"]
    assert at_breakdown == pytest.approx(0, abs=1e-3)
    assert "Magnitud relativa" in bounds.notes[0].es


def path(seed=0, before=3, after=2):
    draw = np.random.default_rng(seed)
    factor = draw.normal(size=(before + after, 12))
    return EventPath(draw.normal(size=before + after), factor @ factor.T / 12, before)


@pytest.mark.parametrize("weight", [(1.0, 0.0), (0.0, 1.0), (0.5, 0.5)])
def test_moments_are_the_linear_program_without_the_other_effects(weight):
    """The least η such that other effects can be chosen to keep every step within M v + η of its standard error."""
    found, effect, size = path(), 0.7, 1.5
    weight = np.array(weight)
    moments = list(RelativeMagnitude(found, weight, 0.05)._moments(size))
    largest = found.steps[:3]
    for moment, step in zip(moments, np.vstack([largest, -largest]), strict=True):
        rows = np.vstack([found.steps[3:] - size * step, -found.steps[3:] - size * step])
        scale = np.sqrt(np.einsum("ij,jk,ik->i", rows, found.covariance, rows))
        limits = np.column_stack([-rows[:, 3:], -scale])  # rows (estimates − effects) ≤ η scale
        solved = linprog(
            [0, 0, 1],
            A_ub=limits,
            b_ub=-rows @ found.estimates,
            A_eq=[[*weight, 0]],
            b_eq=[effect],
            bounds=(None, None),
        )
        assert (moment.values + moment.slopes * effect).max() == pytest.approx(solved.fun)


def test_weights_of_smoothness_are_the_shortest_of_many():
    found, weight = path(1), np.array([1.0, 0.0])
    smooth = SmoothTrend(found, weight, 0.05)
    chosen = smooth._weights(0.3)
    assert chosen @ [1, 2, 3] == pytest.approx(1)
    best = smooth._reach(chosen, 0.3)
    for near in np.random.default_rng(0).normal(size=(200, 2)):
        other = np.append(1 - 2 * near[0] - 3 * near[1], near)
        assert smooth._reach(other, 0.3) >= best - 1e-6


def test_smoothness_takes_out_a_steady_trend():
    found = effects(staggered(4, groups=600, trend=0.8), comparison="never treated")
    plain = im.honest_bounds(found, relative=(0.0,)).frame.loc[0]
    straight = im.honest_bounds(found, relative=(), smoothness=(0.0, 0.5)).frame
    assert plain["conf_low"] > 2.0  # a trend of .8 read as effect
    assert straight.loc[0, "conf_low"] < 2.0 < straight.loc[0, "conf_high"]
    assert straight.loc[1, "conf_high"] - straight.loc[1, "conf_low"] > 1.0


def test_an_anticipated_wave_is_not_one_of_those_before():
    """Where households act one wave before entry, that wave is a step to the effect, not a trend before it."""
    frame = staggered(5, groups=240)
    early = frame.assign(y=frame["y"] + 3.0 * ((frame["entry"] > 0) & (frame["wave"] == frame["entry"] - 1)))
    bounds = im.honest_bounds(effects(early, anticipation=1), relative=(0.5,)).frame.loc[0]
    plain = im.honest_bounds(effects(frame, anticipation=1), relative=(0.5,)).frame.loc[0]
    assert bounds["conf_low"] == pytest.approx(plain["conf_low"], abs=1e-9)


def test_honest_bounds_refuse():
    frame = staggered()
    with pytest.raises(im.OptionError, match='must have base="universal"'):
        im.honest_bounds(im.group_time_effects(panel(frame)))
    with pytest.raises(im.OptionError, match="event must be one of 0, 1; got 7"):
        im.honest_bounds(effects(frame), event=7)
    gap = frame.assign(wave=frame["wave"].replace({4: 6}), entry=frame["entry"].replace({4: 6}))
    with pytest.raises(im.OptionError, match="waves one unit apart and one base time"):
        im.honest_bounds(effects(gap))
    with pytest.raises(im.OptionError, match="at least 0"):
        im.honest_bounds(effects(frame), relative=(-1.0,))


def test_placebo_dates_find_nothing_but_a_trend():
    quiet = im.placebo_dates(panel(staggered(4, groups=300)), waves_earlier=2)
    first = quiet.one(subgroup="all")
    assert abs(first.statistic) < 3
    assert first.strategy == "placebo, doubly robust"
    moving = im.placebo_dates(panel(staggered(4, groups=300, trend=0.8)), waves_earlier=2).one(subgroup="all")
    assert moving.statistic > 5
    with pytest.raises(im.SupportError, match="No cohort enters late enough"):
        im.placebo_dates(panel(staggered()), waves_earlier=4)


def test_placebo_dates_use_only_rows_before_entry():
    frame = staggered(5)
    changed = frame.assign(y=frame["y"] + 1000 * ((frame["entry"] > 0) & (frame["wave"] >= frame["entry"])))
    first, again = (im.placebo_dates(panel(data)).one(subgroup="all") for data in (frame, changed))
    assert again.estimate == pytest.approx(first.estimate, abs=1e-9)


def lossy(seed=0, groups=400):
    """Two waves; poor households are lost, above all among those that do not enter, and their incomes rise faster."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), 5)
    treated = (np.arange(groups) % 2 == 0)[group]
    before = draw.normal(size=len(group)) + draw.normal(size=groups)[group]
    after = before + 1 - 0.8 * before + 2.0 * treated + draw.normal(size=len(group))
    lost = draw.random(len(group)) < 1 / (1 + np.exp(1.5 + 1.2 * before * ~treated))
    wide = pd.DataFrame({"hh": np.arange(len(group)), "group": group, "treated": treated})
    long = pd.concat(
        [wide.assign(wave=0, y=before), wide[~lost].assign(wave=1, y=after[~lost])], ignore_index=True
    )
    return im.Panel(long, "hh", "wave", treatment="treated", outcomes=["y"], cluster="group")


def test_response_weights_mend_what_the_first_outcome_explains():
    data = lossy()
    plain = im.two_wave_effects(data).one("y")
    weighted = im.two_wave_effects(im.with_response_weights(data)).one("y")
    assert plain.estimate - 2 > 2.5 * plain.std_error
    assert abs(weighted.estimate - 2) < 2 * weighted.std_error
    assert any("probability to be found" in rule for rule in im.with_response_weights(data).rules)
    assert data.attrition.p_value < 0.05


def test_lee_bounds_on_the_change():
    data = lossy()
    bounds = im.panel_lee_bounds(data)
    values = data.values(data.outcomes[0])
    found = data.observed[:, 1]
    direct = im.lee_bounds(
        np.where(found, values[:, 1] - values[:, 0], 0),
        data.ever_treated.astype(int),
        found,
        cluster=data.group,
    )
    assert (bounds.lower, bounds.upper) == (direct.lower, direct.upper)
    assert bounds.lower < bounds.difference < bounds.upper


def test_trends_by_covariate_are_the_regression_of_those_that_wait():
    import statsmodels.api as sm

    frame = staggered(6)
    table = im.trends_by_covariate(panel(frame, cluster=None))
    wide = frame.pivot(index="hh", columns="wave", values="y")
    rows = frame.drop_duplicates("hh").set_index("hh")
    x = (rows["x"] - rows["x"].mean()) / rows["x"].std(ddof=0)
    waits = rows["entry"] == 0
    fit = sm.OLS((wide[4] - wide[0])[waits], sm.add_constant(x[waits])).fit(cov_type="HC0")
    assert table.loc[0, "level"] is None  # a number has no level
    assert table.loc[0, "slope"] == pytest.approx(fit.params["x"])
    assert table.loc[0, "std_error"] == pytest.approx(fit.bse["x"])
    assert table.loc[0, "bias"] == pytest.approx(fit.params["x"] * (x[~waits].mean() - x[waits].mean()))


def test_the_twin_is_a_panel_whose_treatment_is_receiving():
    survey = im.synthetic.rural_alliances_panel(3, groups=60, staggered=True)
    assert survey.roles()["treatment"] == "receiving"
    data = im.Panel(survey.household, **survey.panel_roles())
    assert data.synthetic
    assert data.cohorts == (1, 2)
    with pytest.raises(im.OptionError, match="has one wave"):
        im.synthetic.rural_alliances(3, groups=30).panel_roles()


def test_trends_by_covariate_of_one_arm_are_refused():
    """Where everybody enters by the last wave there is nobody whose change the covariates could tell apart."""
    unit, wave = np.repeat(np.arange(24), 3), np.tile([0, 1, 2], 24)
    frame = pd.DataFrame(
        {"hh": unit, "wave": wave, "entry": 1 + unit % 2, "x": unit % 5, "y": unit % 7 + 1.0 * wave}
    )
    panel = im.Panel(frame, "hh", "wave", "entry", covariates=["x"], outcomes=["y"])
    with pytest.raises(im.SupportError, match="no two arms"):
        im.trends_by_covariate(panel)
    waiting = frame.assign(entry=np.where(unit % 3 == 0, 0, frame["entry"]))
    same = waiting.assign(z=np.where(unit % 3 == 0, 2.0 * waiting["x"], unit % 4))
    panel = im.Panel(same, "hh", "wave", "entry", covariates=["x", "z"], outcomes=["y"])
    with pytest.raises(im.DataError, match=r"trends by covariate: the covariates are collinear"):
        im.trends_by_covariate(panel)


def test_a_covariate_that_tells_who_was_lost_is_named_as_that():
    frame = staggered(4, groups=30, waves=4)
    frame["moving"] = (frame["hh"] % 7 == 0) * 1.0
    data = panel(frame[(frame["moving"] == 0) | (frame["wave"] < 3)], covariates=["x", "moving"])
    with pytest.raises(
        im.EstimationError, match="who was lost among the treated households: 'moving' tells it perfectly"
    ) as told:
        im.with_response_weights(data)
    assert "treatment" not in str(told.value)
    assert "'moving' lo dice perfectamente" in told.value.text.es
