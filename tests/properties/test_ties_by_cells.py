"""Pairs of units that are alike, held by cells: the same numbers as pair by pair, in room that grows with the units."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import impact as im
from impact.design import pairs as pairs_module
from impact.design.balance.total_distance import total_distance
from impact.design.matching import full, quick_full
from impact.design.observed import observed_part
from impact.design.pairs import TiedPairs
from impact.design.promises import certify_proposal
from impact.design.proposal import Assignment
from impact.design.search import choice, counterparts, neighbor_sums
from impact.design.search.one_by_one import space_seeker
from impact.design.units import Units
from impact.effects.distribution.matched_differences import matched_differences

SCORE = im.PropensityScore()
STRATEGIES = {
    "Mahalanobis": im.NearestNeighbor(im.Mahalanobis()),
    "Mahalanobis, three": im.NearestNeighbor(im.Mahalanobis(), ratio=3),
    "Mahalanobis, more than a cell": im.NearestNeighbor(im.Mahalanobis(), ratio=12),
    "score": im.NearestNeighbor(SCORE),
    "score, four, caliper": im.NearestNeighbor(SCORE, ratio=4, caliper=0.1),
    "exact": im.NearestNeighbor(im.Mahalanobis(), exact=("region",)),
    "prefer": im.NearestNeighbor(SCORE, exact=("region",), prefer=("b0",)),
    "anti-exact": im.NearestNeighbor(im.Mahalanobis(), ratio=2, anti_exact=("region",)),
    "caliper on a covariate": im.NearestNeighbor(
        im.Euclidean(), caliper={"five": 1.0, "rare": 0.5}, caliper_unit="raw"
    ),
    "Mahalanobis within a caliper": im.NearestNeighbor(SCORE, caliper=0.2, mahalanobis_on=("b0", "five")),
    "radius": im.Radius(SCORE, caliper=0.02),
    "radius, exact": im.Radius(im.Mahalanobis(), caliper=1.5, exact=("region",)),
    "wide ties": im.NearestNeighbor(im.Euclidean(), tie_tolerance=0.3),
}
VARIANCES = (
    im.AbadieImbens(),
    im.AbadieImbens(neighbors=None),
    im.AbadieImbens(convention="matching", population=False),
    im.AbadieImbens(neighbors=3, convention="stata"),
    im.ClusterRobust(),
)


def discrete_sample(seed, number=420, **options):
    """Return a sample of few different households: two binary covariates, one of five values, and one with a rare value."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "b0": draw.integers(0, 2, number),
            "b1": draw.integers(0, 2, number),
            "five": draw.integers(0, 5, number),
            "rare": (draw.random(number) < 0.03).astype(int),
            "region": draw.integers(0, 3, number),
            "sampling": draw.uniform(0.5, 2.0, number),
            "cluster": np.arange(number) // 6,
        },
        index=[f"h{k:05d}" for k in draw.permutation(number)],
    )
    frame["treated"] = draw.random(number) < 0.25 + 0.1 * frame["b0"] + 0.05 * frame["five"]
    frame["income"] = (
        50 + 8 * frame["treated"] + 3 * frame["b0"] + frame["five"] ** 2 + draw.normal(size=number)
    )
    covariates = ["b0", "b1", "five", "rare"]
    return im.Sample(frame, "treated", covariates, ["income"], **options)


def matched_both_ways(monkeypatch, sample, strategy, estimand="ATT"):
    """Return the match pair by pair and the match by cells, and a switch that has variances look at units one by one."""
    with monkeypatch.context() as apart:
        apart.setattr(choice, "cells_of_both", lambda *_: None)
        one_by_one = im.match(sample, strategy, estimand)
    with monkeypatch.context() as together:
        together.setattr(choice, "_PAIRS", 0)
        together.setattr(choice, "_PAIRS_OF_A_UNIT", 0)
        by_cells = im.match(sample, strategy, estimand)
    assert isinstance(one_by_one.pair_positions, im.Pairs)
    assert isinstance(by_cells.pair_positions, TiedPairs)
    return one_by_one, by_cells


def same_pairs(one, other):
    assert_frame_equal(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("estimand", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize("name", STRATEGIES)
def test_by_cells_as_pair_by_pair(monkeypatch, name, estimand):
    weighted = {"sampling_weight": "sampling"} if len(name) % 2 else {}
    sample = discrete_sample(len(name), cluster="cluster", **weighted)
    one, other = matched_both_ways(monkeypatch, sample, STRATEGIES[name], estimand)
    same_pairs(one.pairs, other.pairs)
    number, values = len(sample), sample.frame["income"].to_numpy()
    apart, cells = one.pair_positions, other.pair_positions
    assert len(apart) == len(cells)
    np.testing.assert_array_equal(apart.matches_of_each(number), cells.matches_of_each(number))
    np.testing.assert_array_equal(apart.uses_of_each(number), cells.uses_of_each(number))
    np.testing.assert_array_equal(apart.focal_marks(number), cells.focal_marks(number))
    np.testing.assert_allclose(apart.averaged(values), cells.averaged(values), rtol=1e-12)
    for power in (1, 2):
        np.testing.assert_allclose(apart.collected(values, power), cells.collected(values, power), rtol=1e-12)
    np.testing.assert_allclose(one.weights, other.weights, rtol=1e-12)
    assert list(one.unmatched) == list(other.unmatched)
    assert total_distance(one) == pytest.approx(total_distance(other), rel=1e-12)
    assert_frame_equal(im.balance(one).frame, im.balance(other).frame, rtol=1e-12, atol=1e-12)
    for unit in sample.frame.index[[0, 50, 100]]:
        explained = im.explain(one, unit), im.explain(other, unit)
        assert explained[0].reason == explained[1].reason
        assert_frame_equal(
            explained[0].frame.sort_values("unit", ignore_index=True),
            explained[1].frame.sort_values("unit", ignore_index=True),
            rtol=1e-12,
            atol=1e-12,
        )


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize("adjustment", [None, "linear"])
@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
@pytest.mark.parametrize("name", ["Mahalanobis, three", "score", "exact", "prefer", "radius", "wide ties"])
def test_effects_and_errors_by_cells_as_pair_by_pair(monkeypatch, name, estimand, adjustment):
    weighted = {"sampling_weight": "sampling"} if estimand == "ATT" else {}
    sample = discrete_sample(3, cluster="cluster", **weighted)
    one, other = matched_both_ways(monkeypatch, sample, STRATEGIES[name], estimand)
    for variance in VARIANCES:
        with monkeypatch.context() as apart:
            apart.setattr(neighbor_sums, "cells_of", lambda *_: None)
            expected = im.estimate(one, variance=variance, bias_adjustment=adjustment).frame
        found = im.estimate(other, variance=variance, bias_adjustment=adjustment).frame
        assert_frame_equal(expected, found, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("estimand", ["ATT", "ATE"])
def test_an_estimated_score_by_cells_as_pair_by_pair(monkeypatch, estimand):
    one, other = matched_both_ways(monkeypatch, discrete_sample(5), STRATEGIES["score"], estimand)
    variance = im.AbadieImbens(estimated_score=True)
    expected = im.estimate(one, variance=variance).one().std_error
    with monkeypatch.context() as apart:
        apart.setattr(neighbor_sums, "cells_by", lambda *_: None)
        assert im.estimate(one, variance=variance).one().std_error == pytest.approx(expected, rel=1e-10)
    assert im.estimate(other, variance=variance).one().std_error == pytest.approx(expected, rel=1e-12)


def test_the_part_with_an_outcome_by_cells_as_pair_by_pair(monkeypatch):
    sample = discrete_sample(8, sampling_weight="sampling")
    one, other = matched_both_ways(monkeypatch, sample, STRATEGIES["Mahalanobis, three"])
    present = np.random.default_rng(0).random(len(sample)) < 0.4
    same_pairs(observed_part(one, present).pairs, observed_part(other, present).pairs)
    np.testing.assert_allclose(
        observed_part(one, present).weights, observed_part(other, present).weights, rtol=1e-12
    )
    expected, found = (matched_differences(part, "income") for part in (one, other))
    np.testing.assert_allclose(expected.differences, found.differences, rtol=1e-12, atol=1e-12)


def test_nearest_counterparts_by_cells_as_one_by_one(monkeypatch):
    sample = discrete_sample(9)
    for strategy in (im.QuickFull(im.Mahalanobis()), im.Full(SCORE), im.Full(im.Mahalanobis())):
        found = im.match(sample, strategy).weights
        with monkeypatch.context() as apart:
            apart.setattr(counterparts, "cells_of_both", lambda *_: None)
            np.testing.assert_array_equal(im.match(sample, strategy).weights, found)
    assert full.nearest_counterpart is quick_full.nearest_counterpart


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize(
    "options",
    [
        {"ties": "first"},
        {"ties": "first", "ratio": 3},
        {"ties": "first", "ratio": 14, "exact": ("region",)},
        {"replace": False},
        {"replace": False, "order": "closest", "ratio": 2},
        {"max_reuse": 3, "order": "data", "exact": ("region",)},
        {"replace": False, "order": "random", "seed": 1, "anti_exact": ("region",)},
    ],
    ids=str,
)
@pytest.mark.parametrize("distance", [SCORE, im.Mahalanobis()], ids=["score", "Mahalanobis"])
def test_where_the_order_of_the_rows_decides_it_decides_the_same(monkeypatch, distance, options):
    sample = discrete_sample(6)
    found = im.match(sample, im.NearestNeighbor(distance, **options))
    monkeypatch.setattr(choice, "cells_of_both", lambda *_: None)
    monkeypatch.setattr(space_seeker, "cells_of", lambda *_: None)
    one_by_one = im.match(sample, im.NearestNeighbor(distance, **options))
    assert_frame_equal(found.pairs, one_by_one.pairs)
    assert found.rules.row_order == one_by_one.rules.row_order


def test_room_and_time_grow_with_the_units():
    matched = im.match(discrete_sample(1, 30_000), im.NearestNeighbor(im.Mahalanobis()))
    found = matched.pair_positions
    assert isinstance(found, TiedPairs)
    assert len(found) > 2_000_000
    kept = sum(getattr(block, field.name).nbytes for block in found.blocks for field in fields(block))
    assert kept < 60 * len(matched.sample)


def test_too_many_pairs_are_not_listed(monkeypatch):
    matched = matched_both_ways(monkeypatch, discrete_sample(2), STRATEGIES["score"])[1]
    monkeypatch.setattr(pairs_module, "MOST_LISTED", 100)
    with pytest.raises(im.OptionError, match=r"more than 100 are not listed one by one.*im\.explain"):
        _ = matched.pairs
    treated = matched.weights.index[matched.sample.treated][0]
    assert len(im.explain(matched, treated).frame) > 1


def spoiled(block, what):
    """Return cells that break a promise."""
    if what == "one cell only":
        return replace(
            block, focal=np.append(block.focal, block.focal[0]), focal_cell=np.append(block.focal_cell, 1)
        )
    if what == "must be alike":
        return replace(block, match_cell=np.roll(block.match_cell, 1))
    return replace(block, distance=block.distance + 1.0)


@pytest.mark.parametrize(
    "what", ["one cell only", "must be alike", "a distance that the measure does not give"]
)
def test_cells_are_certified(monkeypatch, what):
    matched = matched_both_ways(monkeypatch, discrete_sample(4), STRATEGIES["Mahalanobis"])[1]
    (block,) = matched.pair_positions.blocks
    units = Units.of(matched.sample, "ATT", ())
    proposal = Assignment(pairs=matched.pair_positions, measure=matched.measure, rules=matched.rules)
    certify_proposal(matched.strategy, proposal, units)
    with pytest.raises(im.EstimationError, match=what):
        certify_proposal(matched.strategy, replace(proposal, pairs=TiedPairs((spoiled(block, what),))), units)
