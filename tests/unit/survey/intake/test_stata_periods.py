"""Stata's weeks, months, quarters and half-years are read as dates, not as counts since 1960."""

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import impact as im


@pytest.mark.parametrize(
    ("stored", "shown", "first_day"),
    [
        ("%tm", [648, 0, -1], ["2014-01-01", "1960-01-01", "1959-12-01"]),
        ("%tmMonCCYY", [653, 648, 659], ["2014-06-01", "2014-01-01", "2014-12-01"]),
        ("%tq", [216, 219, -1], ["2014-01-01", "2014-10-01", "1959-10-01"]),
        ("%th", [108, 109, 0], ["2014-01-01", "2014-07-01", "1960-01-01"]),
        ("%tw", [2808, 2809, 2859], ["2014-01-01", "2014-01-08", "2014-12-24"]),
    ],
)
def test_periods_are_dates(tmp_path, stored, shown, first_day):
    frame = pd.DataFrame({"id": [1.0, 2, 3, 4], "when": [*map(float, shown), np.nan]})
    file = tmp_path / "survey.dta"
    pyreadstat.write_dta(frame, str(file), variable_format={"when": stored})
    read = im.read_survey(file).frame["when"]
    assert read.dt.strftime("%Y-%m-%d").tolist()[:3] == first_day
    assert read.isna().tolist() == [False, False, False, True]


def test_years_and_numbers_stay_numbers(tmp_path):
    frame = pd.DataFrame({"year": [2014.0, 2015.0], "amount": [648.0, 1.0]})
    file = tmp_path / "survey.dta"
    pyreadstat.write_dta(frame, str(file), variable_format={"year": "%ty"})
    assert im.read_survey(file).frame.to_dict("list") == {"year": [2014, 2015], "amount": [648, 1]}


def test_a_period_is_no_covariate(tmp_path):
    frame = pd.DataFrame(
        {"treated": [1.0, 1, 0, 0], "when": [648.0, 650, 651, 652], "income": [1.0, 2, 3, 4]}
    )
    file = tmp_path / "survey.dta"
    pyreadstat.write_dta(frame, str(file), variable_format={"when": "%tm"})
    with pytest.raises(im.DataError, match="'when' holds dates"):
        im.Sample(im.read_survey(file).frame, "treated", ["when"], ["income"])
