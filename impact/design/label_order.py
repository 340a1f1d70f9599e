"""An order of the units that does not depend on the order of the rows: that of their labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact.design.units import Units


def label_order(units: Units) -> NDArray[np.intp]:
    """Return the positions of the units sorted by index label.

    Families that must break ties take the units in this order: a table whose rows are shuffled with their
    labels gives the same match. Labels that cannot be compared with each other are sorted as text.
    """
    return _by_label(units.index)


def place_by_label(index: pd.Index[Any]) -> NDArray[np.intp]:
    """Return the place of each row in the order of the labels: 0 for the first label."""
    order = _by_label(index)
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    return place


def _by_label(index: pd.Index[Any]) -> NDArray[np.intp]:
    if index.is_monotonic_increasing:
        return np.arange(len(index), dtype=np.intp)
    try:
        return np.asarray(index.argsort(), dtype=np.intp)
    except TypeError:
        return np.argsort(np.array([str(label) for label in index]), kind="stable").astype(np.intp)


def steady(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scaled coordinates or distances without their last digits, which the order of the rows can change.

    A score fitted to the same rows in another order differs in the last bits; so may the scores of two units
    that are alike. Rounded to 1e-11 scaled units such ties are exact, and labels decide them.
    """
    return np.round(values, 11)
