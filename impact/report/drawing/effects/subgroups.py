"""The effect by region, product or any category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from impact.language import Text
from impact.report.drawing.axes import QUIET, NamedRows, legend, row_axes
from impact.report.drawing.effects.intervals import draw_intervals, effects_of, readable, row_name
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from impact.effects.effect import Effect, EffectTable

_TITLE = Text("{outcome}: the effect by {by}", "{outcome}: el efecto por {by}")
_OVERALL = Text("all together", "todos juntos")


def draw_subgroups(
    table: EffectTable,
    outcome: str | None = None,
    by: str = "",
    language: str = "en",
    overall: Effect | None = None,
    percent: bool = False,
    label: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Axes:
    """Draw the effect and its interval in each subgroup, the largest on top, beside the effect on all.

    Parameters
    ----------
    table : EffectTable
        A subgroup a row, as ``im.subgroup_effects(…).table``.
    outcome : str, optional
        Which outcome; may be left out where the table has one.
    by : str, optional
        What makes the subgroups, such as "region", as the title says it.
    language : {"en", "es"}
    overall : Effect, optional
        The effect on all: a dashed line.
    percent : bool
        Draw the percent effects.
    label : str, optional
        Name of the outcome in the title.
    labels : mapping, optional
        Subgroup to the name shown.

    Returns
    -------
    Axes
        A row whose effect is missing says so, and stands at the foot.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(1200)
    >>> treated, south = row // 5 % 2, row // 10 % 2
    >>> frame = pd.DataFrame({"treated": treated, "age": row % 37, "group": row // 5})
    >>> frame["region"] = np.where(south, "south", "north")
    >>> frame["income"] = 100.0 + row % 3 + (5 + 5 * south) * treated
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> found = im.subgroup_effects(sample, im.NearestNeighbor(im.Euclidean(), ratio=4), by="region")
    >>> axes = im.figures.subgroups(found.table, by="region")
    >>> [text.get_text() for text in axes.texts]
    ['south', 'north']
    """
    style = Style.of(language)
    effects = effects_of(table, outcome)
    size = np.array([effect.percent_effect if percent else effect.estimate for effect in effects])
    effects = [effects[k] for k in np.argsort(-np.nan_to_num(size, nan=-np.inf), kind="stable")]
    title = label or readable(effects[0].outcome)
    if by:
        title = style.text(_TITLE.with_values(outcome=title, by=by))
    names = [(labels or {}).get(effect.subgroup, effect.subgroup) for effect in effects]
    rows = NamedRows.of(
        [row_name(effect, name, percent, style) for effect, name in zip(effects, names, strict=True)]
    )
    axes = row_axes(style, table.synthetic, title, rows, more=1.8)
    draw_intervals(axes, effects, rows, percent, style)
    if overall is not None:
        value = overall.percent_effect if percent else overall.estimate
        axes.axvline(value, color=QUIET, linewidth=1.2, linestyle="--", label=style.text(_OVERALL), zorder=0)
        legend(axes)
    return axes
