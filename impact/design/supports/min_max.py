"""Common support by the range of the other arm's scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.design.distances.propensity import PropensityScore
from impact.design.units import Units


@dataclass(frozen=True, slots=True)
class MinMax:
    """Keep units whose score lies in the range of the other arm.

    Parameters
    ----------
    propensity : PropensityScore
        The score; a logit by default.
    drop : {"both", "treated", "control"}
        Which arm may lose units. Dropping treated units changes the estimand to the effect on the matched
        treated.
    reestimate : bool
        Estimate the strategy's score again on the units kept.

    References
    ----------
    Dehejia & Wahba (1999), JASA 94(448), 1053-1062, doi:10.1080/01621459.1999.10473858.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(60.0)
    >>> frame = pd.DataFrame({"treated": (age >= 20) & (age % 3 == 0), "age": age})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean()), support=im.MinMax(drop="control"))
    >>> len(matched.discarded), frame.loc[matched.discarded, "age"].describe()[["min", "max"]].tolist()  # of scores that no treated has
    (23, [0.0, 59.0])
    """

    propensity: PropensityScore = PropensityScore()
    drop: str = "both"
    reestimate: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)
        checks.one_of("drop", self.drop, ("both", "treated", "control"))

    def on_support(self, units: Units) -> NDArray[np.bool_]:
        """Return True inside the common range of the score."""
        score = self.propensity.fit(units).score
        treated, control = score[units.treatment], score[~units.treatment]
        low, high = max(treated.min(), control.min()), min(treated.max(), control.max())
        return _only(self.drop, (score >= low) & (score <= high), units)


def _only(drop: str, inside: NDArray[np.bool_], units: Units) -> NDArray[np.bool_]:
    if drop == "both":
        return inside
    may_leave = units.treatment if drop == "treated" else ~units.treatment
    return inside | ~may_leave
