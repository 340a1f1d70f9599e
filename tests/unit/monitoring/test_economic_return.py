"""Net present value, rates of return with their number, payback, shocks and switching values."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impact as im
from impact.monitoring.returns.cash_flow import present_value, rates_of_return


def one(flows, rate=0.12):
    return im.economic_return(pd.DataFrame([flows], dtype=float), rate).frame.iloc[0]


def test_an_annuity_has_its_closed_form():
    found = one([-1000] + [200] * 10, rate=0.12)
    assert found["npv"] == pytest.approx(-1000 + 200 * (1 - 1.12**-10) / 0.12, abs=1e-9)
    level = 200 * (1 - (1 + found["irr"]) ** -10) / found["irr"]
    assert level == pytest.approx(1000, abs=1e-9)
    assert (found["payback"], found["irr_status"], found["above_hurdle"]) == (5.0, "one", True)


def test_a_single_payment_has_its_closed_form():
    found = one([-100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 310.58], rate=0.12)
    assert found["irr"] == pytest.approx(3.1058**0.1 - 1, abs=1e-13)
    assert found["npv"] == pytest.approx(-100 + 310.58 / 1.12**10, abs=1e-11)


def test_a_rate_below_zero_and_a_rate_of_thousands_of_percent():
    assert one([-100, 10, 10, 10])["irr"] < 0
    assert one([-100, 10, 10, 10])["above_hurdle"] == False  # noqa: E712
    assert np.isnan(one([-100, 10, 10, 10])["payback"])
    assert one([-1, 100])["irr"] == pytest.approx(99.0)


def test_several_roots_are_named_and_none_is_picked():
    found = one([-100, 230, -132])
    assert np.isnan(found["irr"])
    assert (found["irr_number"], found["irr_status"], found["irr_all"]) == (2, "several", "10.0 %; 20.0 %")


def test_no_root_is_named_with_its_reason():
    assert one([5, 5, 5])["irr_status"] == "none: the flow never changes sign"
    never = one([-100, 150, -100])
    assert (never["irr_number"], never["irr_status"]) == (0, "none: the present value never crosses 0")
    table = im.economic_return(pd.DataFrame([[5.0, 5, 5], [-1.0, 2, 2]], index=["A", "B"]))
    assert table.notes == (
        "1 subproject without a single rate of return: none: the flow never changes sign.",
    )
    assert table.frame.index.tolist() == ["A", "B"]


def test_a_double_root_counts_once():
    assert one([-100, 220, -121])["irr_all"] == "10.0 %"


def test_zeros_before_and_after_the_flow_change_no_rate():
    assert one([0, 0, -100, 60, 60, 0])["irr"] == pytest.approx(one([-100, 60, 60])["irr"], abs=1e-13)


@settings(max_examples=60, deadline=None)
@given(
    cost=st.floats(1, 1e6),
    gains=st.lists(st.floats(0.01, 100), min_size=1, max_size=12),
    scale=st.floats(1e-3, 1e3),
)
def test_the_rate_takes_the_present_value_to_zero_whatever_the_currency(cost, gains, scale):
    flows = cost * np.array([[-1.0, *gains]])
    (rate,) = rates_of_return(flows)[0]
    assert (
        abs(present_value(flows, rate)[0])
        <= 1e-9 * np.abs(flows * (1 + rate) ** -np.arange(flows.shape[1])).sum()
    )
    (other,) = rates_of_return(flows * scale)[0]
    assert other == pytest.approx(rate, rel=1e-9, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(roots=st.lists(st.floats(-0.5, 1.5), min_size=2, max_size=3, unique_by=lambda r: round(r, 1)))
def test_planted_roots_are_all_found(roots):
    factors = [1 / (1 + root) for root in roots]
    flow = np.polynomial.polynomial.polyfromroots(factors)
    np.testing.assert_allclose(rates_of_return(flow[np.newaxis])[0], sorted(roots), atol=1e-6)


BOOKS = pd.DataFrame(
    {
        "group_id": ["A"] * 3 + ["B"] * 3,
        "year": [0, 1, 2] * 2,
        "grant_bs": [70.0, 0, 0, 140, 0, 0],
        "own_cash_bs": [30.0, 0, 0, 60, 0, 0],
        "own_inkind_bs": 0.0,
        "overhead_bs": [11.0, 0, 0, 22, 0, 0],
        "gross_without": 50.0,
        "gross_with": [50.0, 150, 190, 50, 90, 90],
        "opcost_without": 20.0,
        "opcost_with": [20.0, 30, 40, 20, 20, 20],
    }
)


def test_flows_by_hand_and_under_shocks():
    assert im.incremental_flows(BOOKS).loc["A"].tolist() == [-111, 90, 120]
    assert im.incremental_flows(BOOKS, price_change=-0.2).loc["A"].tolist() == pytest.approx([-111, 70, 92])
    assert im.incremental_flows(BOOKS, benefit_change=-0.2).loc["A"].tolist() == pytest.approx([-111, 72, 96])


def test_switching_values_take_the_present_value_to_zero():
    values = im.switching_values(BOOKS, rate=0.12)
    for group in ("A", "B"):
        price = im.incremental_flows(BOOKS, price_change=max(values.loc[group, "price"], -0.999))
        if values.loc[group, "price"] > -1:
            assert im.economic_return(price).frame.loc[group, "npv"] == pytest.approx(0, abs=1e-9)
        benefit = im.incremental_flows(BOOKS, benefit_change=values.loc[group, "benefit"])
        assert im.economic_return(benefit).frame.loc[group, "npv"] == pytest.approx(0, abs=1e-9)


def test_cost_per_producer():
    assert im.cost_per_producer(BOOKS, pd.Series({"A": 37, "B": 111})).tolist() == [3.0, 2.0]
    with pytest.raises(im.DataError, match="producers must be above 0"):
        im.cost_per_producer(BOOKS, pd.Series({"A": 37}))


@pytest.mark.parametrize(
    ("books", "message"),
    [
        (BOOKS.assign(grant_bs=-1.0), "must be at least 0"),
        (pd.concat([BOOKS, BOOKS.iloc[:1]]), "stands twice: A, year 0"),
        (BOOKS.iloc[:-1], "1 subproject lacks a year"),
        (BOOKS.assign(gross_with=np.nan), "lack a finite number"),
    ],
)
def test_wrong_books_are_named(books, message):
    with pytest.raises(im.DataError, match=message):
        im.incremental_flows(books)


def test_wrong_flows_are_named():
    with pytest.raises(im.DataError, match="lacks the flow of a year"):
        im.economic_return(pd.DataFrame([[-1.0, np.nan]]))
    with pytest.raises(im.DataError, match="one column for each year"):
        im.economic_return(pd.DataFrame([[-1.0, 2, 3]], columns=[0, 1, 3]))
    with pytest.raises(im.OptionError, match="rate must be a number above"):
        im.economic_return(pd.DataFrame([[-1.0, 2]]), rate=-1)
    with pytest.raises(im.DataError, match="something else"):
        im.economic_return(pd.DataFrame([["a", "b"]]))


def test_768_subprojects_take_less_than_a_second():
    import time

    rng = np.random.default_rng(0)
    flows = pd.DataFrame(np.c_[-rng.uniform(50, 150, 768), rng.normal(30, 20, (768, 10))])
    start = time.process_time()
    assert len(im.economic_return(flows)) == 768
    assert time.process_time() - start < 1
