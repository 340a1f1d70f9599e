"""Balance under several strategies in one picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from impact.arrays import Array
from impact.design.balance.table import BalanceTable
from impact.errors import OptionError
from impact.language import Text
from impact.report.drawing.axes import CONTROL, QUIET, NamedRows, label_axis, legend, row_axes
from impact.report.drawing.seen import tell
from impact.report.words.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKS = (
    ("#D55E00", "o"),
    ("#0072B2", "s"),
    ("#007A5A", "^"),
    ("#B84C8A", "D"),
    ("#7A5C00", "v"),
    ("#333333", "P"),
    ("#5B8DB8", "X"),
)
"""Colour and shape of each strategy: told apart without colour, too."""
_TITLE = Text(
    "What each strategy leaves of the differences", "Lo que cada estrategia deja de las diferencias"
)
_SEEN = Text(
    "{strategy}: largest difference left {largest}", "{strategy}: mayor diferencia que queda {largest}"
)


def love_plot_of_all(
    tables: Mapping[str, BalanceTable], language: str = "en", labels: Mapping[str, str] | None = None
) -> Axes:
    """Draw each covariate's absolute standardised mean difference before matching and after every strategy.

    Parameters
    ----------
    tables : mapping of str to BalanceTable
        By the strategy's name, at most seven, of one sample.
    language : {"en", "es"}
    labels : mapping, optional
        Covariate or strategy to the name shown.

    Returns
    -------
    Axes
        Covariates that every strategy has, sorted by their difference before matching.

    Raises
    ------
    OptionError
        No table, or more than seven.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> frame = pd.DataFrame({"treated": [1, 1, 0, 0, 0], "age": [30.0, 40, 31, 41, 80], "land": [2.0, 5, 2, 4, 9]})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age", "land"])
    >>> ways = {f"{m}-NN": im.NearestNeighbor(im.Euclidean(), ratio=m) for m in (1, 2)}
    >>> axes = im.figures.love_plot_of_all({name: im.balance(im.match(sample, way)) for name, way in ways.items()})
    >>> [text.get_text() for text in axes.texts]
    ['age', 'land']
    """
    if not 1 <= len(tables) <= len(MARKS):
        raise OptionError(
            Text(
                "tables must be one to {number}; got {number_2}. Draw the strategies that matter.",
                "tables debe ser de una a {number}; se dieron {number_2}. Dibuje las estrategias que importan.",
                number=len(MARKS),
                number_2=len(tables),
            )
        )
    style, shown = Style.of(language), dict(labels or {})
    first = next(iter(tables.values()))
    covariates = [
        name for name in _covariates(first) if all(name in set(_covariates(one)) for one in tables.values())
    ]
    before = _differences(first, "before", covariates)
    order = np.argsort(-np.nan_to_num(before, nan=np.inf), kind="stable")
    covariates, before = [covariates[k] for k in order], before[order]
    rows = NamedRows.of([shown.get(name, name.replace("_", " ")) for name in covariates])
    axes = row_axes(style, first.synthetic, style.text(_TITLE), rows, more=2.1 + 0.16 * len(tables))
    axes.plot(
        before, rows.place, "|", color=CONTROL, markersize=13, markeredgewidth=2, label=style.word("before")
    )
    largest = [float(np.nanmax(before))]
    seen = []
    for place, ((name, table), (colour, shape)) in enumerate(zip(tables.items(), MARKS, strict=False)):
        after = _differences(table, "after", covariates)
        below = place * min(0.045, 0.13 / max(len(tables) - 1, 1))  # names stand above the row
        label = shown.get(name, style.name(name))
        axes.plot(after, rows.place - below, shape, color=colour, markersize=5, label=label, clip_on=False)
        largest.append(float(np.nanmax(after)))
        seen.append(style.text(_SEEN.with_values(strategy=label, largest=style.number(largest[-1], 2))))
    threshold = next(statistic.acceptable[1] for statistic in first.statistics if statistic.name == "smd")
    marked = f"{style.word('threshold')} {style.number(threshold, 1)}"
    axes.axvline(threshold, color=QUIET, linestyle="--", linewidth=1, label=marked)
    axes.set_xlim(0, 1.06 * max(threshold, *largest))
    label_axis(axes, style.word("abs_smd"), style)
    legend(axes)
    tell(axes, "; ".join(seen) + ".")
    return axes


def _covariates(table: BalanceTable) -> list[str]:
    rows = table.frame[(table.frame["stage"] == "before") & (table.frame["role"] != "score")]
    return list(rows["covariate"])


def _differences(table: BalanceTable, stage: str, covariates: list[str]) -> Array:
    rows = table.frame[table.frame["stage"] == stage].set_index("covariate")["smd"]
    values: Array = np.abs(rows.reindex(covariates).to_numpy(dtype=np.float64))
    return np.where(np.isfinite(values), values, np.nan)
