import numpy as np
import pandas as pd
import pytest

from impact.errors import DataError, EstimationError, OptionError
from impact.survey.poverty.indices import fgt, sen_shorrocks_thon, watts
from impact.survey.poverty.line import PovertyLine
from impact.survey.poverty.line_table import PovertyLines
from impact.survey.poverty.relative_line import MeanLine, QuantileLine
from impact.survey.poverty.table import COLUMNS

INCOME = [-20.0, 50.0, 100.0, 300.0]
LINE = PovertyLine(
    100.0, "Bs/person/month", "rural", "2014", "synthetic 2014", "made up", "synthetic", "moderate"
)


def first(table):
    return table.frame.iloc[0]


def test_headcount_gap_and_severity_by_hand():
    # below 100: −20 (gap 1, its income counting as 0) and 50 (gap .5)
    table = fgt(INCOME, 100.0, [0, 1, 2]).frame
    assert table["estimate"].tolist() == [0.5, 0.375, 0.3125]
    assert table["measure"].tolist() == ["headcount", "gap", "severity"]
    assert table[["n", "n_poor", "n_negative"]].iloc[0].tolist() == [4, 2, 1]


def test_at_the_line_only_the_headcount_depends_on_strictness():
    table = fgt(INCOME, 100.0, [0, 1, 2], strict=False).frame
    assert table["estimate"].tolist() == [0.75, 0.375, 0.3125]
    assert set(table["strictness"]) == {"income at or below the line"}
    assert set(fgt(INCOME, 100.0).frame["strictness"]) == {"income below the line"}


def test_weights_and_persons_by_hand():
    table = fgt(INCOME, 100.0, weights=[1, 1, 1, 2], persons=[6, 2, 1, 1]).frame
    assert table["population"].tolist() == ["households", "persons"]
    assert table["estimate"].tolist() == pytest.approx([2 / 5, 8 / 11])


def test_standard_error_and_interval_by_hand():
    # equal weights: s² / n of the indicator, 0.5 · 0.5 · 4/3 / 4, and t with 3 degrees of freedom
    row = first(fgt(INCOME, 100.0))
    assert row["std_error"] == pytest.approx(np.sqrt(0.25 * 4 / 3 / 4))
    assert row["degrees_of_freedom"] == 3
    assert row["conf_high"] - row["estimate"] == pytest.approx(3.182446305284263 * row["std_error"])
    # clusters {−20, 50} and {100, 300}: totals of (f − .5)/4 are .25 and −.25
    assert first(fgt(INCOME, 100.0, cluster=[1, 1, 2, 2]))["std_error"] == pytest.approx(
        np.sqrt(2 * (0.25**2 * 2))
    )


def test_watts_and_sen_shorrocks_thon_by_hand():
    assert first(watts([25.0, 50.0, 100.0], 100.0))["estimate"] == pytest.approx((np.log(4) + np.log(2)) / 3)
    # n = 4, gaps 1 and .5, poorest first: (7 · 1 + 5 · .5) / 16
    assert first(sen_shorrocks_thon(INCOME, 100.0))["estimate"] == pytest.approx(9.5 / 16)


def test_subgroups_keep_the_whole_design():
    region = ["n", "s", "n", "s", "n", "s"]
    cluster = [1, 1, 2, 2, 3, 3]
    income = [10.0, 20.0, 300.0, 400.0, 50.0, 600.0]
    table = fgt(income, 100.0, cluster=cluster, by=region).frame.set_index("subgroup")
    assert table.loc[["all", "n", "s"], "estimate"].tolist() == pytest.approx([1 / 2, 2 / 3, 1 / 3])
    # n: cluster totals of (f − 2/3)/3 are 1/9, −2/9, 1/9
    assert table.loc["n", "std_error"] == pytest.approx(np.sqrt(1.5 * (1 + 4 + 1) / 81))
    assert table["n_clusters"].tolist() == [3, 3, 3]


def test_a_subgroup_in_one_cluster_has_no_standard_error_and_nobody_poor_no_interval():
    table = fgt(INCOME, 100.0, cluster=[1, 1, 2, 2], by=["a", "a", "b", "b"]).frame.set_index("subgroup")
    assert np.isnan(table.loc["a", ["std_error", "conf_low", "conf_high"]].to_numpy(dtype=float)).all()
    nobody = first(fgt([200.0, 300.0], 100.0))
    assert (nobody["estimate"], nobody["std_error"]) == (0.0, 0.0)
    assert np.isnan(nobody["conf_low"])


def test_a_line_brings_its_labels_and_synthetic_is_said():
    table = fgt(INCOME, LINE)
    row = first(table)
    assert row[["line", "line_unit", "line_status", "line_vintage"]].tolist() == [
        100.0,
        "Bs/person/month",
        "synthetic",
        "synthetic 2014",
    ]
    assert "SYNTHETIC" in table.note
    assert "SYNTHETIC" in repr(table)
    assert "SYNTHETIC" in table._repr_html_()
    assert "1 negative income" in table.note
    assert "SYNTHETIC" not in fgt(INCOME, 100.0).note
    assert tuple(table.frame.columns) == COLUMNS


def test_labels_are_escaped_in_the_notebook_view():
    assert "<b>" not in fgt(INCOME, 100.0, by=["<b>", "x", "<b>", "x"])._repr_html_()


def test_the_frame_is_a_copy():
    table = fgt(INCOME, 100.0)
    frame = table.frame
    frame.loc[0, "estimate"] = 9.0
    assert first(table)["estimate"] == 0.5


def test_relative_lines_by_hand():
    incomes = [50.0, 100.0, 200.0, 300.0, 1000.0]
    row = first(fgt(incomes, QuantileLine(0.6, unit="Bs")))
    assert row[["line", "estimate", "line_name", "line_unit"]].tolist() == [
        120.0,
        0.4,
        "0.6 x the median",
        "Bs",
    ]
    assert row["line_std_error"] > 0
    assert "Gaussian kernel" in row["variance"]
    row = first(fgt(incomes, MeanLine(0.5)))
    assert row[["line", "estimate"]].tolist() == pytest.approx([165.0, 0.4])
    assert row["line_std_error"] == pytest.approx(0.5 * np.std(incomes, ddof=1) / np.sqrt(5))


def test_rows_of_two_areas_have_their_own_line():
    table = PovertyLines.published().frame.iloc[[0]]
    lines = PovertyLines(pd.concat([table, table.assign(area="urban", value=200.0)]))
    income = pd.Series([150.0, 150.0, 700.0, 700.0])
    area = pd.Series(["urban", "rural", "urban", "rural"])
    by_row = lines.by_row("moderate", area, 2019)
    result = fgt(income, by_row, by=area).frame.set_index("subgroup")
    assert result["estimate"].tolist() == [0.5, 0.5, 0.5]
    assert result.loc["rural", "line"] == 668.10
    assert result.loc["urban", "line"] == 200.0
    assert np.isnan(result.loc["all", "line"])
    gap = first(fgt(income, by_row, 1))["estimate"]
    assert gap == pytest.approx((0.25 + (668.10 - 150) / 668.10) / 4)
    with pytest.raises(DataError, match="line and income must have the same index"):
        fgt(income.iloc[::-1], by_row)


BAD_INPUT = [
    ({"income": [1.0, np.inf, 2.0]}, DataError, r"1 row of 3 has no finite income \(first: 1\).*notna"),
    ({"income": [1.0, np.inf, 2.0]}, DataError, "no finite income"),
    ({"income": ["low", "high"]}, DataError, "income must hold numbers; got values such as 'low'"),
    ({"income": []}, DataError, "at least one row"),
    ({"income": [1.0]}, DataError, "at least 2 clusters; got 1"),
    ({"line": 0.0}, OptionError, "line must be a positive amount of income.*got 0.0"),
    ({"line": -5}, OptionError, "line must be a positive"),
    ({"line": float("nan")}, OptionError, "line must be a positive"),
    ({"alpha": -1}, OptionError, "alpha must be a number of at least 0; got -1"),
    ({"alpha": []}, OptionError, "empty"),
    ({"weights": [1, 0, 1, 1]}, DataError, r"weights must be above 0; 1 row of 4 is not \(first: 1\).*by="),
    ({"weights": [1, -2, 1, 1]}, DataError, "weights must be above 0; 1 row of 4"),
    ({"weights": [0, 0, 0, 0]}, DataError, "all 4 rows are not"),
    ({"weights": [1, 1]}, DataError, "weights must have one entry per row of income; got 2 for 4 rows"),
    ({"persons": [1, 2, 0, 3]}, DataError, "persons must be above 0"),
    ({"persons": [1, 2, 2, 3], "rows": "persons"}, OptionError, "rows must say what a row is"),
    ({"by": ["a", None, "b", "b"]}, DataError, "by must name a group for every row"),
    ({"by": ["all", "b", "b", "b"]}, DataError, "must differ from each other as text"),
    ({"level": 95}, OptionError, r"level must be a number in \(0, 1\); got 95"),
    (
        {"line": QuantileLine(0.6), "alpha": 0.5, "income": [5.0, 1, 2, 3]},
        OptionError,
        "alpha must be 0 or at least 1",
    ),
    (
        {"line": QuantileLine(0.6), "income": [-5.0, -1, 0, 3]},
        DataError,
        "needs the median of income above 0; got -0.5",
    ),
    ({"line": QuantileLine(0.6), "income": [5.0, 5, 5, 5]}, EstimationError, "incomes that vary"),
]


@pytest.mark.parametrize(("change", "error", "message"), BAD_INPUT)
def test_bad_input_is_refused_with_the_remedy(change, error, message):
    with pytest.raises(error, match=message):
        fgt(**({"income": INCOME, "line": 100.0} | change))


def test_columns_of_another_order_are_refused():
    income = pd.Series(INCOME, index=["a", "b", "c", "d"])
    weights = pd.Series([1.0, 2, 3, 4], index=["d", "c", "b", "a"])
    with pytest.raises(
        DataError, match=r"weights and income must have the same index.*weights\.loc\[income\.index\]"
    ):
        fgt(income, 100.0, weights=weights)
    assert first(fgt(income, 100.0, weights=weights.loc[income.index]))["estimate"] == pytest.approx(7 / 10)


def test_watts_needs_a_floor_where_incomes_have_no_logarithm():
    with pytest.raises(DataError, match=r"incomes above 0; 1 row of 4 is not\. Pass floor="):
        watts(INCOME, 100.0)
    row = first(watts(INCOME, 100.0, floor=10.0))
    assert row["estimate"] == pytest.approx((np.log(10) + np.log(2)) / 4)
    assert row["measure"] == "watts, incomes of at least 10"
    with pytest.raises(OptionError, match="floor must be at most the poverty line"):
        watts(INCOME, 100.0, floor=200.0)


@pytest.mark.parametrize("line", [QuantileLine, MeanLine])
def test_relative_lines_need_a_fraction_above_zero(line):
    with pytest.raises(OptionError, match="fraction must be a positive"):
        line(0.0)
