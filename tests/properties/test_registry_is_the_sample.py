"""However many files the rows are in, and in whatever order: a registry's answer is that of the same rows in memory."""

import tempfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impact as im
from tests.registries import CELLS, assert_same_table, both, households

DISTANCES = (
    im.PropensityScore(),
    im.PropensityScore(link="probit", scale="linear"),
    im.Mahalanobis(),
    im.Euclidean(),
)


ADJUSTMENTS = (
    None,
    "linear",
    im.LinearAdjustment(weighted=False),
    im.LinearAdjustment(weighted=False, normalized=True),
)
VARIANCES = (None, im.ClusterRobust(), im.ClusterRobust(im.BiasReduced(), estimated_slopes=True))


def by_label(pairs):
    kept = pairs.assign(focal=pairs["focal"].astype(str))
    return kept.sort_values(["focal", "treated", "control"]).reset_index(drop=True)


@pytest.mark.filterwarnings(
    "ignore::impact.errors.FewClustersWarning", "ignore::impact.errors.OverlapWarning"
)
@settings(max_examples=20)
@given(
    seed=st.integers(0, 10_000),
    files=st.integers(1, 9),
    distance=st.sampled_from(DISTANCES),
    ratio=st.integers(1, 3),
    exact=st.sampled_from([(), ("region",), CELLS]),
    estimand=st.sampled_from(["ATT", "ATC", "ATE"]),
    weighted=st.booleans(),
    adjustment=st.sampled_from(ADJUSTMENTS),
    variance=st.sampled_from(VARIANCES),
    caliper=st.sampled_from([None, 0.4]),
)
def test_any_number_and_order_of_files(
    seed, files, distance, ratio, exact, estimand, weighted, adjustment, variance, caliper
):
    frame = households(rows=400, seed=seed, groups=25)
    with tempfile.TemporaryDirectory() as folder:
        memory, registry = both(
            frame,
            folder,
            files,
            seed,
            cluster="group",
            sampling_weight="weight" if weighted else None,
            id="household",
        )
        unit = "sd" if isinstance(distance, im.PropensityScore) else "raw"
        strategy = im.NearestNeighbor(distance, ratio, caliper=caliper, caliper_unit=unit, exact=exact)
        one, other = im.match(memory, strategy, estimand), im.registry.match(registry, strategy, estimand)
        assert_same_table(by_label(one.pairs), by_label(other.pairs), rtol=1e-9)
        assert_same_table(im.balance(one).frame, im.registry.balance(other).frame, rtol=1e-8)
        assert_same_table(
            im.estimate(one, variance=variance, bias_adjustment=adjustment).frame,
            im.registry.estimate(other, variance=variance, bias_adjustment=adjustment).frame,
        )


@settings(max_examples=10)
@given(
    seed=st.integers(0, 10_000),
    files=st.integers(1, 9),
    link=st.sampled_from(["logit", "probit", "cloglog"]),
    weighted=st.booleans(),
)
def test_the_score_is_that_of_the_rows_in_memory(seed, files, link, weighted):
    with tempfile.TemporaryDirectory() as folder:
        weight = "weight" if weighted else None
        memory, registry = both(households(500, seed), folder, files, seed, sampling_weight=weight)
        one, other = (
            im.PropensityScore(link=link).fit(memory),
            im.registry.score(registry, im.PropensityScore(link=link)),
        )
    for column in ("coefficient", "std_error"):
        np.testing.assert_allclose(other.frame[column], one.coefficients[column], rtol=1e-10, atol=1e-12)


WEIGHTINGS = (
    im.InverseProbability(im.PropensityScore()),
    im.InverseProbability(im.PropensityScore(link="probit"), trim=(0.2, 0.6)),
    im.InverseProbability(im.PropensityScore(link="cloglog"), clip=(0.2, 0.6)),
    im.EntropyBalancing(),
    im.EntropyBalancing(moments=2),
    im.EntropyBalancing(tolerance=0.05),
)


@pytest.mark.filterwarnings(
    "ignore::impact.errors.FewClustersWarning", "ignore::impact.errors.OverlapWarning"
)
@settings(max_examples=8)
@given(
    seed=st.integers(0, 10_000),
    files=st.integers(1, 9),
    strategy=st.sampled_from(WEIGHTINGS),
    estimand=st.sampled_from(["ATT", "ATC", "ATE", "ATO", "ATM"]),
    weighted=st.booleans(),
    adjustment=st.sampled_from([*ADJUSTMENTS, im.LeastVarianceAdjustment()]),
    variance=st.sampled_from(VARIANCES),
)
def test_weights_are_those_of_the_rows_in_memory(
    seed, files, strategy, estimand, weighted, adjustment, variance
):
    if estimand in ("ATO", "ATM"):  # the score's own populations, which no adjustment averages over
        adjustment = None
        strategy = strategy if isinstance(strategy, im.InverseProbability) else WEIGHTINGS[0]
    with tempfile.TemporaryDirectory() as folder:
        weight = "weight" if weighted else None
        memory, registry = both(
            households(400, seed, groups=25), folder, files, seed, cluster="group", sampling_weight=weight
        )
        one, other = im.match(memory, strategy, estimand), im.registry.match(registry, strategy, estimand)
        given = {"variance": variance, "bias_adjustment": adjustment}
        tables = [im.balance(one).frame, im.registry.balance(other).frame]
        if isinstance(strategy, im.EntropyBalancing):  # what is left of an imbalance of nothing is rounding
            tables = [table.drop(columns=["smd", "ecdf_mean", "ecdf_max"]) for table in tables]
        assert_same_table(*tables, rtol=1e-8)
        assert_same_table(
            im.estimate(one, **given).frame.drop(columns="max_abs_smd"),
            im.registry.estimate(other, **given).frame.drop(columns="max_abs_smd"),
        )


@pytest.mark.filterwarnings(
    "ignore::impact.errors.FewClustersWarning", "ignore::impact.errors.OverlapWarning"
)
@settings(max_examples=12)
@given(
    seed=st.integers(0, 10_000),
    most=st.integers(60, 250),
    distance=st.sampled_from(
        [im.Mahalanobis(), im.Mahalanobis("full"), im.Euclidean(), im.Euclidean("none")]
    ),
    ratio=st.integers(1, 4),
    estimand=st.sampled_from(["ATT", "ATC", "ATE"]),
    caliper=st.sampled_from([None, 0.3]),
    tie_tolerance=st.sampled_from([0.0, 0.01]),
    rounded=st.booleans(),
)
def test_a_cell_cut_into_boxes_is_matched_as_one(
    seed, most, distance, ratio, estimand, caliper, tie_tolerance, rounded
):
    frame = households(rows=400, seed=seed, groups=25)
    if rounded:  # many units are as near as each other, across the cuts too
        frame[["age", "land"]] = frame[["age", "land"]].round()
    strategy = im.NearestNeighbor(
        distance, ratio, caliper=caliper, caliper_unit="raw", tie_tolerance=tie_tolerance
    )
    with tempfile.TemporaryDirectory() as folder:
        registry = both(frame, folder, 3, seed, cluster="group", id="household")[1]
        one = im.registry.match(registry, strategy, estimand)
        other = im.registry.match(registry, strategy, estimand, largest_cell=most)
        assert len(list(other.design.folder.glob("pairs-*"))) > 1
        assert_same_table(by_label(one.pairs), by_label(other.pairs), rtol=1e-12)
        assert_same_table(im.registry.estimate(one).frame, im.registry.estimate(other).frame)


ONCE = (
    im.NearestNeighbor(im.PropensityScore(), replace=False, exact=CELLS),
    im.NearestNeighbor(im.Mahalanobis(), 1, replace=False, order="closest", exact=("region",)),
)
BY_UNIT = (
    im.NearestNeighbor(im.PropensityScore(), 2, exact=("region",)),
    im.NearestNeighbor(im.PropensityScore(), max_reuse=3, exact=CELLS),
    im.InverseProbability(im.PropensityScore(), trim=(0.15, 0.7)),
    im.EntropyBalancing(),
)


@pytest.mark.filterwarnings(
    "ignore::impact.errors.FewClustersWarning",
    "ignore::impact.errors.OverlapWarning",
    "ignore::impact.errors.LittleBiasRemovedWarning",
)
@settings(max_examples=12)
@given(
    seed=st.integers(0, 10_000),
    files=st.integers(1, 9),
    design=st.sampled_from([(ONCE, None), (ONCE, "group"), (BY_UNIT, None)]),
    place=st.integers(0, 3),
    estimand=st.sampled_from(["ATT", "ATC"]),
    weighted=st.booleans(),
    adjustment=st.sampled_from(ADJUSTMENTS),
    variance=st.sampled_from(VARIANCES[1:]),
)
def test_errors_by_unit_and_by_matched_set(
    seed, files, design, place, estimand, weighted, adjustment, variance
):
    strategies, cluster = design
    strategy = strategies[place % len(strategies)]
    if strategies is ONCE and cluster is None and adjustment != "linear":
        adjustment = None
    with tempfile.TemporaryDirectory() as folder:
        weight = "weight" if weighted else None
        frame = households(400, seed, groups=25)
        memory, registry = both(
            frame, folder, files, seed, cluster=cluster, sampling_weight=weight, id="household"
        )
        given = {"variance": variance, "bias_adjustment": adjustment}
        one, other = im.match(memory, strategy, estimand), im.registry.match(registry, strategy, estimand)
        assert_same_table(
            im.estimate(one, **given).frame.drop(columns="max_abs_smd"),
            im.registry.estimate(other, **given).frame.drop(columns="max_abs_smd"),
        )
