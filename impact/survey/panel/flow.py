"""The ledger of a panel: from the rows of the table to the households of each cohort in each wave."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact.arrays import Booleans


def panel_flow(
    rows: int,
    exclusions: pd.DataFrame,
    observed: Booleans,
    cohort: NDArray[np.int64],
    waves: Sequence[int],
    always: Booleans,
    entering: Booleans,
) -> pd.DataFrame:
    """Return how many rows came in, which reasons took out how many, and how many households answered in each wave.

    Parameters
    ----------
    rows : int
        Analysed rows.
    exclusions : DataFrame
        One row for each excluded, with its ``reason``.
    observed : bool array, shape (n, T)
    cohort, always, entering : arrays, shape (n,)
        Wave of entry; whether the household is always treated; whether it enters in the panel.

    Returns
    -------
    DataFrame
        Columns step, units.
    """
    steps = [("in the table, rows", rows + len(exclusions))]
    steps += [(f"excluded: {reason}", int(n)) for reason, n in exclusions.groupby("reason").size().items()]
    steps += [("analysed, rows", rows), ("households", len(cohort))]
    if always.any():
        steps.append(("households always treated, not used", int(always.sum())))
    steps += [
        (f"households entering in {wave}", int((cohort == wave).sum()))
        for wave in np.unique(cohort[entering])
    ]
    steps.append(("households not entering", int((~entering & ~always).sum())))
    for k, wave in enumerate(waves):
        steps.append((f"wave {wave}, entering in the panel", int((observed[:, k] & entering).sum())))
        steps.append((f"wave {wave}, not entering", int((observed[:, k] & ~entering & ~always).sum())))
    steps.append(("in every wave", int((observed.all(1) & ~always).sum())))
    return pd.DataFrame(steps, columns=["step", "units"])
