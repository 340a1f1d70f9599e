"""Intervals that allow trends to differ after entry, in proportion to what they did before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.effects.interval import critical_value
from impact.effects.panel.staggered.group_time_effects import GroupTimeEffects
from impact.errors import EstimationError, OptionError
from impact.language import Text
from impact.robustness.panel.event_path import EventPath
from impact.robustness.panel.pre_trends import EventEstimates, event_estimates
from impact.robustness.panel.relative_magnitude import RelativeMagnitude
from impact.robustness.panel.smooth_trend import SmoothTrend
from impact.views import html_view, text_view

_LARGEST = 1e3
MEANING = Text(
    "Effect {event} after entry, {level:.0%} intervals. Relative magnitude M: between neighbouring waves after entry, trends may differ by "
    "up to M times the largest difference between two waves before it. Smoothness M: the difference may bend by up to M between waves. The "
    "effect stays off 0 up to a relative magnitude of {breakdown:.2f}.",
    "Efecto {event} después de la entrada, intervalos al {level:.0%}. Magnitud relativa M: entre rondas vecinas tras la entrada, las "
    "tendencias pueden diferir hasta M veces la mayor diferencia entre dos rondas previas. Suavidad M: la diferencia puede doblarse hasta "
    "M entre rondas. El efecto se mantiene lejos de 0 hasta una magnitud relativa de {breakdown:.2f}.",
)
METHOD = Text(
    "Rambachan and Roth (2023): conditional and least favourable test for relative magnitudes, shortest interval of fixed length for "
    "smoothness; standard errors widened from the normal to t with the producer groups' degrees of freedom.",
    "Rambachan y Roth (2023): prueba condicional y menos favorable para magnitudes relativas, el intervalo más corto de longitud fija "
    "para suavidad; errores estándar ampliados de la normal a la t con los grados de libertad de los grupos productores.",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class HonestBounds:
    """Intervals of one effect under ever larger departures from parallel trends.

    Attributes
    ----------
    frame : DataFrame
        Columns restriction ("relative magnitude", "smoothness"), size, conf_low, conf_high.
    breakdown : float
        Largest relative magnitude at which the interval leaves out 0; 0 where it holds 0 under parallel trends.
    event : int
        Time since entry of the effect.
    level : float
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> unit, wave = np.repeat(np.arange(60), 4), np.tile([0, 1, 2, 3], 60)
    >>> entry = np.array([0, 3])[unit % 2]
    >>> frame = pd.DataFrame({"hh": unit, "wave": wave, "entry": entry})
    >>> frame["income"] = (7 * unit + 5 * wave * unit) % 11 / 10 + wave + 3.0 * ((entry > 0) & (wave >= 3))
    >>> panel = im.Panel(frame, "hh", "wave", "entry", outcomes=["income"])
    >>> bounds = im.honest_bounds(im.group_time_effects(panel, base="universal"), relative=[0.0, 1.0])
    >>> bounds.frame[["size", "conf_low", "conf_high"]].round(1).values.tolist()
    [[0.0, 2.8, 3.1], [1.0, 2.7, 3.2]]
    >>> bounds.breakdown > 1
    True
    """

    frame: pd.DataFrame
    breakdown: float
    event: int
    level: float
    synthetic: bool

    @property
    def notes(self) -> tuple[Text, ...]:
        """What the intervals mean."""
        return (
            MEANING.with_values(event=self.event, level=self.level, breakdown=self.breakdown),
            METHOD,
        )

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def honest_bounds(
    effects: GroupTimeEffects,
    event: int = 0,
    relative: Sequence[float] = (0.0, 0.5, 1.0, 2.0),
    smoothness: Sequence[float] = (),
    level: float = 0.95,
) -> HonestBounds:
    """Return intervals of an effect that allow departures from parallel trends.

    Parameters
    ----------
    effects : GroupTimeEffects
        With ``base="universal"``, so that times before entry are held against the same wave as those after.
    event : int
        Time since entry, at least 0.
    relative : sequence of float
        Sizes M̄ of the relative-magnitude restriction, at least 0.
    smoothness : sequence of float
        Sizes M of the smoothness restriction, in the outcome's unit, at least 0.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    HonestBounds

    Raises
    ------
    OptionError
        A varying base; no such time since entry.
    EstimationError
        No wave before the base wave.

    Notes
    -----
    Let δ be the difference in trends, 0 at the base wave.

    relative magnitude: every step of δ between neighbouring waves after the base wave is at most M̄ times the largest step before it. The
    interval holds the effects that a hybrid of the conditional and the least favourable test of these inequalities keeps (R's
    ``method = "C-LF"``); M̄ = 0 is the interval under parallel trends.

    smoothness: δ bends by at most M from one step to the next. The shortest interval of fixed length (R's ``method = "FLCI"``).

    Where others that enter later stand for the counterfactual, their own trends are part of δ: a steady trend of all that enter is a
    straight δ against ``comparison="never treated"`` alone.

    R's package HonestDiD takes the estimates as normal; here their standard errors are multiplied by the critical value of t over that of
    the normal, so that few groups widen the intervals. Without groups the values are R's.

    References
    ----------
    Rambachan & Roth (2023), Review of Economic Studies 90(5), 2555-2591, doi:10.1093/restud/rdad018.
    Andrews, Roth & Pakes (2023), Review of Economic Studies 90(6), 2763-2791, doi:10.1093/restud/rdad004.
    Armstrong & Kolesár (2018), Econometrica 86(2), 655-683, doi:10.3982/ECTA14434.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> unit, wave = np.repeat(np.arange(60), 4), np.tile([0, 1, 2, 3], 60)
    >>> entry = np.array([0, 3])[unit % 2]
    >>> frame = pd.DataFrame({"hh": unit, "wave": wave, "entry": entry})
    >>> frame["income"] = (7 * unit + 5 * wave * unit) % 11 / 10 + wave + 3.0 * ((entry > 0) & (wave >= 3))
    >>> panel = im.Panel(frame, "hh", "wave", "entry", outcomes=["income"])
    >>> bounds = im.honest_bounds(im.group_time_effects(panel, base="universal"), relative=[1.0], smoothness=[0.5])
    >>> bounds.frame[["restriction", "size"]].values.tolist()
    [['relative magnitude', 1.0], ['smoothness', 0.5]]
    >>> bool((bounds.frame["conf_low"] > 0).all())  # the effect of 3 stands against such departures
    True
    """
    checks.between("level", level, 0.0, 1.0)
    for size in (*relative, *smoothness):
        checks.nonnegative(Text("relative and smoothness", "relative y smoothness"), size)
    if not any(cell.reference for cell in effects.cells):
        raise OptionError(
            Text(
                (
                    'effects must have base="universal": times before entry are then held against the same wave as those '
                    "after."
                ),
                (
                    'effects debe tener base = "universal": los tiempos antes de la entrada se comparan entonces con la '
                    "misma ronda que los de después."
                ),
            )
        )
    found = event_estimates(effects)
    if event not in found.times or event < 0:
        later = [f"{time:g}" for time in found.times if time >= 0]
        raise OptionError(
            Text(
                "event must be one of {later}; got {event!r}.",
                "event debe ser uno de {later}; se dio {event!r}.",
                later=checks.listed(later, 12),
                event=event,
            )
        )
    path, at = _path_to(event, effects, found, level)
    weight = np.zeros(path.after)
    weight[at] = 1.0
    magnitude, smooth = RelativeMagnitude(path, weight, 1 - level), SmoothTrend(path, weight, 1 - level)
    plain = _plain(path, at, level)
    rows = [
        ("relative magnitude", size, *(magnitude.interval(size) if size > 0 else plain)) for size in relative
    ]
    rows += [("smoothness", size, *smooth.interval(size)) for size in smoothness]
    frame = pd.DataFrame(rows, columns=["restriction", "size", "conf_low", "conf_high"])
    breakdown = 0.0 if plain[0] <= 0 <= plain[1] else _breakdown(magnitude)
    return HonestBounds(frame, breakdown, event, level, effects.synthetic)


def _path_to(
    event: int, effects: GroupTimeEffects, found: EventEstimates, level: float
) -> tuple[EventPath, int]:
    """Return the times around the base wave, as long as they are one unit apart, and the place of the effect after it."""
    bases = {cell.wave - cell.group for cell in effects.cells if cell.reference}
    seen = sorted(bases | {int(time) for time in found.times})
    base = min(bases)
    last = event
    while last + 1 in seen:
        last += 1
    if len(bases) != 1 or [time for time in seen if time <= event] != list(range(seen[0], event + 1)):
        raise OptionError(
            Text(
                (
                    "The bounds need waves one unit apart and one base time; times since entry are {seen}. Number the "
                    "waves 1, 2, 3 in their order, and entries alike."
                ),
                (
                    "Los límites necesitan rondas a una unidad de distancia y un solo tiempo base; los tiempos desde la "
                    "entrada son {seen}. Numere las rondas 1, 2, 3 en su orden, y las entradas igual."
                ),
                seen=checks.listed(seen, 12),
            )
        )
    kept = np.flatnonzero(found.times <= last)
    kept = kept[np.argsort(found.times[kept])]
    before = int((found.times[kept] < base).sum())
    if not before:
        raise EstimationError(
            Text(
                (
                    "There is no wave before the base wave, so that trends before entry are unknown. It takes two waves "
                    "before entry."
                ),
                (
                    "No hay ronda antes de la ronda base, de modo que las tendencias previas se desconocen. Se necesitan "
                    "dos rondas antes de la entrada."
                ),
            )
        )
    wider = critical_value(found.freedom, level) / critical_value(np.inf, level)
    path = EventPath(found.estimates[kept], found.covariance[np.ix_(kept, kept)] * wider**2, before)
    return path, event - base - 1


def _plain(path: EventPath, at: int, level: float) -> tuple[float, float]:
    """Return the interval under parallel trends."""
    place = path.before + at
    value = float(path.estimates[place])
    reach = critical_value(np.inf, level) * float(np.sqrt(path.covariance[place, place]))
    return value - reach, value + reach


def _breakdown(magnitude: RelativeMagnitude) -> float:
    """Return the largest relative magnitude at which 0 stays out, the first from below."""
    size = 0.1
    while not magnitude.keeps_zero(size):
        size *= 1.5
        if size > _LARGEST:
            return float("inf")
    out, kept = (0.0 if size == 0.1 else size / 1.5), size
    for _ in range(20):
        middle = (out + kept) / 2
        out, kept = (out, middle) if magnitude.keeps_zero(middle) else (middle, kept)
    return out
