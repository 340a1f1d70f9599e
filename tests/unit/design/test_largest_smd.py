"""The largest standardised difference of an effect is the balance table's, whatever the covariates are like."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.balance.largest_smd import largest_smd

STRATEGIES = [
    (im.NearestNeighbor(im.Euclidean()), "ATT"),
    (im.NearestNeighbor(im.Euclidean()), "ATC"),
    (im.NearestNeighbor(im.Euclidean(), replace=False, order="closest"), "ATT"),
    (im.InverseProbability(im.PropensityScore()), "ATE"),
    (im.EntropyBalancing(), "ATT"),
]


@pytest.fixture(params=range(6))
def survey(request):
    """Return covariates of many kinds: far from zero, two values, levels, long tails, rows in the order of the treatment."""
    draws = np.random.default_rng(request.param)
    number = int(draws.integers(60, 20_000 if request.param == 5 else 300))
    treated = draws.random(number) < 0.4
    if request.param % 2:
        treated = np.sort(treated)
    return pd.DataFrame(
        {
            "treated": treated,
            "born": 1e9 + draws.integers(0, 20_000, number),
            "literate": draws.random(number) < 0.3 + 0.2 * treated,
            "region": pd.Categorical(draws.choice(list("xyz"), number)),
            "sex": pd.Categorical(draws.choice(["f", "m"], number)),
            "land": np.exp(2 * draws.normal(size=number) + treated),
            "weight": draws.uniform(0.2, 3, number),
        }
    )


@pytest.mark.parametrize(("strategy", "estimand"), STRATEGIES)
@pytest.mark.filterwarnings("ignore::impact.errors.LittleBiasRemovedWarning")
def test_it_is_the_table_s(survey, strategy, estimand):
    columns = ["born", "literate", "region", "sex", "land"]
    for weight in (None, "weight"):
        sample = im.Sample(survey, "treated", columns, sampling_weight=weight)
        matched = im.match(sample, strategy, estimand)
        expected = im.balance(matched).max_abs_smd
        assert largest_smd(matched) == pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_by_hand_and_far_from_zero():
    """Means 2 and 3, an SD of the treated of √2: the same with every value a thousand million further off."""
    for origin in (0.0, 1e9, 2.0**30):
        frame = pd.DataFrame({"treated": [1, 1, 0, 0], "x": origin + np.array([1.0, 3.0, 2.0, 4.0])})
        matched = im.match(
            im.Sample(frame, "treated", ["x"]), im.InverseProbability(im.PropensityScore()), "ATE"
        )
        table = im.balance(matched, denominator="treated").frame
        before = table.loc[(table["stage"] == "before") & (table["role"] == "covariate"), "smd"].item()
        assert before == pytest.approx(-1 / np.sqrt(2), rel=1e-12)


def test_one_unit_in_the_arm_that_divides_has_no_spread():
    frame = pd.DataFrame({"treated": [1, 0, 0, 0], "x": [1.0, 2.0, 3.0, 4.5]})
    matched = im.match(im.Sample(frame, "treated", ["x"]), im.NearestNeighbor(im.Euclidean("none")))
    assert np.isnan(im.balance(matched).max_abs_smd) and np.isnan(largest_smd(matched))


def test_what_no_treated_unit_has_is_infinitely_far():
    """A level that controls alone have varies among nobody whose SD divides: no warning of Python's, the table's infinity."""
    frame = pd.DataFrame(
        {"treated": [1, 1, 1, 0, 0, 0, 0], "age": [1.0, 2, 3, 1, 2, 3, 4], "kind": list("abaabzz")}
    )
    matched = im.match(
        im.Sample(frame, "treated", ["age", "kind"]), im.NearestNeighbor(im.Euclidean("none"), ratio=4)
    )
    assert im.balance(matched).max_abs_smd == largest_smd(matched) == np.inf


def test_equal_means_differ_by_nothing():
    frame = pd.DataFrame({"treated": [1, 1, 0, 0], "x": [0.1, 0.3, 0.1, 0.3]})
    matched = im.match(im.Sample(frame, "treated", ["x"]), im.NearestNeighbor(im.Euclidean()))
    assert largest_smd(matched) == 0.0
