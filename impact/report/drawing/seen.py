"""What a figure shows, in words: for those who hear the page, and for those whose picture did not load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from impact.arrays import Array
from impact.language import Text
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_ROWS = Text(
    "{rows} estimates with their intervals, from {low} ({lowest}) to {high} ({highest}); {apart} of them are told from zero.",
    "{rows} estimaciones con su intervalo, de {low} ({lowest}) a {high} ({highest}); {apart} de ellas se distinguen de cero.",
)
_DIFFERENCES = Text(
    "Largest difference before matching: {before} ({largest}). After it: {after} ({left}); {over} of {rows} above {threshold}.",
    "Mayor diferencia antes del emparejamiento: {before} ({largest}). Después: {after} ({left}); {over} de {rows} sobre {threshold}.",
)


def tell(axes: Axes, text: str) -> None:
    """Write into a figure what it shows."""
    axes.figure.set_label(text)


def told(axes: Axes) -> str:
    """Return what a figure shows, in words; nothing for one that was drawn elsewhere."""
    label = str(axes.figure.get_label() or "")
    return "" if label.startswith("_") else label


def estimates_seen(
    names: Sequence[str], value: Array, low: Array, high: Array, decimals: int, style: Style
) -> str:
    """Return the words for rows of estimates with intervals."""
    known = np.flatnonzero(np.isfinite(value))
    if not len(known):
        return ""
    least, most = (int(known[place]) for place in (np.argmin(value[known]), np.argmax(value[known])))
    text = _ROWS.with_values(
        rows=len(known),
        low=style.number(value[least], decimals),
        high=style.number(value[most], decimals),
        lowest=names[least].replace("\n", " "),
        highest=names[most].replace("\n", " "),
        apart=int(((low > 0) | (high < 0))[known].sum()),
    )
    return style.text(text)


def differences_seen(
    names: Sequence[str], before: Array, after: Array, threshold: float, style: Style
) -> str:
    """Return the words for differences before and after matching, each shape (k,)."""
    first, then = (np.nan_to_num(values, nan=-1.0) for values in (before, after))
    text = _DIFFERENCES.with_values(
        before=style.number(before[np.argmax(first)], 2),
        largest=names[int(np.argmax(first))].replace("\n", " "),
        after=style.number(after[np.argmax(then)], 2),
        left=names[int(np.argmax(then))].replace("\n", " "),
        over=int((then > threshold).sum()),
        rows=len(names),
        threshold=style.number(threshold, 1),
    )
    return style.text(text)
