"""The joint test of trends before entry, and what it could have seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Positions
from impact.effects.panel.staggered.group_time_effects import GroupTimeEffects
from impact.errors import EstimationError
from impact.language import Text
from impact.views import html_view, p_compared, text_view


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EventEstimates:
    """Effects by time since entry with their joint covariance.

    Attributes
    ----------
    times : int array, shape (k,)
    estimates : float64 array, shape (k,)
    covariance : float64 array, shape (k, k)
    freedom : float
        Of the covariance: groups less two, infinite without groups.
    steps : float64 array, shape (k,)
        How long a steady trend has moved each estimate from zero: time since the base wave.
    """

    times: Array
    estimates: Array
    covariance: Array
    freedom: float
    steps: Array

    def take(self, kept: Positions) -> EventEstimates:
        """Return some of the times."""
        return EventEstimates(
            self.times[kept],
            self.estimates[kept],
            self.covariance[np.ix_(kept, kept)],
            self.freedom,
            self.steps[kept],
        )


def event_estimates(effects: GroupTimeEffects) -> EventEstimates:
    """Return the effects by time since entry, but those that are 0 by construction."""
    checks.instance(
        "effects",
        effects,
        Text("what im.group_time_effects returns", "lo que devuelve im.group_time_effects"),
        isinstance(effects, GroupTimeEffects),
    )
    table = effects.aggregate("event")
    parts = table.effects[1:]
    times = np.array([int(effect.subgroup.split()[1]) for effect in parts], dtype=np.float64)
    values = np.array([effect.estimate for effect in parts])
    errors = effects.errors_of(table.influence.to_numpy()[:, 1:] if table.influence is not None else values)
    real = errors.std_error > 0
    steps = np.array([_mean_step(effects, time) for time in times])
    freedom = errors.clusters - 2.0 if errors.clusters else np.inf
    return EventEstimates(
        times[real], values[real], errors.covariance[np.ix_(real, real)], freedom, steps[real]
    )


def _mean_step(effects: GroupTimeEffects, time: float) -> float:
    cells = [cell for cell in effects.cells if cell.wave - cell.group == time]
    return float(np.mean([cell.wave - cell.base for cell in cells]))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PreTrendTest:
    """Whether effects before entry are all zero, and which trend the test would have found.

    Attributes
    ----------
    frame : DataFrame
        Columns event (time since entry), estimate, std_error.
    statistic, p_value : float
        F test that all are zero.
    degrees_of_freedom : tuple of float
    trend : float
        Rise per unit of time of the treated against the others that the power is for.
    power : float
        Probability that the test rejects at ``level`` under such a trend.
    detectable_trend : float
        Trend that it finds with 80 % probability.
    level : float
        Significance level of the power.
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> unit, wave = np.repeat(np.arange(60), 4), np.tile([0, 1, 2, 3], 60)
    >>> frame = pd.DataFrame({"hh": unit, "wave": wave, "entry": np.array([0, 3])[unit % 2], "y": (7 * unit + 5 * wave * unit) % 11 + wave})
    >>> test = im.pre_trend_test(im.group_time_effects(im.Panel(frame, "hh", "wave", "entry", outcomes=["y"])), trend=1.0)
    >>> test.frame["event"].tolist(), round(test.detectable_trend, 1)
    ([-2, -1], 1.3)
    """

    frame: pd.DataFrame
    statistic: float
    p_value: float
    degrees_of_freedom: tuple[float, float]
    trend: float
    power: float
    detectable_trend: float
    level: float
    synthetic: bool

    @property
    def notes(self) -> tuple[Text, ...]:
        """The test in words."""
        first, second = self.degrees_of_freedom
        return (
            Text(
                "Effects before entry are all zero: F({first}, {second}) = {statistic:.2f}, p {p_value}. A trend of {trend:,.4g} per "
                "unit of time would be found with probability {power:.0%}; one of {detectable:,.4g} with 80 %. Not to reject is no proof "
                "of parallel trends.",
                "Los efectos antes de la entrada son todos cero: F({first}; {second}) = {statistic:.2f}, p {p_value}. Una tendencia "
                "de {trend:,.4g} por unidad de tiempo se hallaría con probabilidad {power:.0%}; una de {detectable:,.4g}, con 80 %. No "
                "rechazar no prueba que las tendencias sean paralelas.",
                first=f"{first:g}",
                second=f"{second:g}",
                statistic=self.statistic,
                p_value=p_compared(self.p_value),
                trend=self.trend,
                power=self.power,
                detectable=self.detectable_trend,
            ),
        )

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def pre_trend_test(
    effects: GroupTimeEffects, trend: float | None = None, level: float = 0.05
) -> PreTrendTest:
    """Test that the effects before entry are all zero, and say which trend the test would have found.

    Parameters
    ----------
    effects : GroupTimeEffects
    trend : float, optional
        Rise per unit of time of the treated against the others; by default one that would explain the whole overall effect at entry.
    level : float
        Significance level in (0, 1).

    Returns
    -------
    PreTrendTest

    Raises
    ------
    EstimationError
        No wave before entry besides the base wave.

    Notes
    -----
    Wald's statistic of the effects by time before entry over their number q, times (d − q + 1)/d, against F(q, d − q + 1), d the
    producer groups less two (chi-squared without groups). Power from the noncentral distribution with δ′V⁻¹δ, δ the trend times the time
    between a wave and its base.

    References
    ----------
    Roth (2022), American Economic Review: Insights 4(3), 305-322, doi:10.1257/aeri.20210236.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> unit, wave = np.repeat(np.arange(60), 4), np.tile([0, 1, 2, 3], 60)
    >>> frame = pd.DataFrame({"hh": unit, "wave": wave, "entry": np.array([0, 3])[unit % 2], "y": (7 * unit + 5 * wave * unit) % 11 + wave})
    >>> test = im.pre_trend_test(im.group_time_effects(im.Panel(frame, "hh", "wave", "entry", outcomes=["y"])), trend=1.0)
    >>> test.degrees_of_freedom[0], bool(0.05 < test.power <= 1)
    (2.0, True)
    """
    checks.between("level", level, 0.0, 1.0)
    all_times = event_estimates(effects)
    before = all_times.take(np.flatnonzero(all_times.times < 0))
    if not len(before.times):
        raise EstimationError(
            Text(
                (
                    "There is no wave before entry besides the base wave, so that trends before entry cannot be tested. "
                    "It takes two waves before."
                ),
                (
                    "No hay ronda antes de la entrada además de la ronda base, de modo que las tendencias previas no se "
                    "pueden probar. Se necesitan dos rondas antes."
                ),
            )
        )
    if trend is None:
        first = all_times.take(np.flatnonzero(all_times.times >= 0))
        trend = float(first.estimates[0] / max(first.steps[0], 1.0)) if len(first.times) else 1.0
    number = float(len(before.times))
    second = before.freedom - number + 1 if np.isfinite(before.freedom) else np.inf
    inverse = np.linalg.pinv(before.covariance, hermitian=True)
    factor = 1.0 if np.isinf(second) else second / before.freedom
    statistic = float(before.estimates @ inverse @ before.estimates) / number * factor
    unit = float(before.steps @ inverse @ before.steps)
    return PreTrendTest(
        frame=pd.DataFrame(
            {
                "event": before.times.astype(int),
                "estimate": before.estimates,
                "std_error": np.sqrt(np.diag(before.covariance)),
            }
        ),
        statistic=statistic,
        p_value=_tail(statistic, number, second, 0.0),
        degrees_of_freedom=(number, second),
        trend=trend,
        power=_power(trend**2 * unit, number, second, level),
        detectable_trend=_detectable(unit, number, second, level),
        level=level,
        synthetic=effects.synthetic,
    )


def _tail(statistic: float, number: float, second: float, shift: float) -> float:
    from scipy.stats import chi2, ncf, ncx2
    from scipy.stats import f as central

    if np.isinf(second):
        value = number * statistic
        return float(ncx2.sf(value, number, shift) if shift > 0 else chi2.sf(value, number))
    return float(
        ncf.sf(statistic, number, second, shift) if shift > 0 else central.sf(statistic, number, second)
    )


def _power(shift: float, number: float, second: float, level: float) -> float:
    from scipy.stats import chi2
    from scipy.stats import f as central

    critical = chi2.isf(level, number) / number if np.isinf(second) else central.isf(level, number, second)
    return _tail(float(critical), number, second, shift)


def _detectable(unit: float, number: float, second: float, level: float) -> float:
    from scipy.optimize import brentq

    shift = brentq(lambda value: _power(value, number, second, level) - 0.8, 1e-6, 1e4)
    return float(np.sqrt(shift / unit))
