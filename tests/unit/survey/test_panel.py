"""The panel: what it holds, the rules it prints, and the tables that it refuses."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.language import Text, speaking


def table(**columns):
    """Six households in waves 0, 2, 5; households 1-2 enter in 2, 3-4 in 5, 5-6 never."""
    household, wave = np.repeat(np.arange(1, 7), 3), np.tile([0, 2, 5], 6)
    frame = pd.DataFrame({"hh": household, "wave": wave})
    frame["entry"] = np.array([0, 2, 2, 5, 5, 0, 0])[household]
    frame["group"] = np.array(["", "a", "b", "c", "d", "e", "f"])[household]
    frame["age"] = (30 + household * 3 + household % 2).astype(float)
    frame["y"] = household + wave + 0.5 * (household * wave % 3)
    return frame.assign(**columns)


def panel(frame, **roles):
    given = {
        "id": "hh",
        "wave": "wave",
        "entry": "entry",
        "covariates": ["age"],
        "outcomes": ["y"],
        "cluster": "group",
    }
    return im.Panel(frame, **given | roles)


def test_it_holds_cohorts_waves_and_values_whatever_the_order_of_rows():
    frame = table()
    for rows in (frame, frame.sample(frac=1, random_state=3)):
        found = panel(rows)
        assert found.waves == (0, 2, 5)
        assert found.cohorts == (2, 5)
        assert found.cohort.tolist() == [2, 2, 5, 5, 0, 0]
        assert found.balanced
        expected = frame["y"].to_numpy().reshape(6, 3)
        np.testing.assert_array_equal(found.values(found.outcomes[0]), expected)
        assert found.rules == ()


def test_it_shows_itself_in_the_language_that_is_spoken():
    found = panel(table())
    told = "6 households in 3 waves (0, 2, 5), 18 rows, balanced; entering in wave 2: 2, in wave 5: 2; not entering: 2"
    assert repr(found) == f"Panel: {told}; 0 rows excluded"
    with speaking("es"):
        spanish = repr(found)
    assert spanish == (
        "Panel: 6 hogares en 3 rondas (0, 2, 5), 18 filas, completo; entran en la ronda 2: 2, en la ronda 5: 2; no entran: 2; 0 "
        "filas excluidas"
    )


def test_a_wave_is_called_so_and_a_year_by_itself():
    years = table().assign(
        wave=lambda rows: 2014 + rows["wave"],
        entry=lambda rows: rows["entry"].where(rows["entry"] == 0, 2014 + rows["entry"]),
    )
    for frame, english, spanish in ((table(), "in wave 2", "en la ronda 2"), (years, "in 2016", "en 2016")):
        steps = [step for step in panel(frame).flow["step"] if "entering in" in step]
        assert str(steps[0]) == f"households entering {english}"
        assert steps[0].es == f"hogares que entran {spanish}"
        with speaking("es"):
            assert f"entran {spanish}: 2" in repr(panel(frame))


def test_the_baseline_is_a_sample_of_those_that_ever_enter_against_the_others():
    sample = panel(table()).baseline()
    assert sample.treatment == "ever_treated"
    assert sample.frame.index.tolist() == [1, 2, 3, 4, 5, 6]
    assert sample.treated.tolist() == [True, True, True, True, False, False]
    assert [outcome.name for outcome in sample.outcomes] == ["y"]
    with_outcome = panel(table()).baseline(covariates=["age", "y"])
    assert with_outcome.covariates == ("age", "y")
    assert with_outcome.outcomes == ()
    later = panel(table()).baseline(wave=2)
    assert later.frame.index.tolist() == [3, 4, 5, 6]


def test_entry_beyond_the_last_wave_and_before_the_first_are_counted_and_named():
    frame = table()
    frame.loc[frame["hh"] == 5, "entry"] = 9
    frame.loc[frame["hh"] == 6, "entry"] = -1
    found = panel(frame)
    assert found.always_treated.tolist() == [False] * 5 + [True]
    assert found.ever_treated.tolist() == [True] * 4 + [False] * 2
    assert any("1 household had entered by the first wave" in rule for rule in found.rules)
    assert any("1 household enters" in rule and "after the last wave" in rule for rule in found.rules)
    assert ("households always treated, not used", 1) in list(found.flow.itertuples(index=False, name=None))


def test_a_household_that_changes_its_group_stays_with_the_first_and_its_entry():
    frame = table()
    moved = (frame["hh"] == 2) & (frame["wave"] == 5)
    frame["group"] = frame["group"].replace("b", "a")
    frame.loc[moved, ["group", "entry"]] = ["e", 0]
    found = panel(frame)
    assert found.cohort.tolist() == [2, 2, 5, 5, 0, 0]
    assert found.group_labels[found.group].tolist() == ["a", "a", "c", "d", "e", "f"]
    assert any("1 household changed group between waves (first seen in: a)" in rule for rule in found.rules)


def test_a_group_that_leaves_the_pipeline_does_not_enter_but_what_happened_stands():
    frame = table()
    frame.loc[(frame["hh"] == 4) & (frame["wave"] == 5), "entry"] = 0  # announced for 5, and left
    frame.loc[(frame["hh"] == 1) & (frame["wave"] == 5), "entry"] = 0  # had entered in 2
    found = panel(frame)
    assert found.cohort.tolist() == [2, 2, 5, 0, 0, 0]
    assert any("2 households, of which 1 left the pipeline" in rule for rule in found.rules)


def test_missing_entry_is_not_yet_treated():
    frame = table()
    frame["entry"] = frame["entry"].astype(float).replace(0, np.nan)
    assert panel(frame).cohort.tolist() == [2, 2, 5, 5, 0, 0]


def test_baseline_covariates_and_weights_are_used_and_said():
    frame = table(weight=1.0)
    later = frame["wave"] > 0
    frame.loc[later, "age"] += 10
    frame.loc[later & (frame["hh"] == 3), "weight"] = 2.0
    found = panel(frame, sampling_weight="weight")
    assert found.matrix["age"].tolist() == table()["age"][::3].tolist()
    assert found.weight.tolist() == [1.0] * 6
    assert (
        "Covariate 'age' changes over waves in 6 households: that of the first interview counts."
        in found.rules
    )
    assert (
        "The sampling weight 'weight' changes over waves in 1 household: that of the first interview counts."
        in found.rules
    )


@pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning")
def test_a_covariate_recalled_at_a_later_wave_is_as_if_it_had_been_asked_at_the_first():
    asked_first = table()
    frame = table()
    frame["age"] = frame["age"].where(frame["wave"] == 2)  # asked once, at the second wave
    found, known = panel(frame, recalled=["age"]), panel(asked_first)
    pd.testing.assert_frame_equal(found.matrix, known.matrix)
    effects = [
        im.two_wave_effects(one.between(0, 5), estimator=im.OutcomeRegression()).frame
        for one in (found, known)
    ]
    pd.testing.assert_frame_equal(*effects)
    assert [str(rule) for rule in found.rules] == [
        "'age' is recalled: 6 households have the answer of their first interview that has one."
    ]
    assert "es recordada: 6 hogares tienen" in found.rules[0].to("es")
    with pytest.raises(im.DataError, match="age"):
        panel(frame)
    with pytest.raises(im.OptionError, match="recalled= names covariates; 'y' is none"):
        panel(frame, recalled=["y"])


def test_dates_are_numbered_and_said():
    frame = table()
    dates = {0: "2015-06-01", 2: "2017-06-01", 5: "2020-06-01"}
    frame["wave"] = pd.to_datetime(frame["wave"].map(dates))
    frame["entry"] = pd.to_datetime(frame["entry"].map({0: None, 2: "2016-01-15", 5: "2020-06-01"}))
    found = panel(frame)
    assert found.waves == (1, 2, 3)
    assert found.cohort.tolist() == [2, 2, 3, 3, 0, 0]
    assert (
        found.rules[0] == "Waves are numbered by their dates: 1 = 2015-06-01, 2 = 2017-06-01, 3 = 2020-06-01."
    )


def test_treatment_of_two_waves_in_either_coding():
    frame = table()[lambda rows: rows["wave"] < 5]
    for treated in (frame["entry"] == 2, (frame["entry"] == 2) & (frame["wave"] == 2)):
        found = panel(frame.assign(treated=treated), entry=None, treatment="treated")
        assert found.cohort.tolist() == [2, 2, 0, 0, 0, 0]


def test_between_keeps_cohort_and_baseline_covariates():
    frame = table()
    frame.loc[frame["wave"] > 0, "age"] = np.nan
    found = panel(frame).between(2, 5)
    assert found.waves == (2, 5)
    assert found.cohort.tolist() == [2, 2, 5, 5, 0, 0]
    assert found.matrix["age"].tolist() == table()["age"][::3].tolist()


def test_missing_outcomes_are_listed_when_dropped():
    frame = table()
    frame.loc[4, "y"] = np.nan
    with pytest.raises(im.DataError, match=r"1 of 18 rows lack 'y' \(first: 4\)"):
        panel(frame)
    found = panel(frame, missing="drop")
    assert not found.balanced
    assert found.exclusions["reason"].to_dict() == {4: "lacks 'y'"}
    frame.loc[0, "age"] = np.nan
    gone = panel(frame, missing="drop")
    assert gone.households.tolist() == [2, 3, 4, 5, 6]
    assert gone.exclusions.loc[1, "reason"] == "the first interview of the household lacks 'age'"


def test_attrition_by_arm_and_wave_by_hand():
    frame = table()
    lost = (frame["hh"].isin([1, 5]) & (frame["wave"] == 5)) | ((frame["hh"] == 6) & (frame["wave"] > 0))
    found = panel(frame[~lost]).attrition
    shares = found.frame.set_index(["arm", "wave"])["share_lost"]
    assert shares.to_dict() == {
        ("treated", 2): 0.0,
        ("control", 2): 0.5,
        ("treated", 5): 0.25,
        ("control", 5): 1.0,
    }
    assert found.differences["difference"].tolist() == [-0.5, -0.75]
    # Hájek shares by group, arm by arm: ½·½·2·(½)² for two controls, 4/3·(1/16)·(9/16 + 3/16) for four treated
    assert found.differences["std_error"].tolist() == pytest.approx([0.5, np.sqrt(4 / 3 / 16 * 0.75)])


BAD = {
    "a household twice in a wave": (
        lambda frame: pd.concat([frame, frame.iloc[[4, 4, 7]]]),
        {},
        im.DataError,
        r"2 household-waves occur more than once: 2 in wave 2, 3 in wave 2",
    ),
    "text as waves": (
        lambda frame: frame.assign(wave=frame["wave"].map({0: "base", 2: "mid", 5: "end"})),
        {},
        im.DataError,
        r"'wave' must hold whole numbers or dates; got text \(first: 'base', 'mid', 'end'\)",
    ),
    "dates of interview": (
        lambda frame: (
            frame.assign(wave=pd.date_range("2020-01-01", periods=len(frame)).repeat(1), entry=pd.NaT)
            .loc[lambda rows: rows.index.repeat(2)]
            .assign(wave=lambda rows: pd.date_range("2020-01-01", periods=len(rows)).to_numpy(), hh=range(36))
        ),
        {},
        im.DataError,
        "36 different dates",
    ),
    "all treated in the first wave": (
        lambda frame: frame.assign(entry=-1),
        {},
        im.DataError,
        r"Every household had entered by the first wave \(0\)",
    ),
    "nobody enters": (
        lambda frame: frame.assign(entry=0),
        {},
        im.DataError,
        "No household enters after the first wave",
    ),
    "one wave": (lambda frame: frame[frame["wave"] == 0], {}, im.DataError, "at least two waves"),
    "a wave missing": (
        lambda frame: frame.assign(wave=frame["wave"].where(frame.index != 3)),
        {},
        im.DataError,
        r"'wave' must name the wave of every row; 1 row lacks it \(first: 3\)",
    ),
    "a household missing": (
        lambda frame: frame.assign(hh=frame["hh"].where(frame.index != 3)),
        {},
        im.DataError,
        "'hh' must name the household",
    ),
    "a column named like ours": (
        lambda frame: frame.assign(ever_treated=1),
        {},
        im.OptionError,
        "'ever_treated', the name that the panel gives",
    ),
    "both entry and treatment": (
        lambda frame: frame.assign(t=0),
        {"treatment": "t"},
        im.OptionError,
        "one of them",
    ),
    "treatment with three waves": (
        lambda frame: frame.assign(t=0),
        {"treatment": "t", "entry": None},
        im.OptionError,
        "two waves; this one has 3",
    ),
    "two roles": (lambda frame: frame, {"covariates": ["y"]}, im.OptionError, "'y' has two roles"),
    "no such column": (lambda frame: frame, {"covariates": ["agee"]}, im.OptionError, "Did you mean 'age'"),
    "a weight of zero": (
        lambda frame: frame.assign(w=0.0),
        {"sampling_weight": "w"},
        im.DataError,
        r"'w' \(sampling weight\) must be above 0; 6 households",
    ),
    "a constant covariate": (lambda frame: frame.assign(age=3), {}, im.DataError, "'age' does not"),
    "collinear covariates": (
        lambda frame: frame.assign(twice=2 * frame["age"]),
        {"covariates": ["age", "twice"]},
        im.DataError,
        "'twice' by 'age'",
    ),
    "an infinite outcome": (
        lambda frame: frame.assign(y=frame["y"].where(frame.index != 2, np.inf)),
        {},
        im.DataError,
        r"'y' must be finite; 1 row holds an infinite value \(first: 2\)",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_it_refuses(name):
    change, roles, error, message = BAD[name]
    with pytest.raises(error, match=message):
        panel(change(table()), **roles)


def test_rows_and_waves_left_out_are_told():
    frame = pd.DataFrame(
        {"hh": np.repeat(np.arange(8), 3), "wave": np.tile([0, 1, 2], 8), "entry": np.repeat([0, 2] * 4, 3)}
    )
    frame["y"] = np.where(frame["wave"] == 1, np.nan, frame["hh"] + frame["wave"])
    panel = im.Panel(frame, "hh", "wave", "entry", outcomes=["y"], missing="drop")
    assert panel.waves == (0, 2)
    assert [rule.to("es") for rule in panel.rules] == [
        "8 filas de 24 quedan fuera por valores faltantes.",
        "Ninguna fila de la ronda 1 está completa: no es ronda del panel.",
    ]


def test_the_ledger_and_its_reasons_know_their_spanish():
    frame = pd.DataFrame(
        {"hh": np.repeat(np.arange(8), 2), "wave": np.tile([0, 1], 8), "entry": np.repeat([0, 1] * 4, 2)}
    )
    frame = frame.assign(y=1.0 * frame.index, x=np.where(frame["hh"] == 3, np.nan, frame["hh"] % 3))
    frame.loc[1, "y"] = np.nan
    panel = im.Panel(frame, "hh", "wave", "entry", covariates=["x"], outcomes=["y"], missing="drop")
    steps = dict(zip((step.to("es") for step in panel.flow["step"]), panel.flow["units"], strict=True))
    assert steps["en la tabla, filas"] == 16
    assert steps["excluidas: les falta 'y'"] == 1
    assert steps["excluidas: en la primera entrevista del hogar les falta 'x'"] == 2


@pytest.mark.parametrize(
    "shift", [-1, -3, -5, -9], ids=["before 0", "between", "the last is 0", "all below 0"]
)
def test_waves_below_zero_are_waves_and_0_or_missing_is_still_no_entry(shift):
    frame = table()
    expected = panel(frame, cluster=None, covariates=[])
    entry = frame["entry"].where(frame["entry"] == 0, frame["entry"] + shift)
    moved = frame.assign(wave=frame["wave"] + shift, entry=entry.mask(frame["entry"] == 0))
    if shift == -5:  # a wave of entry that is called 0 cannot be told from none
        moved = moved.assign(entry=moved["entry"].replace(0, -1))
    found = panel(moved, cluster=None, covariates=[])
    assert found.cohorts == tuple(moved["entry"].dropna().astype(int).unique())
    assert found.ever_treated.tolist() == expected.ever_treated.tolist()
    assert not found.always_treated.any()
    assert found.rules == ()
    wanted = im.two_wave_effects(expected.between(0, 5)).frame["estimate"]
    np.testing.assert_allclose(im.two_wave_effects(found.between(shift, 5 + shift)).frame["estimate"], wanted)


def test_an_entry_of_0_among_waves_that_pass_it_is_none_and_that_is_said():
    frame = table(wave=table()["wave"] - 2)  # entries 2 and 5 stand, 0 is none
    (rule,) = panel(frame.assign(entry=frame["entry"].replace({5: 3, 2: 1}))).rules
    assert rule.startswith("An entry of 0 is none, although the waves pass 0")
    assert rule.es.startswith("Una entrada de 0 es ninguna")


def test_treatment_of_two_waves_of_which_the_last_is_called_0():
    frame = table()[lambda rows: rows["wave"] < 5]
    frame = frame.assign(treated=(frame["hh"] <= 3).astype(int))
    expected = panel(frame, entry=None, treatment="treated")
    found = panel(frame.assign(wave=frame["wave"] - 2), entry=None, treatment="treated")
    assert found.waves == (1, 2)
    assert found.ever_treated.tolist() == expected.ever_treated.tolist()
    assert found.rules[0].es == (
        "Las rondas se numeran desde 1, porque una entrada de 0 sería ninguna: 1 = -2, 2 = 0."
    )


@pytest.mark.parametrize("weight", [None, "w"])
def test_multiplied_weights_stay_with_the_panels_and_samples_made_of_it(weight):
    frame = table(w=table()["hh"] + 1.0)
    factor = np.array([1.0, 1, 1, 2, 0, 3])
    rule = Text("Some count more.", "Algunos cuentan más.")
    found = panel(frame, sampling_weight=weight, cluster=None).reweighted(factor, rule)
    expected = factor if weight is None else factor * np.arange(2.0, 8.0)
    between = found.between(0, 5)
    assert between.weight.tolist() == expected.tolist()
    assert between.rules[-1] is rule
    assert found.entering_before([5], {5: 2}).weight.tolist() == expected.tolist()
    sample = found.baseline()
    assert sample.frame.index.tolist() == [1, 2, 3, 4, 6]
    assert sample.frame[sample.sampling_weight].tolist() == expected[expected > 0].tolist()
