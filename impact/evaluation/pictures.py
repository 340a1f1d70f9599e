"""A figure of the report from drawn axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impact.evaluation.findings import Findings
from impact.report.contents import Figure
from impact.report.drawing.images import drawn
from impact.report.drawing.seen import told

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def picture(name: str, caption: str, axes: Axes, findings: Findings) -> Figure:
    """Return the axes as a figure of the report, marked where the data are synthetic."""
    return Figure(name, caption, drawn(axes.figure), synthetic=findings.sample.synthetic, seen=told(axes))
