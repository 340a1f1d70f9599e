import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impact.survey.poverty.indices import fgt, sen_shorrocks_thon, watts
from impact.survey.poverty.relative_line import MeanLine, QuantileLine

ALPHAS = [0, 0.5, 1, 2]
LINE = 100.0
FEW = settings(max_examples=25, deadline=None)


@st.composite
def surveys(draw, smallest_income=-50):
    """Incomes around the line, ties with it included, in at least two clusters of each of two strata."""
    rows = draw(st.integers(8, 30))
    income = draw(st.lists(st.integers(smallest_income, 250), min_size=rows, max_size=rows))
    weights = draw(st.lists(st.integers(1, 8), min_size=rows, max_size=rows))
    cluster = np.arange(rows) % 6
    return {
        "income": np.array(income, dtype=float),
        "weights": np.array(weights, dtype=float),
        "cluster": cluster,
        "stratum": cluster // 3,
    }


def numbers(table):
    return table.frame[
        ["estimate", "std_error", "conf_low", "conf_high", "degrees_of_freedom", "n_poor"]
    ].to_numpy()


@FEW
@given(surveys(), st.booleans())
def test_a_higher_alpha_never_raises_the_measure(survey, strict):
    estimates = fgt(**survey, line=LINE, alpha=ALPHAS, strict=strict).frame["estimate"].to_numpy()
    assert (np.diff(estimates) <= 1e-15).all()
    assert estimates[-1] >= 0
    assert estimates[0] <= 1 + 1e-15


@FEW
@given(surveys(), st.sampled_from([0.25, 2.0, 1024.0]))
def test_currency_does_not_matter(survey, unit):
    rescaled = survey | {"income": survey["income"] * unit}
    for measure in (
        lambda z, **s: fgt(**s, line=z, alpha=ALPHAS),
        lambda z, **s: sen_shorrocks_thon(**s, line=z),
    ):
        np.testing.assert_allclose(
            numbers(measure(LINE * unit, **rescaled)), numbers(measure(LINE, **survey)), rtol=1e-9
        )


@FEW
@given(surveys(), st.sampled_from([0.125, 3.0, 1e6]))
def test_only_the_proportions_of_weights_matter(survey, factor):
    rescaled = survey | {"weights": survey["weights"] * factor}
    ours = numbers(fgt(**survey, line=LINE, alpha=ALPHAS))
    np.testing.assert_allclose(numbers(fgt(**rescaled, line=LINE, alpha=ALPHAS)), ours, rtol=1e-9, atol=1e-14)


@FEW
@given(surveys(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(survey, random):
    order = list(range(len(survey["income"])))
    random.shuffle(order)
    shuffled = {name: values[order] for name, values in survey.items()}
    for estimate in (
        lambda s: fgt(**s, line=LINE, alpha=ALPHAS, by=s["stratum"]),
        lambda s: sen_shorrocks_thon(**s, line=LINE),
        lambda s: watts(**s, line=LINE, floor=1.0),
    ):
        np.testing.assert_allclose(
            numbers(estimate(shuffled)), numbers(estimate(survey)), rtol=1e-9, atol=1e-14
        )


@FEW
@given(surveys())
def test_a_doubled_row_counts_as_weight_two(survey):
    repeats = survey["weights"].astype(int)
    rows = {name: np.repeat(values, repeats) for name, values in survey.items()} | {
        "weights": np.ones(repeats.sum())
    }
    for estimate in (
        lambda s: fgt(**s, line=LINE, alpha=ALPHAS),
        lambda s: sen_shorrocks_thon(**s, line=LINE),
        lambda s: fgt(**s | {"income": np.abs(s["income"]) + 60}, line=MeanLine(0.9), alpha=[1, 2]),
        lambda s: fgt(
            **s | {"income": np.abs(s["income"]) + 60 + s["cluster"]}, line=QuantileLine(0.9), alpha=[0, 1]
        ),
    ):
        one, other = estimate(survey).frame, estimate(rows).frame
        np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(one["line"], other["line"], rtol=1e-12)


def last(table, column):
    return table.frame[column].iloc[-1]


@settings(max_examples=8, deadline=None)
@given(surveys(smallest_income=3))
@pytest.mark.parametrize(
    "measure",
    [
        lambda y, w: fgt(y, LINE, 1, w),
        lambda y, w: fgt(y, LINE, 2.5, w),
        lambda y, w: watts(y, LINE, w),
        lambda y, w: sen_shorrocks_thon(y, LINE, w),
        lambda y, w: fgt(y, MeanLine(0.8), 1, w),
        lambda y, w: fgt(y, MeanLine(0.8), 2, w),
        lambda y, w: watts(y, MeanLine(0.8), w),
        lambda y, w: sen_shorrocks_thon(y, MeanLine(0.8), w),
        lambda y, w: fgt(y, MeanLine(0.8), 1, w, by=np.arange(len(y)) % 2),
    ],
)
def test_standard_errors_come_from_the_derivatives_by_weight(measure, survey):
    """The linearised variable is the derivative of the estimate by a row's weight, here taken numerically."""
    income, weights = survey["income"] + np.linspace(0.1, 0.9, len(survey["income"])) ** 2, survey["weights"]
    step = 1e-5
    derivatives = np.empty(len(income))
    for row in range(len(income)):
        up, down = weights.copy(), weights.copy()
        up[row] += step
        down[row] -= step
        rise = last(measure(income, up), "estimate") - last(measure(income, down), "estimate")
        derivatives[row] = weights[row] * rise / (2 * step)
    expected = np.sqrt(len(income) * derivatives.var(ddof=1))
    assert last(measure(income, weights), "std_error") == pytest.approx(expected, rel=1e-5, abs=1e-9)
