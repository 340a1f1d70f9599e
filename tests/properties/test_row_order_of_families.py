"""Shuffled rows give the same match, ties and all."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impact as im
from impact.design.balance.total_distance import total_distance
from impact.design.matching.cardinality import Cardinality, Profile
from impact.design.matching.exact import CoarsenedExact, Exact
from impact.design.matching.full import Full
from impact.design.matching.optimal import Optimal
from impact.design.matching.quick_full import QuickFull
from impact.design.matching.subclassification import Subclassification
from impact.errors import EstimationError, ImpactWarning, SupportError

SCORE, SPACE = im.PropensityScore(), im.Mahalanobis()
FAMILIES = [
    Exact(("region",)),
    CoarsenedExact({"age": 3, "height": 2}),
    CoarsenedExact({"age": 1, "height": 1}, k2k=SPACE),
    Subclassification(SCORE, 3),
    Optimal(SCORE),
    Optimal(SCORE, ratio=2, caliper=0.5),
    Optimal(SPACE, exact=("region",)),
    Full(SCORE),
    Full(SPACE, caliper=2.0, caliper_unit="raw"),
    QuickFull(SCORE),
    QuickFull(SPACE),
    Cardinality(0.2),
    Profile(tolerance=0.2),
]


@pytest.mark.parametrize("strategy", FAMILIES, ids=repr)
@given(seed=st.integers(0, 10_000), estimand=st.sampled_from(["ATT", "ATC"]))
@settings(max_examples=8, deadline=None)
def test_shuffled_rows_give_the_same_match(strategy, seed, estimand):
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"treated": generator.random(70) < 0.35, "age": generator.integers(0, 6, 70).astype(float)}
    )
    frame["height"] = generator.normal(size=70).round(1)
    frame["region"] = generator.choice(list("abc"), 70)
    frame.index = generator.permutation(1000)[:70]
    matches = []
    for table in (frame, frame.sample(frac=1, random_state=seed)):
        sample = im.Sample(table, treatment="treated", covariates=["age", "height", "region"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImpactWarning)
            try:
                matches.append(im.match(sample, strategy, estimand=estimand))
            except (SupportError, EstimationError) as error:
                matches.append(type(error))
    first, second = matches
    if isinstance(first, type) or isinstance(second, type):
        assert first is second
        return
    pd.testing.assert_series_equal(first.weights, second.weights.loc[first.weights.index], rtol=1e-9)
    if first.measure is not None:
        np.testing.assert_allclose(total_distance(first), total_distance(second), rtol=1e-9)
