"""The effect at entry if trends differ after it: an interval for each size of the departure."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np

from impact.language import Text
from impact.report.drawing.axes import CONTROL, NamedRows, label_axis, row_axes
from impact.report.drawing.seen import tell
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from impact.robustness.panel.honest_bounds import HonestBounds

_TITLE = Text(
    "The effect at entry, if trends differ after it",
    "El efecto al entrar, si las tendencias difieren después",
)
_LATER = Text(
    "The effect {event} after entry, if trends differ after it",
    "El efecto {event} después de entrar, si las tendencias difieren",
    event=1,
)
_PARALLEL = Text("trends parallel", "tendencias paralelas")
_RELATIVE = Text(
    "{size} times the largest difference before entry",
    "{size} veces la mayor diferencia antes de entrar",
    size="",
)
_SMOOTH = Text(
    "the trend bends by up to {size} a wave", "la tendencia se dobla hasta {size} por ronda", size=""
)
_SEEN = Text(
    "{rows} intervals, from the narrowest {narrow} to the widest {wide}; {apart} of them leave out zero.",
    "{rows} intervalos, del más angosto {narrow} al más ancho {wide}; {apart} de ellos dejan fuera el cero.",
)


def draw_honest_bounds(
    bounds: HonestBounds, language: str = "en", unit: str = "", factor: float = 1.0
) -> Axes:
    """Draw the interval of the effect for each size of the departure from parallel trends.

    Parameters
    ----------
    bounds : HonestBounds
    language : {"en", "es"}
    unit : str
        Of the effect, for the axis.
    factor : float
        By which effects are multiplied, such as 100 for percentage points.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> hh, wave = np.repeat(np.arange(90), 4), np.tile([0, 1, 2, 3], 90)
    >>> income = hh % 7 + wave + 2.0 * ((hh % 2 > 0) & (wave >= 2)) + (hh * wave) % 5 / 10
    >>> frame = pd.DataFrame({"hh": hh, "wave": wave, "entry": 2 * (hh % 2), "income": income})  # 0: never
    >>> effects = im.group_time_effects(im.Panel(frame, "hh", "wave", "entry", outcomes=["income"]), base="universal")
    >>> axes = im.figures.honest_bounds(im.honest_bounds(effects))
    >>> axes.get_title(loc="left")
    'The effect at entry, if trends differ after it'
    """
    style = Style.of(language)
    low, high = (factor * bounds.frame[end].to_numpy() for end in ("conf_low", "conf_high"))
    rows = NamedRows.of([_name(row, factor, unit, style) for row in bounds.frame.to_dict("records")])
    title = _LATER.with_values(event=bounds.event) if bounds.event else _TITLE
    axes = row_axes(style, bounds.synthetic, style.text(title), rows, more=1.4)
    middle = (low + high) / 2
    axes.errorbar(middle, rows.place, xerr=(high - low) / 2, fmt="none", color=CONTROL, capsize=3)
    axes.axvline(0, color="black", linewidth=0.8, zorder=1)
    level = style.word("interval", level=style.level(bounds.level))
    label_axis(axes, style.word("figure_effect") + (f" ({unit})" if unit else "") + f"; {level}", style)
    tell(axes, _seen(low, high, style))
    return axes


def _name(row: dict[Hashable, Any], factor: float, unit: str, style: Style) -> str:
    size = float(row["size"])
    if row["restriction"] == "smoothness":
        bend = style.number(factor * size, 0 if (factor * size).is_integer() else 2)
        return style.text(_SMOOTH.with_values(size=f"{bend} {unit}".rstrip()))
    if size == 0:
        return style.text(_PARALLEL)
    return style.text(_RELATIVE.with_values(size=style.number(size, 1)))


def _seen(low: np.ndarray, high: np.ndarray, style: Style) -> str:
    def shown(place: int) -> str:
        decimals = 0 if np.abs([low[place], high[place]]).max() >= 20 else 2
        return f"[{style.number(low[place], decimals)}; {style.number(high[place], decimals)}]"

    text = _SEEN.with_values(
        rows=len(low),
        narrow=shown(int(np.argmin(high - low))),
        wide=shown(int(np.argmax(high - low))),
        apart=int(((low > 0) | (high < 0)).sum()),
    )
    return style.text(text)
