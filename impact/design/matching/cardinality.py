"""Cardinality and profile matching: the largest sample whose covariate means are balanced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Positions
from impact.design.label_order import label_order, steady
from impact.design.proposal import Assignment
from impact.design.solvers.balance_program import (
    both_kinds,
    candidates,
    constrained_columns,
    largest_balanced,
)
from impact.design.units import Units, focal_units
from impact.errors import OptionError
from impact.language import Text


@dataclass(frozen=True, slots=True)
class Cardinality:
    """Keep the largest sample in which the means of treated and controls differ by no more than a tolerance.

    Parameters
    ----------
    tolerance : float
        Largest difference of means, in SDs of the covariate among the focal units (all units where it is
        constant there).
    ratio : int
        Controls per treated unit (treated per control for the ATC).
    time_limit : float
        Seconds to search; a named warning tells if the largest sample was not reached by then.

    Notes
    -----
    max Σ tᵢ over selections with Σ cⱼ = ratio · Σ tᵢ and |Σ tᵢ xᵢ − Σ cⱼ xⱼ / ratio| ≤ tolerance · SD · Σ tᵢ
    for each covariate and each level of a categorical one: an integer programme, solved to optimality by
    HiGHS. Several selections may be the largest; units alike in every covariate are taken in the order of
    their labels, and the rows' order has no say. The estimand becomes the effect on the focal units selected,
    who need not resemble those left out. Sampling weights have no place in a count of units: use ``Profile``
    for a weighted sample.

    References
    ----------
    Zubizarreta, Paredes & Rosenbaum (2014), Annals of Applied Statistics 8(1), 204-231,
    doi:10.1214/13-AOAS713.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0, 0], "age": [30.0, 40.0, 31.0, 39.0, 20.0, 70.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, Cardinality(tolerance=0.01)).frame.index.tolist()
    [0, 1, 2, 3]
    """

    tolerance: float = 0.05
    ratio: int = 1
    time_limit: float = 60.0

    def __post_init__(self) -> None:
        checks.nonnegative("tolerance", self.tolerance)
        checks.whole("ratio", self.ratio)
        checks.positive("time_limit", self.time_limit, unit=Text("number of seconds", "número de segundos"))

    def assign(self, units: Units) -> Assignment:
        """Return weights of 1 for the units selected."""
        if units.estimand == "ATE":
            raise OptionError(
                Text(
                    (
                        "Cardinality matching selects its own population from both arms: estimand must be 'ATT' or 'ATC'; "
                        "got 'ATE'. im.Profile() balances both arms to the whole sample."
                    ),
                    (
                        "El emparejamiento por cardinalidad elige su propia población de ambos brazos: estimand debe ser "
                        "'ATT' o 'ATC'; se dio 'ATE'. Profile equilibra ambos brazos con la muestra entera."
                    ),
                )
            )
        if units.weighted:
            raise OptionError(
                Text(
                    (
                        "Cardinality matching counts units and takes no sampling weights. Use im.Profile(), which balances "
                        "weighted means."
                    ),
                    (
                        "El emparejamiento por cardinalidad cuenta unidades y no admite pesos muestrales. Use Profile, que "
                        "equilibra medias ponderadas."
                    ),
                )
            )
        table = constrained_columns(units)
        focal = focal_units(units)
        centre = table.to_numpy()[focal & units.eligible].mean(0)
        centred, limit = _in_spreads(table, centre, units), np.full(table.shape[1], self.tolerance)
        order = label_order(units)
        here = candidates(units, order, focal & units.eligible, centred, limit, 1.0)
        there = candidates(units, order, ~focal & units.eligible, -centred / self.ratio, 0.0 * limit, 0.0)
        equal = np.repeat([float(self.ratio), -1.0], [len(here.members), len(there.members)])
        chosen = largest_balanced(both_kinds(here, there), list(table.columns), equal, self.time_limit)
        return Assignment(weights=_ones(chosen, len(units)))


@dataclass(frozen=True, slots=True)
class Profile:
    """Keep as many units as possible of each arm with means within a tolerance of a profile.

    Parameters
    ----------
    target : mapping of str to float, optional
        Mean asked for, by covariate; a level of a categorical covariate is named ``<covariate><level>``, its
        mean a share. The covariates that are not named are not balanced. By default the profile is that of
        the focal units, who are then all kept: the treated for the ATT, the controls for the ATC; for the ATE
        it is the whole sample's, and both arms are selected.
    tolerance : float
        Largest distance of a mean from the profile, in SDs of the covariate among the focal units (all units
        where it is constant there).
    time_limit : float
        Seconds to search in each arm; a named warning tells if the largest selection was not reached by then.

    Notes
    -----
    In each arm max Σ zᵢ subject to |Σ sᵢ zᵢ (xᵢ − target)| ≤ tolerance · SD · Σ sᵢ zᵢ, with s the sampling
    weights: an integer programme, solved to optimality by HiGHS. The arms may keep different numbers of
    units. With a target of your own the effect is that for a population with this profile.

    References
    ----------
    Cohn & Zubizarreta (2022), Observational Studies 8(1), doi:10.1353/obs.2022.0002.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0, 0], "age": [30.0, 40.0, 31.0, 39.0, 20.0, 70.0]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"])
    >>> im.match(sample, Profile(tolerance=0.01)).frame.index.tolist()
    [0, 1, 2, 3]
    """

    target: Mapping[str, float] | None = None
    tolerance: float = 0.05
    time_limit: float = 60.0

    def __post_init__(self) -> None:
        checks.nonnegative("tolerance", self.tolerance)
        checks.positive("time_limit", self.time_limit, unit=Text("number of seconds", "número de segundos"))
        for name, value in (self.target or {}).items():
            if not np.isfinite(value):
                raise OptionError(
                    Text(
                        "target[{name!r}] must be a finite number; got {value!r}.",
                        "target[{name!r}] debe ser un número finito; se dio {value!r}.",
                        name=name,
                        value=value,
                    )
                )

    def assign(self, units: Units) -> Assignment:
        """Return weights of 1 for the units selected."""
        table = constrained_columns(units)
        focal = focal_units(units) & units.eligible
        if self.target is None:
            weight = units.sampling_weight[focal]
            centre = weight @ table.to_numpy()[focal] / weight.sum()
        else:
            checks.columns_present("target", self.target, table.columns)
            table = table[list(self.target)]
            centre = np.array(list(self.target.values()), dtype=np.float64)
        centred, limit = _in_spreads(table, centre, units), np.full(table.shape[1], self.tolerance)
        order = label_order(units)
        chosen = []
        for arm in (units.treatment & units.eligible, ~units.treatment & units.eligible):
            if self.target is None and (focal & arm).sum() == focal.sum():
                chosen.append(np.flatnonzero(arm))
                continue
            kinds = candidates(units, order, arm, centred, limit, 1.0)
            chosen.append(largest_balanced(kinds, list(table.columns), None, self.time_limit))
        return Assignment(weights=_ones(np.concatenate(chosen), len(units)))


def _in_spreads(table: pd.DataFrame, centre: Array, units: Units) -> Array:
    """Return the columns less their centre, in SDs of the focal units (of all units where it is 0), shape (n, p).

    For the ATE the SD is the root of the arms' mean variance.
    """
    values = table.to_numpy()
    arms = [values[arm & units.eligible] for arm in (units.treatment, ~units.treatment)]
    kept = {"ATT": arms[:1], "ATC": arms[1:], "ATE": arms}[units.estimand]
    variance = np.mean([_variance(arm) for arm in kept], axis=0)
    variance = np.where(variance > 0, variance, _variance(values[units.eligible]))
    return steady((values - centre) / np.sqrt(np.where(variance > 0, variance, 1.0)))


def _variance(values: Array) -> Array:
    return np.var(values, axis=0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1])


def _ones(positions: Positions, number: int) -> Array:
    weights = np.zeros(number)
    weights[positions] = 1.0
    return weights
