"""The contour of a hidden confounder: what each strength would leave of the effect, the benchmarks marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from impact.language import Text
from impact.report.drawing.axes import CONTROL, QUIET, TREATED, label_axis, new_axes, write_numbers
from impact.report.drawing.seen import tell
from impact.report.words.style import Style
from impact.robustness.sensitivity.confounder import ConfounderSensitivity

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_STEPS = 160
_AROUND = [
    (across, up)
    for distance in range(0, 160, 8)
    for up in dict.fromkeys((distance, -distance))
    for across in (8, -8, 26, -26, 80)
]
"""Where a mark's name may begin or end: points to its right or left, above or below it; the nearest first."""
_BESIDE = 16
"""Points from its mark beyond which a name has a thin line to it."""
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
    "marcan {marks} conocidas.",
)
_UP = Text("partial R² with the outcome, %", "R² parcial con el resultado, %")


def confounder_contour(
    found: ConfounderSensitivity, language: str = "en", labels: Mapping[str, str] | None = None
) -> Axes:
    """Draw the estimate that is left over the strength of a confounder, with the benchmarks where they stand.

    Parameters
    ----------
    found : ConfounderSensitivity
    language : {"en", "es"}
    labels : mapping, optional
        Outcome or covariate to the name shown.

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
    title = style.text(_TITLE.with_values(outcome=names.get(outcome, outcome.replace("_", " "))))
    axes = new_axes(style, found.synthetic, title, height=4.6)
    farthest = _farthest(found)
    grid = np.linspace(0, farthest, _STEPS)
    across, up = np.meshgrid(grid, grid)
    left = found.adjusted(across, up)
    lines = axes.contour(100 * across, 100 * up, left, levels=9, colors=CONTROL, linewidths=0.8)
    decimals = 0 if max(map(abs, lines.levels)) >= 100 else 2
    axes.clabel(lines, fmt=lambda value: style.number(value, decimals), fontsize=7)
    if left.min() < 0 < left.max():
        axes.contour(100 * across, 100 * up, left, levels=[0.0], colors=TREATED, linewidths=2.0)
    bounds = found.bounds
    axes.plot(100 * bounds["r2dz_x"], 100 * bounds["r2yz_dx"], "D", color="black", markersize=5)
    axes.set_ylabel(style.text(_UP), fontsize=8.5)
    label_axis(axes, style.text(_ACROSS), style)
    write_numbers(axes.yaxis, style)
    _name_marks(axes, bounds, names, style)
    strength = style.number(100 * float(found.frame["rv_q"].iloc[0]), 1)
    tell(axes, style.text(_SEEN.with_values(strength=strength, marks=len(bounds))))
    return axes


def _name_marks(axes: Axes, bounds: pd.DataFrame, names: Mapping[str, str], style: Style) -> None:
    """Write each benchmark's name beside its mark: to the right, else to the left, ever further up or down, where nothing stands yet."""
    from matplotlib.transforms import Bbox

    if (figure := axes.get_figure(root=True)) is not None:
        figure.draw_without_rendering()  # lays the axes out: where a mark stands is known from here on
    places = [(100 * row["r2dz_x"], 100 * row["r2yz_dx"]) for _, row in bounds.iterrows()]
    taken = [Bbox.from_extents(x - 5, y - 5, x + 5, y + 5) for x, y in axes.transData.transform(places)]
    inside = axes.get_window_extent()
    for place, (_, row) in zip(places, bounds.iterrows(), strict=True):
        name = names.get(row["benchmark"], str(row["benchmark"]).replace("_", " "))
        text = f"{style.number(row['kd'], 0 if float(row['kd']).is_integer() else 1)} × {name}"
        label = axes.annotate(text, place, (0, 0), textcoords="offset points", fontsize=7, va="center")
        for across, up in _AROUND:
            label.set_position((across, up))
            label.set_horizontalalignment("left" if across > 0 else "right")
            box = label.get_window_extent()
            whole = (
                inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
            )
            if whole and not any(box.overlaps(other) for other in taken):
                break
        taken.append(label.get_window_extent())
        if max(abs(across), abs(up)) > _BESIDE:
            thin = {"arrowstyle": "-", "linewidth": 0.4, "color": QUIET}
            axes.annotate("", place, (across, up), textcoords="offset points", arrowprops=thin)


def _farthest(found: ConfounderSensitivity) -> float:
    """Return how far the axes reach: past the benchmarks and past the strength that leaves nothing."""
    marks = [float(found.frame["rv_q"].iloc[0]), *found.bounds["r2dz_x"], *found.bounds["r2yz_dx"]]
    return float(min(1.25 * max(marks), 0.95))
