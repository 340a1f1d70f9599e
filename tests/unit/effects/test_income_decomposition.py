"""The gain in net income, split: by hand, by its identities, and against the effect itself."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import impact as im
from impact.effects.decomposition.shares import share_interval
from impact.language import speaking
from impact.survey.income.accounts import PARTS, Accounts, parts_of_difference
from impact.survey.income.shapley import shapley_coefficients

TWIN = im.IncomeParts(
    quantity="qty_produced",
    price=("price_grade_a", "price_grade_b"),
    grade="qty_grade_a",
    costs="costs_alliance",
    product="alliance_product",
    unit="Bs/year",
)
pytestmark = [  # small surveys and narrow calipers: both are said, neither matters to an identity
    pytest.mark.filterwarnings("ignore::impact.errors.FewClustersWarning"),
    pytest.mark.filterwarnings("ignore::impact.errors.OverlapWarning"),
    pytest.mark.filterwarnings("ignore::impact.errors.RowOrderWarning"),
    pytest.mark.filterwarnings("ignore::impact.errors.LittleBiasRemovedWarning"),
]
ONE = im.IncomeParts(quantity="q", price="p", costs="c")


def accounts(volume, quality, price, costs=0.0, rest=0.0, product=0):
    return Accounts(
        np.array([volume], dtype=float),
        np.array([quality], dtype=float),
        np.array([price], dtype=float),
        np.array([costs], dtype=float),
        np.array([rest], dtype=float),
        np.array([product]),
    )


@pytest.fixture(scope="module")
def survey():
    return im.synthetic.rural_alliances(seed=3, groups=120)


def matched_by(survey, strategy, **roles):
    return im.match(im.Sample(survey.household, **(survey.roles() | roles)), strategy)


WITHIN_PRODUCTS = im.NearestNeighbor(im.Mahalanobis(), ratio=2, exact=("alliance_product",))


def test_three_factors_by_hand():
    """Volume 10 → 12, share of the better grade .5 → .75, prices (4, 2) → (6, 2): six orders, written out."""
    q0, q1, s0, s1, p0, p1 = 10.0, 12.0, 0.5, 0.75, (4.0, 2.0), (6.0, 2.0)
    value = lambda q, s, p: q * (s * p[0] + (1 - s) * p[1])  # noqa: E731
    volume = (
        2 * (value(q1, s0, p0) - value(q0, s0, p0))
        + (value(q1, s1, p0) - value(q0, s1, p0))
        + (value(q1, s0, p1) - value(q0, s0, p1))
        + 2 * (value(q1, s1, p1) - value(q0, s1, p1))
    ) / 6
    price = (
        2 * (value(q0, s0, p1) - value(q0, s0, p0))
        + (value(q1, s0, p1) - value(q1, s0, p0))
        + (value(q0, s1, p1) - value(q0, s1, p0))
        + 2 * (value(q1, s1, p1) - value(q1, s1, p0))
    ) / 6
    found = parts_of_difference(
        accounts(q1, [s1, 1 - s1], p1, costs=7), accounts(q0, [s0, 1 - s0], p0, costs=5)
    )[0]
    total = value(q1, s1, p1) - value(q0, s0, p0)
    assert found == pytest.approx([volume, total - volume - price, price, 0.0, -2.0, 0.0])


def test_coefficients_of_three_factors():
    coefficients = shapley_coefficients(3)
    assert coefficients[0].tolist() == pytest.approx(
        [-1 / 3, -1 / 6, -1 / 6, -1 / 3, 1 / 3, 1 / 6, 1 / 6, 1 / 3]
    )
    assert coefficients.sum(0) == pytest.approx([-1, 0, 0, 0, 0, 0, 0, 1])


def test_nothing_produced_makes_the_difference_volume():
    nothing = accounts(0.0, [np.nan, np.nan], [np.nan, np.nan])
    found = parts_of_difference(accounts(10.0, [0.5, 0.5], [4.0, 2.0]), nothing)[0]
    assert found == pytest.approx([30.0, 0, 0, 0, 0, 0])
    assert parts_of_difference(nothing, accounts(10.0, [0.5, 0.5], [4.0, 2.0]))[0] == pytest.approx(
        [-30.0, 0, 0, 0, 0, 0]
    )
    assert parts_of_difference(nothing, nothing)[0] == pytest.approx(np.zeros(6))


def test_a_price_of_a_grade_not_sold_is_the_others():
    """All second grade at 2 against half first grade at 4: the price part is zero, the mix is the difference."""
    found = parts_of_difference(
        accounts(10.0, [0.5, 0.5], [4.0, 2.0]), accounts(10.0, [0.0, 1.0], [np.nan, 2.0])
    )[0]
    assert found == pytest.approx([0, 10.0, 0, 0, 0, 0])


def test_different_products_are_not_split():
    found = parts_of_difference(
        accounts(10.0, [1.0], [4.0], costs=3, product=1), accounts(500.0, [1.0], [0.1], costs=1, product=2)
    )[0]
    assert found == pytest.approx([0, 0, 0, -10.0, -2.0, 0])


amounts = st.floats(0, 1e4, allow_subnormal=False)


@given(st.lists(st.tuples(*[amounts] * 5, st.floats(0, 1), st.integers(0, 2)), min_size=2, max_size=2))
def test_parts_add_up_and_are_antisymmetric(rows):
    first, second = (
        accounts(
            q, [s, 1 - s] if q else [np.nan] * 2, [p, r] if q else [np.nan] * 2, costs=c, rest=x, product=d
        )
        for q, p, r, c, x, s, d in rows
    )
    forward, back = parts_of_difference(first, second)[0], parts_of_difference(second, first)[0]
    scale = 1 + abs(first.income[0]) + abs(second.income[0]) + first.costs[0] + second.costs[0]
    assert forward.sum() == pytest.approx((first.income - second.income)[0], abs=1e-10 * scale)
    assert forward == pytest.approx(-back, abs=1e-10 * scale)


@pytest.mark.parametrize(
    "strategy",
    [
        WITHIN_PRODUCTS,
        im.NearestNeighbor(im.PropensityScore(scale="linear"), caliper=0.2),
        im.NearestNeighbor(im.Mahalanobis(), replace=False),
        im.Subclassification(im.PropensityScore()),
        im.Full(im.PropensityScore()),
    ],
    ids=lambda strategy: type(strategy).__name__,
)
@pytest.mark.parametrize("adjustment", [None, "linear"])
@pytest.mark.parametrize("weight", [None, "weight"])
def test_parts_add_up_to_the_effect_and_the_total_is_the_table_s(survey, strategy, adjustment, weight):
    matched = matched_by(survey, strategy, sampling_weight=weight, outcomes=["net_income_alliance"])
    found = im.income_decomposition(matched, TWIN, adjustment).frame.set_index("part")
    effect = im.estimate(matched, bias_adjustment=adjustment).one("net_income_alliance")
    parts = found["estimate"].drop("total")
    assert parts.sum() == pytest.approx(found.loc["total", "estimate"], rel=1e-10)
    assert found.loc["total", "estimate"] == pytest.approx(effect.estimate, rel=1e-9)
    assert found.loc["total", "std_error"] == pytest.approx(effect.std_error, rel=1e-9)
    assert ("match adjustment" in parts.index) == (adjustment is not None)
    unadjusted = im.estimate(matched).one("net_income_alliance").estimate
    assert parts.drop("match adjustment", errors="ignore").sum() == pytest.approx(unadjusted, rel=1e-10)


def test_parts_are_averages_over_pairs(survey):
    matched = matched_by(survey, WITHIN_PRODUCTS, sampling_weight=None)
    frame, pairs = matched.sample.frame, matched.pairs
    treated, control = (TWIN.accounts(frame.loc[pairs[arm]]) for arm in ("treated", "control"))
    codes = pd.factorize(
        pd.concat([frame.loc[pairs[a], "alliance_product"] for a in ("treated", "control")])
    )[0]
    assert (codes[: len(pairs)] == codes[len(pairs) :]).all()
    by_hand = parts_of_difference(
        Accounts(
            treated.volume, treated.quality, treated.price, treated.costs, treated.rest, 0 * treated.product
        ),
        Accounts(
            control.volume, control.quality, control.price, control.costs, control.rest, 0 * control.product
        ),
    )
    expected = pairs["weight"].to_numpy() @ by_hand / matched.kept.sum()
    found = im.income_decomposition(matched, TWIN).frame.set_index("part")["estimate"]
    for name, value in zip(PARTS, expected, strict=True):
        assert found.get(name, 0.0) == pytest.approx(value, rel=1e-10, abs=1e-9)


def test_with_volume_alone_the_error_is_the_outcome_s():
    """Price 1 for everybody and no costs: volume is the income, and so is its standard error."""
    generator = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"treated": np.arange(300) // 3 % 2, "group": np.arange(300) // 3, "age": generator.normal(size=300)}
    )
    frame["q"] = np.exp(frame["age"] + 0.4 * frame["treated"] + generator.normal(size=300))
    frame["p"], frame["c"] = 1.0, 0.0
    sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["q"], cluster="group")
    matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=2))
    found = im.income_decomposition(matched, ONE).frame.set_index("part")
    effect = im.estimate(matched).one("q")
    assert found.loc["volume", "estimate"] == pytest.approx(effect.estimate, rel=1e-12)
    assert found.loc["volume", "std_error"] == pytest.approx(effect.std_error, rel=1e-9)
    assert found.loc["price", "estimate"] == pytest.approx(0, abs=1e-12)
    assert found.loc["volume", ["share", "share_conf_low", "share_conf_high"]].tolist() == pytest.approx(
        [1, 1, 1]
    )


def test_by_product_averages_to_the_whole(survey):
    matched = matched_by(survey, WITHIN_PRODUCTS)
    # a product that is sold in one region only has no region to tell apart
    with pytest.warns(im.errors.DataQualityWarning, match=r"'region.*does not vary") as told:
        frame = im.income_decomposition(matched, TWIN, by_product=True).frame
    assert not any(str(one.message).startswith("all: ") for one in told)
    volume = frame[frame["part"] == "volume"].set_index("subgroup")
    weight = matched.sampling_weight * matched.kept
    shares = (
        pd.Series(weight).groupby(matched.sample.frame["alliance_product"].to_numpy()).sum() / weight.sum()
    )
    shares = shares[shares > 0]
    assert (volume["estimate"].drop("all") * shares).sum() == pytest.approx(
        volume.loc["all", "estimate"], rel=1e-10
    )
    assert volume["n_treated"].drop("all").sum() == volume.loc["all", "n_treated"]


def test_row_order_does_not_matter(survey):
    shuffled = survey.household.sample(frac=1, random_state=0)
    one, other = (
        im.income_decomposition(
            im.match(im.Sample(frame, **survey.roles()), WITHIN_PRODUCTS), TWIN, "linear"
        ).frame
        for frame in (survey.household, shuffled)
    )
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_rest_holds_the_income_that_is_not_the_product_s(survey):
    parts = im.IncomeParts(
        "qty_produced", ("price_grade_a", "price_grade_b"), "qty_grade_a", "costs_alliance", income="income_agr_net",
        product="alliance_product",
    )  # fmt: skip
    matched = matched_by(survey, WITHIN_PRODUCTS, outcomes=["income_agr_net"])
    found = im.income_decomposition(matched, parts).frame.set_index("part")["estimate"]
    assert found["total"] == pytest.approx(im.estimate(matched).one("income_agr_net").estimate, rel=1e-10)
    assert "rest" in found.index


def test_shares_are_missing_where_the_total_is_not_told_from_zero():
    assert np.isnan(share_interval(1.0, 1.0, 1.0, 1.0, 0.0, (10.0, 10.0), 0.95)).all()
    few_groups = share_interval(
        5.0, 10.0, 1.0, 10.0, 0.0, (100.0, 3.0), 0.95
    )  # t = 3.16 in the total's 3 degrees
    assert np.isnan(few_groups).all()
    assert np.isfinite(share_interval(5.0, 10.0, 1.0, 10.0, 0.0, (100.0, 100.0), 0.95)).all()


def test_truth_of_the_parts_adds_up(survey):
    truth = survey.truth.income_parts(TWIN)
    assert truth["total"] == pytest.approx(survey.truth.att("net_income_alliance"), rel=1e-10)
    assert truth.drop("total").sum() == pytest.approx(truth["total"], rel=1e-12)
    assert (truth[["volume", "quality", "price"]] > 0).all()
    assert truth["costs"] < 0 == truth["product"]


def test_synthetic_data_is_named(survey):
    found = im.income_decomposition(matched_by(survey, WITHIN_PRODUCTS), TWIN)
    assert "SYNTHETIC" in repr(found)
    assert "SYNTHETIC" in found._repr_html_()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"q": -1.0}, "'q' must be a number of at least 0"),
        ({"c": np.nan}, "'c' must be a number of at least 0"),
        ({"p": np.nan}, "'p' is missing where something was produced"),
        ({"p": -2.0}, "'p' must not be below 0"),
    ],
)
def test_accounts_that_cannot_be_are_refused_by_row(changes, message):
    frame = pd.DataFrame({"q": [1.0, 2.0], "p": [1.0, 1.0], "c": [0.0, 0.0]}, index=["a", "b"])
    for name, value in changes.items():
        frame.loc["b", name] = value
    with pytest.raises(im.DataError, match=message) as refusal:
        ONE.accounts(frame)
    assert "first: b" in str(refusal.value)


def test_grades_beyond_the_quantity_are_refused():
    frame = pd.DataFrame({"q": [1.0], "a": [2.0], "pa": [1.0], "pb": [1.0]})
    with pytest.raises(im.DataError, match="exceed 'q'"):
        im.IncomeParts("q", ("pa", "pb"), "a").accounts(frame)


@pytest.mark.parametrize(
    "options", [{"price": ("a", "b")}, {"price": "a", "grade": ("b", "c")}, {"price": ()}]
)
def test_parts_that_do_not_fit_are_refused(options):
    with pytest.raises(im.OptionError):
        im.IncomeParts(quantity="q", **options)


def test_strategies_without_pairs_and_other_estimands_are_refused(survey):
    with pytest.raises(im.OptionError, match="neither pairs nor matched sets"):
        im.income_decomposition(matched_by(survey, im.Kernel(im.PropensityScore())), TWIN)
    sample = im.Sample(survey.household, **survey.roles())
    with pytest.raises(im.OptionError, match="effect on the treated"):
        im.income_decomposition(im.match(sample, im.NearestNeighbor(im.Mahalanobis()), estimand="ATC"), TWIN)


@pytest.fixture(scope="module")
def waves():
    survey = im.synthetic.rural_alliances_panel(seed=4, groups=120)
    frame = survey.household[survey.household["response"].eq("complete")]
    return im.Panel(
        frame, id="hh_id", wave="wave", treatment="treated", cluster="group_id", outcomes=["net_income_alliance"],
        covariates=["education_index", "assets_pre"], synthetic=True,
    )  # fmt: skip


@pytest.mark.parametrize("estimator", [None, im.OutcomeRegression(), im.ChangeScore()], ids=repr)
def test_parts_over_waves_add_up_to_the_difference_in_differences(waves, estimator):
    found = im.income_decomposition(waves, TWIN, estimator=estimator).frame.set_index("part")
    effect = im.two_wave_effects(waves, estimator=estimator or im.DoublyRobust()).one("net_income_alliance")
    assert found["estimate"].drop("total").sum() == pytest.approx(found.loc["total", "estimate"], rel=1e-10)
    assert found.loc["total", "estimate"] == pytest.approx(effect.estimate, rel=1e-9)
    assert found.loc["total", "std_error"] == pytest.approx(effect.std_error, rel=1e-9)
    assert found["share"].drop("total").sum() == pytest.approx(1)
    assert "difference-in-differences" in found.loc["total", "identification"]


def test_a_part_over_waves_by_hand():
    """Volume 10 → 12 and 10 → 11 at price 2 → 3 and 2 → 2: φ_volume 5 against 2, φ_price 11 against 0."""
    frame = pd.DataFrame(
        {
            "hh": np.repeat(np.arange(40), 2),
            "wave": [0, 1] * 40,
            "treated": np.repeat(np.arange(40) % 2, 2),
        }
    )
    after = frame["wave"].eq(1)
    frame["q"] = 10.0 + after * (1 + frame["treated"]) + 0.01 * (frame["hh"] // 2 % 5)
    frame["p"], frame["c"] = 2.0 + after * frame["treated"], 0.0
    panel = im.Panel(frame, id="hh", wave="wave", treatment="treated", outcomes=["q"])
    found = im.income_decomposition(panel, ONE, estimator=im.ChangeScore()).frame.set_index("part")[
        "estimate"
    ]
    shift = 0.01 * np.mean(np.arange(20) % 5)
    assert found["volume"] == pytest.approx(2 * 2.5 - 2)
    assert found["price"] == pytest.approx((22 + 2 * shift) / 2)


def test_options_of_the_other_kind_are_refused(survey, waves):
    with pytest.raises(im.OptionError, match="estimator belongs to a panel"):
        im.income_decomposition(matched_by(survey, WITHIN_PRODUCTS), TWIN, estimator=im.ChangeScore())
    with pytest.raises(im.OptionError, match="bias_adjustment belongs to a match"):
        im.income_decomposition(waves, TWIN, "linear")
    with pytest.raises(im.OptionError, match="for by_product=True"):
        im.income_decomposition(waves, ONE, by_product=True)


def test_by_product_over_waves_is_the_panel_of_its_households(waves):
    found = im.income_decomposition(waves, TWIN, by_product=True, estimator=im.ChangeScore())
    assert found.notes[4].es.startswith("Por producto: hogares según el producto de su primera entrevista")
    products = sorted(waves.frame["alliance_product"].unique())
    left_out = [note for note in found.notes if "is not split" in note]
    assert found.frame["subgroup"].nunique() + len(left_out) == 1 + len(products)
    product = found.frame["subgroup"].unique()[1]
    own = waves.frame[waves.frame["alliance_product"] == product]
    alone = im.Panel(
        own, id="hh_id", wave="wave", treatment="treated", cluster="group_id", outcomes=["net_income_alliance"],
        covariates=["education_index", "assets_pre"], synthetic=True,
    )  # fmt: skip
    expected = im.income_decomposition(alone, TWIN, estimator=im.ChangeScore()).frame
    columns = ["part", "estimate", "std_error", "share", "n_treated", "n_control"]
    got = found.frame.loc[found.frame["subgroup"] == product, columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(got, expected[columns])
    for _, parts in found.frame.groupby("subgroup"):
        total = parts["estimate"].iloc[-1]
        assert parts["estimate"].iloc[:-1].sum() == pytest.approx(total, rel=1e-10)


def test_a_product_that_cannot_be_split_is_left_out_and_named():
    frame = pd.DataFrame({"hh": np.repeat(np.arange(40), 2), "wave": [0, 1] * 40})
    frame["treated"], frame["p"], frame["c"] = frame["hh"] % 2, 2.0, 0.0
    frame["q"] = 10.0 + frame["wave"] * (1 + frame["treated"]) + 0.01 * (frame["hh"] // 2 % 5)
    frame["crop"] = np.where((frame["hh"] % 2 == 1) & (frame["hh"] > 30), "cocoa", "maize")
    panel = im.Panel(frame, id="hh", wave="wave", treatment="treated", outcomes=["q"])
    parts = im.IncomeParts(quantity="q", price="p", costs="c", product="crop")
    found = im.income_decomposition(panel, parts, by_product=True, estimator=im.ChangeScore())
    assert found.frame["subgroup"].unique().tolist() == ["all", "maize"]
    assert found.notes[-1].startswith("'cocoa' is not split: ")
    assert found.notes[-1].es.startswith("«cocoa» no se reparte: ")


def test_weights_of_a_panel_that_were_multiplied_count_in_its_parts(waves):
    apart = im.without_neighbours(waves, "muni_code")
    found = im.income_decomposition(apart, TWIN).frame.set_index("part")
    effect = im.two_wave_effects(apart).one("net_income_alliance")
    assert (
        found.loc["total", "n_control"]
        == effect.n_control
        < im.two_wave_effects(waves).one("net_income_alliance").n_control
    )
    assert found.loc["total", "estimate"] == pytest.approx(effect.estimate, rel=1e-9)


@pytest.fixture(scope="module")
def unanswered(survey):
    """The survey with three households that did not answer: no income of theirs is known."""
    household = survey.household.copy()
    columns = [name for name in (*TWIN.columns, "net_income_alliance") if name != "alliance_product"]
    household.loc[household.index[:3], columns] = np.nan
    return household


def test_households_without_an_account_are_left_out_as_those_without_an_outcome(survey, unanswered):
    roles = survey.roles() | {"outcomes": ["net_income_alliance"]}
    dropping = im.match(im.Sample(unanswered, **roles, missing="drop"), WITHIN_PRODUCTS)
    total = im.income_decomposition(dropping, TWIN).frame.iloc[-1]
    expected = im.estimate(dropping, ["net_income_alliance"]).effects[0]
    assert (total["estimate"], total["std_error"]) == pytest.approx((expected.estimate, expected.std_error))


def test_households_without_an_account_are_refused_where_nothing_is_dropped(survey, unanswered):
    whole = im.match(im.Sample(unanswered, **(survey.roles() | {"outcomes": []})), WITHIN_PRODUCTS)
    with pytest.raises(im.EstimationError, match="3 rows"):
        im.income_decomposition(whole, TWIN)


def test_refused_accounts_are_told_in_spanish():
    frame = pd.DataFrame({"q": [-1.0], "p": [2.0], "c": [0.0]})
    with speaking("es"), pytest.raises(im.DataError, match="'q' debe ser un número de al menos 0"):
        ONE.accounts(frame)
