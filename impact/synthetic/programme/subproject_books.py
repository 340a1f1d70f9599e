"""The subprojects' books: investment, flows with and without, completion records, prices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.synthetic.parameters import PRODUCT_UNITS, PRODUCTS
from impact.synthetic.tables import labelled

HORIZON = 10
BS_PER_DOLLAR = 6.91
INVESTMENT_PER_PRODUCER = 1_529 * BS_PER_DOLLAR
OVERHEAD = 0.11
COUNTERPART = 0.30
RAMP = np.array([0.0, 0.4, 0.7, *np.ones(HORIZON - 2)])  # years until the increment is whole
# Increment a year over the investment: so spread that 74 % pass 12 % a year and 11 % lose.
INCREMENT_MEAN, INCREMENT_SPREAD = 0.46, 0.37
COSTS_OF_REVENUE = 0.35
# Groups whose last instalment of the grant came years after the first, the part that it was, and the year it came.
LATE_GROUPS, LATE_PART, LATE_YEARS = 0.4, (0.10, 0.50), (4, 8)
REPORTED, REPORTED_EARLY = 535 / 768, 140 / 768
PRICES = {"milk": 3.0, "cocoa": 16.0, "coffee": 18.0, "honey": 25.0, "beef": 12.0, "quinoa": 14.0,
          "potato_seed": 5.0, "peach": 7.0, "other": 4.0}  # fmt: skip
# Spot price of 2014 over that of 2011–12.
PRICE_FALL = {"milk": 0.70, "quinoa": 0.88}


def books(
    group: pd.DataFrame, generator: np.random.Generator, instalments: np.random.Generator
) -> pd.DataFrame:
    """Return the yearly flows of every subproject that was paid, from its first disbursement on."""
    paid = group[group["treated"] & group["disb1_date"].notna()]
    number, members = len(paid), paid["members_approval"].to_numpy(dtype=np.float64)
    drawn = generator.standard_normal((4, number))
    investment = members * INVESTMENT_PER_PRODUCER * np.exp(0.35 * drawn[0] - 0.35**2 / 2)
    counterpart = np.clip(COUNTERPART + 0.05 * drawn[1], 0.15, 0.50)
    increment = investment * (INCREMENT_MEAN + INCREMENT_SPREAD * drawn[2])
    without = members * 4_000 * np.exp(0.5 * drawn[3] - 0.125)
    wobble = np.exp(0.05 * generator.standard_normal((number, HORIZON + 1)))
    first = np.r_[1.0, np.zeros(HORIZON)]
    revenue_without = without[:, np.newaxis] * wobble
    cost_without = COSTS_OF_REVENUE * revenue_without
    # An increment of net revenue is one of revenue less its costs; a loss shows as lower revenue.
    gain = increment[:, np.newaxis] * RAMP / (1 - COSTS_OF_REVENUE)
    revenue_with = np.maximum(revenue_without + gain, 0.0)
    cost_with = cost_without + COSTS_OF_REVENUE * gain.clip(min=-revenue_without)
    price = paid["alliance_product"].astype(str).map(PRICES).to_numpy(dtype=np.float64)[
        :, np.newaxis
    ] * np.ones_like(wobble)
    year = np.tile(np.arange(HORIZON + 1), number)
    elapsed = (paid["interview_start"] - paid["disb1_date"]).dt.days.to_numpy() // 365
    table = {
        "group_id": np.repeat(paid["group_id"].to_numpy(), HORIZON + 1),
        "year": year,
        "grant_bs": _instalments((1 - counterpart) * investment, instalments),
        "own_cash_bs": (0.8 * counterpart * investment)[:, np.newaxis] * first,
        "own_inkind_bs": (0.2 * counterpart * investment)[:, np.newaxis] * first,
        "overhead_bs": (OVERHEAD * investment)[:, np.newaxis] * first,
        "gross_without": revenue_without,
        "gross_with": revenue_with,
        "opcost_without": cost_without,
        "opcost_with": np.maximum(cost_with, 0.0),
        "price": price,
        "qty": revenue_with / price,
        "observed": np.arange(HORIZON + 1) <= elapsed[:, np.newaxis],
    }
    return labelled(pd.DataFrame({name: np.ravel(values) for name, values in table.items()}))


def _instalments(grant: Array, generator: np.random.Generator) -> Array:
    """Return each grant by year: some have their last instalment years later, in whole bolivianos.

    Who is paid late is drawn by lot and moves nobody's income: the true effect is the same at every share disbursed.
    """
    number = len(grant)
    late = generator.random(number) < LATE_GROUPS
    last = np.where(late, np.round(grant * generator.uniform(*LATE_PART, number)), 0.0)
    paid = np.zeros((number, HORIZON + 1))
    paid[:, 0] = grant - last
    paid[np.arange(number), generator.integers(*LATE_YEARS, number, endpoint=True)] += last
    return paid


def completion_records(
    group: pd.DataFrame, flows: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    """Return the baseline and completion record of every paid subproject; net income is missing where none was written."""
    paid = group[group["treated"] & group["disb1_date"].notna()].reset_index(drop=True)
    number, members = len(paid), paid["members_approval"].to_numpy(dtype=np.float64)
    net = flows.assign(
        without=flows["gross_without"] - flows["opcost_without"],
        after=flows["gross_with"] - flows["opcost_with"],
    )
    before = net[net["year"] == 0]["without"].to_numpy() / members
    after = net[net["year"] == 3]["after"].to_numpy() / members
    reported = generator.random(number) < REPORTED * np.exp(0.02 * (members - members.mean())).clip(0.7, 1.3)
    days = generator.integers(500, 1_200, number).astype("timedelta64[D]")
    completed = (paid["disb1_date"].to_numpy() + days).astype("datetime64[s]")
    table: dict[str, Any] = {
        "group_id": paid["group_id"],
        "baseline_date": paid["approval_date"],
        "completion_date": pd.Series(completed).where(reported),
        "reported": reported,
        "reported_early": reported & (generator.random(number) < REPORTED_EARLY / REPORTED),
        "members_start": paid["members_approval"],
        "members_end": pd.array(
            np.where(reported, np.round(members * generator.uniform(0.7, 1.2, number)), np.nan), dtype="Int64"
        ),
        "net_income_before": np.round(before, 2),
        "net_income_after": np.where(reported, np.round(after, 2), np.nan),
        "women_leaders": np.round(generator.beta(3, 9, number), 3),
    }
    return labelled(pd.DataFrame(table))


def price_table(generator: np.random.Generator) -> pd.DataFrame:
    """Return spot and alliance price of each product by year, 2007 to 2014."""
    years = np.arange(2007, 2015)
    rows = []
    for product, level in PRICES.items():
        fall = PRICE_FALL.get(product, 1.0)
        path = (
            level * np.where(years < 2013, 1.0, fall) * np.exp(0.04 * generator.standard_normal(len(years)))
        )
        premium = 1.08 * np.exp(0.02 * generator.standard_normal(len(years)))
        rows.append(
            pd.DataFrame(
                {
                    "alliance_product": product,
                    "year": years,
                    "unit": _unit(product),
                    "price_spot": np.round(path, 2),
                    "price_alliance": np.round(path * premium, 2),
                    "source": "Drawn for the synthetic survey",
                }
            )
        )
    return labelled(pd.concat(rows, ignore_index=True))


def conversion_table() -> pd.DataFrame:
    """Return the units of quantity of each product; those that are drawn are standard already."""
    rows = [(product, _unit(product), _unit(product), 1.0) for product in PRICES]
    return labelled(pd.DataFrame(rows, columns=["alliance_product", "qty_unit", "standard_unit", "factor"]))


def cpi_table() -> pd.DataFrame:
    """Return a synthetic consumer price index, 2007 to 2014, 2014 = 100."""
    years = np.arange(2007, 2015)
    index: Array = np.round(100 * 1.055 ** (years - 2014.0), 2)
    return labelled(
        pd.DataFrame({"period": years.astype(str), "index": index, "source": "Set for the synthetic survey"})
    )


def _unit(product: str) -> str:
    return dict(zip(PRODUCTS, PRODUCT_UNITS, strict=True)).get(product, "kg")
