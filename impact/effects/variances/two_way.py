"""Two ways to group the errors at once: by producer group and by matched set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from impact.arrays import Array, Positions
from impact.design.matched_sample import MatchedSample
from impact.language import Text

BY_UNIT = Text("by unit", "por unidad")
BY_SET = Text("by matched set", "por conjunto emparejado")
BY_GROUP = Text("by group", "por grupo")
BY_GROUP_AND_SET = Text("by group and matched set", "por grupo y conjunto emparejado")
BY_GROUP_AND_SET_OR_LARGER = Text(
    "by group and matched set, the larger where their sum is not positive",
    "por grupo y conjunto emparejado, la mayor donde su suma no es positiva",
)


def inference_ways(matched: MatchedSample, groups: Positions | None) -> tuple[Positions, ...]:
    """Return the codes by which errors are summed, each of shape (n,) and from 0.

    One way: the groups of inference, each unit by itself without them. Two, where the sample has a cluster and units are matched once: the
    cluster, the matched set, and their intersection.
    """
    codes = np.arange(len(matched.sample), dtype=np.intp) if groups is None else groups
    sets = None if matched.sample.cluster is None else matched_set_codes(matched)
    if sets is None:
        return (codes - codes.min(),)
    both = np.unique(np.column_stack([codes, sets]), axis=0, return_inverse=True)[1].ravel()
    return codes - codes.min(), sets - sets.min(), both.astype(np.intp)


def over_ways(variances: Sequence[Array]) -> tuple[Array, bool]:
    """Return the variance by group, or V by group + V by set − V by both; and whether that sum was not positive for an outcome.

    Where it is not, the larger of the first two takes its place.

    References
    ----------
    Cameron, Gelbach & Miller (2011), Journal of Business & Economic Statistics 29(2), 238-249, doi:10.1198/jbes.2010.07136.
    """
    if len(variances) == 1:
        return variances[0], False
    by_group, by_set, by_both = variances
    total = by_group + by_set - by_both
    return np.where(total > 0, total, np.maximum(by_group, by_set)), bool((total <= 0).any())


def way_label(matched: MatchedSample, groups: Positions | None, ways: int, fallback: bool) -> Text:
    """Return by what a variance sums its errors."""
    if matched.sample.cluster is None:
        return BY_UNIT if groups is None else BY_SET
    if ways == 1:
        return BY_GROUP
    return BY_GROUP_AND_SET_OR_LARGER if fallback else BY_GROUP_AND_SET


def matched_set_codes(matched: MatchedSample) -> NDArray[np.intp] | None:
    """Return the matched set of each unit, shape (n,), -1 for units in none; None where sets overlap or do not exist.

    Sets are the strategy's own, or, where each unit is matched once at most, a focal unit and its matches.
    """
    if matched.set_numbers is not None:
        return matched.set_numbers
    pairs = matched.pair_positions
    if pairs is None or matched.rules.reuse != 1 or matched.estimand == "ATE":
        return None
    codes = np.full(len(matched.sample), -1, dtype=np.intp)
    codes[pairs.focal] = pairs.focal
    codes[pairs.match] = pairs.focal
    return codes
