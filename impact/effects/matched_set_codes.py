"""Which units were matched to each other: the sets that inference without replacement goes by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impact.design.match import MatchedSample


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
