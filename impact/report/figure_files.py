"""Figures as files: SVG for the page, in two widths; PNG for Word and for slides."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

NARROW_INCHES = 3.9
"""Width at which a figure is drawn again for a telephone: shrinking the wide one would make its text too small."""
_ONE_AT_A_TIME = threading.Lock()


def svg(drawing: Drawing) -> bytes:
    """Return a figure as SVG, the same bytes for the same figure."""
    return _saved(drawing, "svg")


def narrow_svg(drawing: Drawing) -> bytes:
    """Return a figure drawn anew for a narrow screen, as SVG; the figure itself stays as it was."""
    width, height = drawing.get_size_inches()
    drawing.set_size_inches(NARROW_INCHES, height * 1.1)
    try:
        return _saved(drawing, "svg")
    finally:
        drawing.set_size_inches(width, height)


def png(drawing: Drawing) -> bytes:
    """Return a figure as PNG at 160 dots per inch."""
    return _saved(drawing, "png")


def _saved(drawing: Drawing, file_format: str) -> bytes:
    import matplotlib as mpl

    stream = io.BytesIO()
    metadata = {"Date": None} if file_format == "svg" else {"Software": None}
    with _ONE_AT_A_TIME, mpl.rc_context({"svg.hashsalt": "impact", "svg.fonttype": "path"}):
        drawing.savefig(stream, format=file_format, dpi=160, metadata=metadata)
    return stream.getvalue()
