"""Survival curves, and incidences of each end, as steps with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from impact.language import Text
from impact.monitoring.survival.table import SurvivalTable
from impact.report.drawing.axes import label_axis, legend, new_axes, write_numbers
from impact.report.drawing.seen import tell
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES = (
    ("#0072B2", "-"),
    ("#D55E00", "--"),
    ("#007A5A", "-."),
    ("#B84C8A", ":"),
    ("#333333", (0, (6, 1, 1, 1, 1, 1))),
)
_TITLE = Text("Still in operation", "Siguen en funcionamiento")
_INCIDENCE = Text("Ended, by cause", "Terminaron, por causa")
_SHARE = Text("share, %", "proporción, %")
_TIME = Text("time since the beginning", "tiempo desde el inicio")
_SEEN = Text("{name}: {share} % at time {time}", "{name}: {share} % en el tiempo {time}")


def draw_survival(
    table: SurvivalTable, language: str = "en", labels: Mapping[str, str] | None = None, unit: str = ""
) -> Axes:
    """Draw a survival curve, or the incidence of each end, with pointwise intervals.

    Parameters
    ----------
    table : SurvivalTable
        Of ``im.survival`` or ``im.cumulative_incidence``.
    language : {"en", "es"}
    labels : mapping, optional
        Subgroup or cause to the name shown.
    unit : str, optional
        Of the time, such as "months".

    Returns
    -------
    Axes
        A step at each time of the table; lines differ in colour and in dashes.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> alliances = pd.DataFrame({"years": [1, 2, 2, 3, 5], "ended": [1, 1, 0, 1, 0]})
    >>> axes = im.figures.survival(im.survival(alliances, "years", "ended"), unit="years")
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('time since the beginning, years', 'share, %')
    """
    style, names = Style.of(language), dict(labels or {})
    frame = table.frame
    quantity = "survival" if "survival" in frame else "incidence"
    keys = [key for key in ("subgroup", "cause") if key in frame]
    axes = new_axes(
        style, table.synthetic, style.text(_TITLE if quantity == "survival" else _INCIDENCE), height=4.0
    )
    seen = []
    for place, (key, part) in enumerate(frame.groupby(keys, sort=False, observed=True)):
        colour, dashes = _LINES[place % len(_LINES)]
        given = [str(one) for one in key if str(one) not in ("all", "")] or [str(key[0])]
        name = ", ".join(names.get(one, style.text(one)) for one in given)
        start = 1.0 if quantity == "survival" else 0.0
        time, share = (np.append(first, part[column]) for first, column in ((0.0, "time"), (start, quantity)))
        low, high = (np.append(start, part[end]) for end in ("conf_low", "conf_high"))
        axes.step(time, share, where="post", color=colour, linestyle=dashes, linewidth=1.8, label=name)
        axes.fill_between(time, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
        last = {
            "share": style.number(100 * share[-1], 1),
            "time": style.number(time[-1], int(time[-1] % 1 > 0)),
        }
        seen.append(style.text(_SEEN.with_values(name=name, **last)))
    axes.set_ylim(0, 1.02 if quantity == "survival" else None)
    axes.set_xlim(left=0)
    axes.set_ylabel(style.text(_SHARE))
    write_numbers(axes.yaxis, style, lambda value: 100 * value)
    label_axis(axes, style.text(_TIME) + (f", {unit}" if unit else ""), style)
    legend(axes)
    tell(axes, "; ".join(seen) + ".")
    return axes
