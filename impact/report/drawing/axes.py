"""The page that every figure is drawn on: one column that reads at the width of a telephone as well as on paper."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from impact.arrays import Array
from impact.report.words.sentences import begun
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis


# Okabe and Ito's colours, which the colour-blind can tell apart; shape and fill tell the same again.
TREATED, CONTROL, TRUTH = "#D55E00", "#0072B2", "#007A5A"
QUIET, PALE, ALARM = "#595959", "#BFBFBF", "#B00020"

_WIDTH = 6.2
_LINE = 0.16
"""Inches that a line of small text takes."""
_SMALL = 8.5
_NAME_WIDTH = 46
"""Characters of a row's name on one line: what fits at the width of a telephone."""
_LEGEND_WIDTH = 26
"""Characters of all labels together up to which they stand side by side."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class NamedRows:
    """Named rows of a figure, from the top down; each name stands above its row, where a long one has room.

    Attributes
    ----------
    names : tuple of str
        Wrapped to the width of a telephone.
    place : float64 array, shape (k,)
        Height of each row's marks, in inches from the first row's top, negative downwards.
    height : float
        Inches that all rows take.
    """

    names: tuple[str, ...]
    place: Array
    height: float

    @classmethod
    def of(cls, names: Sequence[str]) -> NamedRows:
        """Return rows with room for each name's lines."""
        wrapped = tuple("\n".join(textwrap.wrap(name, _NAME_WIDTH)) for name in names)
        room = np.array([_LINE * (1 + name.count("\n")) for name in wrapped])
        steps = room + 0.24
        return cls(wrapped, -(np.cumsum(steps) - 0.15), float(steps.sum()))


def new_axes(style: Style, synthetic: bool, title: str, height: float) -> Axes:
    """Return empty axes on a figure of their own, marked if the data are synthetic; pyplot is not touched."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    axes: Axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.set_title(begun(title), loc="left", fontsize=10.5, wrap=True, pad=8)
    if synthetic:
        marked = style.word("synthetic")
        figure.suptitle(marked, x=0.01, ha="left", fontsize=9.5, weight="bold", color=ALARM)
    axes.tick_params(labelsize=_SMALL)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set_fontsize(_SMALL)
    return axes


def row_axes(style: Style, synthetic: bool, title: str, rows: NamedRows, more: float) -> Axes:
    """Return axes with named rows; ``more`` inches are for title, axis and legend."""
    axes = new_axes(style, synthetic, title, rows.height + more)
    axes.set_ylim(-rows.height, 0.04)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    for name, place in zip(rows.names, rows.place, strict=True):
        axes.annotate(
            name,
            (0, place),
            (3, 6),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="bottom",
            fontsize=_SMALL,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},  # no line runs through a name
        )
    axes.hlines(
        rows.place, 0, 1, transform=axes.get_yaxis_transform(), color="#EEEEEE", linewidth=0.8, zorder=0
    )
    return axes


def label_axis(axes: Axes, text: str, style: Style) -> None:
    """Name the horizontal axis, over several lines where the page is narrow, and write its numbers."""
    axes.set_xlabel(text, fontsize=_SMALL, wrap=True)
    write_numbers(axes.xaxis, style)
    axes.locator_params(axis="x", nbins=6)


def write_numbers(axis: Axis, style: Style, shown: Callable[[float], float] = float) -> None:
    """Write the numbers of an axis in the page's language, with the decimals that tell its ticks from each other.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
    style : Style
    shown : callable
        From a place on the axis to the number that is written there.
    """
    from matplotlib.ticker import FuncFormatter

    class Numbers(FuncFormatter):
        def format_ticks(self, values: Sequence[float]) -> list[str]:
            numbers = [shown(value) for value in values]
            return [style.number(number, tick_decimals(numbers)) for number in numbers]

    axis.set_major_formatter(
        Numbers(lambda value, _: style.number(shown(value), tick_decimals([shown(value)])))
    )


def tick_decimals(numbers: Sequence[float]) -> int:
    """Return the fewest decimals with which every tick is written as it is.

    Examples
    --------
    >>> tick_decimals([0.0, 2.5, 5.0]), tick_decimals([0, 50, 100]), tick_decimals([0.05, 0.1])
    (1, 0, 2)
    """
    values = np.asarray(numbers, dtype=np.float64)
    rounding = 1e-6 * max(float(np.abs(values).max(initial=0.0)), 1e-300)
    return next((k for k in range(12) if (np.abs(values - values.round(k)) <= rounding).all()), 12)


def legend(axes: Axes) -> None:
    """Explain the marks below the axes: side by side where that is short, else one below the other."""
    _, labels = axes.get_legend_handles_labels()
    columns = len(labels) if sum(map(len, labels)) <= _LEGEND_WIDTH else 1
    axes.figure.legend(loc="outside lower left", ncols=columns, frameon=False, fontsize=8)
