"""Whatever the seed and the knobs, the books balance and the truth is consistent."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.synthetic import rural_alliances
from impact.synthetic.accounts import OUTCOMES

surveys = st.builds(
    rural_alliances,
    seed=st.integers(0, 2**63),
    groups=st.integers(20, 40),
    mean_members=st.floats(4.5, 20),
    treated_share=st.floats(0.1, 0.9),
    icc=st.none() | st.floats(0.0, 0.84),
    effect=st.floats(0, 3),
    ability=st.floats(-1, 1),
    anticipation=st.floats(-0.14, 0.5),
    spillover=st.floats(0, 1),
)


def assert_the_books_balance(books: pd.DataFrame, persons: pd.Series) -> None:
    def same(left, right):
        np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-6)

    by_grade = books["qty_grade_a"] * books["price_grade_a"]
    by_grade += (books["qty_sold"] - books["qty_grade_a"]) * books["price_grade_b"]
    same(books["sales_alliance"], by_grade)
    same(books["sales_alliance"], books["qty_sold"] * books["price_received"])
    same(books["qty_produced"], books["qty_sold"] + books["qty_selfcons"])
    same(books["selfcons_alliance"], books["qty_selfcons"] * books["price_grade_b"])
    same(
        books["net_income_alliance"],
        books["sales_alliance"] + books["selfcons_alliance"] - books["costs_alliance"],
    )
    same(books["sales_agr"], books["sales_alliance"] + books["sales_other"])
    same(books["selfcons_agr"], books["selfcons_alliance"] + books["selfcons_other"])
    costs = books["costs_variable"] + books["costs_hired_labour"]
    same(costs, books["costs_alliance"] + books["costs_other"])
    same(books["income_agr_net"], books["sales_agr"] + books["selfcons_agr"] - costs)
    same(books["income_total"], books["income_agr_net"] + books["income_labour"] + books["income_other"])
    same(books["income_pc_month"], books["income_total"] / (12 * persons))
    same(books["income_agr_pc_month"], books["income_agr_net"] / (12 * persons))


@settings(max_examples=25, deadline=None)
@given(surveys)
def test_the_books_balance_in_the_survey_and_in_both_potential_worlds(survey):
    persons = survey.household["hh_size"]
    for books in (survey.household, survey.truth.untreated, survey.truth.treated):
        assert_the_books_balance(books, persons)
        assert (books[list(OUTCOMES)] >= 0).all().all()
        assert (books["qty_grade_a"] <= books["qty_sold"] * (1 + 1e-12)).all()


@settings(max_examples=25, deadline=None)
@given(surveys)
def test_the_truth_is_consistent(survey):
    truth, treated = survey.truth, survey.household["treated"]
    shown = survey.household["income_total"][treated]
    np.testing.assert_allclose(shown, truth.treated["income_total"][treated], rtol=1e-12)
    effects = truth.effects
    for by in truth.subgroups:
        parts = effects[(effects["by"] == by) & (effects["outcome"] == "income_total")]
        assert parts["n_treated"].sum() == treated.sum()
        np.testing.assert_allclose(
            np.average(parts["att"], weights=parts["n_treated"]),
            truth.att("income_total"),
            rtol=1e-9,
            atol=1e-9,
        )
    for line in ("mod", "ext"):
        assert (truth.treated[f"gap_{line}"] <= truth.untreated[f"gap_{line}"] + 1e-12).all()
        assert (truth.untreated[f"gap_{line}"] <= truth.untreated[f"poor_{line}"]).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.01, 5))
def test_income_effects_are_proportional_to_the_effect_scale(seed, scale):
    one, scaled = rural_alliances(seed, groups=20).truth, rural_alliances(seed, groups=20, effect=scale).truth
    for outcome in ("income_agr_net", "income_labour", "income_total", "area_cultivated"):
        np.testing.assert_allclose(scaled.att(outcome), scale * one.att(outcome), rtol=1e-7)
