"""What a difference of means is divided by: a standard deviation before matching."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from impact.arrays import Array
from impact.design.balance.statistics import (
    CovariateValues,
    weighted_variance,
)
from impact.language import Text

DEFAULT_DENOMINATOR = {"ATT": "treated", "ATC": "control", "ATE": "pooled", "ATO": "pooled", "ATM": "pooled"}


def _treated_sd(values: CovariateValues, treated: Array, control: Array) -> float:
    return float(np.sqrt(weighted_variance(values, treated)))


def _control_sd(values: CovariateValues, treated: Array, control: Array) -> float:
    return float(np.sqrt(weighted_variance(values, control)))


def _pooled_sd(values: CovariateValues, treated: Array, control: Array) -> float:
    return float(np.sqrt((weighted_variance(values, treated) + weighted_variance(values, control)) / 2))


@dataclass(frozen=True, slots=True)
class Denominator:
    """What a difference of means is divided by.

    Attributes
    ----------
    label : Text
        Its name under the table.
    function : callable
        From a covariate and the arms' weights before matching to the denominator.
    """

    label: Text
    function: Callable[[CovariateValues, Array, Array], float]


DENOMINATORS: Mapping[str, Denominator] = {
    "treated": Denominator(
        Text("SD of the treated", "desviación estándar de los beneficiarios"), _treated_sd
    ),
    "control": Denominator(Text("SD of the controls", "desviación estándar de los controles"), _control_sd),
    "pooled": Denominator(
        Text("root mean of the two arms' variances", "raíz de la varianza media de los dos grupos"),
        _pooled_sd,
    ),
}
