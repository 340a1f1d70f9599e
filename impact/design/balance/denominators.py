"""What a difference of means is divided by: a standard deviation before matching."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array
from impact.design.balance.statistics import (
    CovariateValues,
    weighted_variance,
)
from impact.language import Text

DEFAULT_DENOMINATOR = {"ATT": "treated", "ATC": "control", "ATE": "pooled", "ATO": "pooled", "ATM": "pooled"}


@dataclass(frozen=True, slots=True)
class Denominator:
    """What a difference of means is divided by.

    Attributes
    ----------
    label : Text
        Its name under the table.
    shares : (float, float)
        Of the variances of the treated and of the controls before matching, in that whose root it is.
    """

    label: Text
    shares: tuple[float, float]

    def of(self, values: CovariateValues, treated: Array, control: Array) -> float:
        """Return the denominator of a covariate, by the arms' weights before matching."""
        arms = zip(self.shares, (treated, control), strict=True)
        return self.root(share and weighted_variance(values, arm) for share, arm in arms)

    def root(self, variances: Iterable[float]) -> float:
        """Return the denominator by the variances of the two arms; one that has no share is not looked at."""
        parts = (share * variance for share, variance in zip(self.shares, variances, strict=True) if share)
        return float(np.sqrt(sum(parts)))


DENOMINATORS: Mapping[str, Denominator] = {
    "treated": Denominator(Text("SD of the treated", "desviación estándar de los beneficiarios"), (1.0, 0.0)),
    "control": Denominator(Text("SD of the controls", "desviación estándar de los controles"), (0.0, 1.0)),
    "pooled": Denominator(
        Text("root mean of the two arms' variances", "raíz de la varianza media de los dos grupos"),
        (0.5, 0.5),
    ),
}
