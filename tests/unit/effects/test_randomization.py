"""Randomisation inference on groups: enumerated by hand, valid size, refusals."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.randomization import randomization_test

pytestmark = pytest.mark.filterwarnings("ignore::impact.ImpactWarning")


def survey(effect, seed=0, groups=8, members=5):
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), members)
    treated = group % 2 == 0
    x = np.tile(np.arange(members, dtype=float), groups)
    y = x + effect * treated + generator.normal(size=groups)[group] + 0.1 * generator.normal(size=len(group))
    return pd.DataFrame(
        {"treated": treated, "x": x, "y": y, "group": group, "region": group // (groups // 2)}
    )


def matched(frame):
    made = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["y"], cluster="group")
    return im.match(made, im.NearestNeighbor(im.Euclidean(scale="none")))


def test_p_value_comes_near_the_enumerated_one():
    # Every group has one member at each x: matching compares group means, and all 70 assignments can be written out.
    frame = survey(1.2, seed=4)
    table = randomization_test(matched(frame), replications=999, seed=1)
    means = frame.groupby("group")["y"].mean().to_numpy()
    differences = [
        means[list(chosen)].mean() - np.delete(means, chosen).mean() for chosen in combinations(range(8), 4)
    ]
    observed = means[::2].mean() - means[1::2].mean()
    assert table["estimate"][0] == pytest.approx(observed, rel=1e-9)
    exact = np.mean(np.abs(differences) >= abs(observed) - 1e-9)
    assert table["p_value"][0] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 999))


def test_without_an_effect_p_values_are_uniform():
    p_values = [
        randomization_test(matched(survey(0.0, seed)), replications=49, seed=seed)["p_value"][0]
        for seed in range(60)
    ]
    assert abs(np.mean(p_values) - 0.5) < 4 * np.sqrt(1 / 12 / 60) and np.mean(
        np.array(p_values) <= 0.1
    ) < 0.1 + 4 * np.sqrt(0.09 / 60)


def test_within_keeps_the_numbers_of_each_region_and_order_does_not_matter():
    frame = survey(3.0)
    first = randomization_test(matched(frame), within="region", replications=99, seed=2)
    second = randomization_test(matched(frame.iloc[::-1]), within="region", replications=99, seed=2)
    pd.testing.assert_frame_equal(first, second, rtol=1e-9)
    assert first["p_value"][0] < 0.2  # 36 assignments within two regions of four groups


def test_refusals():
    frame = survey(1.0)
    alone = im.Sample(frame, treatment="treated", covariates=["x"], outcomes=["y"])
    with pytest.raises(im.OptionError, match="needs the groups"):
        randomization_test(im.match(alone, im.NearestNeighbor(im.Mahalanobis())))
    with pytest.raises(im.DataError, match="must not vary inside a group"):
        randomization_test(matched(frame), within="x")
    with pytest.raises(im.DataError, match="each group in one arm"):
        randomization_test(matched(frame.assign(group=frame["group"] // 2)))
