"""Folds for cross-fitting: by cluster, balanced over the arms, independent of the order of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Positions
from impact.design.label_order import label_order
from impact.design.units import Units
from impact.errors import OptionError


def fold_numbers(units: Units, number: int, seed: int) -> Positions:
    """Return each unit's fold, 0 to ``number`` − 1.

    Parameters
    ----------
    units : Units
        Units of a cluster share a fold.
    number : int
        Folds wanted.
    seed : int
        The groups of each arm (clusters by the arm of most of their units) are dealt out in a random order
        drawn over the sorted labels.

    Raises
    ------
    OptionError
        An arm has fewer groups than folds.
    """
    groups = _groups(units)
    share = np.bincount(groups, units.treatment) / np.bincount(groups)
    generator = np.random.default_rng(seed)
    fold = np.empty(len(share), dtype=np.intp)
    for arm, name in ((share >= 0.5, "treated"), (share < 0.5, "control")):
        members = np.flatnonzero(arm)
        if len(members) < number:
            kind = "clusters" if units.cluster is not None else "units"
            raise OptionError(
                f"folds={number} needs at least as many {name} {kind}; got {checks.counted(len(members), kind[:-1])}. Use fewer folds."
            )
        fold[members[generator.permutation(len(members))]] = np.arange(len(members)) % number
    return fold[groups]


def _groups(units: Units) -> Positions:
    """Return the number of each unit's cluster, or its own, in the order of the labels."""
    if units.cluster is not None:
        return pd.factorize(units.cluster, sort=True)[0].astype(np.intp)
    place = np.empty(len(units), dtype=np.intp)
    place[label_order(units)] = np.arange(len(units))
    return place
