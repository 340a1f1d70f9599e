"""Common support by the convex hull of the other arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array
from impact.design.units import Units
from impact.progress import track

_EDGE = 1e-9
"""Standardised units this far beyond a range still count as on its edge."""


@dataclass(frozen=True, slots=True)
class ConvexHull:
    """Keep units whose covariates lie in the convex hull of the other arm: comparisons that interpolate.

    Parameters
    ----------
    columns : tuple of str, optional
        Numeric columns that span the hull; all covariates, categories as indicators, by default.
    drop : {"both", "treated", "control"}
        Which arm may lose units. Dropping treated units changes the estimand to the effect on the matched
        treated.
    reestimate : bool
        Estimate the strategy's score again on the units kept.

    Notes
    -----
    A unit x is inside if weights λ ≥ 0 with Σλ = 1 and Σλ_j x_j = x exist: a linear programme for each unit
    inside the other arm's ranges (HiGHS through scipy). In many dimensions hardly any unit is inside; name
    the columns that matter.

    References
    ----------
    King & Zeng (2006), Political Analysis 14(2), 131-159, doi:10.1093/pan/mpj004.

    Examples
    --------
    The youngest control interpolates nobody, and leaves.

    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 1, 0, 0, 0], "age": [30.0, 41.0, 60.0, 15.0, 44.0, 55.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean()), support=im.ConvexHull(drop="control"))
    >>> frame.loc[matched.discarded, "age"].tolist()
    [15.0]
    """

    columns: tuple[str, ...] | None = None
    drop: str = "both"
    reestimate: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)
        checks.one_of("drop", self.drop, ("both", "treated", "control"))
        if self.columns is not None:
            object.__setattr__(self, "columns", checks.columns("columns", self.columns))

    def on_support(self, units: Units) -> NDArray[np.bool_]:
        """Return True for units inside the other arm's hull."""
        if self.columns is not None:
            checks.columns_present("columns", self.columns, units.matrix.columns)
        table = units.matrix if self.columns is None else units.matrix[list(self.columns)]
        values = table.to_numpy(dtype=np.float64)
        inside = np.ones(len(units), dtype=np.bool_)
        for arm, may_leave in (
            (units.treatment, self.drop != "control"),
            (~units.treatment, self.drop != "treated"),
        ):
            if may_leave:
                inside[arm] = inside_hull(values[arm], values[~arm])
        return inside


def inside_hull(points: Array, corners: Array) -> NDArray[np.bool_]:
    """Return which points lie in the convex hull of the corners, edges included.

    Parameters
    ----------
    points : float64 array, shape (m, p)
    corners : float64 array, shape (c, p)

    Returns
    -------
    bool array, shape (m,)
    """
    from scipy.optimize import linprog

    location, scale = corners.mean(0), corners.std(0)
    scale = np.where(scale > 0, scale, 1.0)
    points, corners = (points - location) / scale, np.unique((corners - location) / scale, axis=0)
    low, high = corners.min(0), corners.max(0)
    inside: NDArray[np.bool_] = ((points >= low - _EDGE) & (points <= high + _EDGE)).all(1)
    constraints = np.vstack([corners.T, np.ones(len(corners))])
    nothing = np.zeros(len(corners))
    for row in track(np.flatnonzero(inside).tolist(), "convex hull"):
        target = np.append(points[row], 1.0)
        inside[row] = (
            linprog(nothing, A_eq=constraints, b_eq=target, bounds=(0, None), method="highs").status == 0
        )
    found: NDArray[np.bool_] = inside
    return found
