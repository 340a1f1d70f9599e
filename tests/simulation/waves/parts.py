"""The parts of the gain in net income and their shares, over surveys whose parts are known."""

from __future__ import annotations

import impact as im
from tests.simulation.waves.study import Row

PARTS = im.IncomeParts(
    quantity="qty_produced",
    price=("price_grade_a", "price_grade_b"),
    grade="qty_grade_a",
    costs="costs_alliance",
    product="alliance_product",
)
NAMES = ("volume", "quality", "price", "costs")
STRATEGY = im.Full(im.PropensityScore(), exact=("alliance_product",))


def income_parts(groups: int, number: int) -> list[Row]:
    """Return each part, and its share of the total in percent, of full matching within products; truth: each household against itself."""
    survey = im.synthetic.rural_alliances(number, groups=groups)
    roles = survey.roles() | {"outcomes": ["net_income_alliance"], "sampling_weight": None}
    matched = im.match(im.Sample(survey.household, **roles), STRATEGY)
    frame = im.income_decomposition(matched, PARTS, "linear").frame.set_index("part")
    truth = survey.truth.income_parts(PARTS)
    return [
        {
            "cell": name,
            "outcome": "net_income_alliance",
            "estimate": frame.at[name, "estimate"],
            "std_error": frame.at[name, "std_error"],
            "low": frame.at[name, "conf_low"],
            "high": frame.at[name, "conf_high"],
            "percent_low": 100 * frame.at[name, "share_conf_low"],
            "percent_high": 100 * frame.at[name, "share_conf_high"],
            "truth": truth[name],
            "without": truth["total"],
        }
        for name in NAMES
    ]
