"""The contour of a hidden confounder: what each strength would leave of the effect, the benchmarks marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from impact.language import Text
from impact.report.drawing.axes import CONTROL, TREATED, label_axis, new_axes, write_numbers
from impact.report.drawing.seen import tell
from impact.report.words.style import Style
from impact.robustness.sensitivity.confounder import ConfounderSensitivity

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STEPS = 160
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
    for _, row in bounds.iterrows():
        name = names.get(row["benchmark"], str(row["benchmark"]).replace("_", " "))
        text = f"{style.number(row['kd'], 0 if float(row['kd']).is_integer() else 1)} × {name}"
        axes.annotate(
            text, (100 * row["r2dz_x"], 100 * row["r2yz_dx"]), (5, 4), textcoords="offset points", fontsize=7
        )
    axes.set_ylabel(style.text(_UP), fontsize=8.5)
    label_axis(axes, style.text(_ACROSS), style)
    write_numbers(axes.yaxis, style)
    strength = style.number(100 * float(found.frame["rv_q"].iloc[0]), 1)
    tell(axes, style.text(_SEEN.with_values(strength=strength, marks=len(bounds))))
    return axes


def _farthest(found: ConfounderSensitivity) -> float:
    """Return how far the axes reach: past the benchmarks and past the strength that leaves nothing."""
    marks = [float(found.frame["rv_q"].iloc[0]), *found.bounds["r2dz_x"], *found.bounds["r2yz_dx"]]
    return float(min(1.25 * max(marks), 0.95))
