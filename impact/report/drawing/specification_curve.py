"""The specification curve: every estimate by size, and below it the choices that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from impact.language import Text
from impact.report.drawing.axes import CONTROL, PALE, QUIET, TREATED, legend, new_axes, write_numbers
from impact.report.drawing.seen import tell
from impact.report.words.style import Style
from impact.robustness.universe.result import CHOICE_NAMES, Universe

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROW = 0.18
"""Inches of one choice's row."""
_TITLE = Text(
    "Every reasonable specification: {outcome}",
    "Todas las especificaciones razonables: {outcome}",
    outcome="",
)
_COUNTED = Text("counted, with its {level} % interval", "cuentan, con su intervalo del {level} %", level="")
_GREY = Text("fail balance or support: not counted", "sin balance o soporte: no cuentan")
_MEDIAN = Text("median and its interval", "mediana y su intervalo")
_BELOW = Text("specifications, by estimate", "especificaciones, según la estimación")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the lower panel: a choice, or one of its values, and what is written there."""

    choice: str
    value: str | None
    text: str


def specification_curve(
    universe: Universe,
    outcome: str | None = None,
    language: str = "en",
    labels: Mapping[str, str] | None = None,
) -> Axes:
    """Draw one outcome's effect under every specification, the counted ones in colour, above the choices behind each.

    Parameters
    ----------
    universe : Universe
    outcome : str, optional
        Needed where the universe has several.
    language : {"en", "es"}
    labels : mapping, optional
        Outcome to the name shown.

    Returns
    -------
    Axes
        The upper panel; the lower one shares its horizontal axis. Choices without a second value have no row.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "educ": row % 11, "group": row // 5})
    >>> frame["income"] = 100 + frame["age"] + 5 * frame["treated"] + row % 3
    >>> sample = im.Sample(frame, "treated", ["age", "educ"], outcomes=["income"], cluster="group")
    >>> found = im.universe(sample, choices=im.Choices(ratio={"1": 1, "4": 4}), replications=99)
    >>> axes = im.figures.specification_curve(found)
    >>> axes.get_title(loc="left")
    'Every reasonable specification: income'
    """
    style = Style.of(language)
    curve, row = universe.curve(outcome), universe.one(outcome)
    rows = _rows(universe, curve, style)
    name = (labels or {}).get(row["outcome"], row["outcome"].replace("_", " "))
    title = style.text(_TITLE.with_values(outcome=name))
    axes = new_axes(style, universe.synthetic, title, height=3.9 + _ROW * len(rows))
    panels = axes.figure.add_gridspec(2, 1, height_ratios=[2.6, max(_ROW * len(rows), 0.2)])
    axes.set_subplotspec(panels[0])
    _draw_estimates(axes, universe, curve, row, style)
    lower = axes.figure.add_subplot(panels[1], sharex=axes)
    _draw_choices(lower, curve, rows, style)
    legend(axes)
    tell(axes, universe.sentence(row["outcome"], style.language.code, name))
    return axes


def _rows(universe: Universe, curve: pd.DataFrame, style: Style) -> list[_Row]:
    """Return the rows of the lower panel: each choice on a line of its own, its values below it."""
    rows = []
    for choice in universe.influence["choice"].unique():
        values = curve[choice].drop_duplicates().sort_values()
        if len(values) > 1:
            rows.append(_Row(choice, None, style.text(CHOICE_NAMES[choice])))
            rows += [_Row(choice, value, style.text(value)) for value in values]
    return rows


def _draw_estimates(
    axes: Axes, universe: Universe, curve: pd.DataFrame, row: pd.Series[float], style: Style
) -> None:
    place = np.arange(len(curve))
    counted = curve["counted"].to_numpy()
    level = style.number(100 * universe.level)
    for inside, colour, label in (
        (~counted, PALE, style.text(_GREY)),
        (counted, CONTROL, style.text(_COUNTED.with_values(level=level))),
    ):
        part = curve[inside]
        if part.empty:
            continue
        axes.vlines(
            place[inside], part["conf_low"], part["conf_high"], color=colour, linewidth=0.6, alpha=0.5
        )
        axes.plot(place[inside], part["estimate"], "o", markersize=2.4, color=colour, label=label)
    if row["counted"]:
        axes.axhspan(row["median_low"], row["median_high"], color=TREATED, alpha=0.12, linewidth=0)
        axes.axhline(row["median"], color=TREATED, linewidth=1.2, label=style.text(_MEDIAN))
    axes.axhline(0, color="black", linewidth=0.8)
    unit = "%" if universe.percent else style.text(universe.units[str(row["outcome"])])
    axes.set_ylabel(unit, fontsize=8.5)
    write_numbers(axes.yaxis, style)
    axes.tick_params(labelbottom=False, bottom=False)


def _draw_choices(axes: Axes, curve: pd.DataFrame, rows: list[_Row], style: Style) -> None:
    counted = curve["counted"].to_numpy()
    for height, row in enumerate(rows):
        here = np.asarray(curve[row.choice] == row.value)
        for inside, colour in ((here & ~counted, PALE), (here & counted, QUIET)):
            axes.plot(np.flatnonzero(inside), np.full(inside.sum(), -height), "|", markersize=4, color=colour)
    axes.set_yticks([-height for height in range(len(rows))], [row.text for row in rows], fontsize=8)
    axes.tick_params(axis="y", length=0)
    for label, row in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_fontweight("bold" if row.value is None else "normal")
    axes.set_ylim(0.7 - max(len(rows), 1), 0.7)
    axes.set_xticks([])
    axes.set_xlabel(style.text(_BELOW), fontsize=8.5)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(False)
