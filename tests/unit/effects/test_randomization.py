"""Randomisation inference on groups: enumerated by hand, valid size, refusals."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.randomization import randomization_test
from tests.surveys import groups_in_turn

pytestmark = pytest.mark.filterwarnings("ignore::impact.ImpactWarning")


def groups_of_five(effect, seed=0):
    """Eight groups with one member at each x, in two regions of four."""
    frame = groups_in_turn(8, effect=effect, seed=seed)
    x = frame.groupby("group").cumcount().astype(float)
    return frame.assign(income=frame["income"] + x - frame["x"], x=x, region=frame["group"] // 4)


def matched(frame):
    made = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["income"], cluster="group")
    return im.match(made, im.NearestNeighbor(im.Euclidean(scale="none")))


def test_p_value_comes_near_the_enumerated_one():
    # Every group has one member at each x: matching compares group means, and all 70 assignments can be written out.
    frame = groups_of_five(1.2, 4)
    table = randomization_test(matched(frame), replications=999, seed=1)
    means = frame.groupby("group")["income"].mean().to_numpy()
    differences = [
        means[list(chosen)].mean() - np.delete(means, chosen).mean() for chosen in combinations(range(8), 4)
    ]
    observed = means[::2].mean() - means[1::2].mean()
    assert table["estimate"][0] == pytest.approx(observed, rel=1e-9)
    exact = np.mean(np.abs(differences) >= abs(observed) - 1e-9)
    assert table["p_value"][0] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 999))


def test_without_an_effect_p_values_are_uniform():
    p_values = [
        randomization_test(matched(groups_of_five(0.0, seed)), replications=49, seed=seed)["p_value"][0]
        for seed in range(60)
    ]
    assert abs(np.mean(p_values) - 0.5) < 4 * np.sqrt(1 / 12 / 60) and np.mean(
        np.array(p_values) <= 0.1
    ) < 0.1 + 4 * np.sqrt(0.09 / 60)


def test_within_keeps_the_numbers_of_each_region_and_order_does_not_matter():
    frame = groups_of_five(3.0, 0)
    first = randomization_test(matched(frame), within="region", replications=99, seed=2)
    second = randomization_test(matched(frame.iloc[::-1]), within="region", replications=99, seed=2)
    pd.testing.assert_frame_equal(first, second, rtol=1e-9)
    assert first["p_value"][0] < 0.2  # 36 assignments within two regions of four groups


def test_refusals():
    frame = groups_of_five(1.0, 0)
    alone = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["income"])
    with pytest.raises(im.OptionError, match="needs the groups"):
        randomization_test(im.match(alone, im.NearestNeighbor(im.Mahalanobis())))
    with pytest.raises(im.DataError, match="must not vary inside a group"):
        randomization_test(matched(frame), within="x")
    with pytest.raises(im.DataError, match="each group in one arm"):
        randomization_test(matched(frame.assign(group=frame["group"] // 2)))
