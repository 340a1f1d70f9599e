"""Effects by cohort and wave: by hand, their aggregations, the published example, and what they refuse."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import impact as im

DATA = Path(__file__).parents[3] / "reference" / "data"


def staggered(seed=0, groups=80, members=4, waves=(0, 1, 2, 3), entries=(0, 1, 2, 3)):
    """Groups that enter in turn, with effects that grow by one each wave."""
    draw = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), members)
    entry = np.asarray(entries)[np.arange(groups) % len(entries)][group]
    x, level = draw.normal(size=len(group)), draw.normal(size=len(group))
    parts = []
    for wave in waves:
        gain = np.where((entry > 0) & (wave >= entry), wave - entry + 1.0, 0.0)
        y = 20 + level + 0.5 * wave + 0.3 * x * wave + gain + draw.normal(size=len(group))
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


def test_cells_by_hand():
    frame = staggered()
    found = im.group_time_effects(panel(frame, covariates=[])).frame.set_index(["group", "wave"])
    means = frame.groupby(["entry", "wave"])["y"].mean().unstack()
    waiting = frame[(frame["entry"] == 0) | (frame["entry"] > 2)].groupby("wave")["y"].mean()
    assert found.loc[(2, 2), "estimate"] == pytest.approx(
        (means.loc[2, 2] - means.loc[2, 1]) - (waiting[2] - waiting[1])
    )
    never = means.loc[0]
    assert found.loc[(1, 3), "estimate"] == pytest.approx(
        (means.loc[1, 3] - means.loc[1, 0]) - (never[3] - never[0])
    )
    assert found.loc[(3, 1), "base_wave"] == 0
    assert found["after"].tolist() == [True, True, True, False, True, True, False, False, True]
    assert found.loc[(2, 2), ["n_treated", "n_control", "n_treated_groups", "n_control_groups"]].tolist() == [
        80,
        160,
        20,
        40,
    ]


def test_anticipation_moves_the_base_and_the_comparison():
    frame = staggered()
    with pytest.warns(im.OverlapWarning, match="cohort 1: no wave before it that anticipation leaves"):
        found = im.group_time_effects(panel(frame, covariates=[]), anticipation=1, base="universal")
    cells = {(cell.group, cell.wave): cell for cell in found.cells}
    assert cells[(2, 2)].base == 0
    assert cells[(2, 1)].compared == (0, 3)
    assert cells[(2, 2)].compared == (0,)
    assert all(cell.group != 1 for cell in found.cells)  # no wave before that anticipation leaves


def test_waves_and_entries_may_have_any_labels():
    frame = staggered()
    renamed = frame.assign(
        wave=frame["wave"].map({0: 2009, 1: 2012, 2: 2013, 3: 2020}),
        entry=frame["entry"].map({0: 0, 1: 2011, 2: 2013, 3: 2019}),
    )
    first = im.group_time_effects(panel(frame))
    again = im.group_time_effects(panel(renamed))
    np.testing.assert_allclose(again.frame["estimate"], first.frame["estimate"], atol=1e-12)
    np.testing.assert_allclose(again.frame["std_error"], first.frame["std_error"], atol=1e-12)
    assert again.frame["group"].unique().tolist() == [2011, 2013, 2019]


def test_order_of_rows_and_fixed_differences_do_not_matter():
    frame = staggered(1)
    first = im.group_time_effects(panel(frame))
    for other in (
        frame.sample(frac=1, random_state=5),
        frame.assign(y=frame["y"] + frame["hh"] % 7 * 3 + frame["wave"] ** 2 * 11),
    ):
        again = im.group_time_effects(panel(other))
        np.testing.assert_allclose(again.frame["estimate"], first.frame["estimate"], atol=1e-9)
        np.testing.assert_allclose(again.influence, first.influence, atol=1e-8)


def test_an_unbalanced_panel_without_gaps_gives_the_estimates_of_a_balanced_one_where_there_are_no_covariates():
    frame = staggered(2)
    extra = frame[(frame["hh"] == 0) & (frame["wave"] == 0)].assign(hh=9999, entry=7)
    balanced = im.group_time_effects(panel(frame, covariates=[]), comparison="never treated")
    with_one_more = im.group_time_effects(
        panel(pd.concat([frame, extra.assign(entry=-1)], ignore_index=True), covariates=[]),
        comparison="never treated",
    )
    np.testing.assert_allclose(with_one_more.frame["estimate"], balanced.frame["estimate"], atol=1e-9)


def test_aggregations_weigh_cohorts_by_their_size():
    frame = staggered(3)
    frame = frame[~((frame["entry"] == 1) & (frame["group"] % 8 == 1))]
    effects = im.group_time_effects(panel(frame))
    cells = effects.frame.set_index(["group", "wave"])["estimate"]
    size = frame.drop_duplicates("hh")["entry"].value_counts()
    after = [(1, 1), (1, 2), (1, 3), (2, 2), (2, 3), (3, 3)]
    weights = np.array([size[group] for group, _ in after])
    simple = effects.aggregate("simple").one(subgroup="all")
    assert simple.estimate == pytest.approx(np.average(cells[after], weights=weights))
    by_group = effects.aggregate("group")
    assert by_group.one(subgroup="group 1").estimate == pytest.approx(cells[[(1, 1), (1, 2), (1, 3)]].mean())
    event = effects.aggregate("event")
    first = np.average(cells[[(1, 1), (2, 2), (3, 3)]], weights=[size[1], size[2], size[3]])
    assert event.one(subgroup="event 0").estimate == pytest.approx(first)
    calendar = effects.aggregate("calendar")
    assert calendar.one(subgroup="wave 1").estimate == pytest.approx(cells[(1, 1)])
    parts = [effect.estimate for effect in calendar][1:]
    assert calendar.one(subgroup="all").estimate == pytest.approx(np.mean(parts))


@pytest.mark.parametrize("by", ["simple", "group", "event", "calendar"])
def test_influence_of_an_aggregation_is_its_derivative(by):
    """A household's weight changed a little, cohort sizes with it."""
    frame = staggered(4, groups=40).assign(weight=lambda rows: 1.0 + rows["hh"] % 2)
    household = 9 * 4 + 1

    def table(change=0.0):
        moved = frame.assign(weight=frame["weight"] * (1 + change * (frame["hh"] == household)))
        return im.group_time_effects(panel(moved, cluster=None, sampling_weight="weight")).aggregate(by)

    up, down, at = table(1e-5), table(-1e-5), table()
    estimates = [np.array([effect.estimate for effect in one]) for one in (up, down)]
    derivative = (estimates[0] - estimates[1]) / 2e-5 * len(at.influence)
    np.testing.assert_allclose(at.influence.loc[household].to_numpy(), derivative, atol=1e-5)


def test_the_band_holds_more_than_the_intervals():
    event = im.group_time_effects(panel(staggered(5))).aggregate("event")
    band, rows = event.band, event.frame.iloc[1:]
    assert band["subgroup"].tolist() == rows["subgroup"].tolist()
    assert (band["band_low"].to_numpy() < rows["conf_low"].to_numpy()).all()
    again = im.group_time_effects(panel(staggered(5))).aggregate("event")
    pd.testing.assert_frame_equal(band, again.band)
    assert any("uniform band" in note for note in event.notes)


def test_percent_is_over_the_counterfactual_mean_of_the_cells():
    frame = staggered(6)
    effect = im.group_time_effects(panel(frame, covariates=[])).aggregate("simple").one(subgroup="all")
    after = frame[(frame["entry"] > 0) & (frame["wave"] >= frame["entry"])]
    assert effect.control_mean == pytest.approx(after["y"].mean() - effect.estimate)
    assert effect.percent_effect == pytest.approx(100 * effect.estimate / effect.control_mean)
    assert effect.identification == "difference-in-differences"


def test_the_published_example_of_r():
    """mpdta of R's did: ATT(2004, t) −.0105, −.0704, −.1373, −.1008; dynamic overall −.0772 (.0200)."""
    counties = im.Panel(
        pd.read_csv(DATA / "mpdta.csv"), "countyreal", "year", "first_treat", outcomes=["lemp"]
    )
    effects = im.group_time_effects(counties, comparison="never treated")
    first = effects.frame[effects.frame["group"] == 2004]["estimate"]
    assert first.round(4).tolist() == [-0.0105, -0.0704, -0.1373, -0.1008]
    overall = effects.aggregate("event").one(subgroup="all")
    assert [round(overall.estimate, 4), round(overall.std_error, 4)] == [-0.0772, 0.02]


def test_a_matched_baseline():
    frame = staggered(7, waves=(0, 1, 2), entries=(0, 1, 0, 2))
    data = panel(frame)
    matched = im.match(data.baseline(), im.NearestNeighbor(im.Mahalanobis()))
    found = im.group_time_effects(
        data, matched=matched, estimator=im.TwoWayFixedEffects(), comparison="never treated"
    )
    weight = matched.weights
    change = frame.pivot(index="hh", columns="wave", values="y").loc[weight.index]
    cohort = frame.drop_duplicates("hh").set_index("hh")["entry"].loc[weight.index]
    gained = change[1] - change[0]
    expected = gained[cohort == 1].mean() - np.average(gained[cohort == 0], weights=weight[cohort == 0])
    assert found.frame.set_index(["group", "wave"]).loc[(1, 1), "estimate"] == pytest.approx(expected)
    assert found.aggregate().one(subgroup="all").weights.startswith("match weight")


def test_two_way_fixed_effects_and_what_they_are_a_mean_of():
    frame = staggered(8)
    data = panel(frame)
    table = im.two_wave_effects(data, estimator=im.TwoWayFixedEffects())
    behind = im.goodman_bacon(data)
    assert behind.estimate == pytest.approx(table.one("y").estimate)
    assert behind.frame["weight"].sum() == pytest.approx(1)
    truth = im.group_time_effects(data).aggregate().one(subgroup="all").estimate
    assert truth - behind.estimate > 0.3  # effects that grow are subtracted where the treated are controls
    assert behind.already_treated > 0.1
    with pytest.raises(im.DataError, match="known for balanced panels; 1 of 320"):
        im.goodman_bacon(panel(frame.drop(index=0)))


def test_cells_without_anyone_left_fall_away_and_the_rest_is_kept():
    frame = staggered(9, entries=(1, 2, 3))
    with pytest.warns(im.OverlapWarning, match="cohort 1 in wave 3: nobody left to compare with"):
        found = im.group_time_effects(panel(frame))
    kept = list(zip(found.frame["group"], found.frame["wave"], strict=True))
    assert (1, 2) in kept
    assert all(wave < 3 for _, wave in kept)
    assert any("Cannot be compared: cohort 1 in wave 3" in note for note in found.notes)
    with pytest.raises(im.SupportError, match="No cohort can be compared with households never treated"):
        im.group_time_effects(panel(frame), comparison="never treated")


def test_a_cohort_of_one_group():
    frame = staggered(10)
    lonely = frame[(frame["entry"] != 2) | (frame["group"] == 2)]
    with pytest.raises(im.DataError, match="Cohort 2 holds one producer group"):
        im.group_time_effects(panel(lonely))
    assert len(im.group_time_effects(panel(lonely, cluster=None)).frame) == 9


def test_a_propensity_beyond_999_names_the_cell():
    frame = staggered(11, groups=400)
    draw = np.random.default_rng(0)
    hidden = draw.normal(size=frame["hh"].max() + 1)[frame["hh"]]
    frame["x"] = np.where(frame["entry"] == 2, 5.0, 0.0) + 1.2 * hidden
    with pytest.raises(im.SupportError, match=r"cohort 2 in wave 1: .* have a propensity above 0.999"):
        im.group_time_effects(panel(frame))


def test_collinear_covariates_in_a_cell_are_named():
    frame = staggered(12)
    frame["region"] = np.where(
        frame["entry"] == 2, "norte", np.where(frame["hh"] % 2 == 0, "valles", "chaco")
    )
    with pytest.raises((im.DataError, im.EstimationError), match="cohort"):
        im.group_time_effects(panel(frame, covariates=["region"]), comparison="never treated")
    with pytest.raises(
        im.DataError, match=r"collinear among the comparison units \('regionnorte' constant\)"
    ):
        im.group_time_effects(
            panel(frame, covariates=["region"]), comparison="never treated", estimator=im.OutcomeRegression()
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"comparison": "notyettreated"}, "comparison must be one of 'not yet treated', 'never treated'"),
        ({"base": "fixed"}, "base must be one of 'varying', 'universal'"),
        ({"anticipation": -1}, "anticipation must be a whole number of at least 0"),
        ({"level": 95}, "level must be a number in"),
        ({"outcome": "z"}, "outcome must be one of 'y'; got 'z'"),
        ({"variance": im.CR2()}, "variance must be None"),
        ({"estimator": "dr"}, "estimator must be"),
    ],
)
def test_options(options, message):
    with pytest.raises(im.OptionError, match=message):
        im.group_time_effects(panel(staggered()), **options)
    with pytest.raises(im.OptionError, match="by must be one of 'simple', 'group', 'event', 'calendar'"):
        im.group_time_effects(panel(staggered())).aggregate("dynamic")


def test_no_band_is_narrower_than_the_intervals_that_it_holds_at_once():
    effects = im.group_time_effects(panel(staggered(entries=(0, 2))[lambda rows: rows["wave"].isin([0, 2])]))
    for seed in range(6):  # of one estimate, for which the draws give more or less than 1.96
        table = effects.aggregate("event", seed=seed)
        band, interval = table.band.iloc[0], table.frame.iloc[1]
        assert band["band_low"] <= interval["conf_low"] + 1e-12
        assert band["band_high"] >= interval["conf_high"] - 1e-12


@pytest.mark.parametrize(
    ("by", "english", "spanish"),
    [
        ("event", "event -1", "tiempo desde la entrada: -1"),
        ("group", "group 2", "cohorte 2"),
        ("calendar", "wave 2", "ronda 2"),
    ],
)
def test_what_effects_are_by_is_spanish_in_a_spanish_table(by, english, spanish):
    table = im.group_time_effects(panel(staggered())).aggregate(by)
    assert table.one(subgroup=english).subgroup == english
    assert spanish in table.to_html("es")
    assert english not in table.to_html("es")


def test_the_event_study_names_its_times_in_its_language():
    axes = im.figures.event_study(im.group_time_effects(panel(staggered())).aggregate("event"), "es")
    assert "tiempo desde la entrada: 1" in [text.get_text() for text in axes.texts]
