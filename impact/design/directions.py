"""Which arm is matched to which, for each estimand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from impact.design.units import Units

Positions = NDArray[np.intp]


def directions(units: Units) -> Iterator[tuple[Positions, Positions]]:
    """Yield the positions of the focal units and of the units they may be matched to.

    The ATT matches the treated to controls, the ATC the controls to treated, the ATE both; discarded units
    take no part.
    """
    treated = np.flatnonzero(units.treatment & units.eligible)
    control = np.flatnonzero(~units.treatment & units.eligible)
    if units.estimand in ("ATT", "ATE"):
        yield treated, control
    if units.estimand in ("ATC", "ATE"):
        yield control, treated


def focal_units(units: Units) -> NDArray[np.bool_]:
    """Return the units over whom the estimand averages, shape (n,)."""
    if units.estimand == "ATE":
        return np.ones(len(units), dtype=np.bool_)
    return units.treatment if units.estimand == "ATT" else ~units.treatment


def strata_codes(units: Units, exact: tuple[str, ...]) -> Positions:
    """Return one number per unit for its combination of the exact columns; zeros without any."""
    import pandas as pd

    if not exact:
        return np.zeros(len(units), dtype=np.intp)
    columns = pd.concat([units.column(name).reset_index(drop=True) for name in exact], axis=1)
    codes: Positions = (
        columns.groupby(list(columns.columns), sort=True, observed=True).ngroup().to_numpy().astype(np.intp)
    )
    return codes
