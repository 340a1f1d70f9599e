"""By what the errors of a match are summed: producer groups, matched sets, units."""

from __future__ import annotations

import numpy as np

from impact.arrays import Positions
from impact.design.label_order import place_by_label
from impact.design.matched_sample import MatchedSample
from impact.effects.variances.sums.group_sums import Ways
from impact.language import Text
from impact.survey.clusters import group_codes
from impact.survey.sample import Sample

BY_UNIT = Text("by unit", "por unidad")
BY_SET = Text("by matched set", "por conjunto emparejado")
BY_GROUP = Text("by group", "por grupo")
BY_GROUP_AND_SET = Text("by group and matched set", "por grupo y conjunto emparejado")
BY_GROUP_AND_SET_OR_LARGER = Text(
    "by group and matched set, the larger where their sum is not positive",
    "por grupo y conjunto emparejado, la mayor donde su suma no es positiva",
)


def inference_groups(matched: MatchedSample) -> Positions | None:
    """Return the group of each unit: its cluster, else its matched set (-1 for none), else None (each unit by itself)."""
    cluster = matched.sample.cluster
    if cluster is not None:
        return group_codes(matched.sample.frame[cluster], cluster)
    return matched_set_codes(matched)


def ways_of(matched: MatchedSample) -> Ways:
    """Return by what the errors of a match are summed: see ``ways_in``."""
    return ways_in(matched.sample, matched_set_codes(matched))


def ways_in(sample: Sample, sets: Positions | None) -> Ways:
    """Return by what errors are summed in a sample with these matched sets, shape (n,), -1 for units in none.

    The cluster, and with matched sets too both (two-way). Without a cluster the matched set, each unit by itself where there is none.
    Codes follow the labels, so that draws by group do not depend on the order of the rows.
    """
    if sample.cluster is not None:
        return Ways(group_codes(sample.frame[sample.cluster], sample.cluster), sets)
    place = place_by_label(sample.frame.index)
    return Ways(place if sets is None else np.where(sets >= 0, sets, sets.max() + 1 + place))


def way_label(matched: MatchedSample, fallback: bool) -> Text:
    """Return by what a variance sums its errors."""
    sets = matched_set_codes(matched) is not None
    if matched.sample.cluster is None:
        return BY_SET if sets else BY_UNIT
    if not sets:
        return BY_GROUP
    return BY_GROUP_AND_SET_OR_LARGER if fallback else BY_GROUP_AND_SET


def matched_set_codes(matched: MatchedSample) -> Positions | None:
    """Return the matched set of each unit, shape (n,), -1 for units in none; None where sets overlap or do not exist.

    Sets are the strategy's own, formed around units, or, where each unit is matched once at most, a focal unit and its matches.
    Strata are not sets: their units are compared as independent draws within them.
    """
    if matched.rules.strata:
        return None
    if matched.set_numbers is not None:
        return matched.set_numbers
    pairs = matched.pair_positions
    if pairs is None or matched.rules.reuse != 1 or matched.estimand == "ATE":
        return None
    place = place_by_label(matched.weights.index)
    codes = np.full(len(place), -1, dtype=np.intp)
    codes[pairs.focal] = place[pairs.focal]
    codes[pairs.match] = place[pairs.focal]
    return codes
