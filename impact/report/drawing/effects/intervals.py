"""Rows of estimates with intervals: what strategies, fifths, regions and times since entry have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.report.drawing.axes import CONTROL, NamedRows, label_axis
from impact.report.drawing.seen import estimates_seen, tell
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from impact.effects.effect import Effect, EffectTable


_LEFT = 0.4
"""Share of the width from the left within which names have room to the right of the line of no effect."""


def draw_intervals(
    axes: Axes,
    effects: Sequence[Effect],
    rows: NamedRows,
    percent: bool,
    style: Style,
    further: str | None = None,
) -> None:
    """Draw estimates with their intervals, one a row, name the axis, and tell what is seen."""
    value = np.array([effect.percent_effect if percent else effect.estimate for effect in effects])
    low = np.array([effect.percent_conf_low if percent else effect.conf_low for effect in effects])
    high = np.array([effect.percent_conf_high if percent else effect.conf_high for effect in effects])
    axes.errorbar(
        value, rows.place, xerr=[value - low, high - value], fmt="o", color=CONTROL, capsize=3, markersize=5
    )
    axes.axvline(0, color="black", linewidth=0.8, zorder=1)
    _names_beside_zero(axes, rows)
    unit = effects[0].unit
    level = style.word("interval", level=f"{100 * effects[0].level:g}")
    quantity = (
        style.word("figure_percent_effect")
        if percent
        else style.word("figure_effect") + (f" ({unit})" if unit else "")
    )
    text = f"{quantity}; {level}" + (f"\n{further}" if further else "")
    label_axis(axes, text, style)
    decimals = 0 if np.nanmax(np.abs(value), initial=0.0) >= 20 else 2
    tell(axes, estimates_seen(rows.names, value, low, high, decimals, style))


def _names_beside_zero(axes: Axes, rows: NamedRows) -> None:
    """Begin the rows' names at the line of no effect where it stands far on the left: written over it they would break it."""
    from matplotlib.text import Annotation

    low, high = axes.get_xlim()
    if not 0 <= -low < _LEFT * (high - low):
        return
    names = [text for text in axes.texts if isinstance(text, Annotation)]
    for name, place in zip(names, rows.place, strict=False):
        name.xy, name.xycoords = (0.0, float(place)), "data"


def row_name(effect: Effect, name: str, percent: bool, style: Style) -> str:
    """Return the row's name, followed by the reason where there is nothing to draw."""
    if np.isfinite(effect.percent_effect if percent else effect.estimate):
        return name
    return f"{name} ({style.word('no_percent' if percent else 'no_effect')})"


def effects_of(table: EffectTable, outcome: str | None) -> list[Effect]:
    """Return the effects of one outcome, which may be left out where the table has one.

    Raises
    ------
    OptionError
        The table has several outcomes, or not this one.
    """
    names = list(dict.fromkeys(effect.outcome for effect in table))
    listed = checks.listed(map(repr, names), 8)
    if outcome is None and len(names) != 1:
        raise OptionError(
            Text(
                "outcome must say which of {listed} to draw; the table has {number}.",
                "outcome debe decir cuál de {listed} dibujar; la tabla tiene {number}.",
                listed=listed,
                number=len(names),
            )
        )
    chosen = [effect for effect in table if outcome in (None, effect.outcome)]
    if not chosen:
        raise OptionError(
            Text(
                "outcome must be one of {listed}; got {outcome!r}.",
                "outcome debe ser uno de {listed}; se dio {outcome!r}.",
                listed=listed,
                outcome=outcome,
            )
        )
    return chosen


def readable(name: str) -> str:
    """Return a column's name with spaces."""
    return name.replace("_", " ")
