"""Properties of balance that hold for any data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impact as im
from impact.design.balance.statistics import CovariateValues, weighted_variance

STATISTICS = ["smd", "variance_ratio", "ecdf_mean", "ecdf_max"]


@st.composite
def surveys(draw):
    """Return a small survey with a continuous, a rounded and a two-valued covariate and sampling weights."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(12, 60))
    treated = np.arange(n) % draw(st.integers(2, 4)) == 0
    frame = pd.DataFrame(
        {"treated": treated, "age": rng.normal(40, 10, n) + 5 * treated, "sw": rng.uniform(0.5, 3, n)}
    )
    frame["rooms"] = rng.integers(1, 6, n).astype(float)
    frame["literate"] = np.arange(n) % 5 < 2
    return frame


def compared(frame, ratio=2, **options):
    sample = im.Sample(
        frame, treatment="treated", covariates=["age", "rooms", "literate"], sampling_weight="sw"
    )
    return im.balance(im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=ratio)), **options)


def assert_same(first, second, columns=STATISTICS, decimals=8):
    pd.testing.assert_frame_equal(first.frame[columns], second.frame[columns], rtol=0, atol=10.0**-decimals)


@settings(max_examples=25, deadline=None)
@given(frame=surveys(), shift=st.floats(-1e3, 1e3), scale=st.floats(0.01, 100))
def test_location_and_scale_leave_every_statistic(frame, shift, scale):
    assert_same(compared(frame), compared(frame.assign(age=shift + scale * frame["age"])))


@settings(max_examples=25, deadline=None)
@given(frame=surveys(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_leaves_the_table(frame, seed):
    shuffled = frame.sample(frac=1, random_state=np.random.default_rng(seed))
    first, second = compared(frame), compared(shuffled)
    pd.testing.assert_frame_equal(first.frame, second.frame, rtol=1e-9, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(frame=surveys(), factor=st.floats(0.01, 100))
def test_rescaled_weights_leave_the_table(frame, factor):
    first, second = compared(frame), compared(frame.assign(sw=factor * frame["sw"]))
    pd.testing.assert_frame_equal(first.frame, second.frame, rtol=1e-9, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(frame=surveys())
def test_effective_sizes_and_distribution_gaps_are_bounded(frame):
    table = compared(frame, interactions=True).frame
    for arm in ("treated", "control"):
        assert (table[f"ess_{arm}"] <= table[f"n_{arm}"] * (1 + 1e-12)).all()
        assert (table[f"ess_{arm}"] > 0).all()
    assert ((table["ecdf_mean"] >= 0) & (table["ecdf_mean"] <= table["ecdf_max"] + 1e-12)).all()
    assert (table["ecdf_max"] <= 1 + 1e-12).all()


@settings(max_examples=25, deadline=None)
@given(frame=surveys())
def test_identical_arms_have_no_difference(frame):
    twins = pd.concat([frame.assign(treated=1), frame.assign(treated=0)], ignore_index=True)
    table = compared(twins, ratio=1).frame
    assert (table["smd"] == 0).all()
    assert (table["ecdf_max"].abs() < 1e-12).all()
    np.testing.assert_allclose(table["variance_ratio"].dropna(), 1, rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(frame=surveys())
def test_swapping_the_arms_turns_the_signs(frame):
    one = compared(frame, denominator="pooled").frame.query("stage == 'before'")
    other = compared(frame.assign(treated=~frame["treated"]), denominator="pooled").frame.query(
        "stage == 'before'"
    )
    np.testing.assert_allclose(one["smd"], -other["smd"], atol=1e-12)
    np.testing.assert_allclose(one["variance_ratio"], 1 / other["variance_ratio"], rtol=1e-9)
    np.testing.assert_allclose(one["ecdf_mean"], other["ecdf_mean"], atol=1e-12)


@given(
    st.integers(0, 10_000),
    st.sampled_from([0.0, 1e3, 1e8]),
    st.sampled_from([0.0, 1.0, 1e3, 1e6]),
    st.sampled_from([1e-3, 1.0, 1e4]),
)
@settings(max_examples=60, deadline=None)
def test_an_arms_variance_is_that_about_its_own_mean(seed, origin, apart, spread):
    generator = np.random.default_rng(seed)
    arm = np.arange(60) < 25
    values = spread * (origin + apart * arm + generator.normal(size=60))
    weight = np.where(arm, generator.uniform(0.2, 3, 60), 0.0)
    share = weight / weight.sum()
    mean = share @ values
    expected = share @ (values - mean) ** 2 / (1 - share @ share)
    found = weighted_variance(CovariateValues.unsorted(values), share)
    # what is left of sums about a mean: 12 digits, and the digits that the values themselves have lost to their origin
    assert found == pytest.approx(expected, rel=1e-9 if origin < 1e8 else 1e-6)


def test_an_arm_without_spread_has_no_variance():
    values = np.array([3.3, 3.3, 3.3, 1.0, 2.0])
    assert weighted_variance(CovariateValues.unsorted(values), np.array([1, 1, 1, 0, 0]) / 3) == 0.0
