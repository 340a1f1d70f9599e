"""Nearest-neighbour matching against plain loops over the full distance matrix, with every option drawn at random."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

import impact as im
from impact.design.distances.own import CustomDistance, DistanceMatrix

REGIONS = list("abc")


def units_with_ties(seed, number, coarse):
    """Return a small survey; coarse covariates have many ties."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(number, 2))
    if coarse:
        values = np.round(values * 2) / 2
    frame = pd.DataFrame(values, columns=["age", "herd"], index=generator.permutation(number) + 100)
    frame["region"] = generator.choice(REGIONS, number)
    frame["village"] = generator.choice(4, number)
    frame["treated"] = generator.random(number) < 0.35
    return frame


def as_sample(frame, covariates=("age", "herd")):
    assume(frame["treated"].sum() >= 2 and (~frame["treated"]).sum() >= 3)
    return im.Sample(frame, treatment="treated", covariates=list(covariates))


class OnLine:
    """The first covariate as a score, without a model."""

    def measure(self, units):
        from impact.design.distances.measure import score_measure

        return score_measure(units.matrix["age"].to_numpy(), units.eligible, "age", None)


def allowed_pairs(frame, strategy):
    """Return which pairs the rules allow, and their scaled distances, treated by controls."""
    treated, control = frame[frame["treated"]], frame[~frame["treated"]]
    allowed = np.ones((len(treated), len(control)), dtype=bool)
    for name in strategy.exact:
        allowed &= treated[name].to_numpy()[:, None] == control[name].to_numpy()
    for name in strategy.anti_exact:
        allowed &= treated[name].to_numpy()[:, None] != control[name].to_numpy()
    if isinstance(strategy.caliper, dict):
        for name, width in strategy.caliper.items():
            column = "age" if name == "score" else name
            gap = np.abs(treated[column].to_numpy()[:, None] - control[column].to_numpy())
            allowed &= gap <= width * frame[column].std() * (1 + 1e-9)
    if isinstance(strategy.distance, OnLine):
        distance = np.abs(treated["age"].to_numpy()[:, None] - control["age"].to_numpy()) / frame["age"].std()
    else:
        columns = ["age", "herd"]
        distance = cdist(treated[columns] / frame[columns].std(), control[columns] / frame[columns].std())
    return allowed, distance, treated.index, control.index


options = st.fixed_dictionaries(
    {},
    optional={
        "exact": st.just(["region"]),
        "anti_exact": st.just(["village"]),
        "caliper": st.sampled_from([{"age": 0.7}, {"age": 1.0, "herd": 0.8}]),
        "ratio": st.integers(2, 3),
    },
)
distances = st.sampled_from([OnLine(), im.Euclidean()])


def made(frame, strategy, **how):
    """Return the matched sample, or None if nobody can be matched; expected warnings are silenced."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        try:
            return im.match(as_sample(frame), strategy, **how)
        except im.SupportError:
            return None


@settings(max_examples=70, deadline=None)
@given(st.integers(0, 10**6), st.integers(12, 60), st.booleans(), distances, options)
def test_with_replacement_every_admissible_nearest_is_matched(seed, number, coarse, distance, chosen):
    frame = units_with_ties(seed, number, coarse)
    strategy = im.NearestNeighbor(distance, **chosen)
    matched = made(frame, strategy)
    allowed, gaps, treated, control = allowed_pairs(frame, strategy)
    expected = set()
    for unit in range(len(treated)):
        open_gaps = np.sort(gaps[unit, allowed[unit]])
        if len(open_gaps):
            last = open_gaps[min(strategy.ratio, len(open_gaps)) - 1]
            near = allowed[unit] & (gaps[unit] <= np.sqrt(last**2 + 1e-12))
            expected |= {(treated[unit], label) for label in control[near]}
    got = (
        set()
        if matched is None
        else set(zip(matched.pairs["treated"], matched.pairs["control"], strict=True))
    )
    assert got == expected


def plain_greedy(gaps, order, rounds, capacity):
    """Return the matches of the plain loop: rounds, then units in order, each takes its nearest free one."""
    left = np.full(gaps.shape[1], capacity)
    pairs = []
    for _ in range(rounds):
        for unit in order:
            open_gaps = np.where(left > 0, gaps[unit], np.inf)
            for made_before, match in pairs:
                if made_before == unit:
                    open_gaps[match] = np.inf
            best = int(open_gaps.argmin())
            if np.isfinite(open_gaps[best]):
                pairs.append((unit, best))
                left[best] -= 1
    return pairs


@settings(max_examples=70, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(12, 60),
    distances,
    options,
    st.sampled_from([1, 2, 3]),
    st.sampled_from(["data", "largest", "smallest"]),
)
def test_limited_use_is_the_plain_greedy_loop(seed, number, distance, chosen, capacity, order):
    assume(order == "data" or isinstance(distance, OnLine))
    frame = units_with_ties(seed, number, coarse=False)
    limit = {"replace": False} if capacity == 1 else {"max_reuse": capacity}
    strategy = im.NearestNeighbor(distance, order=order, **limit, **chosen)
    matched = made(frame, strategy)
    allowed, gaps, treated, control = allowed_pairs(frame, strategy)
    turn = np.arange(len(treated))
    if order != "data":
        turn = np.argsort(
            frame.loc[treated, "age"].to_numpy() * (-1 if order == "largest" else 1), kind="stable"
        )
    expected = plain_greedy(np.where(allowed, gaps, np.inf), turn, strategy.ratio, capacity)
    got = (
        set()
        if matched is None
        else set(zip(matched.pairs["treated"], matched.pairs["control"], strict=True))
    )
    assert got == {(treated[unit], control[match]) for unit, match in expected}


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(12, 50), distances, st.booleans(), st.sampled_from([1, 2]))
def test_closest_and_farthest_serve_by_the_nearest_free_distance(seed, number, distance, farthest, ratio):
    frame = units_with_ties(seed, number, coarse=False)
    order = "farthest" if farthest else "closest"
    strategy = im.NearestNeighbor(distance, replace=False, order=order, ratio=ratio)
    matched = made(frame, strategy)
    _, gaps, treated, control = allowed_pairs(frame, strategy)
    expected, free = set(), gaps.copy()
    for _ in range(ratio):
        waiting = list(range(len(treated)))
        while waiting and np.isfinite(free.min()):
            nearest = free[waiting].min(axis=1)
            unit = waiting[int(nearest.argmax() if farthest else nearest.argmin())]
            match = int(free[unit].argmin())
            expected.add((treated[unit], control[match]))
            free[:, match] = np.inf
            waiting.remove(unit)
    assert set(zip(matched.pairs["treated"], matched.pairs["control"], strict=True)) == expected


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(12, 50),
    st.booleans(),
    st.sampled_from([{}, {"replace": False}, {"max_reuse": 2}]),
)
def test_prefer_stays_inside_wherever_it_can(seed, number, coarse, limit):
    frame = units_with_ties(seed, number, coarse)
    matched = made(frame, im.NearestNeighbor(im.Euclidean(), prefer=["region"], **limit))
    inside_alone = made(frame, im.NearestNeighbor(im.Euclidean(), exact=["region"], **limit))
    region = frame["region"]
    pairs = matched.pairs
    inside = region[pairs["treated"]].to_numpy() == region[pairs["control"]].to_numpy()
    kept = set() if inside_alone is None else set(inside_alone.pairs["treated"])
    assert set(pairs["treated"][inside]) >= kept
    assert not set(pairs["treated"][~inside]) & kept
    if not limit:
        assert len(matched.unmatched) == 0


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(12, 40),
    st.booleans(),
    st.sampled_from([{}, {"replace": False, "order": "closest"}]),
)
def test_a_table_and_a_function_of_distances_give_the_match_of_the_points(seed, number, coarse, limit):
    frame = units_with_ties(seed, number, coarse)
    sample = as_sample(frame)
    scaled = sample.matrix / sample.matrix.std()
    table = pd.DataFrame(cdist(scaled, scaled), index=frame.index, columns=frame.index)
    function = CustomDistance(
        lambda first, second: cdist(first / sample.matrix.std(), second / sample.matrix.std())
    )
    expected = made(frame, im.NearestNeighbor(im.Euclidean(), **limit)).weights
    for distance in (
        DistanceMatrix(table),
        function,
        DistanceMatrix(table.loc[sample.treated, ~sample.treated]),
    ):
        pd.testing.assert_series_equal(made(frame, im.NearestNeighbor(distance, **limit)).weights, expected)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 60), st.booleans())
def test_mahalanobis_within_a_score_caliper(seed, number, coarse):
    frame = units_with_ties(seed, number, coarse)
    matched = made(frame, im.NearestNeighbor(OnLine(), caliper=0.5, mahalanobis_on=["age", "herd"]))
    full = made(frame, im.NearestNeighbor(im.Mahalanobis()))
    if matched is None:
        return
    gaps = np.abs(frame["age"].to_numpy()[:, None] - frame["age"].to_numpy())
    treated, within = frame["treated"].to_numpy(), gaps <= 0.5 * frame["age"].std() * (1 + 1e-9)
    distance = cdist(full.measure.coordinates, full.measure.coordinates)
    best = np.where(within & ~treated, distance, np.inf).min(axis=1)
    place = {label: position for position, label in enumerate(frame.index)}
    for unit, gap in zip(matched.pairs["treated"], matched.pairs["distance"], strict=True):
        assert gap == pytest.approx(best[place[unit]], abs=1e-6)
    assert len(set(matched.pairs["treated"])) == np.isfinite(best[treated]).sum()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 60), st.booleans())
def test_first_of_ties_is_one_of_the_ties(seed, number, coarse):
    frame = units_with_ties(seed, number, coarse)
    for distance in (OnLine(), im.Euclidean()):
        every = made(frame, im.NearestNeighbor(distance, ratio=2)).pairs
        first = made(frame, im.NearestNeighbor(distance, ratio=2, ties="first"))
        assert set(zip(first.pairs["treated"], first.pairs["control"], strict=True)) <= set(
            zip(every["treated"], every["control"], strict=True)
        )
        assert (first.pairs.groupby("treated").size() == 2).all()
        cut = (every.groupby("treated").size() > 2).any()
        assert bool(first.rules.row_order) == bool(cut)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(20, 60), st.integers(0, 5))
def test_a_random_order_is_a_matter_of_the_seed_alone(seed, number, draw):
    frame = units_with_ties(seed, number, coarse=False)
    strategy = im.NearestNeighbor(im.Euclidean(), replace=False, order="random", seed=draw)
    shuffled = frame.sample(frac=1, random_state=seed % 1000)
    first, second = made(frame, strategy), made(shuffled, strategy)
    pd.testing.assert_series_equal(first.weights, second.weights.loc[frame.index])
    assert not first.rules.row_order


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(30, 80), st.integers(1, 2), st.integers(3, 5))
def test_variable_ratios_keep_their_bounds_and_their_mean(seed, number, fewest, most):
    frame = units_with_ties(seed, number, coarse=False)
    ratio = fewest + 1
    assume(ratio * frame["treated"].sum() <= (~frame["treated"]).sum() and ratio < most)
    strategy = im.NearestNeighbor(
        OnLine(), replace=False, ratio=ratio, min_controls=fewest, max_controls=most
    )
    sizes = made(frame, strategy).pairs.groupby("treated").size()
    assert sizes.max() <= most and sizes.sum() == ratio * frame["treated"].sum()
    assert (sizes < fewest).sum() <= 2  # the one unit in between, and the one that gave it a match
