"""What the schema says of a row holds in every wave; what it says of a group, over all of them."""

import warnings
from functools import cache

import numpy as np
import pytest

import impact as im
from impact.errors import DataQualityWarning
from impact.survey.files.read import SurveyTable
from impact.survey.intake.intake import intake
from impact.survey.intake.panel_table import panel_table
from impact.survey.intake.plan import IntakePlan
from impact.survey.intake.refusal import SurveyRefusedError


@cache
def panel():
    return im.synthetic.rural_alliances_panel(3, groups=20)


def plan(**more):
    return IntakePlan(
        "treated",
        ("assets_pre", "head_age"),
        numbers=("income_total", "sales_agr"),
        labels=("group_id",),
        id="hh_id",
        schema=im.load_schema(),
        **more,
    )


def household():
    return panel().household.reset_index(drop=True)


def told(action):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DataQualityWarning)
        result = action()
    return result, [str(one.message) for one in caught]


def test_an_impossible_value_of_an_earlier_wave_stops_a_panel():
    frame = household()
    first = np.flatnonzero(frame["wave"] == 0)[[2, 5]]
    frame.loc[first, "head_age"] = 140
    with pytest.raises(SurveyRefusedError) as refused:
        panel_table(SurveyTable(frame, source="waves"), plan())
    (concern,) = refused.value.concerns
    assert (concern.rule, concern.column, concern.rows.tolist()) == ("range", "head_age", first.tolist())
    accepted = plan(accept=frozenset({"range"}))
    kept, messages = told(lambda: panel_table(SurveyTable(frame, source="waves"), accepted))
    assert len(kept) == len(frame)
    assert messages[0].startswith("Accepted by name (range)")


def test_a_sum_that_fails_in_one_wave_is_told_in_spanish_too():
    frame = household()
    last = np.flatnonzero(frame["wave"] == 1)[0]
    frame.loc[last, "income_total"] += 5_000
    _, messages = told(lambda: panel_table(SurveyTable(frame, source="olas"), plan(), "es"))
    assert any(
        one.startswith("income_total debe ser igual a") and "no lo cumplen: 1." in one for one in messages
    )
    assert told(lambda: panel_table(SurveyTable(household(), source="olas"), plan(), "es"))[1] == []


def test_groups_are_held_against_all_their_waves_when_one_is_read():
    """Whoever was lost after the baseline was sampled all the same: the number sampled is that of the fullest wave."""
    frame, groups = household(), panel().group
    one = groups["group_id"].iloc[0]
    lost = frame.drop(index=frame.index[(frame["group_id"] == one) & (frame["wave"] == 1)][:2])
    _, messages = told(lambda: intake({"household": lost, "group": groups}, plan(wave=1)))
    assert messages == []
    never = frame[~frame["hh_id"].isin(frame.loc[frame["group_id"] == one, "hh_id"].unique()[:2])]
    _, messages = told(lambda: intake({"household": never, "group": groups}, plan(wave=1)))
    assert len(messages) == 1
    assert messages[0].startswith("n_sampled must be the number of the group's records")


def test_what_a_group_contradicts_is_told_to_an_evaluation_too():
    frame, groups = household(), panel().group
    frame.loc[frame["wave"] == 1, "weight"] = 1.5
    weighted = IntakePlan(
        "treated",
        ("assets_pre",),
        numbers=("income_total", "weight"),
        id="hh_id",
        schema=im.load_schema(),
        wave=1,
    )
    _, messages = told(lambda: intake({"household": frame, "group": groups}, weighted))
    assert len(messages) == 1
    assert messages[0].startswith("weight must be n_members_frame ÷ n_sampled of the group.")


def test_a_record_entered_twice_is_found_without_a_column_of_waves():
    frame = panel().household.query("wave == 1").drop(columns="wave").reset_index(drop=True)
    frame.loc[4, "hh_id"] = frame.loc[3, "hh_id"]
    report = im.validate({"household": frame})
    found = report.counts.query("rule == 'duplicate'")
    assert found[["column", "violations"]].to_numpy().tolist() == [["hh_id", 2]]
