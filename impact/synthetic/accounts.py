"""The household's books: quantities, grades, prices, costs and incomes that add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impact.synthetic import parameters as programme
from impact.synthetic.groups import Floats, ProducerGroups
from impact.synthetic.income import Exposure, Members

MONTHS = 12

OUTCOMES = (
    "area_cultivated", "qty_produced", "qty_sold", "qty_selfcons", "qty_grade_a", "price_grade_a",
    "price_grade_b", "price_received", "sales_alliance", "selfcons_alliance", "costs_alliance",
    "net_income_alliance", "sales_other", "selfcons_other", "costs_other", "sales_agr", "selfcons_agr",
    "costs_variable", "costs_hired_labour", "income_agr_net", "income_labour", "income_other",
    "income_total", "income_pc_month", "income_agr_pc_month", "wage_days_hired", "family_days",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Farm:
    """What of a household's farm the programme does not change; every array has one entry a household."""

    alliance_share: Floats
    cost_ratio: Floats
    consumed_share: Floats
    first_grade_share: Floats
    second_grade_price: Floats
    other_cost_ratio: Floats
    other_consumed_share: Floats
    land: Floats
    land_gain: Floats
    hiring: Floats
    days_when_hired: Floats
    family_days: Floats


def draw_farms(groups: ProducerGroups, members: Members, generator: np.random.Generator) -> Farm:
    """Draw the farms: land 6 ha on average, costs a third of output, some own consumption, two grades."""
    households = len(members.group)
    product = groups.product[members.group]
    spread = generator.uniform(-1, 1, households) * programme.ALLIANCE_SHARE_SPREAD
    group_price, group_land = generator.standard_normal((2, len(groups.members)))
    own_price, own_land = generator.standard_normal((2, households))
    log_price = 0.10 * group_price[members.group] + 0.05 * own_price
    log_land = 0.3 * group_land[members.group] + 0.4 * own_land - (0.3**2 + 0.4**2) / 2
    return Farm(
        alliance_share=programme.ALLIANCE_SHARES[product] * (1 + spread),
        cost_ratio=generator.uniform(0.20, 0.40, households),
        consumed_share=generator.uniform(0.02, 0.12, households),
        first_grade_share=generator.uniform(0.20, 0.60, households),
        second_grade_price=programme.PRODUCT_PRICES[product] * np.exp(log_price),
        other_cost_ratio=generator.uniform(0.30, 0.55, households),
        other_consumed_share=generator.uniform(0.05, 0.30, households),
        land=programme.LAND_MEAN * np.exp(log_land),
        land_gain=programme.LAND_EFFECT * generator.uniform(0, 2, households),
        hiring=generator.random(households),
        days_when_hired=(1 + generator.poisson(programme.WAGE_DAYS_WHEN_HIRED - 1, households)).astype(
            np.float64
        ),
        family_days=np.round(20.0 + generator.gamma(4.0, 30.0, households)),
    )


def household_accounts(
    farm: Farm, members: Members, income: Floats, persons: Floats, exposure: Exposure, common: Floats
) -> dict[str, Floats]:
    """Keep the books of one year.

    Parameters
    ----------
    farm : Farm
    members : Members
        For the shares of agricultural, labour and other income.
    income : ndarray, shape (households,)
        Income without the programme, Bs per person and month.
    persons : ndarray, shape (households,)
        Household members.
    exposure : Exposure
        What the household gets of the programme.
    common : ndarray, shape (households,)
        Further sales outside the alliance that owe nothing to the programme, Bs per person and month.

    Returns
    -------
    dict
        One array for each of ``OUTCOMES``. Sales are quantity × price by grade; net incomes are sales plus
        own consumption less costs; total income is agricultural plus labour plus other.
    """
    year = income * persons * MONTHS
    agricultural, labour, other = (members.income_shares * year[:, np.newaxis]).T
    growth = 1 + exposure.agricultural / farm.alliance_share
    books = _alliance_product(farm, farm.alliance_share * agricultural, growth)
    books |= _rest_of_farm(farm, (1 - farm.alliance_share) * agricultural, common * persons * MONTHS)
    books |= _land_and_work(farm, exposure)
    books["sales_agr"] = books["sales_alliance"] + books["sales_other"]
    books["selfcons_agr"] = books["selfcons_alliance"] + books["selfcons_other"]
    costs = books["costs_alliance"] + books["costs_other"]
    books["costs_hired_labour"] = np.minimum(books["wage_days_hired"] * programme.DAILY_WAGE, costs / 2)
    books["costs_variable"] = costs - books["costs_hired_labour"]
    books["income_agr_net"] = (
        books["sales_agr"] + books["selfcons_agr"] - books["costs_variable"] - books["costs_hired_labour"]
    )
    books["income_labour"] = labour * (1 + exposure.labour)
    books["income_other"] = other
    books["income_total"] = books["income_agr_net"] + books["income_labour"] + books["income_other"]
    books["income_pc_month"] = books["income_total"] / (persons * MONTHS)
    books["income_agr_pc_month"] = books["income_agr_net"] / (persons * MONTHS)
    return {name: books[name] for name in OUTCOMES}


def _alliance_product(farm: Farm, net_income: Floats, growth: Floats) -> dict[str, Floats]:
    """Grow the net income of the alliance product by price, grade and costs; volume takes what is left."""
    price_b = farm.second_grade_price * growth**programme.PRICE_ELASTICITY
    price_a = price_b * programme.FIRST_GRADE_PREMIUM
    # Under strong anticipation a small alliance income shrinks so far that nothing is left of first grade.
    grade_a = np.maximum(1 - (1 - farm.first_grade_share) * growth**programme.GRADE_ELASTICITY, 0.0)
    cost_ratio = farm.cost_ratio * growth**programme.COST_ELASTICITY
    sold = 1 - farm.consumed_share
    unit_value = sold * (grade_a * price_a + (1 - grade_a) * price_b) + farm.consumed_share * price_b
    produced = net_income * growth / ((1 - cost_ratio) * unit_value)
    qty_selfcons = farm.consumed_share * produced
    qty_sold = produced - qty_selfcons
    qty_grade_a = grade_a * qty_sold
    sales = qty_grade_a * price_a + (qty_sold - qty_grade_a) * price_b
    consumption = qty_selfcons * price_b  # valued at the farm gate, as second grade
    costs = cost_ratio * (sales + consumption)
    return {
        "qty_produced": produced,
        "qty_sold": qty_sold,
        "qty_selfcons": qty_selfcons,
        "qty_grade_a": qty_grade_a,
        "price_grade_a": price_a,
        "price_grade_b": price_b,
        "price_received": sales / qty_sold,
        "sales_alliance": sales,
        "selfcons_alliance": consumption,
        "costs_alliance": costs,
        "net_income_alliance": sales + consumption - costs,
    }


def _rest_of_farm(farm: Farm, net_income: Floats, further_sales: Floats) -> dict[str, Floats]:
    """Split what the rest of the farm yields into sales, own consumption and costs."""
    output = net_income / (1 - farm.other_cost_ratio)
    return {
        "sales_other": (1 - farm.other_consumed_share) * output + further_sales,
        "selfcons_other": farm.other_consumed_share * output,
        "costs_other": farm.other_cost_ratio * output,
    }


def _land_and_work(farm: Farm, exposure: Exposure) -> dict[str, Floats]:
    """Return land in use, hired days (none on most farms) and family days, which stay as they are."""
    rise = programme.WAGE_DAYS_AFTER - programme.WAGE_DAYS_BEFORE
    days = programme.WAGE_DAYS_BEFORE + rise * exposure.land
    hires = farm.hiring < days / programme.WAGE_DAYS_WHEN_HIRED
    return {
        "area_cultivated": farm.land + farm.land_gain * exposure.land,
        "wage_days_hired": np.where(hires, farm.days_when_hired, 0.0),
        "family_days": farm.family_days,
    }
