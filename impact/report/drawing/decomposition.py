"""The parts of the gain in net income, as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from impact import checks
from impact.effects.decomposition.rules import PART_NAMES
from impact.report.drawing.axes import CONTROL, QUIET, TREATED, NamedRows, label_axis, row_axes
from impact.report.drawing.seen import tell
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from impact.effects.decomposition.income import IncomeDecomposition


def decomposition(
    result: IncomeDecomposition, language: str = "en", subgroup: str = "all", unit: str = ""
) -> Axes:
    """Draw what volume, quality, price and costs bring to the gain in net income, each with its interval, and the total.

    Parameters
    ----------
    result : IncomeDecomposition
    language : str
        "en", "es" or another with a catalogue.
    subgroup : str
        "all", or a product.
    unit : str, optional
        That of the income by default.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0], "age": [30.0, 40, 30, 40], "kilos": [10.0, 10, 6, 6],
    ...     "price": [3.0, 3, 2, 2], "costs": [5.0, 5, 4, 4]})
    >>> parts = im.IncomeParts(quantity="kilos", price="price", costs="costs", unit="Bs")
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=[im.NetIncome(parts)])
    >>> found = im.income_decomposition(im.match(sample, im.NearestNeighbor(im.Euclidean())), parts)
    >>> axes = im.figures.decomposition(found)
    >>> [text.get_text() for text in axes.texts]
    ['volume', 'price', 'costs', 'total']
    """
    style = Style.of(language)
    groups = list(dict.fromkeys(result.frame["subgroup"]))
    checks.one_of("subgroup", subgroup, groups)
    frame = result.frame[result.frame["subgroup"] == subgroup]
    rows = NamedRows.of([style.text(PART_NAMES[part]) for part in frame["part"]])
    title = style.word("decomposition") + ("" if subgroup == "all" else f": {style.text(subgroup)}")
    axes = row_axes(style, result.synthetic, title, rows, more=1.6)
    value = frame["estimate"].to_numpy()
    total = np.arange(len(value)) == len(value) - 1
    colours = np.where(total, QUIET, np.where(value >= 0, TREATED, CONTROL))
    axes.barh(rows.place, value, height=0.12, color=colours.tolist(), zorder=2)
    reach = [value - frame["conf_low"].to_numpy(), frame["conf_high"].to_numpy() - value]
    axes.errorbar(value, rows.place, xerr=reach, fmt="none", ecolor="black", capsize=3, linewidth=1, zorder=3)
    axes.axvline(0, color="black", linewidth=0.8, zorder=1)
    shown = unit or style.text(frame["unit"].iloc[0])
    level = style.word("interval", level=f"{100 * frame['level'].iloc[0]:g}")
    label_axis(axes, style.word("figure_effect") + (f" ({shown})" if shown else "") + f"; {level}", style)
    parts = zip(rows.names, value, strict=True)
    tell(axes, "; ".join(f"{name}: {style.number(part)}" for name, part in parts) + ".")
    return axes
