"""Bad input to a sample: each a clear error that names what, where and the remedy; nothing dropped silently."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.language import speaking


def six_households(**changes):
    columns = {
        "treated": [1, 1, 1, 0, 0, 0],
        "age": [30, 41, 52, 33, 47, 60],
        "region": ["Norte", "Valles", "Norte", "Valles", "Norte", "Valles"],
        "income": [9.0, 8.5, 7.0, 5.0, 6.0, 4.0],
        "group": ["a", "a", "b", "c", "c", "d"],
        "weight": [1.0, 2.0, 1.0, 1.0, 1.0, 1.5],
    } | changes
    return pd.DataFrame(columns, index=[11, 12, 13, 14, 15, 16])


def sample(frame, **changes):
    roles = {
        "treatment": "treated",
        "covariates": ["age", "region"],
        "outcomes": ["income"],
        "cluster": "group",
    } | changes
    return im.Sample(frame, **roles)


def test_numbers_are_float64_and_the_table_given_is_untouched():
    frame = six_households(age=np.array([30, 41, 52, 33, 47, 60], dtype="int8"))
    before = frame.copy()
    made = sample(frame)
    assert made.frame["age"].dtype == np.float64 and made.frame["treated"].dtype == np.float64
    assert made.matrix.columns.tolist() == ["age", "regionValles"]
    pd.testing.assert_frame_equal(frame, before)


def test_frame_is_a_copy_on_write_copy():
    made = sample(six_households())
    handed_out = made.frame
    handed_out["age"] = 0.0
    assert made.frame["age"].tolist() == [30, 41, 52, 33, 47, 60]


@pytest.mark.parametrize(
    ("changes", "roles", "error", "words"),
    [
        (
            {"treated": [2, 1, 1, 0, 0, 0]},
            {},
            im.DataError,
            ["treatment 'treated'", "0 and 1", "0, 1, 2", "Recode"],
        ),
        ({"treated": [1] * 6}, {}, im.DataError, ["control arm empty", "6 rows"]),
        ({"treated": [0] * 6}, {}, im.DataError, ["treated arm empty"]),
        (
            {"treated": [1, None, 1, 0, 0, 0]},
            {},
            im.DataError,
            ["1 of 6 rows lack 'treated'", "first: 12", 'missing="drop"'],
        ),
        (
            {"treated": ["yes", "no", "no", "no", "yes", "no"]},
            {},
            im.DataError,
            ["'treated' must hold numbers", "'yes' in row 11"],
        ),
        ({"income": [9.0, np.inf, 1, 2, 3, 4]}, {}, im.DataError, ["'income' must be finite", "first: 12"]),
        (
            {"income": ["9", "8,5", "1", "2", "3", "4"]},
            {},
            im.DataError,
            ["'income' must hold numbers", "text"],
        ),
        ({"age": [5] * 6}, {}, im.DataError, ["constant", "'age'"]),
        ({"age": ["1", "2", "3", "4", "5", "6"]}, {}, im.DataError, ["numbers stored as text", "'age'"]),
        (
            {"twice": [60, 82, 104, 66, 94, 120]},
            {"covariates": ["age", "twice"]},
            im.DataError,
            ["'twice' is collinear", "'age'"],
        ),
        (
            {},
            {"covariates": ["age", "altitude"]},
            im.OptionError,
            ["covariates names 'altitude'", "The table has"],
        ),
        ({}, {"covariates": ["age", "regoin"]}, im.OptionError, ["Did you mean 'region'"]),
        (
            {},
            {"covariates": ["age", "income"]},
            im.OptionError,
            ["'income' has two roles (covariates and outcomes)"],
        ),
        ({}, {"covariates": ["age", "age"]}, im.OptionError, ["'age' has two roles (covariates, twice)"]),
        ({}, {"covariates": "age"}, im.OptionError, ["covariates=['age']"]),
        ({}, {"missing": "ignore"}, im.OptionError, ["missing must be one of 'raise', 'drop'; got 'ignore'"]),
        (
            {"weight": [1.0, 0.0, 1, 1, 1, 1]},
            {"sampling_weight": "weight"},
            im.DataError,
            ["'weight'", "above 0", "first: 12"],
        ),
        (
            {"group": list("aabbcd")},
            {"group_assigned": True},
            im.DataError,
            ["constant within 'group'", "first: b"],
        ),
        ({}, {"group_assigned": True, "cluster": None}, im.OptionError, ["needs cluster="]),
        (
            {"day": pd.to_datetime(["2014-01-01"] * 3 + ["2014-02-01"] * 3)},
            {"covariates": ["day"]},
            im.DataError,
            ["'day' holds dates"],
        ),
    ],
)
def test_bad_input_is_refused_with_the_remedy(changes, roles, error, words):
    with pytest.raises(error) as caught:
        sample(six_households(**changes), **roles)
    for word in words:
        assert word in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_names_in_a_text_covariate_are_refused():
    frame = pd.DataFrame(
        {"treated": [0, 1] * 60, "name": [f"person {i}" for i in range(120)], "y": np.arange(120.0)}
    )
    with pytest.raises(im.DataError, match="looks like a name"):
        im.Sample(frame, treatment="treated", covariates=["name"], outcomes=["y"])


def test_duplicated_index_is_refused():
    frame = six_households()
    frame.index = [1, 1, 2, 3, 4, 5]
    with pytest.raises(im.DataError, match=r"index must be unique; 1 label repeats.*first: 1"):
        sample(frame)


def test_duplicated_column_is_refused():
    frame = six_households()
    frame = pd.concat([frame, frame[["age"]]], axis=1)
    with pytest.raises(im.DataError, match="'age' more than once"):
        sample(frame)


def test_missing_rows_are_raised_or_listed_each_with_its_reason():
    frame = six_households(age=[30, np.nan, 52, 33, 47, np.nan], income=[9.0, 8, np.nan, 5, 6, 4])
    with pytest.raises(im.DataError, match=r"1 of 6 rows lack 'income'|2 of 6 rows lack 'age'"):
        sample(frame)
    made = sample(frame, missing="drop")
    assert made.exclusions["reason"].to_dict() == {12: "lacks 'age'", 16: "lacks 'age'"}
    flow = made.flow.set_index("step")["units"]
    assert flow["in the table"] == 6 == flow["analysed"] + len(made.exclusions)
    assert flow["analysed, treated"] + flow["analysed, control"] == flow["analysed"] == len(made)
    assert flow["lack income, left out of it only"] == 1


def test_nullable_and_bool_columns_are_read():
    frame = six_households(
        age=pd.array([30, 41, 52, 33, 47, 60], dtype="Int64"), treated=[True, True, True, False, False, False]
    )
    assert sample(frame).treated.tolist() == [True, True, True, False, False, False]


def test_synthetic_mark_travels_with_the_frame():
    frame = six_households()
    assert not sample(frame).synthetic
    frame.attrs["synthetic"] = True
    assert sample(frame).synthetic and "Synthetic" in repr(sample(frame))


def test_a_sample_and_its_match_show_themselves_in_the_language_that_is_spoken():
    known = sample(six_households())
    with speaking("es"):
        told, matched = repr(known), repr(im.match(known, im.NearestNeighbor(im.Euclidean())))
    assert told.startswith("Muestra: 6 unidades (3 de tratamiento, 3 de control")
    assert matched.startswith("Muestra emparejada para el ATT") and "beneficiarios 3 de 3" in matched


def test_errors_have_one_root():
    assert issubclass(im.DataError, im.ImpactError) and issubclass(im.OptionError, im.ImpactError)
    assert issubclass(im.FewClustersWarning, im.ImpactWarning)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "No cluster is given"), ("es", "No se indica conglomerado")]
)
def test_groups_nobody_named_are_told_in_the_language_spoken(language, said):
    many = six_households().loc[[11, 12, 13, 14, 15, 16] * 2].reset_index(drop=True)
    many["group"] = ["a", "a", "b", "c", "c", "d"] * 2
    with speaking(language), pytest.warns(im.errors.DataQualityWarning, match=said):
        sample(many, cluster=None)
