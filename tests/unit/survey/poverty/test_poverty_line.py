import dataclasses

import pandas as pd
import pytest

from impact.errors import DataError, OptionError
from impact.survey.poverty.line_table import PovertyLines

LINES = PovertyLines.published()


def table(**change):
    return LINES.frame.assign(**change)


def test_the_published_lines_are_those_of_the_programme():
    values = {
        (line, year): LINES.line(line, "rural", year)
        for line in ("moderate", "extreme")
        for year in (2014, 2019)
    }
    assert values["moderate", 2019].value == 668.10
    assert values["extreme", 2019].value == 381.08
    assert values["moderate", 2014].value == 580.0
    assert values["extreme", 2014].value == 331.0
    assert {line.status for (_, year), line in values.items() if year == 2014} == {"synthetic"}
    assert {line.status for (_, year), line in values.items() if year == 2019} == {"official"}
    assert values["moderate", 2019].vintage == "EPF 2015-16"


def test_a_line_is_frozen_and_equal_by_value():
    line = LINES.line("moderate", "rural", 2019)
    assert line == LINES.line("moderate", "rural", 2019, "EPF 2015-16")
    with pytest.raises(dataclasses.FrozenInstanceError):
        line.value = 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": 0.0}, "value must be a positive"),
        ({"status": "guessed"}, "status must be one of 'official', 'synthetic'; got 'guessed'"),
        ({"vintage": " "}, "vintage of a poverty line must be a text"),
        ({"unit": None}, "unit of a poverty line must be a text"),
    ],
)
def test_a_line_says_everything_about_itself(change, message):
    with pytest.raises(OptionError, match=message):
        dataclasses.replace(LINES.line("moderate", "rural", 2019), **change)


def test_an_absent_line_is_an_error_that_lists_those_there_are():
    with pytest.raises(
        OptionError,
        match=r"No poverty line 'moderate', area 'urban', year 2019; the table has moderate rural 2019",
    ):
        LINES.line("moderate", "urban", 2019)


def test_two_vintages_of_a_line_must_be_told_apart():
    both = PovertyLines(pd.concat([LINES.frame, LINES.frame.iloc[[0]].assign(vintage="1990", value=500.0)]))
    with pytest.raises(OptionError, match=r"exists in 2 vintages \(EPF 2015-16, 1990\)\. Pass vintage="):
        both.line("moderate", "rural", 2019)
    assert both.line("moderate", "rural", 2019, vintage="1990").value == 500.0


def test_rows_of_two_vintages_are_an_error():
    area, year = pd.Series(["rural", "rural"]), pd.Series([2019, 2014])
    with pytest.raises(DataError, match="must have one vintage; got 'synthetic 2014', 'EPF 2015-16'"):
        LINES.by_row("moderate", area, year)


def test_rows_are_looked_up_in_their_own_order():
    lines = PovertyLines(pd.concat([LINES.frame, LINES.frame.iloc[[0]].assign(area="urban", value=900.0)]))
    area = pd.Series(["urban", "rural", "urban"], index=[7, 3, 5])
    found = lines.by_row("moderate", area, 2019)
    assert found.values.to_dict() == {7: 900.0, 3: 668.10, 5: 900.0}
    with pytest.raises(DataError, match=r"1 row of 3 lacks one \(first: 3\)"):
        lines.by_row("moderate", pd.Series(["urban", None, "rural"], index=[7, 3, 5]), 2019)


@pytest.mark.parametrize(
    ("frame", "error", "message"),
    [
        (table().drop(columns="source"), OptionError, "names 'source', which the table does not have"),
        (table(source=None), DataError, "'source' has empty cells"),
        (table(value=-1.0), OptionError, "value of line 'moderate' rural 2019 must be a positive"),
        (table(status="draft"), OptionError, "status of line 'moderate' rural 2019 must be one of"),
        (table(name="moderate"), DataError, "stands twice"),
    ],
)
def test_a_bad_table_is_refused(frame, error, message):
    with pytest.raises(error, match=message):
        PovertyLines(frame)


def test_a_table_is_read_back_from_its_file(tmp_path):
    path = tmp_path / "lines.csv"
    LINES.frame.to_csv(path, index=False)
    pd.testing.assert_frame_equal(PovertyLines.read(path).frame, LINES.frame)
