"""Intervals that allow trends to differ after entry, in proportion to what they did before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.effects.interval import critical_value
from impact.effects.panel.staggered.group_time_effects import GroupTimeEffects
from impact.errors import EstimationError, OptionError
from impact.language import Text
from impact.robustness.panel.pre_trends import EventEstimates, event_estimates
from impact.views import html_view, text_view


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
    """

    frame: pd.DataFrame
    breakdown: float
    event: int
    level: float
    synthetic: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What the intervals mean."""
        return (
            f"Effect {self.event} after entry, {self.level:.0%} intervals. Relative magnitude M: trends after entry may differ by up to M "
            "times the largest difference between two waves before it. Smoothness M: the difference may bend by up to M between waves. "
            f"The effect stays off 0 up to a relative magnitude of {self.breakdown:.2f}. The intervals are valid, and wider than Rambachan "
            "and Roth's own.",
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
    With δ the difference in trends, in steps between neighbouring times, and e + 1 steps from the base wave to the effect:

    relative magnitude: |δ_e| ≤ (e + 1) M̄ D, D the largest step before entry. D is replaced by its upper confidence limit; that limit and
    the effect's interval each have half the error (Bonferroni), so that the interval covers at least as often as it says.

    smoothness: δ_e = (e + 1) × the last step before entry ± M (e + 1)(e + 2)/2; the interval is that of τ̂_e less the extrapolated line,
    widened by the last term.

    References
    ----------
    Rambachan & Roth (2023), Review of Economic Studies 90(5), 2555-2591, doi:10.1093/restud/rdad018, whose conditional and
    fixed-length intervals are narrower.
    """
    checks.between("level", level, 0.0, 1.0)
    for size in (*relative, *smoothness):
        checks.nonnegative("relative and smoothness", size)
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
    length = _steps_to(event, effects, found)
    steps = _steps_before(found)
    at = int(np.flatnonzero(found.times == event)[0])
    rows = [
        ("relative magnitude", size, *_relative(found, steps, at, length, size, level)) for size in relative
    ]
    rows += [("smoothness", size, *_smooth(found, steps, at, length, size, level)) for size in smoothness]
    frame = pd.DataFrame(rows, columns=["restriction", "size", "conf_low", "conf_high"])
    breakdown = _breakdown(found, steps, at, length, level)
    return HonestBounds(frame, breakdown, event, level, effects.synthetic)


def _steps_to(event: int, effects: GroupTimeEffects, found: EventEstimates) -> int:
    """Return how many steps lie between the base wave and the effect; every step must be one unit of time."""
    bases = {cell.wave - cell.group for cell in effects.cells if cell.reference}
    seen = bases | {int(time) for time in found.times if time <= event}
    if len(bases) != 1 or seen != set(range(min(seen), event + 1)):
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
                seen=checks.listed(sorted(seen), 12),
            )
        )
    return event - bases.pop()


def _steps_before(found: EventEstimates) -> Array:
    """Return the contrasts that give each step between neighbouring times up to the base wave, latest first, shape (q, k)."""
    before = np.flatnonzero(found.times < 0)
    if not len(before):
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
    order = before[np.argsort(-found.times[before])]
    contrasts = np.zeros((len(order), len(found.times)))
    for row, place in enumerate(order):
        contrasts[row, place] = -1.0
        if row:
            contrasts[row, order[row - 1]] = 1.0
    return contrasts


def _error(found: EventEstimates, contrast: Array) -> float:
    return float(np.sqrt(contrast @ found.covariance @ contrast))


def _largest_step(found: EventEstimates, steps: Array, error: float) -> float:
    """Return the upper limit of the largest step before entry, at an error shared by its two sides and all steps."""
    reach = critical_value(found.freedom, 1 - error / len(steps))
    return max(float(abs(step @ found.estimates)) + reach * _error(found, step) for step in steps)


def _relative(
    found: EventEstimates, steps: Array, at: int, length: int, size: float, level: float
) -> tuple[float, float]:
    own = np.sqrt(found.covariance[at, at])
    value = float(found.estimates[at])
    if size == 0:
        reach = critical_value(found.freedom, level) * own
        return value - reach, value + reach
    error = (1 - level) / 2
    reach = critical_value(found.freedom, 1 - error) * own
    bias = length * size * _largest_step(found, steps, error)
    return value - reach - bias, value + reach + bias


def _breakdown(found: EventEstimates, steps: Array, at: int, length: int, level: float) -> float:
    """Return the largest relative magnitude at which 0 stays out."""
    error = (1 - level) / 2
    left = abs(float(found.estimates[at])) - critical_value(found.freedom, 1 - error) * np.sqrt(
        found.covariance[at, at]
    )
    return max(0.0, float(left) / (length * _largest_step(found, steps, error)))


def _smooth(
    found: EventEstimates, steps: Array, at: int, length: int, size: float, level: float
) -> tuple[float, float]:
    contrast = -length * steps[0]
    contrast[at] += 1.0
    value = float(contrast @ found.estimates)
    reach = critical_value(found.freedom, level) * _error(found, contrast)
    bend = size * length * (length + 1) / 2
    return value - reach - bend, value + reach + bend
