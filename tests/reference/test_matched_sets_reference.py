"""Subclassification, exact and coarsened exact matching against R's MatchIt 4.7.1.

Nothing is left to a solver here: sets, weights, effective sizes and the effect agree to rounding. Tolerance:
relative 1e-8, what the reference's logit converges to (its own score, published beside the weights, is
reproduced to that).

The pairs of ``cem`` with ``k2k=TRUE`` are greedy in the order of rows in R, and on lalonde614 and cattaneo2
exact ties decide them; ours have the smallest total distance. There the sets, the number of pairs and the
order of the totals are compared.
"""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.matching.exact import CoarsenedExact, Exact
from impact.design.matching.subclassification import Subclassification
from tests.reference.cases import data_name, load_cases, load_data, load_sample

RELATIVE = 1e-8
CASES = load_cases("matchit")
SETS = [
    name
    for name in CASES
    if name.split(".")[1] in ("subclass6", "subclass5", "cem", "exact") and ".k2k." not in name
]
PAIRED = [name for name in CASES if ".k2k." in name]


def strategy_of(case):
    settings = case["settings"]
    if settings["method"] == "subclass":
        return Subclassification(im.PropensityScore(), settings["subclass"])
    if settings["method"] == "exact":
        return Exact(("black",) if data_name(case) == "nsw_cps" else ("region",))
    k2k = im.Mahalanobis() if settings.get("k2k") else None
    return CoarsenedExact(settings.get("cutpoints") or {}, k2k=k2k)


@pytest.mark.filterwarnings("ignore:.*found no comparison:impact.errors.OverlapWarning")
@pytest.mark.parametrize("name", SETS)
def test_sets_weights_and_effect(name):
    case = CASES[name]
    results, sample = case["results"], load_sample(data_name(case))
    matched = im.match(sample, strategy_of(case), estimand=case["settings"]["estimand"])
    treated, weights = sample.treated, matched.weights.to_numpy()
    assert matched.subclass.nunique() == results["n_subclass"]
    sizes = matched.subclass.value_counts().head(20).tolist()
    assert sizes == results["subclass_sizes_head"][:20]
    checksum = 0.0
    for arm, group in ((treated, "treated"), (~treated, "control")):
        stated = results["weights"][group]
        scaled = weights[arm] * stated["sum"] / weights[arm].sum()
        assert (scaled > 0).sum() == stated["n_pos"]
        np.testing.assert_allclose((scaled**2).sum(), stated["sumsq"], rtol=RELATIVE)
        np.testing.assert_allclose(scaled.max(), stated["max"], rtol=RELATIVE)
        np.testing.assert_allclose(matched.ess[group], stated["ess"], rtol=RELATIVE)
        checksum += (scaled * matched.weights.index.to_numpy()[arm]).sum()
    np.testing.assert_allclose(checksum, results["weights_checksum_sum_row_times_w"], rtol=RELATIVE)
    outcome = sample.frame[sample.outcomes[0].name].to_numpy()
    effect = np.average(outcome[treated], weights=weights[treated]) - np.average(
        outcome[~treated], weights=weights[~treated]
    )
    np.testing.assert_allclose(effect, results["outcome"]["unadjusted"]["est"], rtol=RELATIVE)


@pytest.mark.filterwarnings("ignore:.*found no comparison:impact.errors.OverlapWarning")
@pytest.mark.parametrize("name", PAIRED)
def test_pairs_in_coarsened_sets(name):
    case = CASES[name]
    results, frame = case["results"], load_data(data_name(case))
    matched = im.match(load_sample(data_name(case)), strategy_of(case))
    assert len(matched.pairs) == results["n_pairs"]
    assert len(matched.unmatched) == results["n_focal_unmatched"]
    assert matched.ess["control"] == results["weights"]["control"]["ess"]
    # R's published pairs, at the distances that ours are measured by
    theirs = [(pair["focal_row"], row) for pair in results["pairs_first40"] for row in pair["matched_rows"]]
    place = pd.Series(np.arange(len(frame)), index=frame.index)
    focal, match = (place.loc[list(rows)].to_numpy() for rows in zip(*theirs, strict=True))
    gap = matched.measure.coordinates[focal] - matched.measure.coordinates[match]
    sets = im.match(
        load_sample(data_name(case)), CoarsenedExact(case["settings"]["cutpoints"])
    ).subclass.to_numpy()
    assert (sets[focal] == sets[match]).all()
    # sets of which R's pairs are published whole
    whole = [
        number
        for number in set(sets[focal])
        if _all_published(number, sets, matched, {row for row, _ in theirs})
    ]
    assert whole
    inside = np.isin(sets[focal], whole)
    ours = np.isin(sets[matched.pair_positions.focal], whole)
    assert ours.sum() == inside.sum()
    assert matched.pair_positions.distance[ours].sum() <= np.sqrt((gap[inside] ** 2).sum(1)).sum() * (
        1 + RELATIVE
    )


def _all_published(number, sets, matched, published):
    treated = matched.sample.treated & (sets == number)
    rows = matched.weights.index[treated]
    pairs = min(treated.sum(), ((sets == number) & ~matched.sample.treated).sum())
    return sum(row in published for row in rows) == pairs
