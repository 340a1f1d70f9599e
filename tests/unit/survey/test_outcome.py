"""Outcomes computed by hand."""

import numpy as np
import pandas as pd
import pytest

import impact as im

HOUSEHOLDS = pd.DataFrame(
    {
        "income": [-12.0, 120.0, 580.0, 700.0],
        "total": [1200.0, 2400.0, 600.0, 4800.0],
        "size": [2.0, 4.0, 1.0, 8.0],
        "region": list("aabb"),
    }
)


def test_headcount_is_strict_unless_asked():
    assert im.Headcount("income", line=580.0).values(HOUSEHOLDS).tolist() == [1, 1, 0, 0]
    assert im.Headcount("income", line=580.0, strict=False).values(HOUSEHOLDS).tolist() == [1, 1, 1, 0]


def test_gap_counts_negative_income_as_zero():
    gap = im.PovertyGap("income", line=600.0).values(HOUSEHOLDS)
    np.testing.assert_allclose(gap, [1.0, 0.8, 20 / 600, 0.0], rtol=1e-15)
    severity = im.PovertyGap("income", line=600.0, alpha=2).values(HOUSEHOLDS)
    np.testing.assert_allclose(severity, gap**2, rtol=1e-15)


def test_names_and_units_tell_line_and_weighting():
    assert im.Headcount("income", line=580.0).name == "headcount_580"
    assert im.Headcount("income", line=580.0, persons="size").name == "headcount_580_persons"
    assert im.Headcount("income", line=580.0, persons="size").unit == "share of persons"
    assert im.PovertyGap("income", line=580.0, alpha=2).name == "severity_580"
    assert im.Headcount("income", line=580.0, name="poor").name == "poor"


def test_per_capita_divides_by_members_and_periods():
    np.testing.assert_allclose(im.PerCapita("total", "size", periods=12).values(HOUSEHOLDS), [50, 50, 50, 50])
    with pytest.raises(im.DataError, match=r"'size' must be above zero to divide by; 1 row \(first: 1\)"):
        im.PerCapita("total", "size").values(HOUSEHOLDS.assign(size=[2.0, 0.0, 1.0, 8.0]))


def test_winsorizing_draws_in_the_tail_within_the_region():
    frame = pd.DataFrame({"y": [*range(101), *range(0, 1010, 10)], "region": ["a"] * 101 + ["b"] * 101})
    drawn = im.Winsorized("y", upper=0.9, by="region").values(frame)
    assert drawn[:101].max() == 90 and drawn[101:].max() == 900
    assert (drawn[:90] == np.arange(90)).all()
    with pytest.raises(im.OptionError, match="lower and upper"):
        im.Winsorized("y", upper=1.2)


@pytest.mark.parametrize("line", [0.0, -5.0, np.nan, np.inf])
def test_a_line_must_be_positive(line):
    with pytest.raises(im.OptionError, match="line must be a positive"):
        im.Headcount("income", line=line)
