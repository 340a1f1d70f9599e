"""A result's frame as wide as a page: estimates with their intervals in one cell, what is the same on every row below it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact.report.cells import decimals_for
from impact.report.contents import Estimate

WIDE = 9
"""Columns that a page of a document has room for."""

# What says how a number was made: where every row says the same, it is said once below the table.
DESIGN = frozenset(
    {
        "denominator", "estimand", "horizon", "identification", "interval", "level", "method", "outcome", "population", "rate",
        "replications", "seed", "variance", "weights",
    }
)  # fmt: skip
_LOW, _HIGH = "conf_low", "conf_high"


def narrowed(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, object], frozenset[str]]:
    """Return a frame that fits a page, what it said on every row, and the columns that hold estimates with their intervals.

    Examples
    --------
    >>> row = {"subgroup": "all", "survival": 0.8, "std_error": 0.1, "conf_low": 0.5, "conf_high": 0.9, "level": 0.95}
    >>> frame, said, intervals = narrowed(pd.DataFrame([row]))
    >>> list(frame), list(said), sorted(intervals)
    (['subgroup', 'survival', 'std_error'], ['level'], ['survival'])
    """
    said = {name: frame[name].iloc[0] for name in frame if name in DESIGN and _same(frame[name])}
    kept = frame.drop(columns=[*said, *(["synthetic"] if "synthetic" in frame else [])])  # the banner says it
    intervals = set()
    for low in [name for name in map(str, kept) if name.endswith(_LOW)]:
        high = f"{low.removesuffix(_LOW)}{_HIGH}"
        estimate = _estimate_before(kept, low)
        if high in kept and estimate is not None:
            ends = zip(kept[estimate], kept[low], kept[high], strict=True)
            cells = pd.Series([_cell(*one) for one in ends], index=kept.index, dtype=object)
            kept = kept.assign(**{estimate: cells}).drop(columns=[low, high])
            intervals.add(estimate)
    return kept, said, frozenset(intervals)


def _same(values: pd.Series) -> bool:
    return len(values) > 0 and bool((values.astype(str) == str(values.iloc[0])).all())


def _estimate_before(frame: pd.DataFrame, low: str) -> str | None:
    """Return the number that an interval is of: the last one before it that is no standard error."""
    names = list(map(str, frame.columns))
    for name in reversed(names[: names.index(low)]):
        if pd.api.types.is_float_dtype(frame[name]) and not name.endswith("std_error"):
            return name
    return None


def _cell(value: float, low: float, high: float) -> Estimate:
    largest = float(np.nanmax(np.abs([value, low, high]))) if np.isfinite([value, low, high]).any() else 0.0
    size = abs(value) if np.isfinite(value) and value != 0 else largest
    return Estimate(value, low, high, decimals_for(size))
