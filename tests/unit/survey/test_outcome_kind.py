"""What an outcome is: a rate, a bounded share, a skewed amount, another number; from its unit and its values, not from the arms."""

import numpy as np
import pandas as pd
import pytest

from impact.survey.derive.derived import Derived
from impact.survey.derive.ready import PerCapita, Winsorized
from impact.survey.derive.steps import PerPerson
from impact.survey.outcome import Column
from impact.survey.outcome_kind import BOUNDED, OTHER_NUMBER, RATE, SKEWED_AMOUNT, outcome_kind
from impact.survey.poverty.outcomes import Headcount, PovertyGap
from impact.survey.shares import SHARE_OF_PERSONS

QUANTILES = (np.arange(400) + 0.5) / 400
NORMAL = np.sqrt(2) * np.array([np.sqrt(2) * (q - 0.5) * 3 for q in QUANTILES])  # symmetric
INCOME = np.exp(1.2 * NORMAL + 6)
FRAME = pd.DataFrame(
    {
        "income": INCOME,
        "log_income": np.log(INCOME),
        "net": INCOME - 1_500,
        "rare": np.where(QUANTILES > 0.97, INCOME, 0.0),
        "often_none": np.where(QUANTILES > 0.6, INCOME, 0.0),
        "score": NORMAL,
        "sold": np.clip(QUANTILES * 1.4 - 0.2, 0, 1),
        "sold_percent": 100 * np.clip(QUANTILES**3, 0, 1),
        "millions": INCOME / 1e9,
        "poor": INCOME < 500,
        "coded": np.where(INCOME < 500, 2, 1),
        "members": 1 + np.arange(400) % 8,
        "left": -INCOME,
        "gaps": np.where(QUANTILES < 0.1, np.nan, INCOME),
    }
)


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (Column("income"), SKEWED_AMOUNT),
        (Column("net"), SKEWED_AMOUNT),  # losses are part of a net income
        (Column("rare"), SKEWED_AMOUNT),
        (Column("often_none"), SKEWED_AMOUNT),
        (Column("gaps"), SKEWED_AMOUNT),
        (PerCapita("income", "members", 12), SKEWED_AMOUNT),
        (Winsorized("income", upper=0.99), SKEWED_AMOUNT),
        (Derived("per_person", "income", (PerPerson("members"),)), SKEWED_AMOUNT),
        (Column("millions", unit="thousand million Bs"), SKEWED_AMOUNT),  # below 1, but money
        (Column("log_income"), OTHER_NUMBER),
        (Column("score"), OTHER_NUMBER),
        (Column("left"), OTHER_NUMBER),
        (Column("members"), OTHER_NUMBER),
        (Headcount("income", line=500.0), RATE),
        (Headcount("income", line=1e-9), RATE),  # nobody is poor
        (Column("poor"), RATE),
        (Column("coded"), RATE),
        (PovertyGap("income", line=500.0), BOUNDED),
        (PovertyGap("income", line=500.0, alpha=2), BOUNDED),
        (Column("sold"), BOUNDED),
        (Column("sold_percent", unit="%"), BOUNDED),
        (Column("sold_percent", unit="percent of the harvest"), BOUNDED),
        (Column("sold", unit=SHARE_OF_PERSONS), BOUNDED),
    ],
    ids=lambda value: getattr(value, "name", None) and str(value.name),
)
def test_the_kind_is_what_the_outcome_is(outcome, kind):
    assert outcome_kind(outcome, FRAME) is kind


def test_only_a_skewed_amount_bends():
    assert [kind.bends for kind in (SKEWED_AMOUNT, RATE, BOUNDED, OTHER_NUMBER)] == [
        True,
        False,
        False,
        False,
    ]


def test_unit_origin_and_one_outlier_do_not_change_it():
    for values in (1e-9 * INCOME + 5, 1e12 * INCOME, INCOME - 1e6):
        assert outcome_kind(Column("y", unit="Bs"), pd.DataFrame({"y": values})) is SKEWED_AMOUNT
    score = NORMAL.copy()
    score[0] = 1e9
    assert outcome_kind(Column("y"), pd.DataFrame({"y": score})) is OTHER_NUMBER


def test_kinds_have_names_in_both_languages():
    assert SKEWED_AMOUNT.name == "skewed amount" and SKEWED_AMOUNT.name.to("es") == "monto asimétrico"
