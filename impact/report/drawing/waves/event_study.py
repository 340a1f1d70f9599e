"""The effect at each time since entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from impact.report.drawing.axes import NamedRows, row_axes
from impact.report.drawing.effects.intervals import draw_intervals, effects_of, readable
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from impact.effects.effect import EffectTable


def draw_event_study(
    table: EffectTable,
    language: str = "en",
    label: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Axes:
    """Draw the effect and its interval at each time since entry, with the uniform band where the table has one.

    Parameters
    ----------
    table : EffectTable
        As ``GroupTimeEffects.aggregate("event")`` returns it.
    language : {"en", "es"}
    label : str, optional
        Name of the outcome in the title.
    labels : mapping, optional
        Subgroup ("event -1") to the name shown.

    Returns
    -------
    Axes
        One row a time; the base wave, zero by construction, is a mark without interval.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(90), 3), np.tile([0, 1, 2], 90)
    >>> income = hh % 7 + wave + 2.0 * ((hh % 3 > 0) & (wave >= hh % 3)) + (hh * wave) % 5 / 10
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": hh % 3, "income": income})  # 0: never
    >>> panel = im.Panel(frame, "hh", "wave", "entry", outcomes=["income"])
    >>> axes = im.figures.event_study(im.group_time_effects(panel).aggregate("event"))
    >>> axes.get_xlabel()
    'effect on the treated; 95 % interval'
    """
    style = Style.of(language)
    effects = [effect for effect in effects_of(table, None) if effect.subgroup != "all"]
    named = labels or {}
    rows = NamedRows.of([named.get(effect.subgroup, style.text(effect.subgroup)) for effect in effects])
    axes = row_axes(style, table.synthetic, label or readable(effects[0].outcome), rows, more=1.6)
    if table.band is not None:
        ends = table.band[["band_low", "band_high"]].to_numpy()
        axes.hlines(rows.place, ends[:, 0], ends[:, 1], color="#C9D6E2", linewidth=5, zorder=1)
    draw_intervals(axes, effects, rows, False, style)
    return axes
