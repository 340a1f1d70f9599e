"""Kernel and radius matching, by hand and against the sum over every pair."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impact as im
from impact.design.search.kernel_sums import BIWEIGHT, EPANECHNIKOV, UNIFORM, kernel_sums_on_line

KERNELS = [EPANECHNIKOV, BIWEIGHT, UNIFORM]


def line(treated, control):
    frame = pd.DataFrame(
        {"treated": [1] * len(treated) + [0] * len(control), "x": [*treated, *control]}, dtype=float
    )
    return im.Sample(frame, treatment="treated", covariates=["x"])


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
@given(
    points=st.lists(st.floats(-50, 50), min_size=1, max_size=40),
    at=st.lists(st.floats(-50, 50), min_size=1, max_size=10),
    bandwidth=st.floats(0.01, 30),
    seed=st.integers(0, 5),
)
@settings(max_examples=60, deadline=None)
def test_running_sums_equal_the_sum_over_every_pair(kernel, points, at, bandwidth, seed):
    points, at = np.array(points), np.array(at)
    weights = np.random.default_rng(seed).uniform(0.5, 2, len(points))
    u = (at[:, None] - points[None, :]) / bandwidth
    away_from_the_edge = (np.abs(np.abs(u) - 1) > 1e-9).all()
    every_pair = (kernel.at(u) * weights).sum(1)
    if away_from_the_edge or kernel is not UNIFORM:
        found = kernel_sums_on_line(at, points, weights, bandwidth, kernel)
        np.testing.assert_allclose(found, every_pair, rtol=0, atol=1e-11 * weights.sum())


def test_epanechnikov_weights_by_hand():
    # One treated at 0; controls at 0.5, 1 and 3; bandwidth 2 gives kernels 1 - 1/16, 1 - 1/4 and 0.
    matched = im.match(
        line([0.0, 9.0], [0.5, 1.0, 3.0, 9.0]), im.Kernel(im.Euclidean(scale="none"), bandwidth=2.0)
    )
    kernels = np.array([1 - 1 / 16, 1 - 1 / 4])
    np.testing.assert_allclose(matched.weights.to_numpy()[2:4], kernels / kernels.sum(), rtol=1e-12)
    assert matched.weights.to_numpy()[4] == 0 and matched.weights.to_numpy()[5] == pytest.approx(1.0)
    assert matched.pairs is None


def test_treated_out_of_reach_are_unmatched_not_dropped_silently():
    with pytest.warns(im.OverlapWarning, match=r"1 of 2 treated units found no comparison \(50%\)"):
        matched = im.match(
            line([0.0, 100.0], [0.1, 0.2]), im.Kernel(im.Euclidean(scale="none"), bandwidth=1.0)
        )
    assert matched.unmatched.tolist() == [1]
    assert matched.weights.iloc[2:].sum() == pytest.approx(1.0)
    flow = matched.flow.set_index("step")["units"]
    assert flow["on support, unmatched"] == 1 and flow["matched, treated"] == 1


def test_nobody_in_reach_is_an_error():
    with pytest.raises(im.SupportError, match="No unit found a match"):
        im.match(line([0.0], [50.0, 60.0]), im.Kernel(im.Euclidean(scale="none"), bandwidth=1.0))


def test_radius_shares_the_weight_equally_within_the_caliper():
    matched = im.match(line([0.0], [0.5, -1.0, 1.5]), im.Radius(im.Euclidean(scale="none"), caliper=1.0))
    assert matched.weights.tolist() == [1.0, 0.5, 0.5, 0.0]
    assert matched.pairs["distance"].tolist() == [0.5, 1.0]


def test_kernel_in_space_is_the_kernel_on_the_line_for_one_covariate():
    generator = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"treated": np.arange(200) % 2, "x": generator.normal(size=200), "z": generator.normal(size=200)}
    )
    sample = im.Sample(frame, treatment="treated", covariates=["x", "z"])
    matched = im.match(sample, im.Kernel(im.Mahalanobis(), bandwidth=0.8))
    coordinates = matched.measure.coordinates
    treated = sample.treated
    gap = np.linalg.norm(coordinates[treated][:, None] - coordinates[~treated][None], axis=2) / 0.8
    kernels = np.where(gap < 1, 1 - gap**2, 0)
    reached = kernels.sum(1) > 0
    expected = (kernels[reached] / kernels[reached].sum(1, keepdims=True)).sum(0)
    np.testing.assert_allclose(matched.weights.to_numpy()[~treated], expected, atol=1e-10)


def test_auto_bandwidth_is_kmatchs_rule():
    treated, control = np.array([0.0, 1.0, 2.0, 4.0]), np.array([0.1, 1.3, 2.0, 4.8])
    matched = im.match(line(treated, control), im.Kernel(im.Euclidean(scale="none"), bandwidth="auto"))
    bandwidth = 1.5 * np.quantile([0.1, 0.3, 0.8], 0.9)
    u = np.abs(treated[:, None] - control[None]) / bandwidth
    kernels = np.where(u < 1, 1 - u**2, 0)
    np.testing.assert_allclose(
        matched.weights.to_numpy()[4:], (kernels / kernels.sum(1, keepdims=True)).sum(0), atol=1e-12
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: im.Kernel(im.PropensityScore(), bandwidth=-1.0),
            "bandwidth must be a positive number; got -1.0",
        ),
        (lambda: im.Kernel(im.PropensityScore(), bandwidth="best"), "bandwidth must be one of 'auto'"),
        (
            lambda: im.Kernel(im.PropensityScore(), kernel="box"),
            "kernel must be one of 'epanechnikov', 'biweight', 'uniform'",
        ),
        (
            lambda: im.Radius(im.PropensityScore(), caliper=0.0),
            "caliper must be a positive distance; got 0.0",
        ),
        (lambda: im.Kernel("propensity"), "distance must be a distance such as im.PropensityScore"),
    ],
)
def test_bad_options_name_what_was_required(make, words):
    with pytest.raises(im.OptionError, match=words.replace("(", r"\(").replace(")", r"\)")):
        make()
