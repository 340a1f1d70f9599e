"""A sample speaks where it would silently be wrong: groups not named, missing codes among numbers, waves stacked."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.survey.quality.codes import code_spikes


def household(n=400) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    group = np.arange(n) // 10
    return pd.DataFrame(
        {
            "hh": np.arange(n),
            "group_id": group,
            "treated": (generator.random(n // 10) < 0.5)[group].astype(float),
            "age": generator.integers(20, 80, n).astype(float),
            "land": generator.gamma(2, 2, n).round(2),
            "net": generator.normal(500, 900, n).round(1),
        }
    )


def sample_of(frame, **more):
    roles = {"treatment": "treated", "covariates": ["age"], "outcomes": ["land", "net"]}
    return im.Sample(frame, **(roles | more))


def test_groups_of_treatment_that_are_no_cluster_are_named():
    with pytest.warns(
        im.DataQualityWarning, match=r"each of the 40 groups of 'group_id'.*cluster = \"group_id\""
    ):
        sample_of(household())


@pytest.mark.parametrize("name", ["grupo", "cod_organizacion", "alianza_id", "cluster"])
def test_groups_are_known_by_name_in_both_languages(name):
    if name == "cod_organizacion":
        name = "organizacion_cod"
    with pytest.warns(im.DataQualityWarning, match=f"'{name}'"):
        sample_of(household().rename(columns={"group_id": name}))


def test_groups_are_known_by_the_schema():
    frame = household().rename(columns={"group_id": "pueblo"})
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sample_of(frame)
    from dataclasses import replace

    schema = im.load_schema()
    table = schema.tables["household"]
    field = replace(table.fields["group_id"], name="pueblo")
    own = replace(
        schema,
        tables={"household": replace(table, fields={"pueblo": field})},
    )
    with pytest.warns(im.DataQualityWarning, match="'pueblo'"):
        sample_of(frame, schema=own)


@pytest.mark.parametrize(
    "frame",
    [
        household().assign(treated=np.arange(400) % 2),
        household().drop(columns="group_id").assign(groups_trained=1.0),
    ],
    ids=["treatment varies", "no groups"],
)
def test_silent_where_there_is_nothing_to_say(frame):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sample_of(frame)
        sample_of(household(), cluster="group_id") if "group_id" in frame else None


def test_missing_codes_among_the_numbers_are_named_with_counts():
    frame = household()
    frame.loc[:29, "land"] = -99
    frame.loc[30:33, "land"] = -98
    frame.loc[5:9, "age"] = 999
    with pytest.warns(im.DataQualityWarning) as caught:
        sample_of(frame, cluster="group_id")
    messages = [str(one.message) for one in caught]
    assert any(
        "'land' holds what looks like codes of a missing answer: -99 (30), -98 (4)" in one for one in messages
    )
    assert any("'age' holds what looks like codes of a missing answer: 999 (5)" in one for one in messages)


def test_spikes_among_negative_numbers_are_found_and_single_ones_left():
    values = np.random.default_rng(2).normal(0, 400, 3000).round(0)
    assert code_spikes(values) == {}
    assert code_spikes(np.append(values, [-99.0] * 40)) == {-99: int((values == -99).sum()) + 40}


def test_ages_and_round_amounts_are_no_codes():
    ages = np.repeat(np.arange(60.0, 100.0), 5)
    assert code_spikes(ages) == {}
    money = np.random.default_rng(3).gamma(2, 3000, 4000).round(-1)
    assert code_spikes(money) == {}


def test_a_repeated_identifier_is_several_waves_or_records_entered_twice():
    both = pd.concat([household(), household()], ignore_index=True)
    with pytest.raises(im.DataError, match=r"400 identifiers of 'hh' come again.*wave = 1.*im\.Panel"):
        sample_of(both, id="hh", cluster="group_id")


def test_the_schemas_wave_must_have_one_value():
    both = pd.concat([household().assign(wave=0), household().assign(wave=1)], ignore_index=True)
    with pytest.raises(im.DataError, match=r"several waves \('wave': 0, 1\).*im\.Panel"):
        sample_of(both, schema=im.load_schema(), outcomes=["net"], cluster="group_id")
    assert (
        len(sample_of(both[both["wave"] == 1], schema=im.load_schema(), outcomes=["net"], cluster="group_id"))
        == 400
    )


def test_a_panel_is_not_taken_for_one_survey_and_a_wave_of_it_gives_its_truth():
    panel = im.synthetic.rural_alliances_panel(4, groups=160)
    roles = panel.roles() | {"outcomes": ["income_agr_pc_month"]}
    with pytest.raises(im.DataError, match=r"several waves \('wave': 0, 1\)"):
        im.Sample(panel.household, **roles)
    with pytest.raises(im.DataError, match="come again"):
        im.Sample(panel.household, **(roles | {"schema": None}))
    after = panel.household[panel.household["wave"] == 1]
    effect = im.estimate(
        im.match(im.Sample(after, **roles), im.Kernel(im.PropensityScore())), bias_adjustment="linear"
    ).one()
    truth = panel.truth.att("income_agr_pc_month", after.index[after["treated"] == 1])
    assert effect.estimate == pytest.approx(truth, abs=2.5 * effect.std_error)


def test_staggered_entry_names_who_receives_by_that_wave():
    panel = im.synthetic.rural_alliances_panel(4, groups=120, staggered=True)
    roles = panel.roles() | {"outcomes": ["income_agr_pc_month"]}
    assert roles["treatment"] == "receiving"
    second = panel.household[panel.household["wave"] == 1]
    sample = im.Sample(second, **roles)
    assert sample.treated.sum() == (second["entry_wave"] == 1).sum() < second["treated"].sum()
