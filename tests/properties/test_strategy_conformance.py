"""What every strategy of the package keeps, found by itself: each public class under impact.design with ``assign``."""

import dataclasses
import importlib
import inspect
import pickle
import pkgutil
import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
import impact.design
from impact.design.distances.own import DistanceMatrix
from impact.design.matching.exact import Exact
from impact.design.matching.group_first import GroupFirst
from tests.surveys import grouped_sample, grouped_survey


def exported_strategies():
    """Return every public class under impact.design that proposes an assignment, by name."""
    found = {}
    for module_name in sorted(
        module.name for module in pkgutil.walk_packages(impact.design.__path__, "impact.design.")
    ):
        module = importlib.import_module(module_name)
        for name, value in vars(module).items():
            own = inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_")
            if own and callable(getattr(value, "assign", None)) and not getattr(value, "_is_protocol", False):
                found[name] = value
    return found


SCORE = im.PropensityScore(scale="linear")
VARIANTS = {
    "NearestNeighbor": [
        im.NearestNeighbor(SCORE),
        im.NearestNeighbor(im.Mahalanobis(), ratio=4),
        im.NearestNeighbor(SCORE, ratio=2, caliper={"score": 0.5, "age": 1.5}, exact=["region"]),
        im.NearestNeighbor(SCORE, caliper=0.5, mahalanobis_on=["age", "herd"], anti_exact=["village"]),
        im.NearestNeighbor(im.Euclidean(), ties="first", prefer=["region"]),
        im.NearestNeighbor(SCORE, replace=False, caliper=0.5),
        im.NearestNeighbor(SCORE, replace=False, order="closest", ratio=2),
        im.NearestNeighbor(im.Mahalanobis(), replace=False, order="data"),
        im.NearestNeighbor(im.Mahalanobis(), replace=False, order="random", seed=3),
        im.NearestNeighbor(SCORE, max_reuse=2),
        im.NearestNeighbor(SCORE, replace=False, ratio=2, min_controls=1, max_controls=3),
    ],
    "Exact": [Exact(columns=("region",)), Exact(columns=("region", "village"))],
    "GroupFirst": [
        GroupFirst(
            groups=im.NearestNeighbor(im.Mahalanobis(), ratio=2), within=im.NearestNeighbor(im.Mahalanobis())
        )
    ],
    "SubclassWeights": [im.SubclassWeights(SCORE, subclasses=4)],
    "EntropyBalancing": [im.EntropyBalancing(), im.EntropyBalancing(tolerance=0.1)],
    "Radius": [im.Radius(SCORE, caliper=0.3), im.Radius(im.Mahalanobis(), caliper=1.0, exact=("region",))],
}


SEVERAL_ANSWERS = {"Cardinality"}
"""Their largest match is not unique, and the solver's path, which units of measurement change, decides."""


def examples(name, strategy_class):
    """Return instances to check: the variants above, else the class with its defaults."""
    if name in VARIANTS:
        return VARIANTS[name]
    required = [
        field.name
        for field in dataclasses.fields(strategy_class)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    ready = {"distance": SCORE, "propensity": SCORE}
    if not set(required) <= set(ready):
        return []
    return [strategy_class(**{field: ready[field] for field in required})]


def instances():
    for name, strategy_class in exported_strategies().items():
        for number, strategy in enumerate(examples(name, strategy_class)):
            yield pytest.param(strategy, id=f"{name}-{number}")


def matched_by(strategy, frame):
    sample = grouped_sample(frame)
    with warnings.catch_warnings():  # of lost units, few controls and ties: tested elsewhere
        warnings.simplefilter("ignore", im.ImpactWarning)
        return im.match(sample, strategy)


STRATEGIES = list(instances())


def test_the_families_are_found():
    assert {
        "NearestNeighbor",
        "Kernel",
        "Radius",
        "Optimal",
        "Subclassification",
        "Exact",
        "CoarsenedExact",
    } <= set(exported_strategies())


def test_every_strategy_has_an_instance_here():
    missing = [name for name, strategy in exported_strategies().items() if not examples(name, strategy)]
    assert not missing, (
        f"add instances of {missing} to VARIANTS, so that they are held to what every strategy keeps"
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_shuffled_rows_give_the_same_weights_or_the_result_says_why_not(strategy):
    frame = grouped_survey()
    first, second = matched_by(strategy, frame), matched_by(strategy, frame.sample(frac=1, random_state=4))
    if not first.rules.row_order:
        pd.testing.assert_series_equal(first.weights, second.weights.loc[frame.index], rtol=1e-9, atol=1e-9)
        assert set(first.unmatched) == set(second.unmatched)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_permuted_outcomes_leave_the_match_alone(strategy):
    frame = grouped_survey()
    other = frame.assign(income=np.random.default_rng(9).permutation(frame["income"].to_numpy()) * 1e6)
    first, second = matched_by(strategy, frame), matched_by(strategy, other)
    pd.testing.assert_series_equal(first.weights, second.weights, check_exact=True)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_weights_are_those_of_an_att(strategy):
    matched = matched_by(strategy, grouped_survey())
    weights, treated = matched.weights.to_numpy(), matched.sample.treated
    assert np.isfinite(weights).all() and (weights >= 0).all()
    np.testing.assert_allclose(weights[treated & matched.kept], 1.0, atol=1e-9)
    assert (weights[treated & ~matched.kept] == 0).all()
    assert weights[~treated].sum() == pytest.approx(matched.kept.sum(), rel=1e-9)
    assert matched.ess["control"] <= (weights[~treated] > 0).sum() + 1e-9
    assert len(matched.frame) == (weights > 0).sum()


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_strategies_and_their_results_pickle(strategy):
    assert pickle.loads(pickle.dumps(strategy)) == strategy
    matched = matched_by(pickle.loads(pickle.dumps(strategy)), grouped_survey())
    again = pickle.loads(pickle.dumps(matched))
    pd.testing.assert_series_equal(again.weights, matched.weights, check_exact=True)
    assert repr(again) == repr(matched) and type(strategy).__name__ in repr(matched)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_new_unit_of_measurement_changes_nothing(strategy):
    frame = grouped_survey()
    other = frame.assign(herd=frame["herd"] * 1000 + 50)
    first, second = matched_by(strategy, frame), matched_by(strategy, other)
    if type(strategy).__name__ in SEVERAL_ANSWERS:
        assert first.kept.sum() == second.kept.sum()
    elif not first.rules.row_order:
        pd.testing.assert_series_equal(first.weights, second.weights, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("ratio", [1, 4])
def test_mahalanobis_is_affine_invariant(ratio):
    frame = grouped_survey()
    mixed = frame.assign(age=2 * frame["age"] + 3 * frame["herd"] - 7, herd=frame["age"] - frame["herd"])
    strategy = im.NearestNeighbor(im.Mahalanobis(), ratio=ratio)
    pd.testing.assert_series_equal(
        matched_by(strategy, frame).weights, matched_by(strategy, mixed).weights, rtol=1e-9
    )


def test_a_table_of_distances_pickles_and_matches():
    frame = grouped_survey(groups=10)
    table = pd.DataFrame(
        np.abs(frame["age"].to_numpy()[:, None] - frame["age"].to_numpy()), frame.index, frame.index
    )
    strategy = im.NearestNeighbor(DistanceMatrix(table))
    matched = pickle.loads(pickle.dumps(matched_by(strategy, frame)))
    treated, control = matched.pairs["treated"], matched.pairs["control"]
    gaps = (frame.loc[treated, "age"].to_numpy() - frame.loc[control, "age"].to_numpy()).__abs__()
    np.testing.assert_allclose(matched.pairs["distance"], gaps, atol=1e-12)
