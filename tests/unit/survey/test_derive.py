"""Derived variables against values computed by hand."""

import pickle

import numpy as np
import pandas as pd
import pytest

from impact.errors import DataError, OptionError
from impact.survey.derive.derived import Derived, with_derived
from impact.survey.derive.prices import Deflated, PriceIndex
from impact.survey.derive.standard_units import InStandardUnits
from impact.survey.derive.steps import AnyAbove, DrawnIn, PerAdultEquivalent, PerPeriod, PerPerson, ShareOf
from impact.survey.outcome import Outcome

FRAME = pd.DataFrame(
    {
        "income_total": [12_000.0, 24_000.0, np.nan, -600.0],
        "sales_alliance": [500.0, 0.0, 10.0, 0.0],
        "sales_agr": [1000.0, 0.0, 40.0, 50.0],
        "hh_size": [2, 4, 3, 1],
        "children": [0, 2, 1, 0],
        "interview_date": pd.to_datetime(["2014-07-01", "2014-08-15", "2014-07-01", "2014-08-01"]),
        "region": ["N", "N", "S", "S"],
        "alliance_product": ["milk", "milk", "honey", "honey"],
        "qty_unit": ["litre", "gallon", "kg", "kg"],
    },
    index=[11, 12, 13, 14],
)
CPI = pd.DataFrame(
    {"period": ["2014-07", "2014-08", "2016-01"], "index": [90.0, 96.0, 120.0], "source": "synthetic"}
)


def test_steps_are_applied_in_their_order() -> None:
    monthly = Derived("m", "income_total", (PerPeriod(12), PerPerson("hh_size")))
    np.testing.assert_array_equal(monthly.values(FRAME), [500.0, 500.0, np.nan, -50.0])
    some = Derived("s", "income_total", (AnyAbove(15_000), PerPerson("hh_size")))
    np.testing.assert_array_equal(some.values(FRAME), [0.0, 0.25, np.nan, 0.0])


def test_money_is_expressed_in_prices_of_the_base_period() -> None:
    real = Derived(
        "real", "income_total", (Deflated(PriceIndex(CPI), base="2016-01", date="interview_date"),)
    )
    np.testing.assert_allclose(real.values(FRAME), [16_000.0, 30_000.0, np.nan, -750.0], rtol=1e-15)


def test_a_yearly_index_is_looked_up_by_year() -> None:
    yearly = PriceIndex(
        pd.DataFrame({"period": ["2014", "2016"], "index": [80.0, 100.0], "source": "synthetic"})
    )
    real = Derived("real", "income_total", (Deflated(yearly, base="2016", date="interview_date"),))
    assert real.values(FRAME)[0] == 15_000.0


def test_adult_equivalents_count_children_less_and_share() -> None:
    scaled = Derived(
        "ae", "income_total", (PerAdultEquivalent("hh_size", "children", child=0.5, economies=0.5),)
    )
    np.testing.assert_allclose(
        scaled.values(FRAME)[:2], [12_000 / np.sqrt(2), 24_000 / np.sqrt(3)], rtol=1e-15
    )
    plain = Derived("pc", "income_total", (PerAdultEquivalent("hh_size", "children", child=1, economies=1),))
    np.testing.assert_array_equal(
        plain.values(FRAME), Derived("p", "income_total", (PerPerson("hh_size"),)).values(FRAME)
    )


def test_tails_are_drawn_in_to_pooled_quantiles_of_each_region() -> None:
    frame = pd.DataFrame(
        {"y": [*range(101), *range(0, 1010, 10), np.nan], "region": ["N"] * 101 + ["S"] * 102}
    )
    drawn = Derived("w", "y", (DrawnIn(upper=0.9, lower=0.1, by="region"),)).values(frame)
    assert (drawn[:101].min(), drawn[:101].max()) == (10.0, 90.0)
    assert (np.nanmin(drawn[101:]), np.nanmax(drawn[101:])) == (100.0, 900.0)
    assert np.isnan(drawn[-1])
    pooled = Derived("w", "y", (DrawnIn(upper=0.9),)).values(frame)
    assert np.nanmax(pooled) == frame["y"].quantile(0.9)


def test_a_share_of_nothing_is_missing_and_the_extensive_margin_is_not() -> None:
    share = Derived("share", "sales_alliance", (ShareOf("sales_agr"),))
    np.testing.assert_array_equal(share.values(FRAME), [0.5, np.nan, 0.25, 0.0])
    np.testing.assert_array_equal(Derived("any", "sales_alliance", (AnyAbove(),)).values(FRAME), [1, 0, 1, 0])


def test_quantities_are_converted_by_product_and_unit() -> None:
    table = pd.DataFrame(
        {
            "alliance_product": ["milk", "milk", "honey"],
            "qty_unit": ["litre", "gallon", "kg"],
            "factor": [1.0, 3.8, 1.0],
        }
    )
    step = InStandardUnits(table, "alliance_product", "qty_unit")
    np.testing.assert_allclose(Derived("q", "sales_agr", (step,)).values(FRAME), [1000.0, 0.0, 40.0, 50.0])
    with pytest.raises(DataError, match=r"it lacks honey in kg \(2 rows \(first: 13, 14\)\)"):
        Derived("q", "sales_agr", (InStandardUnits(table.iloc[:2], "alliance_product", "qty_unit"),)).values(
            FRAME
        )


def test_derived_variables_are_appended_in_order_and_the_table_is_left_alone() -> None:
    before = FRAME.copy()
    table = with_derived(
        FRAME,
        [Derived("month", "income_total", (PerPeriod(12),)), Derived("pc", "month", (PerPerson("hh_size"),))],
    )
    assert table["pc"].tolist()[:2] == [500.0, 500.0]
    pd.testing.assert_frame_equal(FRAME, before)
    with pytest.raises(OptionError, match="needs a new name; got 'hh_size'"):
        with_derived(FRAME, [Derived("hh_size", "income_total", ())])


def test_a_derived_variable_is_an_outcome_and_can_be_sent_to_another_process() -> None:
    real = Derived(
        "real", "income_total", (Deflated(PriceIndex(CPI), base="2016-01", date="interview_date"),), "Bs/year"
    )
    assert isinstance(real, Outcome)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(real)).values(FRAME), real.values(FRAME))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Derived("x", "nothing", ()).values(FRAME), OptionError, "names 'nothing'"),
        (lambda: Derived("x", "region", ()).values(FRAME), DataError, "'region' must hold numbers"),
        (
            lambda: Derived("x", "income_total", (PerPerson("sales_agr"),)).values(FRAME),
            DataError,
            r"'sales_agr' must be above zero to divide by; 1 row \(first: 12\)",
        ),
        (
            lambda: Derived("x", "hh_size", (ShareOf("income_total"),)).values(FRAME),
            DataError,
            r"'income_total' must be at least 0; 1 row \(first: 14\)",
        ),
        (
            lambda: Derived("x", "income_total", (PerAdultEquivalent("children", "hh_size"),)).values(
                FRAME.iloc[1:2]
            ),
            DataError,
            "'hh_size' must lie between 0 and 'children'",
        ),
        (
            lambda: Derived(
                "x",
                "income_total",
                (Deflated(PriceIndex(CPI[CPI.period != "2014-08"]), "2016-01", "interview_date"),),
            ).values(FRAME),
            DataError,
            r"2 rows \(first: 12, 14\) lie in 2014-08",
        ),
        (
            lambda: Deflated(PriceIndex(CPI), "2015-01", "interview_date"),
            OptionError,
            "base must be a period",
        ),
        (lambda: PriceIndex(pd.concat([CPI, CPI])), DataError, "must come once"),
        (
            lambda: PriceIndex(CPI.assign(period=["2014", "2014-08", "2016-01"])),
            DataError,
            "all be YYYY or all YYYY-MM",
        ),
        (lambda: PriceIndex(CPI.assign(index=[0.0, 1.0, 1.0])), DataError, "above zero in every period"),
        (lambda: DrawnIn(upper=0.2, lower=0.5), OptionError, "0 <= lower < upper <= 1"),
        (lambda: PerAdultEquivalent("a", "b", child=0), OptionError, r"child must be a number in \(0, 1\]"),
        (lambda: PerPeriod(0), OptionError, "periods must be a positive number"),
    ],
)
def test_what_cannot_be_derived_is_refused(make, error, message) -> None:
    with pytest.raises(error, match=message):
        make()
