import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impact as im
from impact.effects.distribution.poverty_curve import poverty_curve

pytestmark = pytest.mark.filterwarnings(
    "ignore::impact.FewClustersWarning",
    "ignore:Left out of the regression",
    "ignore:Left out of the standard error's regression",
)
FEW = settings(max_examples=20, deadline=None)
LINES = np.arange(10.0, 61.0, 10.0)


@st.composite
def matched_surveys(draw):
    """Three groups an arm of four households; whole incomes from −5 to 60, somebody below 10 and above 60."""
    income = np.array(draw(st.lists(st.integers(-5, 60), min_size=24, max_size=24)), dtype=float)
    income[[0, 5, 13]], income[[9, 17, 22]] = (3.0, 6.0, 8.0), (70.0, 80.0, 90.0)
    x = np.array(draw(st.lists(st.integers(0, 6), min_size=24, max_size=24)), dtype=float)
    x[[0, 23]] = 0.0, 6.0
    size = np.array(draw(st.lists(st.integers(1, 9), min_size=24, max_size=24)), dtype=float)
    group = np.arange(24) % 6
    return pd.DataFrame({"treated": group % 2, "x": x, "income": income, "size": size, "group": group})


def match(frame):
    """Match six controls each, so that at least two of the three control groups carry weight."""
    sample = im.Sample(frame, treatment="treated", covariates=["x"], cluster="group")
    return im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=6))


def curve(frame, **options):
    return poverty_curve(match(frame), "income", **({"lines": LINES, "replications": 99} | options)).frame


@FEW
@given(matched_surveys(), st.sampled_from([0, 1, 2, 0.5]), st.sampled_from([None, "size"]))
def test_the_curve_is_estimate_at_each_line(frame, alpha, persons):
    outcomes = [
        im.Headcount("income", z, persons) if alpha == 0 else im.PovertyGap("income", z, persons, alpha=alpha)
        for z in LINES.tolist()
    ]
    with np.errstate(divide="ignore", invalid="ignore"):  # percent effects where no control is poor
        single = im.estimate(match(frame), outcomes, bias_adjustment="linear").frame
    whole = curve(frame, alpha=alpha, persons=persons)
    np.testing.assert_allclose(whole["effect"], single["estimate"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(whole["std_error"], single["std_error"], rtol=1e-9, atol=1e-12)


@FEW
@given(matched_surveys(), st.sampled_from([None, "size"]))
def test_a_higher_alpha_never_raises_a_level_and_levels_are_shares(frame, persons):
    levels = [
        curve(frame, alpha=alpha, persons=persons, bias_adjustment=None)[
            ["control_level", "treated_level"]
        ].to_numpy()
        for alpha in (0, 0.5, 1, 2)
    ]
    assert (np.diff(levels, axis=0) <= 1e-12).all()
    assert np.min(levels) >= -1e-12 and np.max(levels) <= 1 + 1e-12
    assert (np.diff(levels[0], axis=0) >= -1e-12).all()  # more are poor at a higher line


@FEW
@given(matched_surveys(), st.sampled_from([None, "linear"]))
def test_the_gap_is_the_area_under_the_headcount(frame, adjustment):
    # Whole incomes of at least 0: the headcounts at the lines 1, 2, …, z add up to z times the gap at z.
    frame = frame.assign(income=frame["income"].clip(lower=0))
    headcount = curve(frame, lines=np.arange(1.0, 61.0), bias_adjustment=adjustment)["effect"].to_numpy()
    gap = curve(frame, alpha=1, bias_adjustment=adjustment)["effect"].to_numpy()
    np.testing.assert_allclose(np.cumsum(headcount)[9::10], LINES * gap, rtol=0, atol=1e-10)


@FEW
@given(matched_surveys(), st.sampled_from([0.25, 3.0, 1024.0]), st.sampled_from([0, 1]))
def test_currency_does_not_matter(frame, unit, alpha):
    first = curve(frame, alpha=alpha)
    other = curve(frame.assign(income=frame["income"] * unit), lines=LINES * unit, alpha=alpha)
    np.testing.assert_allclose(other.drop(columns="line"), first.drop(columns="line"), rtol=1e-7, atol=1e-11)


@FEW
@given(matched_surveys(), st.integers(0, 99), st.sampled_from([0.5, 0.9, 0.95]))
def test_the_band_contains_the_interval(frame, seed, level):
    whole = curve(frame, seed=seed, level=level).dropna()
    assert (whole["band_low"] <= whole["conf_low"] + 1e-12).all()
    assert (whole["band_high"] >= whole["conf_high"] - 1e-12).all()
