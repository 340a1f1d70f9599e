"""Common support by scores away from 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impact import checks
from impact.design.distances.propensity import PropensityScore
from impact.design.units import Units


@dataclass(frozen=True, slots=True)
class Crump:
    """Keep units whose score lies in [alpha, 1 − alpha].

    Parameters
    ----------
    alpha : float
        In (0, 0.5); 0.1 is Crump and others' rule of thumb.
    propensity : PropensityScore
        The score; a logit by default.
    reestimate : bool
        Estimate the strategy's score again on the units kept.

    References
    ----------
    Crump, Hotz, Imbens & Mitnik (2009), Biometrika 96(1), 187-199, doi:10.1093/biomet/asn055.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(60.0)
    >>> frame = pd.DataFrame({"treated": (age >= 20) & (age % 3 == 0), "age": age})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean()), support=im.Crump(alpha=0.1))
    >>> frame.loc[matched.discarded, "age"].tolist()[-3:]  # the young, of whom hardly anybody takes part
    [10.0, 11.0, 12.0]
    """

    alpha: float = 0.1
    propensity: PropensityScore = PropensityScore()
    reestimate: bool = False

    def __post_init__(self) -> None:
        checks.switches(self)
        checks.between("alpha", self.alpha, 0.0, 0.5)

    def on_support(self, units: Units) -> NDArray[np.bool_]:
        """Return True for scores away from 0 and 1."""
        score = self.propensity.fit(units).score
        kept: NDArray[np.bool_] = (score >= self.alpha) & (score <= 1 - self.alpha)
        return kept
