"""The contour of a hidden confounder: what each strength would leave of the effect, the benchmarks marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from impact.language import Text
from impact.report.drawing.axes import (
    CONTROL,
    TREATED,
    TRUTH,
    label_axis,
    legend,
    new_axes,
    tick_decimals,
    write_numbers,
)
from impact.report.drawing.seen import tell
from impact.report.words.style import Style
from impact.robustness.sensitivity.confounder import ConfounderSensitivity
from impact.survey.shares import is_share

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_STEPS = 160
_MARKS = "osD^vPX*<>"
"""Of the benchmarks, in turn; filled at first, then hollow: told apart without colour."""
_MARK_COLOURS = ("#000000", TREATED, CONTROL, TRUTH, "#CC79A7", "#E69F00", "#56B4E9")
_LEGEND_LINE = 0.17
"""Inches of the figure that each benchmark's line below it takes."""
_TITLE = Text(
    "What a hidden confounder would leave of the effect: {outcome}",
    "Lo que un factor oculto dejaría del efecto: {outcome}",
    outcome="",
)
_ACROSS = Text(
    "partial R² of the confounder with treatment, %", "R² parcial del factor oculto con la participación, %"
)
_SEEN = Text(
    "Nothing is left of the effect where a confounder explains {strength} % of what is left in both treatment and outcome; {marks} "
    "known covariates are marked.",
    "No queda efecto donde un factor oculto explica el {strength} % de lo restante tanto en la participación como en el resultado; se "
    "marcan {marks} covariables conocidas.",
)
_UP = Text("partial R² with the outcome, %", "R² parcial con el resultado, %")


def confounder_contour(
    found: ConfounderSensitivity,
    language: str = "en",
    labels: Mapping[str, str] | None = None,
    unit: str = "",
) -> Axes:
    """Draw the estimate that is left over the strength of a confounder, with the benchmarks where they stand.

    Parameters
    ----------
    found : ConfounderSensitivity
    language : {"en", "es"}
    labels : mapping, optional
        Outcome or covariate to the name shown.
    unit : str
        Of the outcome; a share is shown in percentage points.

    Returns
    -------
    Axes
        Contours of the adjusted estimate; the thick one is where nothing is left.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(200.0)
    >>> frame = pd.DataFrame({"treated": row % 2, "educ": row % 7 + row % 2, "income": 3 * (row % 2) + row % 7 + row % 5})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["educ"], outcomes=["income"])
    >>> axes = im.figures.confounder_contour(im.confounder_sensitivity(sample, "income", benchmarks=["educ"], kd=[1]))
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('partial R² of the confounder with treatment, %', 'partial R² with the outcome, %')
    """
    style, names = Style.of(language), dict(labels or {})
    outcome = found.regression.outcome
    factor = 100.0 if is_share(unit) else 1.0
    shown_unit = style.word("percentage_points") if is_share(unit) else style.text(unit)
    name = names.get(outcome, outcome.replace("_", " "))
    title = style.text(_TITLE.with_values(outcome=f"{name} ({shown_unit})" if shown_unit else name))
    axes = new_axes(
        style, found.synthetic, title, height=4.4 + _LEGEND_LINE * found.bounds["benchmark"].nunique()
    )
    farthest = _farthest(found)
    grid = np.linspace(0, farthest, _STEPS)
    across, up = np.meshgrid(grid, grid)
    left = factor * found.adjusted(across, up)
    lines = axes.contour(100 * across, 100 * up, left, levels=9, colors=CONTROL, linewidths=0.8)
    decimals = tick_decimals(list(lines.levels))
    axes.clabel(lines, fmt=lambda value: style.number(value, decimals), fontsize=7)
    if left.min() < 0 < left.max():
        axes.contour(100 * across, 100 * up, left, levels=[0.0], colors=TREATED, linewidths=2.0)
    bounds = found.bounds
    _draw_marks(axes, bounds, names, style)
    axes.set_ylabel(style.text(_UP))
    label_axis(axes, style.text(_ACROSS), style)
    write_numbers(axes.yaxis, style)
    if len(bounds):
        legend(axes)
    strength = style.number(100 * float(found.frame["rv_q"].iloc[0]), 1)
    tell(axes, style.text(_SEEN.with_values(strength=strength, marks=bounds["benchmark"].nunique())))
    return axes


def _draw_marks(axes: Axes, bounds: pd.DataFrame, names: Mapping[str, str], style: Style) -> None:
    """Draw each benchmark's marks, joined, the larger the stronger; a line below the figure names them."""
    for place, (benchmark, rows) in enumerate(bounds.groupby("benchmark", sort=False)):
        times = ", ".join(style.number(kd, 0 if float(kd).is_integer() else 1) for kd in rows["kd"])
        name = names.get(str(benchmark), str(benchmark).replace("_", " "))
        colour = _MARK_COLOURS[place % len(_MARK_COLOURS)]
        axes.plot(
            100 * rows["r2dz_x"],
            100 * rows["r2yz_dx"],
            marker=_MARKS[place % len(_MARKS)],
            color=colour,
            markerfacecolor=colour if place < len(_MARKS) else "white",
            markersize=5,
            linewidth=0.8,
            clip_on=False,
            zorder=4,
            label=f"{times} × {name}",
        )


def _farthest(found: ConfounderSensitivity) -> float:
    """Return how far the axes reach: past the benchmarks and past the strength that leaves nothing."""
    marks = [float(found.frame["rv_q"].iloc[0]), *found.bounds["r2dz_x"], *found.bounds["r2yz_dx"]]
    return float(min(1.25 * max(marks), 0.95))
