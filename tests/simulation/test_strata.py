"""Standard errors within fixed strata, and of matched sets, by unit and by group: homogeneous and varying effects."""

import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im

pytestmark = pytest.mark.slow

DRAWS = 250
INDEX = im.PropensityScore(scale="linear")
STRATA = {
    "subclasses": im.Subclassification(INDEX),
    "coarsened": im.CoarsenedExact({"x": 7, "z": 7}),
    "exact": im.Exact(("level", "side")),
}
SETS = {"optimal": im.Optimal(im.Mahalanobis()), "full": im.Full(im.Mahalanobis())}


def drawn(seed, varying, groups, size=1):
    """Draw units of groups of ``size``; selection and the outcome depend on the levels of x and z."""
    generator = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), size)
    number = len(group)
    x, z = 0.9 * np.clip(
        generator.normal(size=(2, groups))[:, group] * (size > 1) * 0.7 + generator.normal(size=(2, number)),
        -2.2,
        2.2,
    )
    level, side = np.digitize(x, [-1.0, 0.0, 1.0]), (z > 0).astype(int)
    chance = 1 / (1 + np.exp(0.9 - 0.6 * (pd.Series(level).groupby(group).mean() - 1.5).to_numpy()))
    treated = (generator.random(groups) < chance)[group]
    common = 0.5 * generator.normal(size=groups)[group] * (size > 1)
    effect = 1 + (2 * x + generator.normal(size=number) if varying else 0.0) * np.ones(number)
    outcome = (
        1.5 * level + 2 * side * (level == 2) + common + generator.normal(size=number) + effect * treated
    )
    frame = pd.DataFrame(
        {"treated": treated, "x": x, "z": z, "level": level, "side": side, "group": group, "outcome": outcome}
    )
    return frame, effect


def summary(strategy, varying, cluster, bends=False, adjustment=None):
    rows = []
    for seed in range(DRAWS):
        frame, effect = drawn(seed, varying, *((100, 6) if cluster else (600, 1)))
        if bends:
            frame["outcome"] += 2 * np.sin(3 * frame["x"]) + 1.5 * np.cos(2 * frame["z"])
        columns = ["level", "side"] if isinstance(strategy, im.Exact) else ["x", "z"]
        sample = im.Sample(frame, "treated", columns, ["outcome"], cluster=cluster)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            matched = im.match(sample, strategy)
            found = im.estimate(matched, bias_adjustment=adjustment).one()
        rows.append((found.estimate, found.std_error, effect[matched.kept].mean()))
    estimate, error, truth = np.array(rows).T
    return (estimate - truth).mean() / estimate.std(), np.sqrt((error**2).mean()) / estimate.std()


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize("name", STRATA)
def test_errors_within_strata_are_those_of_units(name, varying):
    _, ratio = summary(STRATA[name], varying, None)
    assert 0.9 < ratio < 1.2  # six strata as clusters gave 1.4 to 4.5


@pytest.mark.parametrize("varying", [False, True])
@pytest.mark.parametrize("name", STRATA)
def test_errors_within_strata_are_those_of_groups(name, varying):
    _, ratio = summary(STRATA[name], varying, "group", adjustment="linear")
    assert 0.88 < ratio < 1.2


@pytest.mark.parametrize("cluster", [None, "group"])
@pytest.mark.parametrize("name", SETS)
def test_errors_of_close_sets_are_those_of_sets_where_the_outcome_bends(name, cluster):
    bias, ratio = summary(SETS[name], True, cluster, bends=True)
    assert abs(bias) < 0.35 and 0.88 < ratio < 1.15  # by group alone 1.4 to 1.5
