"""Effects by region or product: each its own match, families of p-values, and cells that are not shown."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.heterogeneity.subgroups import subgroup_effects
from impact.effects.multiplicity import holm, sharpened_q
from tests.surveys import groups_in_turn, sample_of

NEAREST = im.NearestNeighbor(im.Mahalanobis(), ratio=2)


sample = partial(sample_of, covariates=["x"], outcomes=["income", "land"])


def survey_by_region(groups=180):
    """Groups in three regions of which the programme does nothing, something and twice as much for."""
    frame = groups_in_turn(groups, effect=0.0, seed=1)
    gain = frame["region"].map({"south": 0.0, "north": 4.0, "west": 8.0})
    return frame.assign(
        region=pd.Categorical(frame["region"], ["north", "south", "west"]),
        product=np.array(["milk", "beef"])[frame["group"] // 6 % 2],
        income=frame["income"] + gain * frame["treated"],
        land=6 + frame["x"] + frame["z"],
    )


@pytest.fixture(scope="module")
def found():
    return subgroup_effects(sample(survey_by_region()), NEAREST, by="region", bias_adjustment="linear")


def test_each_subgroup_is_its_own_match_in_the_order_of_its_categories(found):
    made = sample(survey_by_region())
    assert found.comparisons["income"].levels.names == ("north", "south", "west")
    for name in ("north", "south", "west"):
        inside = (made.frame["region"] == name).to_numpy()
        alone = im.estimate(im.match(made.take(inside), NEAREST), bias_adjustment="linear")
        for outcome in ("income", "land"):
            row = found.table.one(outcome, subgroup=name)
            assert row.estimate == pytest.approx(alone.one(outcome).estimate, rel=1e-12)
            assert row.std_error == pytest.approx(alone.one(outcome).std_error, rel=1e-12)


def test_the_joint_test_sees_the_difference_where_there_is_one(found):
    assert found.comparisons["income"].equality("level").p_value < 0.001
    assert found.comparisons["land"].equality("level").p_value > 0.01
    assert any(note.startswith("income: Equal effects") for note in found.table.notes)


def test_the_family_is_the_subgroups_of_one_outcome(found):
    frame = found.frame
    for outcome in ("income", "land"):
        rows = frame[frame["outcome"] == outcome]
        np.testing.assert_allclose(rows["p_holm"], holm(rows["p_value"]))
        np.testing.assert_allclose(rows["q_sharpened"], sharpened_q(rows["p_value"]))
    assert (frame["reason"] == "").all() and len(frame) == 6


def test_pairs_of_columns_make_subgroups():
    found = subgroup_effects(
        sample(survey_by_region(groups=360)), NEAREST, ["income"], by=("region", "product")
    )
    assert found.frame["subgroup"].tolist() == [
        f"{region} · {product}" for region in ("north", "south", "west") for product in ("beef", "milk")
    ]
    assert found.by == ("region", "product")


@pytest.fixture(scope="module")
def small():
    frame = survey_by_region()
    north = frame.index[(frame["region"] == "north") & ~frame["treated"]]
    return subgroup_effects(sample(frame.drop(north[9:])), NEAREST, by="region", minimum_cell=10)


def test_small_cells_stay_in_the_table_without_numbers_and_with_the_reason(small):
    frame = small.frame
    hidden = frame[frame["subgroup"] == "north"]
    assert hidden["outcome"].tolist() == ["income", "land"]
    assert set(hidden["reason"]) == {"fewer than 10 units in an arm"}
    numbers = frame.select_dtypes("number").columns
    assert hidden[numbers].isna().all().all()
    shown = frame.loc[frame["subgroup"] != "north", ["estimate", "n_treated", "p_holm"]]
    assert shown.notna().all().all() and set(shown) < set(numbers)


def test_small_cells_are_not_in_the_family_and_are_named_under_the_table(small):
    shown = small.frame.dropna(subset="p_value")
    rows = shown[shown["outcome"] == "income"]
    np.testing.assert_allclose(rows["p_holm"], holm(rows["p_value"]))
    assert small.table.notes[-1] == "Not shown: north (fewer than 10 units in an arm)."
    assert {effect.subgroup for effect in small.table} == {"south", "west"}


def test_a_cell_that_nothing_can_be_compared_in_is_named_with_a_warning():
    frame = survey_by_region()
    one_group = frame["group"] == 2  # a treated group of the north; its other treated groups go
    frame = frame[(frame["region"] != "north") | ~frame["treated"] | one_group]
    with pytest.warns(im.OverlapWarning, match="Subgroup 'north' has no estimate"):
        found = subgroup_effects(sample(frame), NEAREST, by="region", minimum_cell=5)
    assert found.reasons == {"north": "no comparison possible within it"}


def test_views_escape_labels_and_say_synthetic():
    frame = survey_by_region().assign(region=lambda table: table["region"].astype(str) + "<b>")
    found = subgroup_effects(sample(frame, synthetic=True), NEAREST, ["income"], by="region")
    html = found._repr_html_()
    assert html.startswith("<p><strong>SYNTHETIC DATA</strong></p>") and repr(found).startswith("SYNTHETIC")
    assert "<b>" not in html and "north&lt;b&gt;" in html


def test_order_of_rows_does_not_matter(found):
    shuffled = survey_by_region().sample(frac=1, random_state=3)
    again = subgroup_effects(sample(shuffled), NEAREST, by="region", bias_adjustment="linear")
    pd.testing.assert_frame_equal(found.frame, again.frame, rtol=1e-9)


@pytest.mark.parametrize(
    ("by", "error", "message"),
    [
        ("income", im.OptionError, "after the programme"),
        ("coll_price", im.OptionError, "by the sample's schema"),
        ("treated", im.OptionError, "another role"),
        ("group", im.OptionError, "another role"),
        ("regio", im.OptionError, "Did you mean 'region'"),
        (("region", "region"), im.OptionError, "appears twice"),
        ("holes", im.DataError, r"2 units have none \(first: 3, 9\)"),
        ("one", im.DataError, "at least two that can be estimated; 1 of 1"),
    ],
)
def test_columns_that_make_no_subgroups_are_refused(by, error, message):
    frame = survey_by_region().assign(coll_price=1, one="all", holes="a")
    frame.loc[[3, 9], "holes"] = None
    with pytest.raises(error, match=message):
        subgroup_effects(sample(frame, schema=im.load_schema()), NEAREST, by=by)


def test_a_floor_below_two_is_refused():
    with pytest.raises(im.OptionError, match="minimum_cell must be a whole number of at least 2"):
        subgroup_effects(sample(survey_by_region()), NEAREST, by="region", minimum_cell=1)
