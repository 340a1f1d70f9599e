"""Effects between two waves: by hand, their labels, matched samples, and what they refuse."""

import numpy as np
import pandas as pd
import pytest

import impact as im

ESTIMATORS = [
    im.DoublyRobust(),
    im.DoublyRobust(improved=True),
    im.OutcomeRegression(),
    im.InverseProbabilityWeighted(),
    im.InverseProbabilityWeighted(normalized=False),
    im.ChangeScore(),
    im.Ancova(),
    im.ChangeScore(common_slopes=False),
    im.Ancova(common_slopes=False),
    im.TwoWayFixedEffects(),
]


def two_waves(seed=0, groups=60, members=5, effect=4.0):
    """Groups of which half enter; a covariate that moves level, trend and entry."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), members)
    x = draw.normal(size=groups)[group] + draw.normal(size=len(group))
    treated = (draw.normal(size=groups) + 0.5 * x.reshape(groups, members).mean(1) > 0)[group]
    shock = draw.normal(size=groups)
    before = 50 + 2 * x + draw.normal(size=len(group))
    after = before + 1 + x + shock[group] + effect * treated + draw.normal(size=len(group))
    wide = pd.DataFrame(
        {"hh": np.arange(len(group)), "group": group, "x": x, "treated": treated, "size": 1 + group % 4}
    )
    long = pd.concat([wide.assign(wave=0, y=before), wide.assign(wave=1, y=after)])
    return long.reset_index(drop=True)


def panel(frame, **roles):
    given = {"covariates": ["x"], "outcomes": ["y"], "cluster": "group"} | roles
    return im.Panel(frame, "hh", "wave", treatment="treated", **given)


def hand():
    """Two treated and three comparison households, changes 6, 8 and 1, 2, 6."""
    return pd.DataFrame(
        {
            "hh": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
            "wave": [0, 1] * 5,
            "treated": [1, 1, 1, 1, 0, 0, 0, 0, 0, 0],
            "y": [4.0, 10.0, 6.0, 14.0, 5.0, 6.0, 3.0, 5.0, 7.0, 13.0],
        }
    )


@pytest.mark.parametrize(
    "estimator", [e for e in ESTIMATORS if not isinstance(e, im.Ancova)], ids=lambda e: e.label
)
def test_without_covariates_it_is_the_difference_of_mean_changes(estimator):
    table = im.two_wave_effects(
        im.Panel(hand(), "hh", "wave", treatment="treated", outcomes=["y"]), estimator=estimator
    )
    effect = table.one("y")
    assert effect.estimate == pytest.approx(7 - 3)
    # Σ(change − mean)²/n² of each arm: 2/4 and 14/9
    assert effect.std_error == pytest.approx(np.sqrt(2 / 4 + 14 / 9))
    assert effect.control_mean == pytest.approx(12 - 4)
    assert effect.percent_effect == pytest.approx(50.0)
    assert effect.identification == "difference-in-differences"
    assert effect.denominator == "counterfactual follow-up mean of the treated"
    assert (effect.n_treated, effect.n_control, effect.n_clusters) == (2, 3, 0)


def test_percent_interval_by_hand():
    """The share 4/8: influence (ψ − ½ψ_counterfactual)/8 with ψ_counterfactual that of the treated's follow-up mean less ψ."""
    effect = im.two_wave_effects(im.Panel(hand(), "hh", "wave", treatment="treated", outcomes=["y"])).one("y")
    own = np.array([-1 / 2, 1 / 2, 2 / 3, 1 / 3, -1.0])
    follow_up = np.array([-1.0, 1.0, 0, 0, 0])
    share = (own - 0.5 * (follow_up - own)) / 8
    reach = 1.959963984540054 * 100 * np.sqrt((share**2).sum())
    assert [effect.percent_conf_low, effect.percent_conf_high] == pytest.approx([50 - reach, 50 + reach])


def test_by_group_it_sums_influence_and_corrects_each_arm():
    frame = two_waves()
    table = im.two_wave_effects(panel(frame))
    effect, influence = table.one("y"), table.influence["y"]
    wide = frame[frame["wave"] == 0].set_index("hh").loc[influence.index]
    sums = influence.groupby(wide["group"]).sum() / len(influence)
    arm = wide.groupby("group")["treated"].first()
    parts = {a: (sums[arm == a], int((arm == a).sum())) for a in (True, False)}
    variance = {a: count / (count - 1) * (part**2).sum() for a, (part, count) in parts.items()}
    fourth = sum((count / (count - 1)) ** 2 * (part**4).sum() for part, count in parts.values())
    assert effect.std_error == pytest.approx(np.sqrt(sum(variance.values())))
    assert effect.degrees_of_freedom == pytest.approx(sum(variance.values()) ** 2 / fourth)
    assert effect.variance == "influence function by group, t"


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: e.label)
def test_what_must_not_matter_does_not(estimator):
    frame = two_waves(1).assign(weight=lambda rows: 1.0 + rows["hh"] % 3)
    first = im.two_wave_effects(panel(frame, sampling_weight="weight"), estimator=estimator).one("y")
    shuffled = frame.sample(frac=1, random_state=2)
    scaled = frame.assign(weight=7 * frame["weight"])
    shifted = frame.assign(y=frame["y"] + 100 * frame["wave"])
    moved = frame.assign(x=5 - 3 * frame["x"])
    plain = estimator == im.InverseProbabilityWeighted(
        normalized=False
    )  # its weights do not add up: the outcome's zero matters
    for other in (shuffled, scaled, moved, *([] if plain else [shifted])):
        again = im.two_wave_effects(panel(other, sampling_weight="weight"), estimator=estimator).one("y")
        assert again.estimate == pytest.approx(first.estimate, abs=1e-9)
        assert again.std_error == pytest.approx(first.std_error, abs=1e-9)
    if plain:
        return
    more = frame.assign(y=frame["y"] + 3 * frame["treated"] * frame["wave"])
    again = im.two_wave_effects(panel(more, sampling_weight="weight"), estimator=estimator).one("y")
    assert again.estimate == pytest.approx(first.estimate + 3, abs=1e-9)
    if not isinstance(estimator, im.Ancova):  # lasting differences of households cancel
        fixed = frame.assign(y=frame["y"] + frame["hh"] % 11 * 5 - 40 * frame["treated"])
        again = im.two_wave_effects(panel(fixed, sampling_weight="weight"), estimator=estimator).one("y")
        assert again.estimate == pytest.approx(first.estimate, abs=1e-9)


def test_estimators_agree_with_a_regression_written_out():
    """Outcome regression is least squares of the change on the comparison households, predicted for the treated."""
    import statsmodels.api as sm

    frame = two_waves(2)
    wide = frame[frame["wave"] == 0].assign(
        change=frame.loc[frame["wave"] == 1, "y"].to_numpy() - frame.loc[frame["wave"] == 0, "y"]
    )
    controls, treated = wide[~wide["treated"]], wide[wide["treated"]]
    fit = sm.OLS(controls["change"], sm.add_constant(controls["x"])).fit()
    expected = (treated["change"] - fit.predict(sm.add_constant(treated["x"]))).mean()
    assert im.two_wave_effects(panel(frame), estimator=im.OutcomeRegression()).one(
        "y"
    ).estimate == pytest.approx(expected)
    everyone = sm.OLS(wide["change"], sm.add_constant(wide[["x", "treated"]].astype(float))).fit()
    common = im.two_wave_effects(panel(frame), estimator=im.ChangeScore()).one("y")
    assert common.estimate == pytest.approx(everyone.params["treated"])


def test_slopes_of_each_arm_give_the_effect_on_the_treated():
    """The change score is then the outcome regression, its error included; ANCOVA the same with the baseline outcome as covariate."""
    frame = two_waves(2).assign(weight=lambda rows: 1.0 + rows["hh"] % 3)
    frame["y"] += 3 * frame["x"] * frame["treated"] * frame["wave"]  # effects that differ with x
    data = panel(frame, sampling_weight="weight")
    change, regression = (
        im.two_wave_effects(data, estimator=one).one("y")
        for one in (im.ChangeScore(common_slopes=False), im.OutcomeRegression())
    )
    assert change.estimate == pytest.approx(regression.estimate, abs=1e-9)
    assert change.std_error == pytest.approx(regression.std_error, rel=0.05)
    first = frame[frame["wave"] == 0].set_index("hh")["y"]
    follow_up = frame.assign(base=frame["hh"].map(first), y=np.where(frame["wave"] == 1, frame["y"], 0.0))
    adjusted = panel(follow_up, covariates=["x", "base"], sampling_weight="weight")
    by_hand = im.two_wave_effects(adjusted, estimator=im.OutcomeRegression()).one("y")
    ancova = im.two_wave_effects(data, estimator=im.Ancova(common_slopes=False)).one("y")
    assert ancova.estimate == pytest.approx(by_hand.estimate, abs=1e-9)
    assert ancova.std_error == pytest.approx(by_hand.std_error, rel=0.05)
    truth = 4 + 3 * np.average(frame["x"], weights=frame["weight"] * frame["treated"])
    for variance in (None, im.CR2()):
        by_arm = im.ChangeScore(common_slopes=False)
        found = im.two_wave_effects(data, estimator=by_arm, variance=variance).one("y")
        assert found.conf_low < truth < found.conf_high


def test_a_matched_baseline_multiplies_weights():
    frame = two_waves(3).assign(weight=lambda rows: 1.0 + rows["hh"] % 3)
    data = panel(frame, sampling_weight="weight")
    matched = im.match(data.baseline(), im.NearestNeighbor(im.Mahalanobis(), ratio=2))
    table = im.two_wave_effects(data, estimator=im.TwoWayFixedEffects(), matched=matched)
    effect = table.one("y")
    wide = frame.pivot(index="hh", columns="wave", values="y")
    rows = frame[frame["wave"] == 0].set_index("hh")
    change = (wide[1] - wide[0]).loc[matched.weights.index]
    weight = matched.weights * rows["weight"].loc[matched.weights.index]
    arm = rows["treated"].loc[matched.weights.index]
    expected = np.average(change[arm], weights=weight[arm]) - np.average(change[~arm], weights=weight[~arm])
    assert effect.estimate == pytest.approx(expected)
    assert effect.weights == "match weight × sampling weight (weight); households count once"
    assert effect.comparator.startswith("matched ")
    assert effect.max_abs_smd == pytest.approx(im.balance(matched).max_abs_smd)


def test_poverty_outcomes_and_persons():
    frame = two_waves(4)
    outcomes = [
        "y",
        im.Headcount("y", line=52.0),
        im.Headcount("y", line=52.0, persons="size", name="poor_persons"),
    ]
    table = im.two_wave_effects(panel(frame, covariates=[], outcomes=outcomes))
    names = [effect.outcome for effect in table]
    assert names == ["y", "headcount_y", "poor_persons"] or names[-1] == "poor_persons"
    poor = (frame["y"] < 52.0).astype(float)
    wide = pd.DataFrame({"now": poor[frame["wave"] == 1].to_numpy() - poor[frame["wave"] == 0].to_numpy()})
    rows = frame[frame["wave"] == 0].reset_index(drop=True)
    mean = {
        a: np.average(wide["now"][rows["treated"] == a], weights=rows["size"][rows["treated"] == a])
        for a in (True, False)
    }
    assert table.one("poor_persons").estimate == pytest.approx(mean[True] - mean[False])
    assert table.one("poor_persons").weights.endswith("persons (size)")


def test_households_that_lack_a_wave_are_left_out_and_said():
    frame = two_waves(5)
    cut = frame.drop(index=[0, len(frame) - 1])
    table = im.two_wave_effects(panel(cut))
    whole = im.two_wave_effects(panel(frame[~frame["hh"].isin([frame["hh"][0], frame["hh"].iloc[-1]])]))
    assert table.one("y").estimate == pytest.approx(whole.one("y").estimate)
    assert "2 households lack a wave and are left out." in table.notes
    rows = im.two_wave_effects(panel(cut), repeated_cross_sections=True)
    assert len(rows.influence) == len(cut)


def test_two_waves_of_several():
    frame = two_waves(6)
    later = frame[frame["wave"] == 1].assign(wave=7, y=lambda rows: rows["y"] + 2 * rows["treated"])
    long = pd.concat([frame, later], ignore_index=True)
    data = im.Panel(
        long.assign(entry=long["treated"] * 1), "hh", "wave", "entry", covariates=["x"], outcomes=["y"]
    )
    with pytest.raises(
        im.OptionError, match=r"two waves; it has 3 \(0, 1, 7\). Take two of them with panel.between"
    ):
        im.two_wave_effects(data)
    first, last = (im.two_wave_effects(data.between(0, wave)).one("y").estimate for wave in (1, 7))
    assert last == pytest.approx(first + 2)


def test_three_estimands_are_told_apart():
    frame = two_waves(7, effect=4.0)
    frame["y"] += 6 * frame["treated"]  # lasting
    data = panel(frame)
    matched = im.match(data.baseline(), im.NearestNeighbor(im.Mahalanobis(), ratio=2))
    table = im.three_estimands(data, matched=matched)
    before_after, cross_section, difference = table
    treated = frame[frame["treated"]]
    means = treated.groupby("wave")["y"].mean()
    assert before_after.estimate == pytest.approx(means[1] - means[0])
    assert before_after.percent_effect == pytest.approx(100 * (means[1] / means[0] - 1))
    follow_up = frame[frame["wave"] == 1].set_index("hh")["y"]
    weight = matched.weights
    arm = matched.sample.treated
    expected = np.average(follow_up[arm], weights=weight[arm]) - np.average(
        follow_up[~arm], weights=weight[~arm]
    )
    assert cross_section.estimate == pytest.approx(expected)
    assert difference.estimate == pytest.approx(im.two_wave_effects(data, matched=matched).one("y").estimate)
    labels = [(effect.identification, effect.denominator) for effect in table]
    assert len(set(labels)) == 3
    assert labels[0] == ("before-after, the treated alone", "baseline mean of the treated")
    assert labels[1] == ("cross-section, matched on observed covariates", "matched control mean")


def test_what_it_refuses():
    frame = two_waves(8)
    data = panel(frame)
    with pytest.raises(im.OptionError, match=r"variance CR2 is for estimators that are one regression"):
        im.two_wave_effects(data, variance=im.CR2())
    with pytest.raises(im.OptionError, match=r"variance must be None, im.CR1\(\)"):
        im.two_wave_effects(data, variance=im.AbadieImbens())
    with pytest.raises(im.OptionError, match="estimator must be"):
        im.two_wave_effects(data, estimator="dr")
    with pytest.raises(im.OptionError, match=r"im.Ancova\(\) needs the same households"):
        im.two_wave_effects(data, estimator=im.Ancova(), repeated_cross_sections=True)
    with pytest.raises(im.OptionError, match="needs the same households"):
        im.two_wave_effects(data, estimator=im.TwoWayFixedEffects(), repeated_cross_sections=True)
    with pytest.raises(im.OptionError, match=r"'yy', which the table does not have"):
        im.two_wave_effects(data, outcomes=["yy"])
    with pytest.raises(im.OptionError, match="Write outcomes="):
        im.two_wave_effects(data, outcomes="y")
    other = im.match(
        panel(frame.assign(hh=frame["hh"] + 1000)).baseline(), im.NearestNeighbor(im.Mahalanobis())
    )
    with pytest.raises(im.OptionError, match="are not among the households of the panel"):
        im.two_wave_effects(data, matched=other)
    ate = im.match(data.baseline(), im.InverseProbability(im.PropensityScore()), estimand="ATE")
    with pytest.raises(im.OptionError, match="must be for the ATT"):
        im.two_wave_effects(data, matched=ate)
    once = frame[(frame["wave"] == 0) ^ (frame["hh"] % 2 == 0)]
    with pytest.raises(im.SupportError, match="0 households have both waves"):
        im.two_wave_effects(panel(once))
    lonely = frame.assign(group=frame["group"].where(~frame["treated"], 99))
    with pytest.raises(im.DataError, match="holds one producer group"), pytest.warns(im.FewClustersWarning):
        im.two_wave_effects(panel(lonely))


def test_few_groups_are_warned_of():
    with pytest.warns(im.FewClustersWarning, match="producer groups"):
        im.two_wave_effects(panel(two_waves(9, groups=20)))
