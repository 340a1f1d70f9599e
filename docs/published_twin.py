"""What the report published beside what the synthetic twin shows in expectation: writes published_twin.md.

python docs/published_twin.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import impact as im
from impact.synthetic.result import RuralAlliances

HERE = Path(__file__).parent
GROUPS, SEED = 6000, 1
HEAD = f"""# Published and twin

What World Bank (2018), Project Performance Assessment Report 132905, published of the programme, and what the **synthetic** twin
shows in expectation: the true effects of `im.synthetic.rural_alliances({SEED}, groups={GROUPS})`, with both potential outcomes of
every household, and shares of its groups. A survey of 330 groups strays from these by chance. Where the twin does not show a
number the last column says why.

This page is written by `python docs/published_twin.py` and held to it by a test.

| Para | What | Published | Twin | |
|---|---|---|---|---|
"""
NO_AMOUNT = "not in the twin: the report gives no amount that could be planted; family days are drawn alike in both arms"
UNNAMED = (
    "not planted: the report does not say which income and which controls; the true effect on all income lies below it, the difference of "
    "unmatched arms above"
)
SAME_ON_EVERY_FARM = (
    "not in this order: the report orders the income of the alliance's product; of all agricultural income the gain is .45 × 73 % on every "
    "farm, more of less in poorer regions"
)
NOT_TIED = "not in the twin: practices are drawn apart from income, so that nothing is found where nothing was planted"
REGIONS = ("Norte", "Tropico", "Valles", "Chaco")
PRODUCTS = {"beef": 136, "milk": 102, "honey": 76, "coffee": 57, "cocoa": 51}
AGES = {"under 1 year": 52, "1 to 10 years": 34, "over 10 years": 14}


def rows(survey: RuralAlliances) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield paragraph, what, published, twin and a remark for every number."""
    known = survey.truth.effects.set_index(["outcome", "by", "subgroup"])
    percent, att = known["percent"], known["att"]
    every = ("all", "all")
    for what, outcome in (
        ("agricultural sales", "sales_agr"),
        ("agricultural income", "income_agr_pc_month"),
    ):
        yield "4.9", f"{what}, % of the control mean", "28 to 39", f"{percent[outcome, *every]:.0f}", ""
    yield "4.9", "household labour income, %", "28", f"{percent['income_labour', *every]:.0f}", ""
    naive = _difference_of_means(survey.household, "income_agr_pc_month")
    yield (
        "4.5",
        "net income against matched controls, %",
        "63",
        f"{percent['income_total', *every]:.0f} (all income, true); {naive:.0f} (agricultural, unmatched arms)",
        UNNAMED,
    )
    for what, published, rows_of in _lines(survey.truth.units):
        person, total = (
            _per_person(rows_of),
            _percent(rows_of["net_income_alliance_y1"], rows_of["net_income_alliance_y0"]),
        )
        remark = f"per person of the household; on household totals {total:.0f}"
        yield "4.5", f"income of the alliance's product{what}, %", published, f"{person:.0f}", remark
    for outcome, remark in (
        ("net_income_alliance", ""),
        ("income_agr_pc_month", SAME_ON_EVERY_FARM),
    ):
        order = percent[outcome]["region"][list(REGIONS)]
        shown = ", ".join(f"{name} {order[name]:.0f}" for name in REGIONS)
        yield "4.5", f"by region, {outcome}, %", " > ".join(REGIONS), shown, remark
    fifths = percent["income_agr_pc_month"]["quintile"]
    yield (
        "4.5",
        "poorest fifth's gain over the next's, %",
        "4 times",
        f"{fifths['1'] / fifths['2']:.1f} times",
        "",
    )
    yield "4.7", "wage days hired", "+0.15", f"+{att['wage_days_hired', *every]:.2f}", ""
    yield "4.7", "cultivated and grazed area, ha", "+3.1", f"+{att['area_cultivated', *every]:.1f}", ""
    yield "4.7", "family labour", "more, no amount", f"{att['family_days', *every]:+.1f}", NO_AMOUNT
    for what, name, published in (
        ("moderately", "poor_mod", "50 against 62"),
        ("extremely", "poor_ext", "33 against 43"),
    ):
        with_it, without = (100 * known[mean_of][name, *every] for mean_of in ("mean_y1", "mean_y0"))
        yield "4.8", f"{what} poor, %", published, f"{with_it:.0f} against {without:.0f}", ""
    gap = [100 * known[mean_of]["gap_mod", *every] for mean_of in ("mean_y1", "mean_y0")]
    yield "4.8", "poverty gap, %", "narrower, no figure", f"{gap[0]:.0f} against {gap[1]:.0f}", ""
    group = survey.group[survey.group["treated"].astype(bool)]
    for what, name, published in (
        ("collective input purchase", "coll_inputs", "61"),
        ("hired technical assistance", "ta_hired", "59"),
        ("collective prices", "coll_price", "53"),
        ("collective delivery", "coll_delivery", "53"),
    ):
        yield "4.6", f"{what}, % of groups", published, f"{100 * group[name].mean():.0f}", ""
    for what, name in (("technical assistance", "ta_hired"), ("storage", "fac_storage")):
        ratio = _with_over_without(survey, name)
        yield (
            "4.6",
            f"{what} and income among the treated",
            "associated, no figure",
            f"{ratio:.2f} times",
            NOT_TIED,
        )
    age = survey.group["group_age_at_approval"]
    shares = (age < 1).mean(), ((age >= 1) & (age <= 10)).mean(), (age > 10).mean()
    for (what, published), share in zip(AGES.items(), shares, strict=True):
        yield "D.2", f"groups in operation {what}, %", str(published), f"{100 * share:.0f}", ""


def _difference_of_means(household: pd.DataFrame, outcome: str) -> float:
    means = household.groupby(household["treated"].astype(bool))[outcome].mean()
    return float(100 * (means[True] / means[False] - 1))


def _lines(units: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield what, the published percentage and the treated households of all products and of each."""
    treated = units[units["treated"].astype(bool)]
    yield "", "73", treated
    for product, published in PRODUCTS.items():
        yield f": {product}", str(published), treated[treated["alliance_product"] == product]


def _per_person(rows: pd.DataFrame) -> float:
    size = rows["hh_size"]
    return _percent(rows["net_income_alliance_y1"] / size, rows["net_income_alliance_y0"] / size)


def _percent(with_it: pd.Series[float], without: pd.Series[float]) -> float:
    return float(100 * (with_it.mean() / without.mean() - 1))


def _with_over_without(survey: RuralAlliances, practice: str) -> float:
    group = survey.group.set_index("group_id") if "group_id" in survey.group else survey.group
    treated = survey.household[survey.household["treated"].astype(bool)]
    has = treated["group_id"].map(group[practice].astype(bool))
    income = treated.groupby(has)["income_pc_month"].mean()
    return float(income[True] / income[False])


def page() -> str:
    """Return the page."""
    survey = im.synthetic.rural_alliances(SEED, groups=GROUPS)
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows(survey))


if __name__ == "__main__":
    (HERE / "published_twin.md").write_text(page(), encoding="utf-8")
